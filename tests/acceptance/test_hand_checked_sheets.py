"""The sample sheets, as a careful person reads them (`*.truth.json`), reconciled together.

`cross.truth.json` names what shows only across files: the same activity reported twice, and one person in two
towns on one day. The engine must count the first once and hold one of the second, for each of them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bridge.engine.run import EngineResult, reconcile
from tests.office import Office

FOLDER = Path(__file__).parents[1] / "samples" / "attendance"
Spot = tuple[str, int]
LEFT_EARLY = "197209282018042039"
"""Signed two of three days in Sentani (67 %, below the minimum): only Biak can count, so nothing clashes."""


def truth(path: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((FOLDER / path).read_text(encoding="utf-8"))
    return told


def day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


@pytest.fixture(scope="module")
def reconciled() -> tuple[EngineResult, dict[Spot, str]]:
    """The engine's result, and the reference of each (file, event index)."""
    office, refs, numbers = Office(), {}, {}
    for path in sorted(FOLDER.glob("*.truth.json")):
        told = truth(path.name)
        if path.name == "cross.truth.json":
            continue
        for index, event in enumerate(told["events"]):
            ref = refs[told["file"], index] = f"{told['file']}#{index}"
            office.event(
                ref,
                event["title"],
                date.min,
                organiser=event.get("organiser") or "",
                form_stated=event.get("form") or "8",
                jp_stated=None if event.get("jp") is None else str(event["jp"]),
            )
            office.rows["offline_event"][-1] |= {"start_on": day(event["start"]), "end_on": day(event["end"])}
        for person in told["participants"]:
            if person["nip"] and person.get("problem") in (None, "OVERLAP", "DUPLICATE-ACTIVITY"):
                numbers.setdefault(person["nip"], len(numbers) + 1)
                office.attended(
                    person["nip"],
                    refs[told["file"], person["event"]],
                    attendee=f"{person['nip']}-{person.get('row') or person.get('rows')}",
                    sessions_attended=person.get("sessions_attended"),
                    sessions_total=person.get("sessions_total"),
                    day=day(person.get("date")),
                )
    for nip, number in numbers.items():
        office.employee(number, nip)
    return reconcile(office.inputs(), threads=1), refs


def nip_of(key: str) -> str:
    return key.split("\x1f")[3].split("-")[0]


def ref_of(key: str) -> str:
    return key.split("\x1f")[2]


def credited(result: EngineResult) -> dict[str, list[set[str]]]:
    """For each NIP, the events behind each of its credits."""
    told: dict[str, list[set[str]]] = defaultdict(list)
    for row in result.desired.to_pylist():
        told[nip_of(row["evidence"][0])].append({ref_of(key) for key in row["evidence"]})
    return told


def held(result: EngineResult) -> dict[tuple[str, str], str]:
    """{(NIP, event): code} of all findings about evidence."""
    return {
        (nip_of(row["subject"]), ref_of(row["subject"])): row["code"]
        for row in result.finding.to_pylist()
        if row["subject"].startswith("attendance1")
    }


def test_the_same_activity_counts_once_for_everyone(reconciled: tuple[EngineResult, dict[Spot, str]]) -> None:
    result, refs = reconciled
    counted = credited(result)
    people = 0
    for same in truth("cross.truth.json")["same_activity"]:
        events = {refs[one["file"], one["event"]] for one in same["events"]}
        for nip in same["nips"]:
            assert sum(bool(behind & events) for behind in counted[nip]) <= 1, (nip, events)
            people += 1
    assert people > 50


def test_one_of_two_places_waits_for_a_person(reconciled: tuple[EngineResult, dict[Spot, str]]) -> None:
    result, refs = reconciled
    findings, counted = held(result), credited(result)
    people = truth("cross.truth.json")["two_places_at_once"]
    for one in people:
        events = [refs[one[place]["file"], one[place]["event"]] for place in ("first", "second")]
        codes = [findings.get((one["nip"], event)) for event in events]
        assert ("ATTENDANCE-LOW" if one["nip"] == LEFT_EARLY else "OVERLAP") in codes, (one["nip"], codes)
        assert sum(bool(behind & set(events)) for behind in counted[one["nip"]]) == 1
    assert len(people) == 8


def test_a_session_on_a_day_of_training_is_possible(reconciled: tuple[EngineResult, dict[Spot, str]]) -> None:
    result, refs = reconciled
    findings = held(result)
    for one in truth("cross.truth.json")["same_day_but_possible"]:
        for place in ("first", "second"):
            spot = (one["nip"], refs[one[place]["file"], one[place]["event"]])
            assert findings.get(spot) not in ("OVERLAP",), spot


def test_nothing_else_is_held_as_overlap(reconciled: tuple[EngineResult, dict[Spot, str]]) -> None:
    """A check that flags everybody would pass the tests above; only the people named are in two places."""
    named = {one["nip"] for one in truth("cross.truth.json")["two_places_at_once"]} - {LEFT_EARLY}
    flagged = {nip for (nip, _), code in held(reconciled[0]).items() if code == "OVERLAP"}
    assert flagged == named
