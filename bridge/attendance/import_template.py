"""Imports: one row a participant and activity, the activity's data repeated on every row.

Rows of one activity differ in case, blanks and abbreviations and are one event; what most rows say is
what the event says, and a row that says otherwise has a problem.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar

from bridge.attendance.cells import Cell, Grid, text_of
from bridge.attendance.columns import Role
from bridge.attendance.dates import parse_date
from bridge.attendance.forms import form_code, form_in_title
from bridge.attendance.header import Layout
from bridge.attendance.lateness import Late, lateness_finder
from bridge.attendance.marks import PRESENT, UNKNOWN, read_mark, read_status
from bridge.attendance.people import Person, Seat, attendance, person_reader
from bridge.attendance.preamble import read_preamble
from bridge.attendance.quantities import jp_text, parse_jp, parse_presence
from bridge.attendance.reading import (
    ABSENT,
    ATTENDANCE_UNKNOWN,
    DATE_IMPLAUSIBLE,
    DUPLICATE_ROW,
    FORM_UNKNOWN,
    JP_INVALID,
    ORGANISER_MISSING,
    SUBSTITUTE,
    SheetReading,
    event_ref,
    normal_words,
    ranges,
)
from bridge.attendance.recall import column, together
from bridge.attendance.rows import sort_rows
from bridge.attendance.substitutes import substitute_finder
from bridge.domain.evidence import Attendance, OfflineEvent

EARLIEST = date(2000, 1, 1)  # 1 January 1900 is what a program fills into an empty date
MOST_JP_A_DAY = 32  # 24 hours of 45 minutes: more can't be
MOST_DAYS = 400

T = TypeVar("T")
_level = lru_cache(maxsize=20_000)(normal_words)


@dataclass(frozen=True, slots=True, eq=False)
class Stated:
    """What the cells of a row say of its activity. Rows with the same cells share one, told apart by identity.
    `jp_shown` is the sound JP as an event states it."""

    title: str
    organiser: str
    start: date | None
    end: date | None
    dated: bool
    jp_cell: str
    jp: Decimal | None
    jp_shown: str | None
    form_cell: str
    form: str | None
    code: str
    place: str
    scope: str

    @property
    def period(self) -> tuple[date | None, date | None]:
        return self.start, self.end


@dataclass(slots=True)
class Line:
    """One row of the import, each cell read for itself."""

    row: int
    person: Person
    says: Stated
    certificate: str
    attended: int | None
    total: int | None
    unknown: bool
    substitute: bool
    late: Late


def read_import(grid: Grid, layout: Layout, file_name: str, source: str, as_of: date) -> SheetReading:
    """Reads one sheet of an import to its events and attendances."""
    rows = sort_rows(grid, layout)
    read_line = line_reader(layout, as_of)
    lines = [read_line(number, row) for number, row in rows.people]
    facts = read_preamble(grid, layout.top)
    events: dict[str, OfflineEvent] = {}
    people: list[Attendance] = []
    for activity in _activities(lines):
        event = _event(activity, layout, source, facts.named_organiser())
        events.setdefault(event.event_ref, event)
        people.extend(_attendances(activity, event, layout, grid.name, source))
    people.sort(key=lambda person: person.row)
    return SheetReading(
        file_name=file_name,
        kind="import",
        events=tuple(events.values()),
        attendances=tuple(people),
        ignored_rows=tuple(ranges(list(rows.ignored), grid.name)),
        layouts=(layout,),
    )


def line_reader(layout: Layout, as_of: date) -> Callable[[int, Sequence[Cell]], Line]:
    """Reads one row, given its number and cells. Cells that repeat down a column are read once."""
    activity_of = together(layout, _activity_roles(layout), _activity_reader(layout, as_of))
    person_of = person_reader(layout)
    presence_of = _presence_reader(layout)
    stood_in, late_of = substitute_finder(layout), lateness_finder(layout)
    certificate_at = layout.columns.get(Role.CERTIFICATE)  # never repeats: nothing to remember

    def read(number: int, row: Sequence[Cell]) -> Line:
        attended, total, unknown = presence_of(row)
        return Line(
            number,
            person_of(row),
            activity_of(row),
            text_of(row[certificate_at]) if certificate_at is not None and certificate_at < len(row) else "",
            attended,
            total,
            unknown,
            stood_in(row),
            late_of(row) if attended else (),
        )

    return read


def _activity_roles(layout: Layout) -> list[Role]:
    start = Role.START if layout.has(Role.START) else Role.DAY
    end = Role.END if layout.has(Role.END) else start
    return [
        start,
        end,
        Role.EVENT_TITLE,
        Role.ORGANISER,
        Role.EVENT_CODE,
        Role.PLACE,
        Role.SCOPE,
        Role.FORM,
        Role.JP,
    ]


def _activity_reader(layout: Layout, as_of: date) -> Callable[[tuple[Cell, ...]], Stated]:
    def read(cells: tuple[Cell, ...]) -> Stated:
        first, last, title, organiser, code, place, scope, form, jp_cell = cells
        start, end = parse_date(first), parse_date(last)
        jp, jp_shown = _sound_jp(parse_jp(jp_cell), start, end)
        return Stated(
            text_of(title),
            text_of(organiser),
            start,
            end,
            plausible(start, end, as_of),
            text_of(jp_cell),
            jp,
            jp_shown,
            *_form(form),
            text_of(code),
            text_of(place),
            text_of(scope),
        )

    return read


def _form(cell: Cell) -> tuple[str, str | None]:
    text = text_of(cell)
    return text, form_code(text) if text else None


@lru_cache(maxsize=20_000)
def plausible(start: date | None, end: date | None, as_of: date) -> bool:
    """Whether a period can be: both days stated, in order, not before 2000, not in the future."""
    if start is None or end is None:
        return False
    return EARLIEST <= start <= end <= as_of and (end - start).days < MOST_DAYS


@lru_cache(maxsize=20_000)
def _sound_jp(jp: Decimal | None, start: date | None, end: date | None) -> tuple[Decimal | None, str | None]:
    """The JP where the days can hold it, and as an event states it; else None twice."""
    days = (end - start).days + 1 if start and end and start <= end else 1
    sound = jp if jp is not None and 0 < jp <= MOST_JP_A_DAY * min(days, MOST_DAYS) else None
    return sound, jp_text(sound)


Presence = tuple[int | None, int | None, bool]


def _presence_reader(layout: Layout) -> Callable[[Sequence[Cell]], Presence]:
    """Sessions attended, of how many, and whether the mark can't be read."""
    if layout.has(Role.STATUS) and not layout.has(Role.PRESENT):
        return column(layout, Role.STATUS, _status)
    return lambda row: _presence(layout, row)


