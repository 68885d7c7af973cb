"""Every sample sheet is read to its truth: events, people, sessions, minutes, problems, and the other rows.

What shows only beside a roster or another file is the engine's and is left out here by name. No decision may
rest on `meant_nip`: it isn't read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bridge.attendance.reading import SheetReading, normal_words
from bridge.attendance.sheet import read_sheet
from bridge.domain.evidence import Attendance
from bridge.domain.learner import Scheme

SAMPLES = Path(__file__).parents[1] / "samples" / "attendance"
AS_OF = date(2026, 11, 24)
OF_THE_ENGINE = frozenset(
    {
        "LEARNER-UNKNOWN",
        "LEARNER-AMBIGUOUS",
        "NAME-MISMATCH",
        "DUPLICATE-ACTIVITY",
        "OVERLAP",
        "CAP-EXCEEDED",
    }
)
# Debatable rows of the truth that are read otherwise, with the reason. Every other row, debatable or not, is
# read exactly as the truth says.
READ_OTHERWISE = {
    # The NIP of account 001129 stands nowhere in the file; the truth knows it from elsewhere.
    ("07-scanlog-pelatihan-sipd-juli.xls", 81): "NIP-MISSING",
}
READABLE = sorted(
    path.name
    for path in SAMPLES.iterdir()
    if path.suffix in (".xlsx", ".csv", ".xls") and not path.name.endswith(".json")
)


@dataclass(frozen=True)
class Sample:
    truth: dict[str, Any]
    reading: SheetReading
    seats: dict[tuple[str, int], list[Attendance]]

    def seat(self, entry: dict[str, Any]) -> Attendance | None:
        """The attendance of a truth's entry: same sheet and row, and where a row holds several, same NIP."""
        there = self.seats.get((entry["sheet"] or "", entry["row"]), [])
        return next(
            (person for person in there if nip_of(person) == entry["nip"]), there[0] if there else None
        )


_READ: dict[str, Sample] = {}


def sample(name: str) -> Sample:
    if name not in _READ:
        path = SAMPLES / name
        truth = json.loads(path.with_name(path.name + ".truth.json").read_text())
        reading = read_sheet(path, path.name, source="sheets", as_of=AS_OF)
        seats: dict[tuple[str, int], list[Attendance]] = {}
        for person in reading.attendances:
            seats.setdefault((person.sheet, person.row), []).append(person)
        _READ[name] = Sample(truth, reading, seats)
    return _READ[name]


def nip_of(person: Attendance) -> str | None:
    return next((known.value for known in person.identifiers if known.scheme is Scheme.NIP), None)


def expected_problems(entry: dict[str, Any]) -> set[str | None]:
    """The codes that are right for a reader of this sheet alone."""

    def of_the_sheet(code: str | None) -> str | None:
        if code not in OF_THE_ENGINE:
            return code
        return next((other for other in entry.get("also", []) if other not in OF_THE_ENGINE), None)

    return {of_the_sheet(code) for code in [entry["problem"], *entry.get("accept", [])]}


def differences(entry: dict[str, Any], person: Attendance, tolerance: int) -> list[str]:
    found: list[str] = []
    if person.problem not in expected_problems(entry):
        found.append(f"problem {person.problem}, expected {expected_problems(entry)}")
    nip = nip_of(person)
    if nip != entry["nip"] and not (
        nip is None and person.problem == "NIP-TRUNCATED" and entry.get("accept")
    ):
        found.append(f"NIP {nip}, expected {entry['nip']}")
    sessions = (person.sessions_attended, person.sessions_total)
    if sessions != (entry["sessions_attended"], entry["sessions_total"]):
        found.append(f"sessions {sessions}, expected {entry['sessions_attended']}/{entry['sessions_total']}")
    if "minutes" in entry and not close(person.minutes, entry["minutes"], tolerance):
        found.append(f"minutes {person.minutes}, expected {entry['minutes']}")
    if entry.get("date") and str(person.day) != entry["date"]:
        found.append(f"day {person.day}, expected {entry['date']}")
    return found


def close(read: int | None, expected: int | None, tolerance: int) -> bool:
    if read is None or expected is None:
        return read is expected
    return abs(read - expected) <= tolerance


