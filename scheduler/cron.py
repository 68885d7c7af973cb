"""When: five cron fields (minute hour day month weekday), read with care.

A weekday is written by its name (mon or sen, … sun or min). Numbers are refused: cron counts from Sunday = 0,
APScheduler's `from_crontab` from Monday = 0, and an office that trusted either would run on the wrong day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from bridge.errors import RefuseInput

INDONESIAN_DAYS = {
    "sen": "mon", "sel": "tue", "rab": "wed", "kam": "thu", "jum": "fri", "sab": "sat", "min": "sun",
}  # fmt: skip
_DAY = re.compile(r"[a-z]{3}")
_BACK = (
    timedelta(minutes=15),
    timedelta(hours=2),
    timedelta(days=2),
    timedelta(days=15),
    timedelta(days=400),
)


def _refused(text: str, indonesian: str, english: str) -> RefuseInput:
    return RefuseInput(
        "CRON-WRONG",
        f"Waktu {text!r} {indonesian} Contoh: '0 1 * * *' (setiap pukul 01.00), '30 2 * * sun' (Minggu).",
        f"The time {text!r} {english} Examples: '0 1 * * *' (01:00 daily), '30 2 * * sun' (Sundays).",
        where=text,
    )


@lru_cache(maxsize=1024)
def read_cron(text: str, zone: str) -> CronTrigger:
    """Raises RefuseInput on anything but five fields with weekdays by name."""
    fields = text.lower().split()
    if len(fields) != 5:
        raise _refused(text, "harus terdiri atas lima bagian.", "needs five fields.")
    minute, hour, day, month, weekday = fields
    if re.search(r"\d", weekday.partition("/")[0]) or "/" in weekday:
        raise _refused(
            text,
            "menyebut hari dengan angka; tulis namanya (mon–sun atau sen–min).",
            "names the weekday by a number; write its name (mon–sun).",
        )
    english = _DAY.sub(lambda name: INDONESIAN_DAYS.get(name.group(), name.group()), weekday)
    try:
        trigger = CronTrigger(
            minute=minute, hour=hour, day=day, month=month, day_of_week=english, timezone=ZoneInfo(zone)
        )
    except ValueError as error:
        raise _refused(text, f"tidak terbaca ({error}).", f"can't be read ({error}).") from error
    if trigger.get_next_fire_time(None, datetime(2026, 1, 1, tzinfo=UTC)) is None:
        raise _refused(text, "tidak pernah tiba.", "never comes.")
    return trigger


def _fires(trigger: CronTrigger, after: datetime, until: datetime) -> Iterator[datetime]:
    moment = trigger.get_next_fire_time(None, after + timedelta(microseconds=1))
    while moment is not None and moment <= until:
        yield moment.astimezone(UTC)
        moment = trigger.get_next_fire_time(moment, moment + timedelta(microseconds=1))


def last_fire(trigger: CronTrigger, now: datetime) -> datetime | None:
    """The newest tick at or before `now` (aware), or None where there was none in 400 days. The cron of
    APScheduler only looks forward, so it looks from further and further back."""
    for back in _BACK:
        newest = None
        for moment in _fires(trigger, now - back, now):
            newest = moment
        if newest is not None:
            return newest
    return None


def next_fire(trigger: CronTrigger, now: datetime) -> datetime | None:
    """The first tick after `now`."""
    moment = trigger.get_next_fire_time(None, now + timedelta(microseconds=1))
    return None if moment is None else moment.astimezone(UTC)
