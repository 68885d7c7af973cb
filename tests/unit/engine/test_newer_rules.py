"""Minimum score, repetition across years, caps over all forms, online time in class, programmes proposed."""

from __future__ import annotations

import re
from datetime import date

import pytest

from bridge.engine.explain import explain
from bridge.engine.likeness import like_programmes
from bridge.engine.rules import default_rule_document, read_rules
from bridge.engine.run import reconcile
from bridge.errors import RefuseInput
from tests.office import Office

NIP = "198501012010011001"


def office_with(*changes: tuple[str, str]) -> Office:
    """An office whose one rule set is the default one with texts replaced."""
    document = default_rule_document()
    for before, after in changes:
        assert before in document
        document = document.replace(before, after, 1)
    place = Office()
    place.rule_sets = [read_rules(document)]
    place.employee(1, NIP, "Budi Santoso")
    return place


def due(office: Office) -> tuple[dict[tuple[str, int], int], set[str]]:
    result = reconcile(office.inputs(), threads=1)
    told = {(row["title"], row["year"]): row["jp"] for row in result.desired.to_pylist()}
    return told, {row["code"] for row in result.finding.to_pylist()}


def default(words: str) -> tuple[str, str]:
    return "minutes_per_jp = 45", f"{words}\nminutes_per_jp = 45"


def test_a_score_below_the_least_is_no_credit() -> None:
    """60 percent of the full score of 20 is 12; 11.99 is below, 12 is not; no score at all is not a zero."""
    office = office_with(default("minimum_score = 60"))
    office.completed(NIP, "1", "2026-05-01 01:00", jp_stated="2", score="11.99", score_max="20")
    office.completed(NIP, "2", "2026-05-02 01:00", jp_stated="2", score="12", score_max="20")
    low, codes = due(office)
    assert (low, codes) == ({("Kursus 2", 2026): 200}, {"SCORE-LOW"})
    missing = office.completed(NIP, "3", "2026-05-03 01:00", jp_stated="2", score="80")
    assert due(office)[1] == {"SCORE-LOW", "SCORE-MISSING"}
    office.decided("accept", missing)
    assert due(office) == ({("Kursus 2", 2026): 200, ("Kursus 3", 2026): 200}, {"SCORE-LOW"})


def test_a_form_may_ask_for_another_score() -> None:
    office = office_with(default("minimum_score = 60"), ("cap_day = 3", "cap_day = 3\nminimum_score = 0"))
    office.completed(NIP, "1", "2026-05-01 01:00", jp_stated="2")
    assert due(office) == ({("Kursus 1", 2026): 200}, set())


def test_a_programme_counts_anew_after_its_years() -> None:
    """Three years: 2019 counts, 2020 and 2021 do not, 2022 does (three years after 2019), 2024 does not
    (two years after 2022), though it is more than three years after the first."""
    office = office_with(default("repeat_years = 3"))
    office.programme("P", 17, 1000, title="Gratifikasi")
    office.component("P", "online", external_course="1")
    keys = {}
    for year in (2019, 2020, 2021, 2022, 2024):
        keys[year] = office.completed(NIP, "1", f"{year}-05-01 01:00", attempt=str(year))
    told, codes = due(office)
    assert (set(told), codes) == ({("Gratifikasi", 2019), ("Gratifikasi", 2022)}, {"REPEATED-TOO-SOON"})
    office.decided("accept", keys[2020])
    assert ("Gratifikasi", 2020) in due(office)[0]
    office.decided("reject", keys[2019])
    assert {year for _, year in due(office)[0]} == {2020, 2021, 2024}


def test_every_year_counts_by_default() -> None:
    office = office_with()
    office.programme("P", 17, 1000, title="Gratifikasi")
    office.component("P", "online", external_course="1")
    for year in (2024, 2025):
        office.completed(NIP, "1", f"{year}-05-01 01:00", attempt=str(year))
    assert {year for _, year in due(office)[0]} == {2024, 2025}


def test_caps_over_all_forms_come_last() -> None:
    """30 JP a year in all: a bimtek of 24 in March and one of 20 in May make 30, and the words say why."""
    office = office_with(default("cap_year_total = 30"))
    office.event("a", "Bimtek Arsip", date(2026, 3, 10), date(2026, 3, 12), jp_stated="24")
    office.event("b", "Sosialisasi Etika", date(2026, 5, 10), date(2026, 5, 12), jp_stated="20")
    office.attended(NIP, "a")
    office.attended(NIP, "b")
    assert due(office)[0] == {("Bimtek Arsip", 2026): 2400, ("Sosialisasi Etika", 2026): 600}
    words = {item.title: item for item in explain(office.inputs()).words if item.kind == "credit"}
    assert words["Sosialisasi Etika"].code == "capped-total-year"
    assert "30 JP setahun untuk semua bentuk" in words["Sosialisasi Etika"].sentence


