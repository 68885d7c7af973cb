"""The loop: APScheduler fires, one job of it for each line of the plan; what a firing does is the watch's.

Two things that APScheduler leaves to its user are done by the keeper, every ten monotonic seconds: it brings
APScheduler's jobs in step with the table of an office that changes them, and it hastens what APScheduler can't
know of: a tick that passed while no process ran, one whose process died, one that waits for another try. It also
wakes APScheduler, whose one sleep until the next tick would outlast a clock that was set back by a year
(docs/decisions/0010-the-watch.md).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.events import EVENT_JOB_MISSED
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import SQLAlchemyError

from bridge.errors import BridgeError
from bridge.log_lines import Log
from scheduler.cron import next_fire
from scheduler.plan import Planned
from scheduler.watch import Watch

log = Log("scheduler")

EVERY = 10.0
"""Seconds between two rounds of the keeper."""
LONG_AGO = timedelta(hours=1)


def _apscheduler() -> Any:
    """Firings one after the other: the watch is not for two threads."""
    logging.getLogger("apscheduler").setLevel(
        logging.CRITICAL
    )  # its lines are no JSON; what counts is logged here
    scheduler = BackgroundScheduler(timezone=UTC, executors={"default": ThreadPoolExecutor(1)})
    scheduler.add_listener(lambda event: log.warning("fired too late", job=event.job_id), EVENT_JOB_MISSED)
    return scheduler


@dataclass(slots=True)
class Loop:
    """`run` fires until it is told to stop. A job of APScheduler is named `<tenant>/<job>[/<source>]`."""

    watch: Watch
    scheduler: Any = field(default_factory=_apscheduler)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _set: dict[str, tuple[str, str, float]] = field(default_factory=dict)

    def run(self, stop: threading.Event) -> None:
        """Returns once everything that ran here has been handed back. A database that is gone for a while is no
        reason to end."""
        self.scheduler.start()
        while not stop.is_set():
            _outliving(self.keep)
            stop.wait(EVERY)
        self.scheduler.shutdown(wait=True)
        with self._lock:
            self.watch.leave()

    def keep(self) -> None:
        """One round of the keeper."""
        with self._lock:
            self.watch.reap()
            now, plan = self.watch.clock(), self.watch.plan()
            due = list(self.watch.due(plan, now))
        self._synchronise(plan, now)
        for one in due:
            self._hasten(one.item, now)
        self.scheduler.wakeup()

    def _synchronise(self, plan: Sequence[Planned], now: datetime) -> None:
        """APScheduler's jobs as the plan has them."""
        wanted = {_name(item): item for item in plan if not item.paused}
        for name in self._set.keys() - wanted.keys():
            self.scheduler.remove_job(name)
            del self._set[name]
        for name, item in wanted.items():
            facts = (item.cron, str(item.trigger.timezone), item.job.grace.total_seconds())
            if self._set.get(name) != facts or self._is_off(name, item, now):
                self._add(name, item, next_fire(item.trigger, now))
                self._set[name] = facts

    def _is_off(self, name: str, item: Planned, now: datetime) -> bool:
        """One that would fire later than its next tick was planned by a clock that ran ahead. One that should have
        fired long ago would count every tick since then before it fires once: what is due is hastened anyway."""
        job, coming = self.scheduler.get_job(name), next_fire(item.trigger, now)
        if job is None or coming is None:
            return True
        return bool(job.next_run_time > coming or job.next_run_time < now - LONG_AGO)

    def _add(self, name: str, item: Planned, first: datetime | None) -> None:
        self.scheduler.add_job(
            self._fire,
            item.trigger,
            args=(item.tenant, item.key),
            id=name,
            next_run_time=first,
            # the default of one second loses nights; and a night of thirty days ago is one night, not thirty
            misfire_grace_time=int(item.job.grace.total_seconds()),
            coalesce=True,
            max_instances=1,
            replace_existing=True,
        )

    def _hasten(self, item: Planned, now: datetime) -> None:
        self.scheduler.modify_job(_name(item), next_run_time=now)

    def _fire(self, tenant: str, key: str) -> None:
        def fire() -> None:
            with self._lock:
                self.watch.fire(tenant, key)

        _outliving(fire)


def _name(item: Planned) -> str:
    return f"{item.tenant}/{item.key}"


def _outliving(step: Callable[[], None]) -> None:
    try:
        step()
    except (BridgeError, SQLAlchemyError) as error:
        log.error("look failed", reason=str(error).splitlines()[0])
    except Exception:  # the loop outlives what nobody foresaw: the next round may go well
        log.exception("look failed unexpectedly")


def start_loop(watch: Watch) -> Callable[[], None]:
    """In threads of its own. Returns what ends it (waits for the ending of the children)."""
    stop = threading.Event()
    thread = threading.Thread(target=Loop(watch).run, args=(stop,), name="watch", daemon=True)
    thread.start()

    def end() -> None:
        stop.set()
        thread.join(30)

    return end
