"""Coaching and mentoring logs: one row a session, the coach in a cell merged downwards, ditto marks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from bridge.attendance.cells import Cell, Grid, folded, lines_of, text_of
from bridge.attendance.columns import Role
from bridge.attendance.dates import parse_date
from bridge.attendance.forms import form_code
from bridge.attendance.header import Layout
from bridge.attendance.import_template import plausible
from bridge.attendance.lateness import Late, lateness_finder
from bridge.attendance.people import Person, Seat, attendance, read_person
from bridge.attendance.preamble import EventFacts, read_preamble
from bridge.attendance.quantities import parse_minutes
from bridge.attendance.reading import (
    COACH_IS_COACHEE,
    DATE_IMPLAUSIBLE,
    DUPLICATE_ROW,
    FORM_UNKNOWN,
    SUBSTITUTE,
    SheetReading,
    event_ref,
    ranges,
)
from bridge.attendance.rows import sort_rows
from bridge.attendance.substitutes import substitute_finder
from bridge.domain.evidence import Attendance, OfflineEvent
from bridge.identity.nip import read_nip

_DITTO = frozenset({'"', "''", "”", "“", "〃", "sda", "s.d.a", "s.d.a.", "idem", '-"-', '- " -', ",,"})
_LETTERS = {"c": "14", "m": "15"}  # the logs abbreviate: C for coaching, M for mentoring
_NAMES = {"14": "Coaching", "15": "Mentoring"}
_NUMBERED = re.compile(r"\s*\d{1,2}[.)]\s*(?=\S)")
_QUARTERS = ("I", "II", "III", "IV")


@dataclass(frozen=True, slots=True)
class Session:
    """One coachee's session. `form` is a SIASN code or empty; `coach` a cleaned NIP or empty."""

    row: int
    coachee: Person
    coach: str
    day: date | None
    form: str
    topic: str
    minutes: int | None
    substitute: bool = False
    late: Late = ()


def read_coaching_log(grid: Grid, layout: Layout, file_name: str, source: str, as_of: date) -> SheetReading:
    """Reads a log: one event a form, one attendance a coachee and session, each with its own day."""
    rows = sort_rows(grid, layout)
    facts = read_preamble(grid, layout.top)
    sessions = _sessions(layout, rows.people)
    events: list[OfflineEvent] = []
    people: list[Attendance] = []
    for form in sorted({session.form for session in sessions}):
        of_form = [session for session in sessions if session.form == form]
        event = _event(facts, form, of_form, source, as_of)
        events.append(event)
        people.extend(_attendances(of_form, event, grid.name, as_of))
    return SheetReading(
        file_name=file_name,
        kind="coaching-log",
        events=tuple(events),
        attendances=tuple(sorted(people, key=lambda person: person.row)),
        ignored_rows=tuple(ranges(list(rows.ignored), grid.name)),
        layouts=(layout,),
    )


def _sessions(layout: Layout, rows: Sequence[tuple[int, Sequence[Cell]]]) -> list[Session]:
    sessions: list[Session] = []
    coach, day = "", None
    stood_in, late_of = substitute_finder(layout), lateness_finder(layout)
    for number, row in rows:
        stated = layout.value(row, Role.COACH_NIP)
        if text_of(stated) or layout.text(row, Role.COACH):
            coach = read_nip(stated if isinstance(stated, str | int | float) else None).value or ""
        cell = layout.value(row, Role.DAY)
        if folded(text_of(cell)) not in _DITTO:
            day = parse_date(cell)
        form = folded(layout.text(row, Role.FORM))
        for coachee in _coachees(layout, row):
            sessions.append(
                Session(
                    row=number,
                    coachee=coachee,
                    coach=coach,
                    day=day,
                    form=_LETTERS.get(form) or form_code(form) or "",
                    topic=folded(layout.text(row, Role.TOPIC)),
                    minutes=parse_minutes(layout.value(row, Role.DURATION)),
                    substitute=stood_in(row),
                    late=late_of(row),
                )
            )
    return sessions


