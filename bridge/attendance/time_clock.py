"""Time-clock dumps: scans in and out, with missing scans, double taps, lunch, swapped columns, midnight.

All times are local times of the place; a record belongs to the day that it names, so an evening that ends
after midnight is not attendance on the next day.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from bridge.attendance.cells import Cell, Grid, folded, text_of
from bridge.attendance.columns import Role
from bridge.attendance.dates import parse_date, parse_moment, states_date
from bridge.attendance.forms import form_in_title
from bridge.attendance.header import Layout
from bridge.attendance.import_template import plausible
from bridge.attendance.lateness import minutes_after
from bridge.attendance.people import Person, Seat, attendance, person_reader
from bridge.attendance.preamble import read_preamble
from bridge.attendance.reading import (
    DATE_IMPLAUSIBLE,
    SUBSTITUTE,
    TIME_MISSING,
    SheetReading,
    event_ref,
    ranges,
)
from bridge.attendance.rows import sort_rows
from bridge.attendance.substitutes import substitute_finder
from bridge.domain.evidence import Attendance, OfflineEvent
from bridge.identity.names import name_tokens
from bridge.identity.nip import NIP_CONFLICT, NipReading

DOUBLE_TAP = timedelta(minutes=5)
TEST_TAP = "pindai uji petugas mesin"
_TEST = re.compile(r"(?:tes|test|uji|uji coba|percobaan)\b")
_NEVER = datetime(9999, 12, 31)  # noqa: DTZ001 -- local times of the place, as everything here
_EVENING, _MORNING = 17, 6  # without dates, an out before six belongs to an evening that began after five


@dataclass(frozen=True, slots=True)
class Scan:
    """One record; a moment that is blank or unreadable is None."""

    came: datetime | None
    left: datetime | None


@dataclass(slots=True)
class _Clocked:
    row: int
    person: Person
    days: dict[date, list[Scan]] = field(default_factory=dict)
    undated: bool = False
    substitute: bool = False


def read_time_clock(
    grid: Grid, layout: Layout, file_name: str, source: str, as_of: date, begins: time | None = None
) -> SheetReading:
    """Reads a dump: one attendance a person with the days on which there is any scan, and the minutes of all
    complete pairs. A day on which a scan is missing has no minutes and gives TIME-MISSING. Where the start of a
    day is known (`begins`, else as the sheet states it) the first scan in tells how late somebody came."""
    rows = sort_rows(grid, layout)
    facts = read_preamble(grid, layout.top)
    tests = [number for number, row in rows.people if _is_test(layout, row)]
    people = _collect(layout, [each for each in rows.people if each[0] not in tests])
    days = sorted({day for person in people for day in person.days})
    start = facts.start or (days[0] if days else None)
    end = facts.end or (days[-1] if days else None)
    organiser = facts.named_organiser()
    event = OfflineEvent(
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
    wrong = [] if plausible(start, end, as_of) else [DATE_IMPLAUSIBLE]
    ignored = sorted([*rows.ignored, *((number, TEST_TAP) for number in tests)])
    return SheetReading(
        file_name=file_name,
        kind="time-clock",
        events=(event,),
        attendances=tuple(
            _attendance(person, event, len(days), grid.name, wrong, begins or facts.begins)
            for person in people
        ),
        ignored_rows=tuple(ranges(ignored, grid.name)),
        layouts=(layout,),
    )


def _is_test(layout: Layout, row: Sequence[Cell]) -> bool:
    if layout.text(row, Role.NIP):
        return False
    return folded(layout.text(row, Role.NAME)) in (
        "admin",
        "administrator",
        "operator",
        "test",
        "tes",
    ) or bool(_TEST.match(folded(layout.text(row, Role.NOTE))))


def _collect(layout: Layout, rows: Sequence[tuple[int, Sequence[Cell]]]) -> list[_Clocked]:
    """People by the machine's account number, else by NIP; a NIP on one row of an account holds for it."""
    known: dict[str, _Clocked] = {}
    person_of = person_reader(layout)
    stood_in = substitute_finder(layout)
    for number, row in rows:
        person = person_of(row)
        account = layout.text(row, Role.ACCOUNT)
        key = f"account {account}" if account else person.nip.value or " ".join(name_tokens(person.name))
        clocked = known.setdefault(key, _Clocked(number, person))
        clocked.person = _one_person(clocked.person, person)
        clocked.substitute = clocked.substitute or stood_in(row)
        stated = parse_date(layout.value(row, Role.DAY))
        scan = _scan(layout.value(row, Role.TIME_IN), layout.value(row, Role.TIME_OUT), stated)
        moment = scan.came or scan.left
        day = stated or (moment.date() if moment else None)
        if not layout.text(row, Role.TIME_IN) and not layout.text(row, Role.TIME_OUT):
            continue
        if day is None:
            clocked.undated = True
        else:
            clocked.days.setdefault(day, []).append(scan)  # unreadable times count as a missing scan
    return list(known.values())


