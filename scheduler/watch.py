"""The watch: it claims the ticks that are due, starts them, and sees them end. When it looks is the loop's
affair (`scheduler.loop`); what it does then is all here.

Any number of watches may run, on any number of machines: a tick belongs to whoever inserted its row. Each look
asks the wall clock anew and works out the newest tick of each job, so a clock that is set back or forward
neither silences the watch nor makes it run thirty nights (docs/decisions/0010-the-watch.md).
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Engine

from bridge.domain.clock import Clock
from bridge.log_lines import Log
from bridge.store.runs import fail_stopped_run
from bridge.store.ticks import TickRow, beat_ticks, end_tick, retake_tick, take_tick, ticks_at
from bridge.store.unit import reading, unit
from scheduler.cron import last_fire
from scheduler.jobs import JOBS, Job
from scheduler.plan import Planned, whole_plan

log = Log("scheduler")

LEASE = timedelta(minutes=3)
"""A claim that has not beaten for so long is a dead process's."""
TRIES = 3
"""So many times a tick is taken up again after its process died: what kills its process each time is not run
for ever."""
AGAIN = timedelta(minutes=1)
BUSY = 75
"""The exit code of RetryLater: another run held the lock, or a passing fault before anything was done."""


class Working(Protocol):
    """A started job."""

    def poll(self) -> int | None:
        """The exit code, None while it runs."""
        ...

    def stop(self) -> None:
        """End it now; safe at any moment, by the flows' own design."""
        ...


Start = Callable[[Planned, datetime], Working]


@dataclass(slots=True)
class Running:
    item: Planned
    tick: datetime
    tick_id: int
    began: datetime
    work: Working
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """A tick that somebody ought to begin now: the newest of its job. `row` is None while nobody has it."""

    item: Planned
    tick: datetime
    row: TickRow | None