def _status(cell: Cell) -> Presence:
    verdict = read_status(cell)
    return int(verdict == PRESENT), 1, verdict == UNKNOWN


def _presence(layout: Layout, row: Sequence[Cell]) -> Presence:
    if layout.has(Role.PRESENT):
        cell = layout.value(row, Role.PRESENT)
        presence = parse_presence(cell)
        stated = parse_presence(layout.value(row, Role.TOTAL)) if layout.has(Role.TOTAL) else None
        total = stated.attended if stated and stated.attended else None
        if presence is None:
            verdict = read_mark(cell)
            return (total or 1) * (verdict == PRESENT), total or 1, verdict == UNKNOWN
        total = presence.total or total
        return ((total or 1) if presence.whole else presence.attended), total, False
    return None, None, False


def _activities(lines: list[Line]) -> list[list[Line]]:
    """Rows of one activity together: same levelled title and organiser, same plausible period.

    A row without a plausible period, or without an organiser, joins the activity that it fits best.
    """
    by_title: dict[str, list[Line]] = {}
    for line in lines:
        by_title.setdefault(_level(line.says.title), []).append(line)
    activities: list[list[Line]] = []
    for same_title in by_title.values():
        for organised in _by_organiser(same_title):
            activities.extend(_by_period(organised))
    return sorted(activities, key=lambda activity: activity[0].row)


def _by_organiser(lines: list[Line]) -> list[list[Line]]:
    groups: dict[str, list[Line]] = {}
    for line in lines:
        groups.setdefault(_level(line.says.organiser), []).append(line)
    orphans = groups.pop("", [])
    if not groups:
        return [orphans]
    for line in orphans:
        fitting = [
            group
            for group in groups.values()
            if any(other.says.period == line.says.period for other in group)
        ]
        max(fitting or groups.values(), key=len).append(line)
    return [sorted(group, key=lambda line: line.row) for group in groups.values()]