def _coachees(layout: Layout, row: Sequence[Cell]) -> list[Person]:
    """Several coachees in one cell stand on numbered lines, their NIPs on lines in the same order."""
    names = lines_of(layout.value(row, Role.NAME))
    numbers = lines_of(layout.value(row, Role.NIP))
    if len(names) < 2 or len(names) != len(numbers):
        return [read_person(layout, row)]
    return [
        Person(
            nip=read_nip(_NUMBERED.sub("", number, count=1)),
            name=_NUMBERED.sub("", name, count=1),
            office=layout.text(row, Role.OFFICE),
            cell=number,
        )
        for name, number in zip(names, numbers, strict=True)
    ]


def _event(facts: EventFacts, form: str, sessions: list[Session], source: str, as_of: date) -> OfflineEvent:
    days = sorted(
        session.day for session in sessions if plausible(session.day, session.day, as_of) and session.day
    )
    start = facts.start or (days[0] if days else None)
    end = facts.end or (days[-1] if days else None)
    title = " ".join(part for part in (_NAMES.get(form, facts.title), period_name(start, end)) if part)
    organiser = facts.named_organiser()
    return OfflineEvent(
        source=source,
        event_ref=event_ref(title, organiser, start, end),
        title=title,
        organiser=organiser,
        place=facts.place,
        form_stated=form or None,
        start=start,
        end=end,
        jp_stated=facts.jp,
    )


def period_name(start: date | None, end: date | None) -> str:
    """`Triwulan III 2026` for a whole quarter, else the days in ISO form."""
    if start is None or end is None:
        return ""
    quarter = (start.month - 1) // 3
    if start == date(start.year, quarter * 3 + 1, 1) and (end.year, end.month) == (
        start.year,
        quarter * 3 + 3,
    ):
        return f"Triwulan {_QUARTERS[quarter]} {start.year}"
    return f"{start.isoformat()} – {end.isoformat()}"


def _attendances(sessions: list[Session], event: OfflineEvent, sheet: str, as_of: date) -> list[Attendance]:
    first: dict[tuple[str, ...], int] = {}
    taken: set[str] = set()
    people: list[Attendance] = []
    for session in sessions:
        problems = _problems(session, event, as_of)
        nip = session.coachee.nip.value
        same = (nip or "", str(session.day), session.coach, session.topic)
        params: dict[str, str] = {}
        if nip is not None and session.day is not None and same in first:
            problems.append(DUPLICATE_ROW)
            params["duplicate_of"] = str(first[same])
        first.setdefault(same, session.row)
        person = attendance(
            Seat(event.source, sheet, session.row),
            event.event_ref,
            session.coachee,
            problems,
            attended=1,
            total=1,
            minutes=session.minutes,
            params=params,
            late=session.late,
        )
        people.append(replace(person, attendee=_attendee(person, session, taken), day=session.day))
    return people


def _attendee(person: Attendance, session: Session, taken: set[str]) -> str:
    """A coachee has a session a day in one log: the day belongs to the key; a second one is numbered."""
    base = person.attendee if person.attendee.startswith("row:") else f"{person.attendee}:{session.day or ''}"
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}:{number}"
    taken.add(name)
    return name


def _problems(session: Session, event: OfflineEvent, as_of: date) -> list[str]:
    problems: list[str] = []
    within = (
        event.start is None or event.end is None or (session.day and event.start <= session.day <= event.end)
    )
    if not within or not plausible(session.day, session.day, as_of):
        problems.append(DATE_IMPLAUSIBLE)
    if not session.form:
        problems.append(FORM_UNKNOWN)
    if session.coach and session.coach == session.coachee.nip.value:
        problems.append(COACH_IS_COACHEE)
    if session.substitute:
        problems.append(SUBSTITUTE)
    return problems
