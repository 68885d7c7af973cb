"""Dates as offices write them: Excel serials, d-m-Y, ISO, month names, weekdays, ranges, quarters.

Day before month always (Indonesian order); a two-digit year is of this century.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from bridge.attendance.cells import Cell, text_of

_MONTH_WORDS = {
    1: "januari january jan",
    2: "februari february pebruari feb peb",
    3: "maret march mar mrt",
    4: "april apr",
    5: "mei may",
    6: "juni june jun",
    7: "juli july jul",
    8: "agustus august agust agu ags agt aug",
    9: "september sept sep",
    10: "oktober october okt oct",
    11: "november nopember nov nop",
    12: "desember december des dec",
}
MONTHS = {word: number for number, words in _MONTH_WORDS.items() for word in words.split()}
_MONTH = "(" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\b\.?"
_WEEKDAY = re.compile(r"\b(?:senin|selasa|rabu|kamis|jum'?at|sabtu|minggu|ahad)\b\s*,?\s*", re.IGNORECASE)
_TO = r"\s*(?:s\s*[./]?\s*d\.?|sampai(?:\s+dengan)?|hingga|-|–|—|to|dan|&)\s*"
_GAP = r"[\s\-/.]+"
_NUMERIC = r"(\d{1,2})[/\-.](\d{1,2})[/\-.](\d{4}|\d{2})(?!\d)"
_ISO = r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)"

_WORD_RANGE = re.compile(
    rf"\b(\d{{1,2}})(?:{_GAP}{_MONTH})?(?:{_GAP}(\d{{4}}))?{_TO}(\d{{1,2}}){_GAP}{_MONTH}{_GAP}(\d{{4}})",
    re.IGNORECASE,
)
_WORD_DATE = re.compile(rf"\b(\d{{1,2}}){_GAP}{_MONTH}{_GAP}(\d{{4}}|\d{{2}})(?!\d)", re.IGNORECASE)
_WORD_DAY = re.compile(rf"\b(\d{{1,2}}){_GAP}{_MONTH}", re.IGNORECASE)
_NUMERIC_DATE = re.compile(rf"(?<!\d)(?:{_ISO}|{_NUMERIC})")
_QUARTER = re.compile(r"\btriwulan\s+(iv|iii|ii|i|[1-4])\b(?:\s+tahun)?\s+(\d{4})", re.IGNORECASE)
_TIME = re.compile(r"(?<!\d)(\d{1,2})[:.](\d{2})(?:[:.]\d{2})?(?!\d)")

FIRST_SERIAL, LAST_SERIAL = 20_000, 80_000  # 1954 to 2119: beyond it a number is no date
_EPOCH = date(1899, 12, 30)  # ECMA-376 18.17.4.1, the 1900 date system with its leap-year error


def make_date(year: str | int, month: str | int, day: str | int) -> date | None:
    number = int(year)
    try:
        return date(number + 2000 if number < 100 else number, int(month), int(day))
    except ValueError:
        return None


def parse_date(cell: Cell) -> date | None:
    """The one date that the cell states, or None where it states none, several, or an impossible one."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, bool) or cell is None or isinstance(cell, time | timedelta):
        return None
    if isinstance(cell, int | float):
        return _EPOCH + timedelta(days=int(cell)) if FIRST_SERIAL <= cell <= LAST_SERIAL else None
    text = _WEEKDAY.sub("", text_of(cell)).strip()
    if text.isascii() and text.isdigit() and len(text) == 5:
        return parse_date(int(text))
    if (match := _NUMERIC_DATE.match(text)) is not None:
        return _numeric(match)
    if (match := _WORD_DATE.match(text)) is not None:
        return make_date(match[3], MONTHS[match[2].lower()], match[1])
    return None


def _numeric(match: re.Match[str]) -> date | None:
    if match[1]:
        return make_date(match[1], match[2], match[3])
    return make_date(match[6], match[5], match[4])


def parse_period(text: str, year: int | None = None) -> tuple[date, date] | None:
    """The period that a text states: a range, a quarter, several dates (first to last), or one day.

    A day and month without a year take `year`; without one they are None.
    """
    plain = _WEEKDAY.sub("", text)
    if (match := _QUARTER.search(plain)) is not None:
        quarter = {"i": 1, "ii": 2, "iii": 3, "iv": 4}.get(match[1].lower()) or int(match[1])
        end_month = quarter * 3
        last = (date(int(match[2]), end_month, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        return date(int(match[2]), end_month - 2, 1), last
    if (match := _WORD_RANGE.search(plain)) is not None:
        end = make_date(match[6], MONTHS[match[5].lower()], match[4])
        month = MONTHS[(match[2] or match[5]).lower()]
        start = make_date(match[3] or match[6], month, match[1])
        return (start, end) if start is not None and end is not None else None
    days = [found for match in _NUMERIC_DATE.finditer(plain) if (found := _numeric(match)) is not None]
    days += [
        found
        for match in _WORD_DATE.finditer(plain)
        if (found := make_date(match[3], MONTHS[match[2].lower()], match[1])) is not None
    ]
    if not days and year is not None:
        days = [
            found
            for match in _WORD_DAY.finditer(plain)
            if (found := make_date(year, MONTHS[match[2].lower()], match[1])) is not None
        ]
    return (min(days), max(days)) if days else None


def states_date(text: str) -> bool:
    return parse_period(text) is not None


def without_dates(text: str) -> str:
    """The text with what `parse_period` reads cut out."""
    for pattern in (_WEEKDAY, _QUARTER, _WORD_RANGE, _NUMERIC_DATE, _WORD_DATE):
        text = pattern.sub(" ", text)
    return " ".join(text.split())


def parse_moment(cell: Cell, day: date | None) -> datetime | None:
    """A clock reading (local, naive): a date-time, or a time on `day`. None where there is none."""
    if isinstance(cell, datetime):
        return cell
    if isinstance(cell, time):
        return datetime.combine(day, cell) if day is not None else None
    if isinstance(cell, timedelta):
        return datetime.combine(day, time()) + cell if day is not None else None
    if isinstance(cell, float) and 0 <= cell < 1 and day is not None:
        return datetime.combine(day, time()) + timedelta(minutes=round(cell * 1440))
    text = text_of(cell)
    own = _NUMERIC_DATE.match(text)
    if own is not None:
        day, text = _numeric(own), text[own.end() :]
    match = _TIME.search(text)
    if match is None or day is None or int(match[1]) > 23 or int(match[2]) > 59:
        return None
    return datetime.combine(day, time(int(match[1]), int(match[2])))
