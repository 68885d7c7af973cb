"""Decisions of people are evidence too; the difference awards, adjusts and reverses; explain says why."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from bridge.domain.keys import spell
from bridge.engine.explain import explain
from bridge.engine.relations import INPUTS, OUTPUTS
from bridge.engine.rules import default_rule_document, read_rules
from bridge.engine.run import reconcile, zone_offset_table
from bridge.wording import ENGLISH
from tests.office import Office

NIP = "198501012010011001"


@pytest.fixture
def office() -> Office:
    place = Office()
    place.employee(1, NIP, "Budi Santoso")
    place.employee(2, "197903122005022003", "Yuliana Wonda")
    place.event("e", "Bimtek Arsip", date(2026, 3, 10), date(2026, 3, 12), jp_stated="24")
    return place


def jp(office: Office) -> dict[int, int]:
    return {row["learner_id"]: row["jp"] for row in reconcile(office.inputs(), threads=1).desired.to_pylist()}


def codes(office: Office) -> list[str]:
    return sorted(row["code"] for row in reconcile(office.inputs(), threads=1).finding.to_pylist())


def test_a_link_gives_evidence_without_a_number_its_owner(office: Office) -> None:
    key = office.attended(None, "e", nip_problem="NIP-TRUNCATED", learner_name="Orang Lain")
    assert (jp(office), codes(office)) == ({}, ["NIP-TRUNCATED"])
    office.decided("link", key, learner_id=2)
    assert (jp(office), codes(office)) == ({2: 2400}, [])


def test_the_newest_decision_counts(office: Office) -> None:
    key = office.attended(NIP, "e", sessions_attended=1, sessions_total=6)
    assert codes(office) == ["ATTENDANCE-LOW"]
    office.decided("accept", key)
    assert (jp(office), codes(office)) == ({1: 2400}, [])
    office.decided("reject", key)
    assert (jp(office), codes(office)) == ({}, [])


@pytest.mark.parametrize(
    ("first", "second"), [(date(2026, 5, 4), date(2026, 5, 20)), (date(2026, 5, 20), date(2026, 5, 4))]
)
def test_jp_given_to_somebody_with_no_session_marked_take_one_of_the_cap(
    office: Office, first: date, second: date
) -> None:
    """Coaching counts two sessions a month: a given one and two attended are three, whichever comes first."""
    office.event("c1", "Coaching", first, first, form_stated="14")
    office.event("c2", "Coaching", second, second, form_stated="14")
    given = office.attended(NIP, "c1", sessions_attended=0, sessions_total=2)
    office.attended(NIP, "c2", sessions_attended=2, sessions_total=2)
    office.decided("override_jp", given, jp=200)
    office.decided("accept", given)
    assert sum(reconcile(office.inputs(), threads=1).desired.column("jp").to_pylist()) == 400
    assert codes(office) == ["CAP-EXCEEDED"]


def test_a_decision_reopens_when_its_evidence_changes(office: Office) -> None:
    key = office.attended(NIP, "e")
    office.decided("override_jp", key, jp=1000)
    assert (jp(office), codes(office)) == ({1: 1000}, [])
    office.rows["attendance"][0]["evidence_hash"] = "another"
    assert (jp(office), codes(office)) == ({1: 2400}, ["DECISION-STALE"])


def test_a_decision_on_an_activity_is_of_one_learner(office: Office) -> None:
    office.attended(NIP, "e")
    office.attended("197903122005022003", "e", evidence_hash="hash-2")
    desired = reconcile(office.inputs(), threads=1).desired.to_pylist()
    (mine,) = [row for row in desired if row["learner_id"] == 1]
    assert mine["activity_key"] == spell("activity1", ["event", "bimtek arsip", "2026-03-10", "2026-03-12"])
    office.decided("reject", mine["activity_key"], mine["activity_hash"], learner_id=1)
    assert (jp(office), codes(office)) == ({2: 2400}, [])
    office.rows["attendance"][0]["evidence_hash"] = "another"
    assert (jp(office), codes(office)) == ({1: 2400, 2: 2400}, ["DECISION-STALE"])


def test_a_decision_on_two_pieces_of_evidence_holds_for_both(office: Office) -> None:
    office.event("f", "Bimtek Arsip", date(2026, 3, 10), date(2026, 3, 12), source="prov", jp_stated="24")
    office.attended(NIP, "e")
    office.attended(NIP, "f", source="prov", evidence_hash="hash-2")
    (row,) = reconcile(office.inputs(), threads=1).desired.to_pylist()
    assert len(row["evidence"]) == 2
    office.decided("override_jp", row["activity_key"], row["activity_hash"], learner_id=1, jp=500)
    assert jp(office) == {1: 500}


def balance_of(rows: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    (row,) = rows
    return {name: row.get(name) for name in INPUTS["balance"].names} | {"entries": 1} | changes


def difference(office: Office) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = reconcile(office.inputs(), threads=1).difference.to_pylist()
    return rows


def test_award_nothing_adjustment_reversal_and_award_again(office: Office) -> None:
    office.attended(NIP, "e")
    (award,) = first = difference(office)
    assert (award["kind"], award["ordinal"], award["jp"]) == ("award", 0, 2400)
    office.balance(**balance_of(first))
    assert difference(office) == []
    office.rows["offline_event"][0]["jp_stated"] = "20"
    (adjustment,) = difference(office)
    assert (adjustment["kind"], adjustment["ordinal"], adjustment["jp"]) == ("adjustment", 1, -400)
    office.rows["attendance"][0]["standing"] = "withdrawn"
    (reversal,) = difference(office)
    assert (reversal["kind"], reversal["ordinal"], reversal["jp"]) == ("reversal", 1, -2400)
    assert (reversal["title"], reversal["evidence"], reversal["form"]) == ("Bimtek Arsip", None, 8)
    assert codes(office) == ["EVIDENCE-WITHDRAWN"]
    office.rows["attendance"][0]["standing"] = "completed"
    office.rows["balance"][0] |= {"jp": 0, "entries": 2}
    (again,) = difference(office)
    assert (again["kind"], again["ordinal"], again["jp"]) == ("award", 2, 2000)


def test_credit_moves_between_years_with_its_date(office: Office) -> None:
    office.attended(NIP, "e")
    office.balance(**balance_of(difference(office), year=2025))
    moved = {(row["year"], row["kind"], row["jp"]) for row in difference(office)}
    assert moved == {(2025, "reversal", -2400), (2026, "award", 2400)}


def test_rules_count_by_the_day_of_the_activity(office: Office) -> None:
    """From 1 June a new set asks for half of the sessions only; what was before is judged by the old one."""
    newer = (
        default_rule_document()
        .replace("2019-01-01", "2026-06-01")
        .replace("attendance = 80", "attendance = 50")
    )
    office.rule_sets.append(read_rules(newer))
    office.event("f", "Bimtek Aset", date(2026, 7, 1), date(2026, 7, 2), jp_stated="10")
    for ref in ("e", "f"):
        office.attended(NIP, ref, sessions_attended=3, sessions_total=6)
    assert (jp(office), codes(office)) == ({1: 1000}, ["ATTENDANCE-LOW"])


def test_certificate_numbers_count_once_and_are_asked_for(office: Office) -> None:
    office.event("f", "Pelatihan Teknis Arsip Daerah", date(2026, 5, 4), date(2026, 5, 5), jp_stated="30")
    office.attended(NIP, "e", certificate_no="No. 12/BKPSDM/2026")
    repeat = office.attended(NIP, "f", certificate_no="NO 12 BKPSDM 2026")
    assert codes(office) == ["CERTIFICATE-REPEATED"]
    assert jp(office) == {1: 2400}
    office.decided("accept", repeat)
    assert codes(office) == []
    office.rows["attendance"][1]["certificate_no"] = None
    office.rows["decision"].clear()
    assert codes(office) == ["CERTIFICATE-MISSING"]
    assert sum(row["jp"] for row in reconcile(office.inputs()).desired.to_pylist()) == 5400


def test_catalogue_and_source_that_differ_are_said_once(office: Office) -> None:
    office.programme("P", 3, 2000, title="Arsip Dasar")
    office.component("P", "online", external_course="1")
    for nip in (NIP, "197903122005022003"):
        office.completed(nip, "1", "2026-05-01 01:00", jp_stated="24 JP")
    result = reconcile(office.inputs(), threads=1)
    assert {row["jp"] for row in result.desired.to_pylist()} == {2000}
    (finding,) = result.finding.to_pylist()
    assert (finding["code"], finding["learner_id"]) == ("JP-DIFFERS", None)
    assert finding["subject"] == spell("offering1", ["lms", "1", "24 jp", "P"])
    assert '"jp":"24","catalogue":"20"' in finding["params"]


def test_explain_says_why_in_both_languages(office: Office) -> None:
    office.completed(NIP, "5", "2026-05-01 01:00", jp_stated="24 JP", course_title="Netralitas")
    office.completed(NIP, "6", "2026-05-01 01:00", jp_stated="900", course_title="Audit")
    rejected = office.attended(NIP, "e")
    office.decided("reject", rejected)
    told = explain(office.inputs())
    words = {(word.kind, word.code): word for word in told.words}
    english = {(word.kind, word.code): word for word in explain(office.inputs(), ENGLISH).words}
    assert set(words) == {
        ("credit", "capped-day"),
        ("refusal", "JP-IMPLAUSIBLE"),
        ("refusal", "decision-reject"),
    }
    credit = words["credit", "capped-day"]
    assert credit.jp == 300
    assert english["credit", "capped-day"].sentence.startswith(
        "“Netralitas” counts by its actual time or JP: 24 JP. The cap of 3 JP a day"
    )
    assert credit.sentence.startswith("“Netralitas” dihitung menurut waktu atau JP nyata: 24 JP. Batas 3 JP")
    refusal = words["refusal", "JP-IMPLAUSIBLE"]
    assert "“Audit” (“900”) is implausible" in english["refusal", "JP-IMPLAUSIBLE"].sentence
    assert refusal.next_step.startswith("Perbaiki JP di sumbernya")
    names = [view.name for view in told.steps]
    assert names.index("identified") < names.index("assessed") < names.index("desired_credit")
    assert all(view.comment.startswith("A row is") for view in told.steps)
    (desired,) = [view for view in told.steps if view.name == "desired_credit"]
    assert [row["jp"] for row in desired.dicts()] == [300]


def test_zones_of_any_kind_are_known_to_the_minute() -> None:
    assert zone_offset_table("Asia/Jayapura").column("minutes").to_pylist() == [540]
    sydney = zone_offset_table("Australia/Sydney").to_pylist()
    (change,) = [row for row in sydney if row["since"].isoformat() == "2026-10-03T16:00:00"]
    assert change["minutes"] == 660


def test_inputs_that_are_none_are_refused(office: Office) -> None:
    with pytest.raises(ValueError, match="not inputs"):
        reconcile({**office.inputs(), "nonsense": pa.table({"x": [1]})})
    with pytest.raises(ValueError, match="exactly one row"):
        reconcile({})
    with pytest.raises(ValueError, match="lacks nip"):
        reconcile({**office.inputs(), "completion": office.inputs()["completion"].drop_columns(["nip"])})


def test_outputs_keep_their_contract(office: Office) -> None:
    office.attended(NIP, "e")
    result = reconcile(office.inputs(), memory_limit="512MB", threads=1)
    assert result.desired.schema.equals(OUTPUTS["desired_credit"])
    assert result.difference.schema.equals(OUTPUTS["difference"])
    assert result.finding.schema.equals(OUTPUTS["finding"])
    assert result.rows["assessed"] == 1
