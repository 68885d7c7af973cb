"""Attendance exports with one record a person and day: status, time in, hours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, time

from bridge.attendance.cells import Cell, Grid
from bridge.attendance.columns import Role, plain_heading
from bridge.attendance.dates import parse_date, parse_moment
from bridge.attendance.forms import form_in_title
from bridge.attendance.header import Layout
from bridge.attendance.import_template import plausible
from bridge.attendance.lateness import Late, lateness_finder, minutes_after
from bridge.attendance.marks import PRESENT, UNKNOWN, read_status
from bridge.attendance.people import Person, Seat, attendance, person_reader
from bridge.attendance.preamble import EventFacts, read_preamble
from bridge.attendance.quantities import parse_minutes
from bridge.attendance.reading import (
    ABSENT,
    ATTENDANCE_UNKNOWN,
    DATE_IMPLAUSIBLE,
    DUPLICATE_ROW,
    SUBSTITUTE,
    SheetReading,
    event_ref,
    ranges,
)
from bridge.attendance.recall import column
from bridge.attendance.rows import sort_rows
from bridge.attendance.substitutes import substitute_finder
from bridge.domain.evidence import Attendance, OfflineEvent
from bridge.identity.names import name_tokens


@dataclass(slots=True)
class _Days:
    """A person's records: which days are written, on which the person was there, and for how long."""

    row: int
    person: Person
    written: dict[date, bool] = field(default_factory=dict)
    minutes: int = 0
    unknown: bool = False
    undated: bool = False
    substitute: bool = False
    late: Late = ()


_ANY_DAY = date(2000, 1, 1)  # only the time of day is asked for


def read_day_records(
    grid: Grid, layout: Layout, file_name: str, source: str, as_of: date, begins: time | None = None
) -> SheetReading:
    """Reads one sheet of day records; each person gets one attendance, a repeated record one of its own."""
    rows = sort_rows(grid, layout)
    facts = read_preamble(grid, layout.top)
    people, repeated = _collect(layout, rows.people, begins or facts.begins)
    days = sorted({day for person in people for day in person.written})
    event = _event(facts, days, source)
    wrong = [] if plausible(event.start, event.end, as_of) else [DATE_IMPLAUSIBLE]
    timed = layout.has(Role.DURATION)
    attendances = [_attendance(person, event, len(days), grid.name, wrong, timed) for person in people]
    attendances += [_repetition(again, event, len(days), grid.name) for again in repeated]
    return SheetReading(
        file_name=file_name,
        kind="day-records",
        events=(event,),
        attendances=tuple(sorted(attendances, key=lambda person: person.row)),
        ignored_rows=tuple(ranges(list(rows.ignored), grid.name)),
        layouts=(layout,),
    )


@dataclass(frozen=True, slots=True)
class _Repeated:
    row: int
    person: Person
    first: int
    present: bool


def _collect(
    layout: Layout, rows: Sequence[tuple[int, Sequence[Cell]]], begins: time | None
) -> tuple[list[_Days], list[_Repeated]]:
    in_hours = _in_hours(layout)
    person_of = person_reader(layout)
    stood_in = substitute_finder(layout)
    late_of = _late_reader(layout, begins)
    day_of = column(layout, Role.DAY, parse_date)
    people: list[_Days] = []
    known: dict[str, _Days] = {}
    repeated: list[_Repeated] = []
    for number, row in rows:
        person = person_of(row)
        day = day_of(row)
        present, unknown = _present(layout, row)
        # Without a NIP the records of one name on different days are put together, so that the person is one
        # row to mend; on the same day they are two people. No identity is decided by it.
        key = person.nip.value or f"{person.nip.problem} {' '.join(name_tokens(person.name))}"
        days = known.get(key)
        if days is not None and day in days.written:
            if person.nip.value is not None:
                repeated.append(_Repeated(number, person, days.row, present))
                continue
            days = None
        if days is None:
            days = known[key] = _Days(number, person)
            people.append(days)
        days.unknown = days.unknown or unknown
        days.substitute = days.substitute or stood_in(row)
        if day is None:
            days.undated = True
            continue
        days.written[day] = present
        if present:
            days.minutes += parse_minutes(layout.value(row, Role.DURATION), in_hours) or 0
            days.late += late_of(row)
    return people, repeated


def _late_reader(layout: Layout, begins: time | None) -> Callable[[Sequence[Cell]], Late]:
    """How late a record says, in words or by its time in."""
    worded = lateness_finder(layout, begins)
    if layout.has(Role.LATE) or not layout.has(Role.TIME_IN):
        return worded
    came_at = column(layout, Role.TIME_IN, lambda cell: parse_moment(cell, _ANY_DAY))

    def read(row: Sequence[Cell]) -> Late:
        came = came_at(row)
        return (minutes_after(came.time(), begins) if came else ()) or worded(row)

    return read


def _in_hours(layout: Layout) -> bool:
    column = layout.columns.get(Role.DURATION)
    return column is not None and "jam" in plain_heading(layout.headings[column]).split()


def _present(layout: Layout, row: Sequence[Cell]) -> tuple[bool, bool]:
    verdict = read_status(layout.value(row, Role.STATUS))
    if not layout.text(row, Role.STATUS) and (layout.has(Role.TIME_IN) or layout.has(Role.DURATION)):
        # A blank status means present only where the record shows that somebody came.
        verdict = PRESENT if layout.text(row, Role.TIME_IN) or layout.text(row, Role.DURATION) else ABSENT
    return verdict == PRESENT, verdict == UNKNOWN


def _event(facts: EventFacts, days: list[date], source: str) -> OfflineEvent:
    start = facts.start or (days[0] if days else None)
    end = facts.end or (days[-1] if days else None)
    organiser = facts.named_organiser()
    return OfflineEvent(
        source=source,
        event_ref=event_ref(facts.title, organiser, start, end),
        title=facts.title,
        organiser=organiser,
        place=facts.place,
        form_stated=facts.form or form_in_title(facts.title),
        start=start,
        end=end,
        jp_stated=facts.jp,
        lms_course_code=facts.code,
    )


def _attendance(
    days: _Days, event: OfflineEvent, total: int, sheet: str, wrong: list[str], timed: bool
) -> Attendance:
    problems = list(wrong)
    attended = sum(days.written.values())
    if days.substitute:
        problems.append(SUBSTITUTE)
    if days.undated:
        problems.append(DATE_IMPLAUSIBLE)
    if days.unknown:
        problems.append(ATTENDANCE_UNKNOWN)
    elif attended == 0:
        problems.append(ABSENT)
    return attendance(
        Seat(event.source, sheet, days.row),
        event.event_ref,
        days.person,
        problems,
        attended=attended,
        total=total,
        minutes=days.minutes if timed else None,
        late=days.late,
    )


def _repetition(again: _Repeated, event: OfflineEvent, total: int, sheet: str) -> Attendance:
    return attendance(
        Seat(event.source, sheet, again.row),
        event.event_ref,
        again.person,
        [DUPLICATE_ROW],
        attended=int(again.present),
        total=total,
        params={"duplicate_of": str(again.first)},
    )
