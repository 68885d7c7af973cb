"""Sign-in sheets: a row a person with signatures per session or a number of days; perhaps a sheet a day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time

from bridge.attendance.cells import Cell, Grid, folded, is_blank, text_of
from bridge.attendance.columns import Role
from bridge.attendance.dates import parse_period
from bridge.attendance.forms import form_in_title
from bridge.attendance.header import Layout
from bridge.attendance.lateness import Late, lateness_finder
from bridge.attendance.marks import PRESENT, UNKNOWN, Legend, read_legend, read_mark, read_status
from bridge.attendance.people import Person, Seat, attendance, person_reader
from bridge.attendance.preamble import EventFacts, read_preamble
from bridge.attendance.quantities import parse_presence
from bridge.attendance.reading import (
    ABSENT,
    ATTENDANCE_UNKNOWN,
    DATE_IMPLAUSIBLE,
    DUPLICATE_ROW,
    SUBSTITUTE,
    IgnoredRows,
    SheetNote,
    SheetReading,
    event_ref,
    normal_words,
    ranges,
)
from bridge.attendance.rows import sort_rows
from bridge.attendance.substitutes import substitute_finder
from bridge.domain.evidence import Attendance, OfflineEvent


@dataclass(frozen=True, slots=True)
class Signed:
    """Sessions that one row shows; `total` None where neither row nor sheet says of how many."""

    attended: int | None
    total: int | None
    unknown: bool = False
    substitute: bool = False
    late: Late = ()


@dataclass(slots=True)
class RollSheet:
    """One sheet of a roll, read: its facts, its people with what they signed, and the rest."""

    grid: Grid
    layout: Layout
    facts: EventFacts
    sessions: int | None
    people: list[tuple[int, Person, Signed]]
    ignored: list[IgnoredRows]
    notes: list[SheetNote] = field(default_factory=list)

    @property
    def says_attendance(self) -> bool:
        return bool(self.layout.marks) or self.layout.has(Role.PRESENT) or self.layout.has(Role.STATUS)


def read_roll_sheet(grid: Grid, layout: Layout, begins: time | None = None) -> RollSheet:
    rows = sort_rows(grid, layout)
    facts = read_preamble(grid, layout.top)
    legend = read_legend(
        text_of(cell)
        for number, why in rows.ignored
        for cell in grid.rows[number - 1]
        if isinstance(cell, str)
    )
    days = (facts.end - facts.start).days + 1 if facts.start and facts.end else None
    # A form whose signature columns are all empty was never signed on screen: it says nothing about anyone.
    unsigned = bool(layout.marks) and all(
        is_blank(row[mark.column]) if mark.column < len(row) else True
        for _, row in rows.people
        for mark in layout.marks
    )
    sessions = len(layout.marks) if layout.marks else days if layout.has(Role.PRESENT) else None
    if sessions is None and layout.has(Role.STATUS):
        sessions = 1
    person_of = person_reader(layout)
    stood_in = substitute_finder(layout)
    late_of = lateness_finder(layout, begins or facts.begins)
    people = []
    for number, row in rows.people:
        signed = _signed(layout, row, legend, sessions, unsigned)
        told = replace(signed, substitute=stood_in(row), late=late_of(row) if signed.attended else ())
        people.append((number, person_of(row), told))
    sheet = RollSheet(grid, layout, facts, sessions, people, ranges(list(rows.ignored), grid.name))
    if unsigned and people:
        sheet.notes.append(
            SheetNote(
                ATTENDANCE_UNKNOWN,
                grid.name,
                "Kolom tanda tangan kosong untuk semua peserta. Isi tanda kehadiran, lalu unggah lagi.",
                "The signature columns are empty for everybody. Fill in who was there and upload it again.",
            )
        )
    return sheet


def _signed(
    layout: Layout, row: Sequence[Cell], legend: Legend, sessions: int | None, unsigned: bool
) -> Signed:
    if layout.marks:
        verdicts = [
            read_mark(row[mark.column] if mark.column < len(row) else None, legend) for mark in layout.marks
        ]
        return Signed(verdicts.count(PRESENT), len(verdicts), unsigned or UNKNOWN in verdicts)
    if layout.has(Role.PRESENT):
        return _counted(layout, row, legend, sessions)
    if layout.has(Role.STATUS):
        verdict = read_status(layout.value(row, Role.STATUS), legend)
        return Signed(int(verdict == PRESENT), 1, verdict == UNKNOWN)
    return Signed(None, None)


def _counted(layout: Layout, row: Sequence[Cell], legend: Legend, sessions: int | None) -> Signed:
    cell = layout.value(row, Role.PRESENT)
    presence = parse_presence(cell)
    stated = parse_presence(layout.value(row, Role.TOTAL)) if layout.has(Role.TOTAL) else None
    total = stated.attended if stated and stated.attended else sessions
    if presence is None:
        verdict = read_mark(cell, legend)
        attended = (total or 1) if verdict == PRESENT else 0
        return Signed(attended, total or 1, verdict == UNKNOWN)
    total = presence.total or total
    attended = (total or 1) if presence.whole else presence.attended
    unknown = total is not None and attended > total
    return Signed(attended, total, unknown)


def read_roll(sheets: list[RollSheet], file_name: str, source: str, as_of: date) -> SheetReading:
    """Sheets of the same activity on different days are one event; each person's sessions are summed."""
    days = _days_of_sheets(sheets)
    events: list[OfflineEvent] = []
    people: list[Attendance] = []
    for group in _same_activity(sheets):
        event, attendances = _event(group, days, source, as_of)
        events.append(event)
        people.extend(attendances)
    return SheetReading(
        file_name=file_name,
        kind="roll",
        events=tuple(events),
        attendances=tuple(people),
        ignored_rows=tuple(rows for sheet in sheets for rows in sheet.ignored),
        layouts=tuple(sheet.layout for sheet in sheets),
        notes=tuple(note for sheet in sheets for note in sheet.notes),
    )