@dataclass(slots=True)
class Watch:
    """`look` once does all that is due, `fire` what is due of one job, `reap` sees what ended. `store` is any
    engine on the operational store. `jobs` is the table, for tests a smaller one. Not for two threads at once."""

    store: Engine
    clock: Clock
    start: Start
    jobs: Sequence[Job] = JOBS
    who: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}")
    running: list[Running] = field(default_factory=list)

    def plan(self) -> list[Planned]:
        """Every tenant's jobs as they are set now, paused ones too."""
        with reading(self.store) as connection:
            return whole_plan(connection, self.jobs)

    def look(self) -> int:
        """See what ended, beat, start what is due. Returns how many were started here."""
        now = self.clock()
        self.reap()
        return sum(self._take(one, now) for one in self.due(self.plan(), now))

    def fire(self, tenant: str, key: str) -> int:
        """Start what is due of one job, as it is set now. Returns 1 where that was done here."""
        now = self.clock()
        plan = [item for item in self.plan() if (item.tenant, item.key) == (tenant, key)]
        return sum(self._take(one, now) for one in self.due(plan, now))

    def due(self, plan: Sequence[Planned], now: datetime) -> Iterator[Due]:
        """Of each job that is not paused and has nothing in its way here, its newest tick, unless it is in good
        hands or over."""
        newest = [(item, last_fire(item.trigger, now)) for item in plan if not item.paused]
        ripe = [(item, tick) for item, tick in newest if tick is not None and tick > item.since]
        known: dict[tuple[str, str, datetime], TickRow] = {}
        with reading(self.store) as connection:
            for tenant in {item.tenant for item, _ in ripe}:
                moments = [tick for item, tick in ripe if item.tenant == tenant]
                found = ticks_at(connection, tenant, moments)
                known |= {(tenant, *key): row for key, row in found.items()}
        for item, tick in ripe:
            row = known.get((item.tenant, item.key, tick))
            if (row is None or _waits(row, now) or _is_dead(row, now)) and not self._occupied(item):
                yield Due(item, tick, row)

    def _occupied(self, item: Planned) -> bool:
        """Never beside itself, and of the jobs that need the tenant's lock one at a time."""
        return any(
            other.item.tenant == item.tenant
            and (other.item.key == item.key or (other.item.job.alone and item.job.alone))
            for other in self.running
        )

    def _take(self, due: Due, now: datetime) -> int:
        item, tick, row = due.item, due.tick, due.row
        late = now - tick > item.job.grace
        if row is None:
            state = "missed" if late else "claimed"
            with unit(self.store) as connection:
                tick_id = take_tick(connection, item.tenant, item.key, tick, self.who, now, state=state)
            if tick_id is None:
                return 0
            if late:
                log.warning("tick missed", tenant=item.tenant, job=item.key, tick=tick.isoformat())
                return 0
            return self._begin(item, tick, tick_id, now)
        if late or (_is_dead(row, now) and row.attempts >= TRIES):
            with unit(self.store) as connection:
                if retake_tick(connection, row, self.who, now):
                    end_tick(connection, row.tick_id, self.who, "missed" if late else "failed", now)
            log.error("tick given up", tenant=item.tenant, job=item.key, tick=tick.isoformat())
            return 0
        with unit(self.store) as connection:
            mine = retake_tick(connection, row, self.who, now)
        return self._begin(item, tick, row.tick_id, now) if mine else 0

    def _begin(self, item: Planned, tick: datetime, tick_id: int, now: datetime) -> int:
        log.info("tick", tenant=item.tenant, job=item.key, tick=tick.isoformat())
        try:
            work = self.start(item, tick)
        except OSError as error:  # no memory or no process left: the next look tries again
            log.error("job not started", tenant=item.tenant, job=item.key, reason=str(error))
            with unit(self.store) as connection:
                end_tick(connection, tick_id, self.who, "retry", now, now + AGAIN)
            return 0
        self.running.append(Running(item, tick, tick_id, now, work))
        return 1

    def reap(self) -> None:
        """See what ended, end what is over its limit, and beat for the rest."""
        now = self.clock()
        for one in list(self.running):
            if now < one.began:  # the clock was set back: count the limit from here
                one.began = now
            if one.work.poll() is None and now - one.began > one.item.limit:
                log.error("time limit", tenant=one.item.tenant, job=one.item.key, limit=str(one.item.limit))
                one.work.stop()
                one.stopped = True
            code = one.work.poll()
            if code is not None:
                self._ended(one, code, now)
                self.running.remove(one)
        if self.running:
            with unit(self.store) as connection:
                beat_ticks(connection, [one.tick_id for one in self.running], self.who, now)

    def _ended(self, one: Running, code: int, now: datetime) -> None:
        state, again = ("done", None) if code == 0 else ("failed", None)
        if one.stopped:
            state = "stopped"
        elif code == BUSY:
            state, again = "retry", now + AGAIN
        elif code < 0:  # killed from outside (memory, an operator): the work is safe to take up again
            state, again = "retry", now
        with unit(self.store) as connection:
            if one.stopped:
                fail_stopped_run(
                    connection, one.item.tenant, one.item.job.name, one.tick, one.item.limit, now
                )
            end_tick(connection, one.tick_id, self.who, state, now, again)
        log.info("tick ended", tenant=one.item.tenant, job=one.item.key, state=state, code=code)

    def leave(self) -> None:
        """End what runs here and hand it back, so that whoever looks next takes it up at once."""
        now = self.clock()
        for one in self.running:
            one.work.stop()
            with unit(self.store) as connection:
                end_tick(connection, one.tick_id, self.who, "retry", now, now)
        self.running.clear()


def _waits(row: TickRow, now: datetime) -> bool:
    """It is to be tried again, and its time has come."""
    return row.state == "retry" and (row.retry_at is None or row.retry_at <= now)


def _is_dead(row: TickRow, now: datetime) -> bool:
    return row.state == "claimed" and abs(now - (row.beat_at or row.claimed_at)) > LEASE