@pytest.mark.parametrize("name", READABLE)
def test_every_person_is_read_to_the_truth(name: str) -> None:
    read = sample(name)
    wrong: list[str] = []
    for entry in read.truth["participants"]:
        person = read.seat(entry)
        if person is None:
            # Invited people who are on no day sheet may be left out; the truth calls them debatable.
            if not (entry.get("debatable") and entry["problem"] == "ABSENT"):
                wrong.append(f"row {entry['row']}: not read")
            continue
        if (name, entry["row"]) in READ_OTHERWISE:
            assert entry["debatable"]
            assert person.problem == READ_OTHERWISE[name, entry["row"]]
            continue
        found = differences(entry, person, read.truth.get("minutes_tolerance", 0))
        wrong += [f"row {entry['row']}: {difference}" for difference in found]
    assert wrong == []


@pytest.mark.parametrize("name", READABLE)
def test_nobody_is_read_who_is_not_there(name: str) -> None:
    read = sample(name)
    people = {(entry["sheet"] or "", entry["row"]) for entry in read.truth["participants"]}
    assert {(person.sheet, person.row) for person in read.reading.attendances} <= people


@pytest.mark.parametrize("name", READABLE)
def test_events_are_those_of_the_truth(name: str) -> None:
    read = sample(name)
    seen = {ref_of(read, number) for number in range(len(read.truth["events"]))}
    assert len(seen) == len(read.truth["events"]) == len(read.reading.events)
    for number, event in enumerate(read.truth["events"]):
        stated = next(each for each in read.reading.events if each.event_ref == ref_of(read, number))
        assert same_title(event["title"], stated.title)
        assert normal_words(stated.organiser) == normal_words(event["organiser"] or "")
        assert [str(stated.start), str(stated.end)] == [event["start"], event["end"]]
        assert (stated.place or None) == event["place"]
        assert event["form"] in (None, stated.form_stated)
        if event["jp"] is not None:
            assert stated.jp_stated is not None
            assert float(stated.jp_stated) == event["jp"]
        if "code_cell" in event:
            assert stated.lms_course_code == event["code_cell"]


def ref_of(read: Sample, number: int) -> str:
    """The one event that all people of the truth's event were read to."""
    people = (read.seat(entry) for entry in read.truth["participants"] if entry["event"] == number)
    refs = {person.event_ref for person in people if person is not None}
    assert len(refs) == 1
    return refs.pop()


def same_title(expected: str, read: str) -> bool:
    """The same words; an abbreviation may stand for what the truth spells out."""
    return set(normal_words(read).split()) <= set(normal_words(expected).split())


@pytest.mark.parametrize("name", READABLE)
def test_every_other_row_is_accounted_for(name: str) -> None:
    """Rows are people or ignored with a reason, never both and never neither."""
    read = sample(name)
    sheets = dict(read.reading.ignored_sheets)
    ignored = {
        (rows.sheet, row)
        for rows in read.reading.ignored_rows
        for row in range(rows.first, rows.last + 1)
        if rows.why
    }
    for entry in read.truth["ignored_rows"]:
        for row in range(entry["rows"][0], entry["rows"][1] + 1):
            sheet = entry["sheet"] or ""
            assert sheet in sheets or (sheet, row) in ignored, f"{sheet} {row}: {entry['why']}"
    assert not ignored & {(person.sheet, person.row) for person in read.reading.attendances}
    assert set(read.truth.get("sheets_ignored", [])) <= set(sheets)


@pytest.mark.parametrize("name", READABLE)
def test_keys_are_unique_and_stable(name: str) -> None:
    first = sample(name).reading
    again = read_sheet(SAMPLES / name, name, source="sheets", as_of=AS_OF)
    assert again == first
    keys = [(person.event_ref, person.attendee) for person in first.attendances]
    assert len(keys) == len(set(keys))
    assert {person.event_ref for person in first.attendances} == {event.event_ref for event in first.events}


def test_a_heading_that_contradicts_its_tab_is_told() -> None:
    notes = sample("05-presensi-bimtek-ppid-per-hari.xlsx").reading.notes
    assert [(note.code, note.sheet) for note in notes] == [("DATE-IMPLAUSIBLE", "Rabu 10 Juni")]