def _days_of_sheets(sheets: list[RollSheet]) -> dict[str, tuple[date, date] | None]:
    """Each sheet's period: its heading's, unless that repeats another sheet's and the tab names a day."""
    periods: dict[str, tuple[date, date] | None] = {}
    for sheet in sheets:
        facts = sheet.facts
        stated = (facts.start, facts.end) if facts.start and facts.end else None
        year = facts.start.year if facts.start else None
        named = parse_period(sheet.grid.name, year)
        if stated and named and named != stated and stated in periods.values():
            sheet.notes.append(
                SheetNote(
                    DATE_IMPLAUSIBLE,
                    sheet.grid.name,
                    f"Tanggal pada judul ({stated[0].isoformat()}) sama dengan lembar lain; nama lembar"
                    f" ({named[0].isoformat()}) yang dipakai. Periksa tanggal kegiatan.",
                    f"The date in the heading ({stated[0].isoformat()}) is that of another sheet; the tab's"
                    f" ({named[0].isoformat()}) was taken. Check the date of the activity.",
                )
            )
            stated = named
        periods[sheet.grid.name] = stated or named
    return periods


def _same_activity(sheets: list[RollSheet]) -> list[list[RollSheet]]:
    groups: dict[tuple[str, str], list[RollSheet]] = {}
    for sheet in sheets:
        title = re.sub(r"\b(?:hari|sesi) (?:ke )?\d+\b", "", normal_words(sheet.facts.title))
        groups.setdefault((title, normal_words(sheet.facts.named_organiser())), []).append(sheet)
    return list(groups.values())


def _event(
    group: list[RollSheet], days: dict[str, tuple[date, date] | None], source: str, as_of: date
) -> tuple[OfflineEvent, list[Attendance]]:
    facts = group[0].facts
    for sheet in group[1:]:
        facts = replace(
            facts, place=facts.place or sheet.facts.place, jp=facts.jp or sheet.facts.jp, form=facts.form
        )
    periods = [period for sheet in group if (period := days[sheet.grid.name]) is not None]
    start = min((period[0] for period in periods), default=None)
    end = max((period[1] for period in periods), default=None)
    organiser = facts.named_organiser()
    ref = event_ref(facts.title, organiser, start, end)
    event = OfflineEvent(
        source=source,
        event_ref=ref,
        title=facts.title,
        organiser=organiser,
        place=facts.place,
        form_stated=facts.form or form_in_title(facts.title),
        start=start,
        end=end,
        jp_stated=facts.jp,
        lms_course_code=facts.code,
    )
    wrong = [] if start and end and start <= end <= as_of else [DATE_IMPLAUSIBLE]
    return event, _attendances(group, ref, source, wrong)


@dataclass(slots=True)
class _Tally:
    seat: Seat
    person: Person
    attended: int | None = None
    unknown: bool = False
    substitute: bool = False
    duplicate: str = ""
    late: Late = ()
    on: set[str] = field(default_factory=set)


def _attendances(group: list[RollSheet], ref: str, source: str, wrong: list[str]) -> list[Attendance]:
    known = [sheet.sessions for sheet in group if sheet.sessions is not None]
    total = sum(known) if known else None
    tallies: list[_Tally] = []
    by_nip: dict[str, _Tally] = {}
    own_total: dict[int, int | None] = {}
    for sheet in group:
        for number, person, signed in sheet.people:
            nip = person.nip.value
            tally = by_nip.get(nip) if nip else None
            if tally is None or sheet.grid.name in tally.on:
                first = tally
                tally = _Tally(Seat(source, sheet.grid.name, number), person)
                tally.duplicate = str(first.seat.row) if first else ""
                tallies.append(tally)
                if nip and first is None:
                    by_nip[nip] = tally
            tally.on.add(sheet.grid.name)
            if signed.attended is not None:
                tally.attended = (tally.attended or 0) + signed.attended
            tally.unknown = tally.unknown or signed.unknown
            tally.substitute = tally.substitute or signed.substitute
            tally.late += signed.late
            own_total[id(tally)] = signed.total
    single = len(group) == 1
    return [_one(tally, ref, own_total[id(tally)] if single else total, wrong) for tally in tallies]


def _one(tally: _Tally, ref: str, total: int | None, wrong: list[str]) -> Attendance:
    problems = list(wrong)
    if tally.substitute:
        problems.append(SUBSTITUTE)
    if tally.duplicate:
        problems.append(DUPLICATE_ROW)
    if tally.unknown:
        problems.append(ATTENDANCE_UNKNOWN)
    elif tally.attended == 0:
        problems.append(ABSENT)
    return attendance(
        tally.seat,
        ref,
        tally.person,
        problems,
        attended=tally.attended,
        total=total,
        params={"duplicate_of": tally.duplicate} if tally.duplicate else None,
        late=tally.late,
    )


def is_summary(grid: Grid) -> bool:
    """A REKAP sheet repeats what the day sheets say and must not be counted again."""
    return folded(grid.name).startswith(("rekap", "summary", "ringkasan"))
