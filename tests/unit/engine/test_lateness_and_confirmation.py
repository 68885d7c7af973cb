"""Lateness beyond the tolerated minutes, and rolls that count once their organiser has confirmed them."""

from __future__ import annotations

from datetime import date

import pytest

from bridge.engine.explain import explain
from bridge.engine.rules import default_rule_document, read_rules
from bridge.engine.run import reconcile
from bridge.errors import RefuseInput
from tests.office import Office
from tests.unit.engine.test_newer_rules import NIP, default, due, office_with

DAY = date(2026, 8, 3)
BIMTEK = ("Bimtek Arsip", 2026)


def bimtek(*changes: tuple[str, str]) -> Office:
    office = office_with(*changes)
    office.event("e1", "Bimtek Arsip", DAY, form_stated="8", jp_stated="10")
    return office


def sentences(office: Office, code: str) -> list[str]:
    return [word.sentence for word in explain(office.inputs()).words if word.code == code]


def test_lateness_is_told_with_its_numbers_and_costs_nothing_by_default() -> None:
    office = bimtek()
    office.attended(NIP, "e1", sessions_attended=5, sessions_total=5, late="15,16,75")
    assert due(office) == ({BIMTEK: 1000}, {"LATE"})
    [told] = sentences(office, "LATE")
    assert "terlambat pada 2 sesi" in told
    assert "paling lama 75 menit; toleransi 15 menit" in told


def test_nobody_is_remarked_within_the_tolerated_minutes() -> None:
    office = bimtek()
    office.attended(NIP, "e1", sessions_attended=5, sessions_total=5, late="1,15")
    assert due(office) == ({BIMTEK: 1000}, set())
    office = bimtek(default("late_tolerance = 14"))
    office.attended(NIP, "e1", sessions_attended=5, sessions_total=5, late="1,15")
    assert due(office) == ({BIMTEK: 1000}, {"LATE"})


def test_a_rule_may_take_late_sessions_for_missed() -> None:
    """4 of 5 sessions are the 80 percent that are needed; 3 are not."""
    strict = default("late_is_absent = true")
    office = bimtek(strict)
    office.attended(NIP, "e1", sessions_attended=5, sessions_total=5, late="16")
    assert due(office) == ({BIMTEK: 1000}, {"LATE-NOT-COUNTED"})
    office = bimtek(strict)
    row = office.attended(NIP, "e1", sessions_attended=5, sessions_total=5, late="16,20")
    assert due(office) == ({}, {"LATE-NOT-COUNTED", "ATTENDANCE-LOW"})
    assert "hadir 3 dari 5 sesi" in sentences(office, "ATTENDANCE-LOW")[0]
    office.decided("accept", row)
    assert due(office) == ({BIMTEK: 1000}, set())


def test_late_sessions_of_coaching_earn_nothing_where_the_rule_says_so() -> None:
    office = office_with(default("late_is_absent = true"))
    office.event("c", "Coaching", DAY, form_stated="14")
    office.attended(NIP, "c", sessions_attended=2, sessions_total=2, late="30")
    assert due(office)[0] == {("Coaching", 2026): 200}


def test_an_unconfirmed_roll_waits_where_the_rule_asks_for_the_organisers_word() -> None:
    asks = default("confirmation_forms = [8]")
    office = bimtek(asks)
    row = office.attended(NIP, "e1")
    office.completed(NIP, "1", "2026-05-01 01:00", jp_stated="2")  # no roll: nobody to confirm it
    online = {("Kursus 1", 2026): 200}
    assert due(office) == (online, {"CONFIRMATION-MISSING"})
    assert "Bimtek Arsip" in sentences(office, "CONFIRMATION-MISSING")[0]
    office.rows["confirmation"].append({"source": "sheet", "event_ref": "e1"})
    assert due(office) == (online | {BIMTEK: 1000}, set())
    office.rows["confirmation"] = [{"source": "other", "event_ref": "e1"}]
    assert due(office)[1] == {"CONFIRMATION-MISSING"}
    office.decided("accept", row)
    assert due(office) == (online | {BIMTEK: 1000}, set())


def test_without_such_a_rule_nobody_is_asked() -> None:
    office = bimtek()
    office.attended(NIP, "e1")
    assert due(office) == ({BIMTEK: 1000}, set())
    assert reconcile(office.inputs(), threads=1).desired.num_rows == 1


def test_a_rule_file_names_only_forms_that_it_has() -> None:
    document = default_rule_document().replace(
        "minutes_per_jp = 45", "confirmation_forms = [77]\nminutes_per_jp = 45"
    )
    with pytest.raises(RefuseInput, match="confirmation_forms: form 77 has no"):
        read_rules(document)
