"""The board of jobs: what the console and the command line show and change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bridge.bootstrap import Installation
from bridge.domain.job_line import JobLine
from bridge.errors import RefuseInput
from bridge.store.schedules import (
    ScheduleRow,
    drop_schedule,
    load_schedules,
    load_tenants,
    store_schedule,
)
from bridge.store.sources import load_sources
from bridge.store.ticks import TickRow, last_ticks
from bridge.store.unit import reading, unit
from scheduler.cron import next_fire, read_cron
from scheduler.jobs import job_named
from scheduler.plan import plan_of
from scheduler.work import jobs_of

MOST_MINUTES = 2 * 24 * 60


@dataclass(frozen=True, slots=True)
class Board:
    """Of one tenant of an installation."""

    opened: Installation

    def lines(self) -> list[JobLine]:
        now, code = self.opened.clock(), self.opened.settings.tenant
        table = {job.name: job for job in jobs_of(self.opened)}
        with reading(self.opened.store) as connection:
            tenant = next(row for row in load_tenants(connection) if row.code == code)
            rows = load_schedules(connection, code)
            newest: dict[str, TickRow] = {}
            for row in last_ticks(connection, code, 2000):
                newest.setdefault(row.job, row)
        found = []
        for item in plan_of(tenant, rows, tuple(table.values())):
            tick = newest.get(item.key)
            found.append(
                JobLine(
                    name=item.job.name,
                    source=item.source,
                    what=item.job.what,
                    cron=item.cron,
                    default_cron=item.job.cron,
                    paused=item.paused,
                    limit_minutes=int(item.limit.total_seconds() // 60),
                    by_source=item.job.by_source,
                    next_at=None if item.paused else next_fire(item.trigger, now),
                    last_at=None if tick is None else tick.scheduled_for,
                    last_state="" if tick is None else tick.state,
                )
            )
        return found

    def change(
        self,
        name: str,
        source: str,
        who: str,
        *,
        cron: str | None = None,
        paused: bool | None = None,
        limit_minutes: int | None = None,
    ) -> None:
        """Change what is given, leave the rest as it stands. Raises RefuseInput on an unknown job or source, a
        time that can't be read, a limit out of bounds."""
        self._check(name, source, cron, limit_minutes)
        code = self.opened.settings.tenant
        with unit(self.opened.store) as connection:
            rows = {(row.job, row.source): row for row in load_schedules(connection, code)}
            old = rows.get((name, source))
            store_schedule(
                connection,
                code,
                ScheduleRow(
                    job=name,
                    source=source,
                    cron=cron if cron is not None else (old.cron if old else ""),
                    paused=paused if paused is not None else bool(old and old.paused),
                    limit_minutes=limit_minutes or (old.limit_minutes if old else None),
                    changed_by=who,
                    changed_at=self._since(old, cron, paused),
                ),
            )

    def _since(self, old: ScheduleRow | None, cron: str | None, paused: bool | None) -> datetime:
        """A new limit is no reason to forget a tick that is due; a new time or the end of a pause is."""
        if old is not None and cron is None and paused is None:
            return old.changed_at
        return self.opened.clock()

    def _check(self, name: str, source: str, cron: str | None, limit_minutes: int | None) -> None:
        job = job_named(name)
        if cron:
            read_cron(cron, self.opened.settings.zone)
        if limit_minutes is not None and not 1 <= limit_minutes <= MOST_MINUTES:
            raise RefuseInput(
                "LIMIT-WRONG",
                f"Batas waktu harus antara 1 dan {MOST_MINUTES} menit.",
                f"The time limit must be between 1 and {MOST_MINUTES} minutes.",
            )
        if not source:
            return
        with reading(self.opened.store) as connection:
            known = [row.name for row in load_sources(connection, self.opened.settings.tenant)]
        if not job.by_source or source not in known:
            raise RefuseInput(
                "JOB-SOURCE-UNKNOWN",
                f"Pekerjaan {name} tidak dapat dijadwalkan untuk sumber {source!r}. "
                f"Per sumber hanya pull dan sweep; sumber yang ada: {', '.join(known) or '-'}.",
                f"The job {name} can't be scheduled for the source {source!r}. Only pull and sweep are by "
                f"source; there are: {', '.join(known) or '-'}.",
                where=source,
            )

    def reset(self, name: str, source: str) -> bool:
        """Back to the table's own time. Whether anything was changed before."""
        job_named(name)
        with unit(self.opened.store) as connection:
            return drop_schedule(connection, self.opened.settings.tenant, name, source)
