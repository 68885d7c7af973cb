"""Explain says of every match by what it was made: whose evidence, which programme, why two are one."""

from __future__ import annotations

from datetime import date

import pytest

from bridge.engine.explain import IDENTIFIED, JOINED, MATCHED, explain
from tests.office import Office

NIP = "198501012010011001"
DAYS = (date(2026, 3, 10), date(2026, 3, 12))


@pytest.fixture
def office() -> Office:
    made = Office()
    made.employee(1, NIP, "Budi Santoso")
    made.programme("TEK-1", 3, 2000, title="Pelatihan Teknis Arsip")
    made.component("TEK-1", "online", external_course="17")
    made.component("TEK-1", "online", external_course="ARSIP")
    return made


def told(office: Office) -> str:
    (words,) = [item for item in explain(office.inputs()).words if item.kind == "credit"]
    return words.sentence


def reasons(sentence: str) -> set[str]:
    known = [*MATCHED.values(), *IDENTIFIED.values(), *JOINED.values()]
    return {words for words in known if words.replace("{pieces}", "2") in sentence}


@pytest.mark.parametrize(("course", "code", "how"), [("17", "", 0), ("99", "ARSIP", 4), ("17", "ARSIP", 0)])
def test_a_completion_is_matched_by_id_or_by_code(office: Office, course: str, code: str, how: int) -> None:
    office.completed(NIP, course, "2026-05-01 01:00", course_code=code)
    assert reasons(told(office)) == {MATCHED[how], IDENTIFIED["nip"]}


@pytest.mark.parametrize(
    ("more", "title", "how"),
    [
        ({"programme_code": "TEK-1"}, "Kelas Pagi", 1),
        ({"lms_course_code": "arsip"}, "Kelas Pagi", 2),
        ({}, "PELATIHAN TEKNIS ARSIP", 3),
    ],
)
def test_a_sheet_is_matched_by_code_or_by_title(
    office: Office, more: dict[str, str], title: str, how: int
) -> None:
    office.event("e", title, *DAYS, **more)
    office.attended(NIP, "e", certificate_no="S-1")
    assert reasons(told(office)) == {MATCHED[how], IDENTIFIED["nip"]}


def test_two_pieces_of_one_programme_tell_both_ways(office: Office) -> None:
    office.completed(NIP, "17", "2026-05-01 01:00")
    office.event("e", "Pelatihan Teknis Arsip", *DAYS)
    office.attended(NIP, "e", certificate_no="S-1")
    assert reasons(told(office)) == {MATCHED[0], MATCHED[3], IDENTIFIED["nip"], JOINED["programme"]}


def test_one_event_on_two_sheets_is_joined_by_title_and_days(office: Office) -> None:
    for source in ("kab", "prov"):
        office.event(f"e-{source}", "Bimtek Kas", *DAYS, source=source, jp_stated="24")
        office.attended(NIP, f"e-{source}", source=source)
    assert reasons(told(office)) == {IDENTIFIED["nip"], JOINED["event"]}


def test_whose_it_is_may_be_the_account_or_a_decision(office: Office) -> None:
    office.identifier(1, "account", "budi", source="lms")
    key = office.completed(None, "17", "2026-05-01 01:00", external_learner="budi")
    assert reasons(told(office)) == {MATCHED[0], IDENTIFIED["account"]}
    office.decided("link", key, learner_id=1)
    assert reasons(told(office)) == {MATCHED[0], IDENTIFIED["decision"]}
