"""APScheduler as the loop: it fires each line of the plan with our grace and coalescing, is kept in step with the
table, and neither a change of the clock nor an outage nor a lost database silences it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

import scheduler.loop
from bridge.store.schedules import ScheduleRow, drop_schedule, store_schedule
from bridge.store.sources import store_tenant
from bridge.store.tables import tick
from scheduler.jobs import JOBS
from scheduler.loop import Loop, start_loop
from scheduler.plan import Planned
from scheduler.watch import LEASE, Watch
from tests.apscheduler_clock import Stepped

BORN = datetime(2026, 1, 1, tzinfo=UTC)
BEFORE_NIGHT = datetime(2026, 3, 1, 15, 59, 30, tzinfo=UTC)  # 00.59.30 in Jayapura
NIGHT = tuple(job for job in JOBS if job.name == "night")
HALF_MINUTE = timedelta(seconds=31)


class Ended:
    def poll(self) -> int | None:
        return 0

    def stop(self) -> None:
        return


class Bench:
    def __init__(self, store: Engine, clock: Stepped) -> None:
        self.store, self.clock = store, clock
        self.begun: list[tuple[str, str, datetime]] = []
        self.loop = Loop(Watch(store, clock, self._start, jobs=NIGHT, who="w1"))

    def _start(self, item: Planned, moment: datetime) -> Ended:
        self.begun.append((item.tenant, item.key, moment))
        return Ended()

    def schedule(self, **more: object) -> None:
        values = {"job": "night", "source": "", "cron": "", "paused": False, "limit_minutes": None}
        row = ScheduleRow(**(values | {"changed_by": "t", "changed_at": self.clock.now} | more))  # type: ignore[arg-type]
        with self.store.begin() as connection:
            store_schedule(connection, "utama", row)

    def names(self) -> set[str]:
        return {job.id for job in self.loop.scheduler.get_jobs()}


@pytest.fixture
def bench(store: Engine) -> Bench:
    return Bench(store, Stepped(BEFORE_NIGHT))


@pytest.fixture
def step(bench: Bench) -> Iterator[Callable[[timedelta], None]]:
    """The night before the tick is out of the way."""
    with bench.clock.driving(bench.loop) as stepping:
        bench.loop.keep()
        bench.clock.settle(1)
        bench.begun.clear()
        bench.loop.keep()
        yield stepping


def test_every_line_of_the_table_is_a_job_of_apscheduler_with_our_grace_and_coalescing(store: Engine) -> None:
    clock = Stepped(BEFORE_NIGHT)
    loop = Loop(Watch(store, clock, lambda item, moment: Ended(), who="w1"))
    with clock.driving(loop):
        loop.keep()
        found = {job.id: job for job in loop.scheduler.get_jobs()}
    assert set(found) == {f"utama/{job.name}" for job in JOBS}
    for job in JOBS:
        set_up = found[f"utama/{job.name}"]
        assert (set_up.misfire_grace_time, set_up.coalesce) == (int(job.grace.total_seconds()), True)


def test_it_fires_at_the_tick_and_plans_the_next(bench: Bench, step: Callable[[timedelta], None]) -> None:
    step(HALF_MINUTE)
    assert bench.begun == [("utama", "night", datetime(2026, 3, 1, 16, tzinfo=UTC))]
    job = bench.loop.scheduler.get_job("utama/night")
    assert job.next_run_time == datetime(2026, 3, 2, 16, tzinfo=UTC)


def test_another_time_a_pause_and_an_office_reach_apscheduler(
    bench: Bench, step: Callable[[timedelta], None]
) -> None:
    bench.schedule(cron="30 13 * * *")
    bench.loop.keep()
    job = bench.loop.scheduler.get_job("utama/night")
    assert job.next_run_time == datetime(2026, 3, 2, 4, 30, tzinfo=UTC)
    bench.schedule(paused=True)
    bench.loop.keep()
    assert bench.names() == set()
    with bench.store.begin() as connection:
        assert drop_schedule(connection, "utama", "night", "")
        store_tenant(connection, "barat", "Kantor barat", "Asia/Jakarta", bench.clock.now)
    bench.loop.keep()
    assert bench.names() == {"utama/night", "barat/night"}
    west = bench.loop.scheduler.get_job("barat/night")
    assert west.next_run_time == datetime(2026, 3, 1, 18, tzinfo=UTC)


def test_a_pause_of_the_last_second_holds(bench: Bench, step: Callable[[timedelta], None]) -> None:
    """The keeper has not seen it yet: APScheduler fires, and the firing asks the table."""
    bench.schedule(paused=True)
    step(HALF_MINUTE)
    assert bench.begun == []


@pytest.mark.parametrize("days", [-400, -1, 3, 400])
def test_a_clock_that_jumps_and_comes_back_leaves_nothing_asleep(
    bench: Bench, step: Callable[[timedelta], None], days: int
) -> None:
    right = bench.clock.now
    bench.clock.now = right + timedelta(days=days)
    for _ in range(3):
        bench.loop.keep()
        bench.clock.is_quiet()
    bench.begun.clear()
    bench.clock.now = right
    bench.loop.keep()
    job = bench.loop.scheduler.get_job("utama/night")
    assert job.next_run_time == datetime(2026, 3, 1, 16, tzinfo=UTC)
    step(HALF_MINUTE)
    assert [moment for _, _, moment in bench.begun] == [datetime(2026, 3, 1, 16, tzinfo=UTC)]


def test_after_thirty_days_without_a_process_one_run(bench: Bench) -> None:
    bench.clock.now = BEFORE_NIGHT + timedelta(days=30, hours=7)
    with bench.clock.driving(bench.loop):
        bench.loop.keep()
        bench.clock.settle(1)
        bench.loop.keep()
        assert bench.clock.is_quiet()
    assert len(bench.begun) == 1


def test_asleep_for_thirty_days_the_process_fires_once(
    bench: Bench, step: Callable[[timedelta], None]
) -> None:
    """A machine that was suspended: APScheduler itself has thirty ticks to fire, and coalesces them."""
    step(timedelta(days=30, hours=1))
    assert len(bench.begun) == 1
    assert bench.clock.is_quiet()


def test_a_dead_process_is_taken_over_by_a_firing(bench: Bench, step: Callable[[timedelta], None]) -> None:
    step(HALF_MINUTE)
    with bench.store.begin() as connection:
        connection.execute(sa.update(tick).values(state="claimed", claimed_by="dead", ended_at=None))
    bench.loop.watch.running.clear()
    bench.clock.now += LEASE + timedelta(seconds=1)
    bench.loop.keep()
    bench.clock.settle(1)
    assert len(bench.begun) == 2


def test_a_store_that_is_gone_for_a_while_is_outlived(store: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the real clock, in the threads that `jpbridge serve` has."""
    monkeypatch.setattr(scheduler.loop, "EVERY", 0.1)
    seen = threading.Event()
    gone = threading.Event()
    gone.set()

    class Flaky(Watch):
        def reap(self) -> None:
            if gone.is_set():
                raise sa.exc.OperationalError("SELECT 1", {}, Exception("server closed the connection"))
            Watch.reap(self)

    def start(item: Planned, moment: datetime) -> Ended:
        seen.set()
        return Ended()

    # The night's hour is the present one: its tick is due, and not so late that it counts as missed.
    hour = datetime.now(ZoneInfo("Asia/Jayapura")).hour
    jobs = (replace(NIGHT[0], cron=f"0 {hour} * * *"),)
    end = start_loop(Flaky(store, lambda: datetime.now(UTC), start, jobs=jobs, who="w1"))
    time.sleep(0.4)
    assert not seen.is_set()
    gone.clear()
    assert seen.wait(20)
    end()
    with store.connect() as connection:
        states = connection.execute(sa.select(tick.c.state)).scalars().all()
    assert states in (["done"], ["retry"])
