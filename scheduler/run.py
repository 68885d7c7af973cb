"""APScheduler as an in-memory clock; who runs a tick is decided by a unique row in our database.

APScheduler's own job stores fire twice with two processes, and its default grace of one second drops nights:
so no job store, no grace limit, and missed ticks are one run, not thirty.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

from bridge.domain.clock import Clock
from scheduler.jobs import Job, last_tick

log = structlog.get_logger("scheduler")

Claim = Callable[[str, datetime, str], bool]
"""(job, tick, who) -> whether this process may run the tick."""


def _who() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def fire(job: Job, claim: Claim, clock: Clock) -> bool:
    """Run the newest tick of the job unless some process has claimed it. Returns whether it ran here."""
    tick = last_tick(job, clock())
    if not claim(job.name, tick, _who()):
        log.info("tick claimed elsewhere", job=job.name, tick=tick.isoformat())
        return False
    log.info("tick", job=job.name, tick=tick.isoformat())
    try:
        job.work(tick)
    except Exception:  # the scheduler's thread is the edge: a failed night must not end the next one
        log.exception("job failed", job=job.name, tick=tick.isoformat())
    return True


def start(jobs: Sequence[Job], claim: Claim, clock: Clock, *, catch_up: bool) -> BackgroundScheduler:
    """Start the clock in a thread. `catch_up` runs a tick that was missed while nothing ran, at once."""
    clockwork = BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(1)},
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    for job in jobs:
        clockwork.add_job(
            fire,
            CronTrigger(hour=job.hour, minute=job.minute, timezone=job.zone),
            args=(job, claim, clock),
            id=job.name,
        )
        if catch_up:
            clockwork.add_job(
                fire,
                "date",
                run_date=clock() + timedelta(seconds=2),
                args=(job, claim, clock),
                id=f"{job.name}-catch-up",
            )
    clockwork.start()
    return clockwork
