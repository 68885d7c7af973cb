"""How the JP of an activity are rounded: data of the rule file, by basis or form, from the exact number."""

from __future__ import annotations

from datetime import date

import pytest

from bridge.engine.explain import explain
from bridge.engine.rules import default_rule_document, read_rules
from bridge.engine.run import reconcile
from bridge.errors import RefuseInput
from bridge.flows.rules import difference
from bridge.wording import ENGLISH, INDONESIAN
from tests.office import Office

NIP = "198501012010011001"


def office_with(*changes: tuple[str, str]) -> Office:
    document = default_rule_document()
    for before, after in changes:
        assert before in document
        document = document.replace(before, after, 1)
    place = Office()
    place.rule_sets = [read_rules(document)]
    place.employee(1, NIP, "Budi Santoso")
    return place


def due(office: Office) -> list[int]:
    result = reconcile(office.inputs(), threads=1)
    return sorted(row["jp_before_caps"] for row in result.desired.to_pylist())


@pytest.mark.parametrize(
    ("rounding", "jp"),
    [
        ("none", 249),
        ("half-up-hundredths", 249),
        ("floor-hundredths", 248),
        ("half-up-whole", 200),
        ("floor-whole", 200),
    ],
)
def test_minutes_are_rounded_from_the_exact_quotient(rounding: str, jp: int) -> None:
    """112 minutes are 2.4888… JP."""
    office = office_with(('actual = "none"', f'actual = "{rounding}"'))
    office.completed(NIP, "1", "2026-05-01 01:00", minutes=112)
    assert due(office) == [jp]


def test_nothing_is_rounded_twice() -> None:
    """2.08 JP and 20 % are 2.496: 2 JP. By way of 2.50 it would be 3."""
    office = office_with(('programme = "none"', 'programme = "half-up-whole"'))
    office.programme("P", 17, 208, scope="international")
    office.component("P", "online", external_course="1")
    office.completed(NIP, "1", "2026-05-01 01:00")
    assert due(office) == [200]


@pytest.mark.parametrize(("rounding", "jp"), [("none", 390), ("floor-whole", 300), ("half-up-whole", 400)])
def test_a_programme_is_rounded_with_its_surcharge(rounding: str, jp: int) -> None:
    """3.25 JP and 20 % are 3.9."""
    office = office_with(('programme = "none"', f'programme = "{rounding}"'))
    office.programme("P", 17, 325, scope="international")
    office.component("P", "online", external_course="1")
    office.completed(NIP, "1", "2026-05-01 01:00")
    assert due(office) == [jp]


def test_days_are_multiplied_first() -> None:
    """2.5 JP a day, three days: 7.5, not three times 2."""
    office = office_with(('per_day = "none"', 'per_day = "floor-whole"'), ("national = 5", "national = 2.5"))
    office.event("w", "Workshop Renja", date(2026, 3, 2), date(2026, 3, 4))
    office.attended(NIP, "w")
    assert due(office) == [700]


def test_what_a_cap_on_sessions_leaves_is_rounded_too() -> None:
    """2.5 JP a session, three of which two count: 7 by the rule, 4.67 of them, 4 by the rule."""
    office = office_with(
        ('per_session = "none"', 'per_session = "floor-whole"'), ("national = 2\n", "national = 2.5\n")
    )
    office.event("c", "Coaching", date(2026, 3, 2), date(2026, 3, 4), form_stated="14")
    office.attended(NIP, "c", sessions_attended=3, sessions_total=3)
    assert reconcile(office.inputs(), threads=1).desired.column("jp").to_pylist() == [400]


def test_a_form_may_round_otherwise_than_its_basis() -> None:
    office = office_with(
        ('actual = "none"', 'actual = "floor-whole"'), ("code = 16\n", 'code = 16\nrounding = "none"\n')
    )
    office.completed(NIP, "1", "2026-05-01 01:00", minutes=112)
    assert due(office) == [249]


def test_what_a_person_decided_is_not_rounded() -> None:
    office = office_with(('actual = "none"', 'actual = "floor-whole"'))
    key = office.completed(NIP, "1", "2026-05-01 01:00", minutes=112)
    office.decided("override_jp", key, jp=250)
    assert due(office) == [250]


def test_explain_says_how_it_was_rounded_and_why_nothing_is_left() -> None:
    office = office_with(('actual = "none"', 'actual = "floor-whole"'))
    office.completed(NIP, "1", "2026-05-01 01:00", minutes=112)
    office.completed(NIP, "2", "2026-05-02 01:00", minutes=30)
    words, english = (
        {item.title: item for item in explain(office.inputs(), language).words}
        for language in (INDONESIAN, ENGLISH)
    )
    assert "ke bawah menjadi JP utuh" in words["Kursus 1"].sentence
    assert "rounds it down to whole JP" in english["Kursus 1"].sentence
    assert (words["Kursus 2"].kind, words["Kursus 2"].code, words["Kursus 2"].jp) == (
        "refusal",
        "rule-rounding",
        0,
    )
    assert "less than one JP" in english["Kursus 2"].sentence


def test_a_file_without_rounding_is_what_it_always_was() -> None:
    """Rule sets that were activated before rounding could be named say nothing of it."""
    document = default_rule_document()
    first, last = document.index("[rounding]"), document.index("[[form]]")
    old, new = read_rules(document[:first] + document[last:]), read_rules(document)
    assert difference(old, new) == []
    assert old.rounding == new.rounding


def test_another_rounding_is_a_difference_and_a_wrong_one_is_refused_with_its_line() -> None:
    document = default_rule_document()
    changed = read_rules(document.replace('actual = "none"', 'actual = "floor-whole"'))
    (change,) = difference(read_rules(document), changed)
    assert (change.place, change.before, change.after) == ("rounding.actual", "none", "floor-whole")
    broken = document.replace('actual = "none"', 'actual = "up"')
    line = broken[: broken.index('actual = "up"')].count("\n") + 1
    with pytest.raises(RefuseInput) as refused:
        read_rules(broken, where="aturan.toml")
    assert refused.value.where == f"aturan.toml:{line}"
    assert "rounding.actual: must be one of none, floor-hundredths" in refused.value.english
