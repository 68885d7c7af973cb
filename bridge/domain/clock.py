"""The clock is named, never taken from thin air: everything that needs the time is handed a Clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
"""Returns the present moment, timezone-aware, in UTC."""

WIT = "Asia/Jayapura"
"""Papua's time, UTC+9, no DST; the default zone of a tenant. Caps are days, months and years of it."""


def system_clock() -> datetime:
    return datetime.now(UTC)


def day_in_zone(moment: datetime, zone: str = WIT) -> date:
    """The calendar day of an instant in the tenant's zone. Raises ValueError on a naive datetime."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone has no day")
    return moment.astimezone(ZoneInfo(zone)).date()
