"""Learners of every kind, reckoned by hand from the domain text (PerLAN 10/2018 and the rest).

Each case says in its docstring what the text says and what therefore is due. JP are JP here, not hundredths.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from bridge.domain.jp import from_hundredths
from bridge.engine.run import reconcile
from tests.office import Office

NIP = "198501012010011001"
OTHER = "197903122005022003"
Due = dict[tuple[int, str], Decimal]


def due(office: Office) -> tuple[dict[tuple[int, int, str], Decimal], set[tuple[str, str]]]:
    """{(learner, year, title): JP} and {(finding code, subject)}."""
    result = reconcile(office.inputs(), threads=1)
    told: dict[tuple[int, int, str], Decimal] = {}
    for row in result.desired.to_pylist():
        key = (row["learner_id"], row["year"], row["title"])
        told[key] = told.get(key, Decimal(0)) + from_hundredths(row["jp"])
    return told, {(row["code"], row["subject"]) for row in result.finding.to_pylist()}


@pytest.fixture
def office() -> Office:
    place = Office()
    place.employee(1, NIP, "Budi Santoso")
    place.employee(2, OTHER, "Yuliana Wonda", employment="PPPK")
    return place


def test_01_a_bimtek_of_24_jp_is_24_jp(office: Office) -> None:
    """Form 8, programme JP; six of six sessions. Nothing to say about it."""
    office.event(
        "e", "Bimtek Arsip", date(2026, 3, 10), date(2026, 3, 12), form_stated="8", jp_stated="24 JP"
    )
    office.attended(NIP, "e", sessions_attended=6, sessions_total=6)
    assert due(office) == ({(1, 2026, "Bimtek Arsip"): Decimal(24)}, set())


def test_02_eighty_percent_is_the_least_attendance(office: Office) -> None:
    """Four of five sessions are 80 %: enough. Three of four are 75 %: not enough, a finding, no JP."""
    office.event(
        "a", "Bimtek Anggaran", date(2026, 3, 10), date(2026, 3, 12), form_stated="8", jp_stated="20"
    )
    office.event("b", "Kursus Bahasa", date(2026, 4, 10), date(2026, 4, 12), form_stated="11", jp_stated="20")
    office.attended(NIP, "a", sessions_attended=4, sessions_total=5)
    low = office.attended(NIP, "b", sessions_attended=3, sessions_total=4)
    assert due(office) == ({(1, 2026, "Bimtek Anggaran"): Decimal(20)}, {("ATTENDANCE-LOW", low)})


def test_03_a_seminar_counts_by_the_day_and_more_abroad(office: Office) -> None:
    """Form 9: 4 JP a day at home, 6 international. Two days each: 8 and 12, whatever JP the sheet
    states."""
    office.event(
        "n", "Seminar Layanan", date(2026, 2, 19), date(2026, 2, 20), form_stated="9", jp_stated="99"
    )
    office.event(
        "i", "Seminar Pasifik", date(2026, 5, 19), date(2026, 5, 20), form_stated="9", scope="international"
    )
    office.attended(NIP, "n")
    office.attended(NIP, "i")
    told, findings = due(office)
    assert told == {(1, 2026, "Seminar Layanan"): Decimal(8), (1, 2026, "Seminar Pasifik"): Decimal(12)}
    assert findings == set()


def test_04_two_coaching_sessions_a_month_count(office: Office) -> None:
    """Form 14: 2 JP a session, 2 sessions a month. Three in July and one in August: 4 + 2 = 6 JP; the
    third of July (by date, not by row) is beyond the cap and says so."""
    for number, day in enumerate((date(2026, 7, 28), date(2026, 7, 3), date(2026, 7, 15), date(2026, 8, 3))):
        office.event(
            f"c{number}", "Coaching Triwulan III", date(2026, 7, 1), date(2026, 9, 30), form_stated="14"
        )
        office.attended(NIP, f"c{number}", day=day, sessions_attended=1, sessions_total=1)
    told, findings = due(office)
    third = office.rows["attendance"][0]["evidence_key"]
    assert told == {(1, 2026, "Coaching Triwulan III"): Decimal(6)}
    assert findings == {("CAP-EXCEEDED", third)}


def test_05_e_learning_counts_three_jp_a_day_of_papua(office: Office) -> None:
    """Form 16: 3 JP a day, days of WIT. 14:59 UTC is 23:59 in Jayapura, 15:00 UTC the next day's
    midnight: two courses of 2 JP on either side of it are both whole; a third one on the second day
    gets what is left, 1 JP."""
    for course in ("1", "2", "3"):
        office.programme(f"P{course}", 16, 200, title=f"E-learning {course}")
        office.component(f"P{course}", "online", external_course=course)
    office.completed(NIP, "1", "2026-05-01 14:59")
    office.completed(NIP, "2", "2026-05-01 15:00")
    office.completed(NIP, "3", "2026-05-02 03:00")
    told, _ = due(office)
    assert told == {
        (1, 2026, "E-learning 1"): Decimal(2),
        (1, 2026, "E-learning 2"): Decimal(2),
        (1, 2026, "E-learning 3"): Decimal(1),
    }


def test_06_the_year_is_that_of_papua(office: Office) -> None:
    """31 December 2025, 15:30 UTC is 1 January 2026 in Jayapura: the JP are those of 2026."""
    office.programme("PJJ", 17, 1000, title="Jarak Jauh")
    office.component("PJJ", "online", external_course="9")
    office.completed(NIP, "9", "2025-12-31 15:30")
    assert due(office)[0] == {(1, 2026, "Jarak Jauh"): Decimal(10)}


def test_07_a_blended_programme_is_the_sum_of_its_parts_up_to_its_jp(office: Office) -> None:
    """Online 10 JP and in class 25 JP of a programme of 30 JP: both done is min(35, 30) = 30; online
    only is 10. The sheet names the programme by the course's code with a letter O for a zero."""
    office.programme("DIK-04", 3, 3000, title="Pengadaan Tingkat Dasar")
    office.component("DIK-04", "online", external_course="4", jp=1000)
    office.component("DIK-04", "offline", title="Klasikal Pengadaan", jp=2500)
    office.event("e", "Kelas Pengadaan", date(2026, 10, 12), date(2026, 10, 16), lms_course_code="DIK-O4")
    office.attended(NIP, "e", sessions_attended=5, sessions_total=5, certificate_no="001/2026")
    office.completed(NIP, "4", "2026-09-01 01:00")
    office.completed(OTHER, "4", "2026-09-01 01:00")
    told, findings = due(office)
    assert told == {
        (1, 2026, "Pengadaan Tingkat Dasar"): Decimal(30),
        (2, 2026, "Pengadaan Tingkat Dasar"): Decimal(10),
    }
    assert findings == set()


