"""A job as people see it: when it runs, when next, how it went, whether it is paused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class JobLine:
    """`source` empty: all of the tenant's. `cron` as it holds now, `default_cron` the table's. `last_state` is
    the newest tick's (see bridge.store.ticks), empty where it never ticked."""

    name: str
    source: str
    what: str
    cron: str
    default_cron: str
    paused: bool
    limit_minutes: int
    by_source: bool
    next_at: datetime | None
    last_at: datetime | None
    last_state: str
