"""The watch on both databases: each tick once, one run after days, resumed after a death, ended at its limit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from bridge.store.runs import begin_run
from bridge.store.schedules import ScheduleRow, drop_schedule, store_schedule
from bridge.store.sources import store_tenant
from bridge.store.tables import run, tick
from scheduler.jobs import Job
from scheduler.plan import Planned
from scheduler.watch import LEASE, TRIES, Watch

HOUR = timedelta(hours=1)
BORN = datetime(2026, 1, 1, tzinfo=UTC)
NIGHT = Job("night", "0 1 * * *", 22 * HOUR, 2 * HOUR, "")
HOURLY = Job("pull", "20 * * * *", timedelta(minutes=50), HOUR, "", by_source=True)
APART = Job("watch", "5 * * * *", timedelta(minutes=15), HOUR, "", alone=False)


@dataclass
class Work:
    """Ends when it is told to, or at once with `code`."""

    code: int | None = None
    stopped: bool = False

    def poll(self) -> int | None:
        return self.code

    def stop(self) -> None:
        self.stopped, self.code = True, -15


@dataclass
class Bench:
    store: Engine
    now: datetime
    code: int | None = 0
    begun: list[tuple[str, datetime]] = field(default_factory=list)
    works: list[Work] = field(default_factory=list)

    def watch(self, *jobs: Job, who: str = "w1") -> Watch:
        return Watch(self.store, lambda: self.now, self._start, jobs=jobs or (NIGHT,), who=who)

    def _start(self, item: Planned, moment: datetime) -> Work:
        self.begun.append((item.key, moment))
        self.works.append(Work(self.code))
        return self.works[-1]

    def states(self) -> list[tuple[str, str, int]]:
        query = sa.select(tick.c.job, tick.c.state, tick.c.attempts).order_by(
            tick.c.scheduled_for, tick.c.job
        )
        with self.store.connect() as connection:
            return [tuple(row) for row in connection.execute(query)]


@pytest.fixture
def bench(store: Engine) -> Bench:
    return Bench(store, datetime(2026, 3, 1, 16, 0, 5, tzinfo=UTC))  # 01.00.05 in Jayapura


def test_a_due_tick_runs_once_and_is_done(bench: Bench) -> None:
    watch = bench.watch()
    assert watch.look() == 1
    assert bench.begun == [("night", datetime(2026, 3, 1, 16, tzinfo=UTC))]
    for _ in range(3):
        assert watch.look() == 0
    assert bench.states() == [("night", "done", 1)]


def test_after_thirty_days_of_outage_one_run_not_thirty(bench: Bench) -> None:
    watch = bench.watch()
    watch.look()
    bench.now += timedelta(days=30, hours=7)
    assert watch.look() == 1
    assert watch.look() == 0
    assert len(bench.begun) == 2
    assert bench.begun[1][1] == datetime(2026, 3, 31, 16, tzinfo=UTC)


def test_later_than_its_grace_a_tick_is_missed_and_the_next_one_runs(bench: Bench) -> None:
    watch = bench.watch(HOURLY)
    bench.now = datetime(2026, 3, 1, 17, 15, tzinfo=UTC)  # the tick of 16.20 is 55 minutes old, grace 50
    assert watch.look() == 0
    assert watch.look() == 0
    bench.now += timedelta(minutes=6)
    assert watch.look() == 1
    watch.look()
    assert bench.states() == [("pull", "missed", 1), ("pull", "done", 1)]


def test_two_watches_share_the_ticks(bench: Bench) -> None:
    first, second = bench.watch(who="w1"), bench.watch(who="w2")
    assert first.look() + second.look() == 1
    assert second.look() + first.look() == 0
    assert bench.states() == [("night", "done", 1)]


def test_a_dead_process_is_noticed_after_its_lease_and_its_tick_taken_up(bench: Bench) -> None:
    bench.code = None  # works on
    dead = bench.watch(who="dead")
    assert dead.look() == 1
    heir = bench.watch(who="heir")
    bench.now += LEASE
    assert heir.look() == 0  # exactly the lease is still alive
    bench.now += timedelta(seconds=1)
    bench.code = 0
    assert heir.look() == 1
    heir.look()
    assert bench.states() == [("night", "done", 2)]


def test_a_living_process_keeps_its_tick_for_hours(bench: Bench) -> None:
    bench.code = None
    busy, other = bench.watch(who="busy"), bench.watch(who="other")
    busy.look()
    for _ in range(50):
        bench.now += timedelta(minutes=2)
        assert busy.look() == 0
        assert other.look() == 0
    assert len(bench.begun) == 1


def test_what_kills_its_process_each_time_is_given_up(bench: Bench) -> None:
    bench.code = None
    for number in range(TRIES + 3):
        bench.watch(who=f"w{number}").look()
        bench.now += LEASE + timedelta(seconds=1)
    assert len(bench.begun) == TRIES
    assert [state for _, state, _ in bench.states()] == ["failed"]


def test_killed_from_outside_it_runs_again_at_once(bench: Bench) -> None:
    bench.code = -9
    watch = bench.watch()
    watch.look()
    bench.code = 0
    assert watch.look() == 1
    watch.look()
    assert bench.states() == [("night", "done", 2)]


def test_a_busy_lock_is_waited_for(bench: Bench) -> None:
    bench.code = 75
    watch = bench.watch()
    watch.look()
    bench.code = 0
    assert watch.look() == 0
    bench.now += timedelta(seconds=59)
    assert watch.look() == 0
    bench.now += timedelta(seconds=2)
    assert watch.look() == 1
    watch.look()
    assert bench.states() == [("night", "done", 2)]


def test_a_failed_run_is_not_repeated(bench: Bench) -> None:
    bench.code = 70
    watch = bench.watch()
    watch.look()
    for _ in range(5):
        bench.now += timedelta(minutes=10)
        assert watch.look() == 0
    assert bench.states() == [("night", "failed", 1)]


def test_at_its_limit_it_is_ended_and_the_record_says_so(bench: Bench) -> None:
    bench.code = None
    watch = bench.watch()
    watch.look()
    moment = bench.begun[0][1]
    with bench.store.begin() as connection:
        begin_run(
            connection,
            "utama",
            "night",
            started_by="scheduler",
            version="t",
            now=bench.now,
            scheduled_for=moment,
        )
    bench.now += NIGHT.limit + timedelta(seconds=1)
    watch.look()
    assert bench.works[0].stopped
    assert bench.states() == [("night", "stopped", 1)]
    with bench.store.connect() as connection:
        row = connection.execute(sa.select(run.c.state, run.c.errors)).one()
    assert row.state == "failed"
    assert row.errors[0]["code"] == "TIME-LIMIT"
    assert "120 menit" in row.errors[0]["sentence"]


def test_jobs_of_a_tenant_wait_for_each_other_but_the_watch_does_not(bench: Bench) -> None:
    bench.code = None
    bench.now = datetime(2026, 3, 1, 16, 25, tzinfo=UTC)
    watch = bench.watch(NIGHT, HOURLY, APART)
    bench.now = datetime(2026, 3, 1, 16, 21, tzinfo=UTC)
    watch.look()
    assert [key for key, _ in bench.begun] == ["night"]  # 16.05 is 16 minutes old: missed
    bench.now = datetime(2026, 3, 1, 17, 6, tzinfo=UTC)
    watch.look()
    assert [key for key, _ in bench.begun] == ["night", "watch"]
    bench.works[0].code = 0
    watch.look()
    assert [key for key, _ in bench.begun] == ["night", "watch", "pull"]


@pytest.mark.parametrize("days", [-30, -1, 1, 40, 4000])
def test_a_clock_that_jumps_and_comes_back_neither_silences_nor_floods(bench: Bench, days: int) -> None:
    watch = bench.watch()
    watch.look()
    right = bench.now
    bench.now = right + timedelta(days=days)
    for _ in range(10):
        watch.look()
        bench.now += timedelta(seconds=10)
    assert len(bench.begun) <= 2
    begun = len(bench.begun)
    bench.now = right + timedelta(days=1)
    watch.look()
    expected = begun if days == 1 else begun + 1  # the tick of the jump's day may be tomorrow's own
    assert len(bench.begun) == expected
    bench.now = right + timedelta(days=2)
    assert watch.look() == 1


def _schedule(bench: Bench, **more: object) -> None:
    values = {"job": "night", "source": "", "cron": "", "paused": False, "limit_minutes": None}
    with bench.store.begin() as connection:
        row = ScheduleRow(**(values | {"changed_by": "t", "changed_at": bench.now} | more))  # type: ignore[arg-type]
        store_schedule(connection, "utama", row)


def test_paused_it_does_not_run_and_afterwards_nothing_is_caught_up(bench: Bench) -> None:
    watch = bench.watch()
    _schedule(bench, paused=True)
    bench.now += timedelta(days=3)
    assert watch.look() == 0
    _schedule(bench, paused=False)
    assert watch.look() == 0
    bench.now += timedelta(days=1)
    assert watch.look() == 1


def test_another_time_holds_from_the_next_look_on(bench: Bench) -> None:
    watch = bench.watch()
    watch.look()
    _schedule(bench, cron="30 13 * * *")
    bench.now = datetime(2026, 3, 2, 4, 30, 5, tzinfo=UTC)
    assert watch.look() == 1
    assert bench.begun[-1] == ("night", datetime(2026, 3, 2, 4, 30, tzinfo=UTC))
    with bench.store.begin() as connection:
        assert drop_schedule(connection, "utama", "night", "")


def test_a_schedule_that_cannot_be_read_any_more_falls_back_to_the_default(bench: Bench) -> None:
    _schedule(bench, cron="0 1 * * 1", changed_at=BORN)
    assert bench.watch().look() == 1
    assert bench.begun[0][1] == datetime(2026, 3, 1, 16, tzinfo=UTC)


def test_a_source_has_a_time_of_its_own(bench: Bench) -> None:
    _schedule(bench, job="pull", source="lms-jauh", cron="0 22 * * *", changed_at=BORN)
    watch = bench.watch(HOURLY)
    bench.now = datetime(2026, 3, 1, 13, 25, tzinfo=UTC)  # 22.25 in Jayapura
    watch.look()
    watch.look()
    assert sorted(bench.begun) == [
        ("pull", datetime(2026, 3, 1, 13, 20, tzinfo=UTC)),
        ("pull/lms-jauh", datetime(2026, 3, 1, 13, 0, tzinfo=UTC)),
    ]


def test_each_tenant_has_its_own_clock(bench: Bench) -> None:
    with bench.store.begin() as connection:
        store_tenant(connection, "barat", "Kantor barat", "Asia/Jakarta", BORN)
    watch = bench.watch()
    assert watch.look() == 1  # last night in Jakarta is 22 hours and 5 seconds old: just too old
    bench.now = datetime(2026, 3, 1, 18, 0, 5, tzinfo=UTC)  # 01.00 in Jakarta
    assert watch.look() == 1
    assert bench.begun[-1] == ("night", datetime(2026, 3, 1, 18, tzinfo=UTC))


def test_a_tick_before_the_installation_is_nobodys(store: Engine) -> None:
    bench = Bench(store, BORN + timedelta(hours=1))
    assert bench.watch().look() == 0
    assert bench.states() == []


def test_leaving_hands_the_tick_back_at_once(bench: Bench) -> None:
    bench.code = None
    leaving = bench.watch(who="leaving")
    leaving.look()
    leaving.leave()
    assert bench.works[0].stopped
    assert bench.watch(who="next").look() == 1


def test_a_process_that_cannot_start_is_tried_again(bench: Bench) -> None:
    watch = bench.watch()
    good: Callable[[Planned, datetime], Work] = watch.start  # type: ignore[assignment]

    def refuses(item: Planned, moment: datetime) -> Work:
        raise OSError("no process left")

    watch.start = refuses
    assert watch.look() == 0
    watch.start = good
    bench.now += timedelta(seconds=61)
    assert watch.look() == 1
