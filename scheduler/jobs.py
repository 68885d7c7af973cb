"""The jobs in one table, and the arithmetic of their ticks: pure, no clock of its own, no APScheduler."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Job:
    """A job that ticks once a day at a wall-clock time of its zone. `work` is given the tick's instant."""

    name: str
    hour: int
    minute: int
    zone: str
    work: Callable[[datetime], None]


def last_tick(job: Job, now: datetime) -> datetime:
    """The newest tick at or before `now` (aware, UTC)."""
    local = now.astimezone(ZoneInfo(job.zone))
    tick = local.replace(hour=job.hour, minute=job.minute, second=0, microsecond=0)
    if tick > local:
        tick -= timedelta(days=1)
    return tick.astimezone(UTC)


def next_tick(job: Job, now: datetime) -> datetime:
    """The first tick after `now`."""
    return (last_tick(job, now).astimezone(ZoneInfo(job.zone)) + timedelta(days=1)).astimezone(UTC)
