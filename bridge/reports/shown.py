"""How values are written for people: decimal commas, Indonesian dates, the tenant's zone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal

from bridge.domain import jp
from bridge.reports.report import Kind, Reading
from bridge.reports.words import word

NOTHING = "–"


def jp_shown(hundredths: int, language: str) -> str:
    """`1.234,5` in Indonesian, `1,234.5` in English; grouped as the language does."""
    return str(format_decimal(jp.from_hundredths(hundredths), format="#,##0.##", locale=language))


def percent_shown(basis_points: int | None, language: str) -> str:
    if basis_points is None:
        return NOTHING
    return f"{format_decimal(basis_points / 100, format='#,##0.#', locale=language)} %"


def count_shown(count: int, language: str) -> str:
    return str(format_decimal(count, locale=language))


def day_shown(day: date | None, language: str) -> str:
    """`3 Agustus 2026`, `3 August 2026`."""
    return NOTHING if day is None else format_date(day, "d MMMM y", locale=language)


def days_shown(start: date, end: date, language: str) -> str:
    """A period without saying twice what both ends share: `3–5 Agustus 2026`."""
    if start == end:
        return day_shown(start, language)
    if (start.year, start.month) == (end.year, end.month):
        return f"{start.day}–{day_shown(end, language)}"
    if start.year == end.year:
        return f"{format_date(start, 'd MMMM', locale=language)} – {day_shown(end, language)}"
    return f"{day_shown(start, language)} – {day_shown(end, language)}"


def instant_shown(moment: datetime | None, reading: Reading) -> str:
    """`24 Nov 2026 01.00 WIT`: the tenant's wall clock, named."""
    if moment is None:
        return NOTHING
    local = moment.astimezone(ZoneInfo(reading.zone))
    clock = f"{local:%H.%M}" if reading.language == "id" else f"{local:%H:%M}"
    return f"{format_date(local, 'd MMM y', locale=reading.language)} {clock} {local.tzname()}"


def cell_shown(value: Any, kind: Kind, reading: Reading) -> str:
    if value is None:
        return NOTHING
    match kind:
        case Kind.CODE:
            return word(str(value), reading.language)
        case Kind.JP:
            return jp_shown(value, reading.language)
        case Kind.PERCENT:
            return percent_shown(value, reading.language)
        case Kind.COUNT:
            return count_shown(value, reading.language)
        case Kind.DAY:
            return day_shown(value, reading.language)
        case Kind.INSTANT:
            return instant_shown(value, reading)
        case _:
            return str(value) or NOTHING
