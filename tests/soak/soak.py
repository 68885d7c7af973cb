"""The soak itself: nights under a simulated clock, a fault on most of them, and what must be true afterwards."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests
import sqlalchemy as sa

from bridge.bootstrap import Installation, initialise, open_installation
from bridge.errors import BridgeError
from bridge.flows.checkup import check_log, divergence
from bridge.flows.context import Silent
from bridge.flows.imports import import_catalogue, import_roster
from bridge.store.sources import SourceRow, store_source
from bridge.store.unit import unit
from scheduler.jobs import JOBS, Job
from scheduler.plan import Planned
from scheduler.watch import Watch
from tests.soak.evidence import EVERY, FIRST_NIGHT, catalogue_csv, roster_csv
from tests.soak.faults import Fault
from tests.soak.night_process import Forked, Limits, fork_job

SOURCE = "situs"
SOAKED = {"night": "0 1 * * *", "recompute": "0 5 * * sun", "backup": "0 6 * * sun"}
STEP = timedelta(minutes=2)
PATIENCE = timedelta(hours=8)
"""Of one night, simulated."""


def soaked_jobs() -> list[Job]:
    """The night every night, the check and a backup once a week."""
    return [replace(job, cron=cron) for name, cron in SOAKED.items() for job in JOBS if job.name == name]


@dataclass(slots=True)
class Told:
    """Figures of a soak."""

    nights: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    started: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        return {
            "nights": self.nights,
            "seconds": self.seconds,
            "faults": dict(self.faults),
            "what_the_faults_did": dict(self.ended),
            "processes": dict(self.started),
        }


@dataclass(slots=True)
class Soak:
    """One installation in `home` under faults. `restart` restarts its PostgreSQL, None on SQLite."""

    home: Path
    site: str
    restart: Callable[[], None] | None = None
    now: datetime = FIRST_NIGHT
    told: Told = field(default_factory=Told)
    usual: dict[bool, float] = field(default_factory=dict)
    """CPU seconds of the last undisturbed night that brought something, and of the last one that did not."""
    jump: timedelta = timedelta()
    limits: Limits = field(default_factory=Limits)
    newest: Forked | None = None
    watch: Watch | None = None
    opened: Installation | None = None
    number: int = 0

    def clock(self) -> datetime:
        return self.now + self.jump

    def set_up(self) -> None:
        initialise(self.home, "Kantor uji")
        opened = open_installation(self.home)
        opened.clock = lambda: FIRST_NIGHT - timedelta(hours=3)
        ctx = opened.context(Silent())
        (self.home / "pegawai.csv").write_text(roster_csv(), "utf-8")
        (self.home / "katalog.csv").write_text(catalogue_csv(SOURCE), "utf-8")
        people, courses = (
            import_roster(ctx, self.home / "pegawai.csv"),
            import_catalogue(ctx, self.home / "katalog.csv"),
        )
        assert not people.problems, people.problems[:3]
        assert not courses.problems, courses.problems[:3]
        row = SourceRow(0, SOURCE, "soak", self.site, {}, "", True)
        with unit(opened.store) as connection:
            store_source(connection, "utama", row, opened.clock())
            # the installation is as old as the soak: ticks before it belong to nobody
            connection.execute(
                sa.text("UPDATE tenant SET created_at = :at"),
                {"at": int((FIRST_NIGHT - timedelta(hours=4)).timestamp() * 1_000_000)},
            )
        opened.close()

    # -- the watch and its children ------------------------------------------------------------------------

    def _start(self, item: Planned, tick: datetime) -> Forked:
        self.told.started[item.job.name] += 1
        self.newest = fork_job(self.home, item, tick, self.clock(), self.limits)
        return self.newest

    def _new_watch(self) -> Watch:
        if self.opened is not None:
            self.opened.close()
        self.opened = open_installation(self.home)
        self.number += 1
        jobs = soaked_jobs()
        self.watch = Watch(self.opened.store, self.clock, self._start, jobs=jobs, who=f"watch-{self.number}")
        return self.watch

    def _look(self) -> None:
        watch = self.watch or self._new_watch()
        with suppress(BridgeError, sa.exc.SQLAlchemyError):  # the watch's own loop outlives them too
            watch.look()

    def _settle(self, until: Callable[[], bool]) -> None:
        """Look, and let simulated minutes pass, until it is so. Children run in real time."""
        end = self.now + PATIENCE
        while self.now < end:
            self._look()
            running = self.watch.running if self.watch is not None else []
            for one in running:
                if isinstance(one.work, Forked):
                    one.work.wait()
            self._look()
            if until() and not (self.watch and self.watch.running):
                return
            self.now += STEP
        raise AssertionError(f"night of {self.now} did not end within {PATIENCE}")

    def _is_done(self, tick: datetime) -> bool:
        opened = self.opened or open_installation(self.home)
        query = sa.text("SELECT state FROM tick WHERE job = 'night' AND scheduled_for = :at")
        try:
            with opened.store.connect() as connection:
                state = connection.execute(query, {"at": int(tick.timestamp() * 1_000_000)}).scalar()
        except sa.exc.SQLAlchemyError:
            return False
        return state in ("done", "failed")

    # -- nights --------------------------------------------------------------------------------------------

    def night(self, number: int, fault: Fault) -> None:
        tick = FIRST_NIGHT + timedelta(days=number)
        self.now = max(self.now, tick + timedelta(minutes=1))
        requests.post(f"{self.site}/night?n={number}", timeout=10)
        self.told.nights += 1
        self.told.faults[fault.kind] += 1
        if fault.kind == "power-off":
            return
        getattr(self, "_" + fault.kind.replace("-", "_"))(fault, tick)
        self._settle(lambda: self._is_done(tick))

    def _usually(self, tick: datetime) -> float:
        """CPU seconds of a night like this one, before it was killed or locked out."""
        return self.usual.get(_brings_something(tick), min(self.usual.values(), default=0.1))

    def _none(self, fault: Fault, tick: datetime) -> None:
        self._look()
        if self.newest is not None and self.newest.wait() == 0:
            self.usual[_brings_something(tick)] = self.newest.cpu

    def _killed(self, fault: Fault, tick: datetime) -> None:
        before = self.newest
        self.limits = Limits(cpu=max(fault.moment * self._usually(tick), 0.001))
        self._look()
        self.limits = Limits()
        if self.newest is not None and self.newest is not before:
            late = self.newest.wait() >= 0
            self.told.ended["too late to kill" if late else "killed"] += 1

    def _watch_killed(self, fault: Fault, tick: datetime) -> None:
        """The scheduler's process dies with its child; another one takes over after the lease."""
        self._killed(fault, tick)
        self._new_watch()

    def _source_down(self, fault: Fault, tick: datetime) -> None:
        self._with_site("down", tick)

    def _source_cut(self, fault: Fault, tick: datetime) -> None:
        self._with_site("cut", tick)

    def _with_site(self, kind: str, tick: datetime) -> None:
        requests.post(f"{self.site}/fault?kind={kind}", timeout=10)
        self._settle(lambda: self._is_done(tick))
        requests.post(f"{self.site}/fault?kind=none", timeout=10)

    def _disk_full(self, fault: Fault, tick: datetime) -> None:
        """The process can't make any file larger than a part of what the store is now."""
        files = [path.stat().st_size for path in self.home.glob("*.db*")]
        largest = int(max(files, default=1_000_000) * fault.moment) // 4096 * 4096 + 4096
        self.limits = Limits(largest_file=largest)
        self._look()
        if self.newest is not None and self.newest.poll() is None:
            self.told.ended[f"disk full, exit {self.newest.wait()}"] += 1
        self.limits = Limits()
        # a failed night is not run again by itself; somebody frees the disk and runs it
        self._settle(lambda: self._is_done(tick))
        self._by_hand(tick)

    def _by_hand(self, tick: datetime) -> None:
        item = next(one for one in self._plan() if one.key == "night")
        fork_job(self.home, item, tick, self.clock(), Limits()).wait()

    def _plan(self) -> list[Planned]:
        from scheduler.plan import whole_plan

        opened = self.opened or open_installation(self.home)
        with opened.store.connect() as connection:
            return whole_plan(connection, soaked_jobs())

    def _clock_jumped(self, fault: Fault, tick: datetime) -> None:
        """The machine's clock stands in another day for some looks, then is set right."""
        self.jump = timedelta(days=fault.days)
        for _ in range(3):
            self._look()
            if self.newest is not None:
                self.newest.wait()
            self.now += STEP
        self._look()
        self.jump = timedelta()

    def _database(self, fault: Fault, tick: datetime) -> None:
        self._look()
        time.sleep(fault.moment * self._usually(tick))
        if self.restart is not None:
            self.restart()
            self.told.ended["database restarted"] += 1
            return
        with suppress(sqlite3.OperationalError):
            locker = sqlite3.connect(self.home / "jpbridge.db", timeout=5, isolation_level=None)
            locker.execute("BEGIN EXCLUSIVE")
            time.sleep(0.5)
            locker.execute("ROLLBACK")
            locker.close()
            self.told.ended["database locked"] += 1

    def run(self, faults: list[Fault]) -> None:
        began = time.monotonic()
        for number, fault in enumerate(faults):
            self.night(number, fault)
            if number % 10 == 9:
                share = f"{number + 1}/{len(faults)} nights, {time.monotonic() - began:.0f} s"
                sys.stderr.write(f"{share}\n")
        self.told.seconds = round(time.monotonic() - began, 1)

    # -- what must be true ---------------------------------------------------------------------------------

    def ledger(self) -> list[tuple[Any, ...]]:
        """Every entry without what a clock or a run's name put there."""
        query = (
            "SELECT entry_key, activity_key, year, kind, ordinal, form, jp, title, reason, evidence "
            "FROM ledger_entry ORDER BY entry_key"
        )
        return self._rows(query)

    def statements(self) -> list[tuple[Any, ...]]:
        return self._rows("SELECT statement_id FROM outbox WHERE published_at IS NOT NULL ORDER BY 1")

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        opened = open_installation(self.home)
        try:
            with opened.store.connect() as connection:
                return [tuple(map(str, row)) for row in connection.execute(sa.text(query))]
        finally:
            opened.close()

    def audit(self) -> dict[str, Any]:
        """Figures that must all be right: a full recomputation, the Merkle log, the record store, the ticks."""
        opened = open_installation(self.home)
        opened.clock = self.clock
        try:
            ctx = opened.context(Silent())
            found, log = divergence(ctx), check_log(ctx)
            absent = opened.records.store.absent([row[0] for row in self.statements()])
        finally:
            opened.close()
        return {
            "differences": found.differences,
            "log": log.problem,
            "entries": log.entries,
            "statements_absent": len(absent),
            "running": len(self._rows("SELECT run_id FROM run WHERE state = 'running'")),
            "runs": dict(self._counted("run", "job = 'night'")),
            "ticks": dict(self._counted("tick", "job = 'night'")),
        }

    def _counted(self, table: str, where: str) -> list[tuple[str, int]]:
        rows = self._rows(f"SELECT state, count(*) FROM {table} WHERE {where} GROUP BY state ORDER BY state")
        return [(state, int(count)) for state, count in rows]

    def close(self) -> None:
        if self.opened is not None:
            self.opened.close()


def _brings_something(tick: datetime) -> bool:
    return (tick - FIRST_NIGHT).days % EVERY == 0


@contextmanager
def soak_site(nights: int) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.soak.site", str(nights)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    port = int(process.stdout.readline())
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()