def test_08_absurd_missing_and_unreadable_jp_are_findings(office: Office) -> None:
    """900 JP, none, and a word: three findings with their codes and no credit."""
    keys = [
        office.completed(NIP, "10", "2026-05-01 01:00", jp_stated="900"),
        office.completed(NIP, "11", "2026-05-01 01:00", jp_stated=""),
        office.completed(NIP, "12", "2026-05-01 01:00", jp_stated="sepuluh"),
    ]
    codes = ["JP-IMPLAUSIBLE", "JP-MISSING", "JP-INVALID"]
    assert due(office) == ({}, set(zip(codes, keys, strict=True)))


def test_09_two_offices_report_one_activity(office: Office) -> None:
    """The same title (one spells Bimtek out), the same days: one activity, counted once, with both as
    evidence. Under another title that shares half of its words, the same days: a person decides, one
    stands."""
    for source, title in (("kab", "Bimtek Naskah Dinas"), ("prov", "BIMBINGAN TEKNIS NASKAH  DINAS")):
        office.event(
            source,
            title,
            date(2026, 4, 21),
            date(2026, 4, 23),
            source=source,
            form_stated="8",
            jp_stated="24",
        )
        office.attended(NIP, source, source=source)
    told, findings = due(office)
    assert (list(told.values()), findings) == ([Decimal(24)], set())
    office.event(
        "x", "Bimtek Tata Naskah Dinas Elektronik", date(2026, 4, 21), date(2026, 4, 23), jp_stated="24"
    )
    office.attended(NIP, "x")
    told, findings = due(office)
    assert list(told.values()) == [Decimal(24)]
    assert [code for code, _ in findings] == ["DUPLICATE-ACTIVITY"]


def test_10_nobody_is_in_two_places_at_once(office: Office) -> None:
    """20 JP in Sentani on three days and 12 JP in Biak on two of them: more than a day holds. The
    smaller stands for certain, the other waits. A coaching session on the same day is possible and
    stands."""
    office.event(
        "s",
        "Pelatihan Pengendalian Intern",
        date(2026, 8, 24),
        date(2026, 8, 26),
        form_stated="8",
        jp_stated="20",
    )
    office.event(
        "b", "Literasi Statistik", date(2026, 8, 25), date(2026, 8, 26), form_stated="8", jp_stated="12"
    )
    office.event("c", "Coaching", date(2026, 8, 25), form_stated="14")
    held = office.attended(NIP, "s")
    office.attended(NIP, "b")
    office.attended(NIP, "c")
    told, findings = due(office)
    assert told == {(1, 2026, "Literasi Statistik"): Decimal(12), (1, 2026, "Coaching"): Decimal(2)}
    assert findings == {("OVERLAP", held)}