@pytest.mark.parametrize(("cap", "second"), [("cap_day_total = 5", 100), ("cap_month_total = 6", 200)])
def test_a_day_and_a_month_have_caps_of_their_own(cap: str, second: int) -> None:
    """Two courses of distance training of 4 JP on one day: by the day 5, by the month 6."""
    office = office_with(default(cap))
    for number in ("1", "2"):
        office.programme(f"P{number}", 17, 400, title=f"Jarak Jauh {number}")
        office.component(f"P{number}", "online", external_course=number)
        office.completed(NIP, number, "2026-05-01 01:00")
    assert due(office)[0] == {("Jarak Jauh 1", 2026): 400, ("Jarak Jauh 2", 2026): second}


def test_online_minutes_on_a_day_in_class_are_remarked_on() -> None:
    """8 JP a day in class and 135 minutes (3 JP) online: more than the 10 of a day. 45 minutes fit."""
    office = office_with()
    office.event("e", "Bimtek Arsip", date(2026, 3, 10), date(2026, 3, 12), jp_stated="24")
    office.attended(NIP, "e")
    key = office.completed(NIP, "1", "2026-03-11 01:00", jp_stated="2", minutes=135)
    result = reconcile(office.inputs(), threads=1)
    assert [(row["code"], row["subject"]) for row in result.finding.to_pylist()] == [("ONLINE-IN-CLASS", key)]
    assert len(result.desired) == 2
    office.rows["completion"][0]["minutes"] = 45
    assert due(office)[1] == set()


def test_a_title_is_proposed_never_placed() -> None:
    office = office_with()
    office.programme("DIK-04", 3, 3000, title="Pengadaan Barang dan Jasa Pemerintah Tingkat Dasar")
    office.programme("DIK-05", 3, 3000, title="Kearsipan Dinamis")
    office.event(
        "e", "Pelatihan Pengadaan Barang/Jasa Pemerintahan", date(2026, 3, 10), jp_stated="5", form_stated="3"
    )
    office.attended(NIP, "e", certificate_no="A-1/2026")
    result = reconcile(office.inputs(), threads=1)
    (finding,) = result.finding.to_pylist()
    assert finding["code"] == "PROGRAMME-PROPOSED"
    assert "DIK-04" in finding["params"]
    assert "DIK-05" not in finding["params"]
    assert {row["title"] for row in result.desired.to_pylist()} == {
        "Pelatihan Pengadaan Barang/Jasa Pemerintahan"
    }


def test_candidates_are_ranked() -> None:
    known = [("A", "Manajemen Risiko"), ("B", "Manajemen Risiko Keuangan Daerah"), ("C", "Arsip")]
    found = like_programmes("Bimtek Manajemen Risiko Angkatan III", known)
    assert [one.code for one in found][:1] == ["A"]
    assert found[0].likeness == 100
    assert like_programmes("Sosialisasi 2026", known) == ()


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("minutes_per_jp = 45", "minutes_per_jp = 45\nminimum_score = 101", "minimum_score"),
        ("minutes_per_jp = 45", "minutes_per_jp = 45\ncap_year_total = 0", "cap_year_total"),
        ("national = 5", "national = 5\nrepeat_years = 2", "each one counts"),
    ],
)
def test_a_wrong_rule_names_its_line(before: str, after: str, problem: str) -> None:
    document = default_rule_document().replace(before, after, 1)
    line = next(
        n for n, text in enumerate(document.splitlines(), 1) if text.startswith(after.splitlines()[1])
    )
    with pytest.raises(RefuseInput, match=problem) as refused:
        read_rules(document)
    # what is wrong with a whole row is told at the row's head
    assert abs(int(refused.value.where.rpartition(":")[2]) - line) <= 5


def test_an_event_without_a_date_has_the_form_of_its_title_all_the_same() -> None:
    """The sheet dates its rows, not the event: the words of the title still name the form."""
    office = office_with()
    office.event("e", "Workshop Renja", date(2026, 3, 2))
    office.rows["offline_event"][0] |= {"start_on": None, "end_on": None}
    office.attended(NIP, "e", day=date(2026, 3, 10))
    assert due(office) == ({("Workshop Renja", 2026): 500}, set())


def test_the_words_of_a_title_mean_what_they_mean_on_the_last_day() -> None:
    """Until the end of June a `sosialisasi` is form 7; the rule set of 1 July makes it a workshop. A sheet without
    days is read by the newest."""
    office = office_with()
    newer = default_rule_document().replace(office.rule_sets[0].name, "baru", 1)
    newer = re.sub(r"(?m)^effective_from = .*$", "effective_from = 2026-07-01", newer, count=1)
    newer = newer.replace('words = "sosialisasi"\nform = 7', 'words = "sosialisasi"\nform = 4', 1)
    office.rule_sets.append(read_rules(newer))
    days = {"a": date(2026, 6, 30), "b": date(2026, 7, 1), "c": None}
    for ref, day in days.items():
        office.event(ref, f"Sosialisasi arsip {ref}", day, jp_stated="6")
        office.attended(NIP, ref, day=day or date(2026, 8, 1))
    view = next(step for step in explain(office.inputs()).steps if step.name == "event")
    assert {row["event_ref"]: row["form"] for row in view.dicts()} == {"a": 7, "b": 4, "c": 4}
