"""How late somebody came: a column, words in a mark or a note (`terlambat 20 menit`), or a time of arrival against
the start that the sheet, or the person who hands it in, states. Minutes only; what they mean is for the rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, time

from bridge.attendance.cells import Cell, folded, text_of
from bridge.attendance.columns import Role, plain_heading
from bridge.attendance.header import Layout
from bridge.attendance.quantities import parse_minutes
from bridge.attendance.recall import column

Late = tuple[int, ...]
"""One number a session that began without the person: minutes, above 0."""

_WORD = r"(?:(?:ke)?ter)?lambat(?:an)?|telat|late(?:ness)?"
_HOURS = r"(\d{1,2})\s*(?:jam|j|hours?|h)\b"
_MINUTES = r"(\d{1,3})\s*(?:menit|mnt|mn|minutes?|min|m\b|['′])"
_AFTER = re.compile(rf"\b(?:{_WORD})\b[^0-9;]{{0,20}}?(?:{_HOURS}(?:\s*{_MINUTES})?|{_MINUTES})")
_BEFORE = re.compile(rf"(?<!\d){_MINUTES}\s*(?:{_WORD})\b")
_DENIED = re.compile(rf"\b(?:tidak|tdk|tanpa|not|no)\s+(?:{_WORD})\b")
_CLOCK = re.compile(r"(?:pukul|jam|pkl\.?)?\s*(\d{1,2})[:.](\d{2})(?:[:.]\d{2})?\s*(?:wit|wita|wib)?\Z")
MOST = 24 * 60


def late_words(text: str) -> int | None:
    """`terlambat 20 menit`, `telat 1 jam 15'`, `10 mnt terlambat` -> minutes; None where it states none."""
    plain = folded(text)
    if not any(word in plain for word in ("lambat", "telat", "late")) or _DENIED.search(plain):
        return None
    if (after := _AFTER.search(plain)) is not None:
        return _bounded(int(after[1] or 0) * 60 + int(after[2] or after[3] or 0))
    before = _BEFORE.search(plain)
    return _bounded(int(before[1])) if before else None


def _bounded(minutes: int) -> int | None:
    return minutes if 0 < minutes <= MOST else None


def clock_of(cell: Cell) -> time | None:
    """A cell that is nothing but a time of day: `08.25`, `08:25 WIT`, a time of the spreadsheet program."""
    if isinstance(cell, datetime):
        return cell.time()
    if isinstance(cell, time):
        return cell
    match = _CLOCK.match(folded(text_of(cell))) if isinstance(cell, str) else None
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        return None
    return time(int(match[1]), int(match[2]))


def minutes_after(came: time, begins: time | None) -> Late:
    """How late an arrival is, in whole minutes; nothing where the start is not known or nobody was late."""
    if begins is None:
        return ()
    minutes = (came.hour - begins.hour) * 60 + came.minute - begins.minute
    return (minutes,) if minutes > 0 else ()


def lateness_finder(layout: Layout, begins: time | None = None) -> Callable[[Sequence[Cell]], Late]:
    """What a row states: its lateness column, else its marks, else its status or note."""
    if layout.has(Role.LATE):
        in_hours = _in_hours(layout)
        return column(layout, Role.LATE, lambda cell: _stated(cell, in_hours))
    marks = [mark.column for mark in layout.marks]
    words = [column(layout, role, _worded) for role in (Role.STATUS, Role.NOTE) if layout.has(role)]

    if not marks and len(words) == 1:
        return words[0]

    def found(row: Sequence[Cell]) -> Late:
        told = tuple(minutes for at in marks if at < len(row) for minutes in _in_mark(row[at], begins))
        return told or next((late for read in words if (late := read(row))), ())

    return found if marks or words else lambda _row: ()


def _in_hours(layout: Layout) -> bool:
    words = plain_heading(layout.headings[layout.columns[Role.LATE]]).split()
    return "jam" in words and "menit" not in words


def _stated(cell: Cell, in_hours: bool) -> Late:
    minutes = parse_minutes(cell, in_hours)
    if minutes is None:
        return _worded(cell)
    return (minutes,) if 0 < minutes <= MOST else ()


def _worded(cell: Cell) -> Late:
    minutes = late_words(cell) if isinstance(cell, str) else None
    return (minutes,) if minutes else ()


def _in_mark(cell: Cell, begins: time | None) -> Late:
    came = clock_of(cell)
    return minutes_after(came, begins) if came is not None else _worded(cell)