def _by_period(lines: list[Line]) -> list[list[Line]]:
    groups: dict[tuple[date | None, date | None], list[Line]] = {}
    for line in lines:
        if line.says.dated:
            groups.setdefault(line.says.period, []).append(line)
    undated = [line for line in lines if not line.says.dated]
    if not groups:
        return [undated]
    for line in undated:
        touching = [
            group
            for period, group in groups.items()
            if (line.says.start and line.says.start == period[0])
            or (line.says.end and line.says.end == period[1])
        ]
        max(touching or groups.values(), key=len).append(line)
    return [sorted(group, key=lambda line: line.row) for group in groups.values()]


Weighed = Iterable[tuple[T, int]]


def _counted(values: Weighed[T]) -> list[T]:
    """By how many rows say it, most first; the first to be said of those that are said equally often."""
    counts: dict[T, int] = {}
    for value, rows in values:
        counts[value] = counts.get(value, 0) + rows
    return sorted(counts, key=lambda value: -counts[value])


def _most_common(values: Weighed[str]) -> str:
    return next(iter(_counted((value, rows) for value, rows in values if value)), "")


def _event(lines: list[Line], layout: Layout, source: str, letterhead: str) -> OfflineEvent:
    said = list(Counter(line.says for line in lines).items())
    dated = [(says.period, rows) for says, rows in said if says.dated]
    start, end = _counted(dated or [(says.period, rows) for says, rows in said])[0]
    title = _most_common((says.title, rows) for says, rows in said)
    organiser = _most_common((says.organiser, rows) for says, rows in said)
    if not layout.has(Role.ORGANISER):
        organiser = letterhead
    sound = _counted((says.jp, rows) for says, rows in said if says.jp is not None)
    jp = jp_text(sound[0]) if sound else _most_common((says.jp_cell, rows) for says, rows in said) or None
    form = _most_common((says.form or "", rows) for says, rows in said) or _most_common(
        (says.form_cell, rows) for says, rows in said
    )
    scope = _most_common((says.scope, rows) for says, rows in said)
    return OfflineEvent(
        source=source,
        event_ref=event_ref(title, organiser, start, end),
        title=title,
        organiser=organiser,
        place=_most_common((says.place, rows) for says, rows in said),
        form_stated=form or form_in_title(title),
        scope="international" if scope.casefold().startswith("inter") else "national",
        start=start,
        end=end,
        jp_stated=jp,
        lms_course_code=_most_common((says.code, rows) for says, rows in said),
    )


def _attendances(
    lines: list[Line], event: OfflineEvent, layout: Layout, sheet: str, source: str
) -> list[Attendance]:
    first_row: dict[str, int] = {}
    people: list[Attendance] = []
    problems_of = _problem_finder(event, layout)
    for line in lines:
        nip = line.person.nip.value
        problems = problems_of(line)
        params: dict[str, str] = {}
        if nip is not None and nip in first_row:
            problems.append(DUPLICATE_ROW)
            params["duplicate_of"] = str(first_row[nip])
        elif nip is not None:
            first_row[nip] = line.row
        if DATE_IMPLAUSIBLE in problems:
            params["date"] = " – ".join(str(day or "?") for day in dict.fromkeys(line.says.period))
        if JP_INVALID in problems:
            params["jp"] = line.says.jp_cell
        if FORM_UNKNOWN in problems:
            params["form"] = line.says.form_cell
        people.append(
            attendance(
                Seat(source, sheet, line.row),
                event.event_ref,
                line.person,
                problems,
                attended=line.attended,
                total=line.total,
                params=params,
                late=line.late,
                certificate_no=line.certificate or None,
            )
        )
    return people


def _problem_finder(event: OfflineEvent, layout: Layout) -> Callable[[Line], list[str]]:
    states_jp, states_form = layout.has(Role.JP), layout.has(Role.FORM)
    orphan = layout.has(Role.ORGANISER) and not event.organiser

    def problems_of(line: Line) -> list[str]:
        problems: list[str] = []
        absent = line.attended == 0 and not line.unknown
        if not line.says.dated:
            problems.append(DATE_IMPLAUSIBLE)
        # An export gives absent people 0 JP: that is their absence, not a broken figure.
        if states_jp and not absent and (line.says.jp is None or line.says.jp_shown != event.jp_stated):
            problems.append(JP_INVALID)
        if states_form and line.says.form is None:
            problems.append(FORM_UNKNOWN)
        if orphan:
            problems.append(ORGANISER_MISSING)
        if line.substitute:
            problems.append(SUBSTITUTE)
        if line.unknown:
            problems.append(ATTENDANCE_UNKNOWN)
        elif absent:
            problems.append(ABSENT)
        return problems

    return problems_of