def test_11_a_pppk_above_24_jp_is_flagged_not_cut(office: Office) -> None:
    """PP 49/2018: at most 24 JP a year. 30 JP stand, and a finding says so; a PNS with 30 JP has
    none."""
    office.event(
        "e", "Pelatihan Teknis Aset", date(2026, 3, 2), date(2026, 3, 6), form_stated="3", jp_stated="30"
    )
    for nip in (NIP, OTHER):
        office.attended(nip, "e", certificate_no="S-100/2026")
    told, findings = due(office)
    assert told == {
        (1, 2026, "Pelatihan Teknis Aset"): Decimal(30),
        (2, 2026, "Pelatihan Teknis Aset"): Decimal(30),
    }
    assert {code for code, _ in findings} == {"PPPK-CEILING"}


def test_12_a_number_that_is_anothers_is_seen_by_the_name(office: Office) -> None:
    """The NIP is Budi Santoso's, the sheet says Teuku: held. With titles, in capitals or shortened it
    is he."""
    office.event("e", "Sosialisasi Disiplin", date(2026, 3, 2), jp_stated="4")
    strange = office.attended(NIP, "e", learner_name="Teuku")
    assert due(office) == ({}, {("NAME-MISMATCH", strange)})
    for name in ("Drs. BUDI SANTOSO, M.Si.", "Santoso, Budi", "B. Santoso", "Budi Santosa"):
        office.rows["attendance"][0]["learner_name"] = name
        assert due(office) == ({(1, 2026, "Sosialisasi Disiplin"): Decimal(4)}, set()), name


def test_13_international_technical_training_is_a_fifth_more(office: Office) -> None:
    """Form 3: programme JP, international + 20 %: 24 JP become 28.8. Abroad, an internship is 24
    instead of 20."""
    office.programme("INT", 3, 2400, title="Pelatihan GIS", scope="international")
    office.component("INT", "online", external_course="77")
    office.programme("MAG", 10, None, title="Magang Darwin", scope="international")
    office.event("m", "Magang Darwin", date(2026, 6, 1), date(2026, 6, 12), programme_code="MAG")
    office.completed(NIP, "77", "2026-05-01 01:00")
    office.attended(NIP, "m")
    assert due(office)[0] == {
        (1, 2026, "Pelatihan GIS"): Decimal("28.8"),
        (1, 2026, "Magang Darwin"): Decimal(24),
    }


def test_14_dates_that_can_not_be(office: Office) -> None:
    """In the future, ending before it starts, without a date, of another century: findings, no
    credit."""
    spans = [
        (date(2026, 12, 14), date(2026, 12, 16)),
        (date(2026, 9, 22), date(2026, 9, 20)),
        (date(1926, 9, 22), date(1926, 9, 23)),
    ]
    keys = []
    for number, (start, end) in enumerate(spans):
        office.event(f"d{number}", f"Bimtek {number}", start, end, jp_stated="8")
        keys.append(office.attended(NIP, f"d{number}"))
    office.event("none", "Bimtek tanpa tanggal", date(2026, 1, 1), jp_stated="8")
    office.rows["offline_event"][-1] |= {"start_on": None, "end_on": None}
    keys.append(office.attended(NIP, "none"))
    assert due(office) == ({}, {("DATE-IMPLAUSIBLE", key) for key in keys})


def test_15_a_pppk_keeps_the_jp_when_the_number_changes(office: Office) -> None:
    """A NI PPPK changes with a contract: the old number of 2024 and the new one of 2025 are one person.
    Evidence under the old number after its end belongs to nobody."""
    office.employee(3, "199001012024211001", "Rizky Wanggai", employment="PPPK", valid_to=date(2024, 12, 31))
    office.identifier(3, "nip", "199001012025211009", valid_from=date(2025, 1, 1))
    office.event("a", "Bimtek Lama", date(2024, 5, 6), date(2024, 5, 7), jp_stated="10")
    office.event("b", "Bimtek Baru", date(2025, 5, 6), date(2025, 5, 7), jp_stated="12")
    office.attended("199001012024211001", "a")
    office.attended("199001012025211009", "b")
    late = office.attended("199001012024211001", "b")
    told, findings = due(office)
    assert told == {(3, 2024, "Bimtek Lama"): Decimal(10), (3, 2025, "Bimtek Baru"): Decimal(12)}
    assert findings == {("LEARNER-UNKNOWN", late)}
