"""A clock that a test steps, for the watch and for APScheduler alike; all else of APScheduler runs as it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo

import apscheduler.executors.base
import apscheduler.schedulers.base
from apscheduler.events import EVENT_JOB_EXECUTED, EVENT_JOB_MISSED

from scheduler.loop import Loop

PATIENCE = 20.0
"""Real seconds that one firing may take."""


class Stepped:
    """Stands at `now` until it is stepped. `fired` counts what APScheduler's executor ran, `missed` what it
    dropped as too late."""

    def __init__(self, now: datetime) -> None:
        self.now, self.fired, self.missed = now, 0, 0
        self._ran = threading.Semaphore(0)

    def __call__(self) -> datetime:
        return self.now

    @contextmanager
    def driving(self, loop: Loop) -> Iterator[Callable[[timedelta], None]]:
        """APScheduler's own loop runs in its thread; yields what steps the clock and waits for one firing."""
        clock = self

        class Moment(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
                return clock.now.astimezone(tz)

        places = (apscheduler.schedulers.base, apscheduler.executors.base)
        loop.scheduler.add_listener(self._note, EVENT_JOB_EXECUTED | EVENT_JOB_MISSED)
        for place in places:
            place.datetime = Moment
        loop.scheduler.start()
        try:
            yield lambda by: self.step(loop, by)
        finally:
            loop.scheduler.shutdown(wait=True)
            for place in places:
                place.datetime = datetime

    def _note(self, event: object) -> None:
        if getattr(event, "code", 0) == EVENT_JOB_MISSED:
            self.missed += 1
        else:
            self.fired += 1
        self._ran.release()

    def step(self, loop: Loop, by: timedelta, firings: int = 1) -> None:
        """Let time pass, and wait until APScheduler has fired so often."""
        self.now += by
        loop.scheduler.wakeup()
        self.settle(firings)

    def settle(self, firings: int) -> None:
        for _ in range(firings):
            assert self._ran.acquire(timeout=PATIENCE), f"APScheduler fired nothing at {self.now}"

    def is_quiet(self, seconds: float = 0.2) -> bool:
        """Whether nothing fires for so long."""
        return not self._ran.acquire(timeout=seconds)