def _one_person(known: Person, again: Person) -> Person:
    if known.nip.problem == NIP_CONFLICT or again.nip.value is None:
        return known
    if known.nip.value is None:
        return again
    if known.nip.value != again.nip.value:
        return Person(NipReading(None, NIP_CONFLICT, (), "several"), known.name, known.office, "", again.cell)
    return known


def _scan(came_cell: Cell, left_cell: Cell, day: date | None) -> Scan:
    came, left = parse_moment(came_cell, day), parse_moment(left_cell, day)
    if came is None or left is None or came <= left:
        return Scan(came, left)
    dated = isinstance(left_cell, datetime) or states_date(text_of(left_cell))
    if not dated and came.hour >= _EVENING and left.hour < _MORNING:
        return Scan(came, left + timedelta(days=1))
    return Scan(left, came)  # the two columns were swapped


def minutes_of(scans: list[Scan]) -> int | None:
    """Minutes of a day's complete pairs together, overlaps once; None where a scan is missing.

    A lone scan within five minutes of a pair's own is a double tap and belongs to the pair.
    """
    pairs = [(scan.came, scan.left) for scan in scans if scan.came is not None and scan.left is not None]
    for scan in scans:
        if scan.came is not None and scan.left is not None:
            continue
        tap = scan.came or scan.left
        near = next(
            (
                at
                for at, (came, left) in enumerate(pairs)
                if tap is not None and (abs(tap - came) <= DOUBLE_TAP or abs(tap - left) <= DOUBLE_TAP)
            ),
            None,
        )
        if near is None or tap is None:
            return None
        came, left = pairs[near]
        pairs[near] = (min(came, tap), max(left, tap))
    total = timedelta()
    until: datetime | None = None
    for came, left in sorted(pairs):
        start = came if until is None else max(came, until)
        total += max(left - start, timedelta())
        until = max(left, start)
    return round(total.total_seconds() / 60)


def _attendance(
    clocked: _Clocked, event: OfflineEvent, total: int, sheet: str, wrong: list[str], begins: time | None
) -> Attendance:
    problems = list(wrong)
    if clocked.substitute:
        problems.append(SUBSTITUTE)
    per_day = {day: minutes_of(scans) for day, scans in sorted(clocked.days.items())}
    missing = [day.isoformat() for day, minutes in per_day.items() if minutes is None]
    if missing:
        problems.append(TIME_MISSING)
    if clocked.undated:
        problems.append(DATE_IMPLAUSIBLE)
    return attendance(
        Seat(event.source, sheet, clocked.row),
        event.event_ref,
        clocked.person,
        problems,
        attended=len(per_day),
        total=total,
        minutes=sum(minutes or 0 for minutes in per_day.values()),
        params={"missing": ",".join(missing)} if missing else None,
        late=tuple(
            minutes
            for _, scans in sorted(clocked.days.items())
            if (came := first_in(scans)) is not None
            for minutes in minutes_after(came.time(), begins)
        ),
    )


def first_in(scans: list[Scan]) -> datetime | None:
    """The first scan in of a day; None where there is none, or the first thing known is a scan out."""
    known = [scan for scan in scans if scan.came or scan.left]
    return min(known, key=lambda scan: scan.came or scan.left or _NEVER).came if known else None
