"""JP, durations and days present, in the spellings that occur. Unreadable is None, never zero."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal

from bridge.attendance.cells import Cell, folded, text_of

_NUMBER = r"(-?\d+(?:[.,]\d+)?)"
_JP = re.compile(rf"{_NUMBER}\s*(?:jp|jpl|jam(?:\s+pelajaran)?)?\s*(?:\(.*\))?\Z")
_JP_AMID = re.compile(r"(?<![\d.,])(\d+(?:[.,]\d+)?)\s*jpl?\b", re.IGNORECASE)
_HOURS_MINUTES = re.compile(r"(\d+)\s*(?:jam|j|hours?|h)\s*(\d+)\s*(?:menit|mnt|m|minutes?|min)?\Z")
_HOURS = re.compile(rf"{_NUMBER}\s*(?:jam|j|hours?|hrs?|h)\Z")
_MINUTES = re.compile(rf"{_NUMBER}\s*(?:menit|mnt|mn|minutes?|min|m|'|′)\.?\Z")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2})?\Z")
_FRACTION = re.compile(r"(\d+)\s*(?:/|dari|of)\s*(\d+)(?:\s*\w+)?\Z")
_DAYS = re.compile(r"(\d+)(?:[.,]0+)?\s*(?:hari|hr|sesi|kali|x|days?|sessions?)?\Z")
_ALL = {"lengkap", "penuh", "full", "hadir penuh", "hadir semua", "semua", "hadir lengkap", "100%"}
_NONE = {"", "-", "--", "0", "nihil", "tidak hadir", "th", "tk", "alpa", "absen", "batal"}


def decimal_of(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))


def parse_jp(cell: Cell) -> Decimal | None:
    """`24`, `24 JP`, `40,5`, `10,00`, `16 Jam`, `32 (empat hari)`; None where it is no number."""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int | float):
        return Decimal(repr(cell)) if cell == cell and abs(cell) < 1e9 else None
    match = _JP.match(folded(text_of(cell)))
    return decimal_of(match[1]) if match else None


def jp_amid(text: str) -> Decimal | None:
    """JP inside a sentence: `… | 24 JP (3 hari)`. None where there is none or more than one figure."""
    figures = {decimal_of(figure) for figure in _JP_AMID.findall(text)}
    return figures.pop() if len(figures) == 1 else None


def jp_text(value: Decimal | None) -> str | None:
    """As `jp_stated` carries it: `24`, `40.5`."""
    if value is None:
        return None
    plain = f"{value:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def parse_minutes(cell: Cell, hours: bool = False) -> int | None:
    """`120 mnt`, `45'`, `1,5 jam`, `1 jam 30 menit`, `2:15`; a bare number is in the heading's unit."""
    if isinstance(cell, bool) or cell is None:
        return None
    if isinstance(cell, timedelta):
        return round(cell.total_seconds() / 60)
    if isinstance(cell, time):
        return cell.hour * 60 + cell.minute
    unit = 60 if hours else 1
    if isinstance(cell, int | float):
        return round(cell * unit) if cell >= 0 else None
    text = folded(text_of(cell))
    if match := _HOURS_MINUTES.match(text):
        return int(match[1]) * 60 + int(match[2])
    if match := _CLOCK.match(text):
        return int(match[1]) * 60 + int(match[2])
    for pattern, factor in ((_HOURS, 60), (_MINUTES, 1), (re.compile(rf"{_NUMBER}\Z"), unit)):
        if (match := pattern.match(text)) and (figure := decimal_of(match[1])) >= 0:
            return round(figure * factor)
    return None


@dataclass(frozen=True, slots=True)
class Presence:
    """Days or sessions present; `total` None where the cell names none; `whole` where it says "all"."""

    attended: int
    total: int | None = None
    whole: bool = False


def parse_presence(cell: Cell) -> Presence | None:
    """`3`, `3 hari`, `3/3`, `2 dari 3`, `lengkap`, `-` or blank (none); None where it can't be read."""
    text = folded(text_of(cell))
    if text in _NONE:
        return Presence(0)
    if text in _ALL:
        return Presence(0, whole=True)
    if match := _FRACTION.match(text):
        attended, total = int(match[1]), int(match[2])
        return Presence(attended, total) if attended <= total else None
    if match := _DAYS.match(text):
        return Presence(int(match[1]))
    return None
