"""What runs when, for each tenant: the jobs' table with what the office changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import Connection

from bridge.errors import RefuseInput
from bridge.log_lines import Log
from bridge.store.schedules import ScheduleRow, TenantRow, load_schedules, load_tenants
from scheduler.cron import read_cron
from scheduler.jobs import JOBS, Job

log = Log("scheduler")


@dataclass(frozen=True, slots=True)
class Planned:
    """A job of a tenant, or of one of its sources. A tick at or before `since` is nobody's: the tenant was
    not there, or the time was another or paused."""

    tenant: str
    job: Job
    source: str
    cron: str
    trigger: CronTrigger
    paused: bool
    limit: timedelta
    since: datetime

    @property
    def key(self) -> str:
        return f"{self.job.name}/{self.source}" if self.source else self.job.name


def plan_of(tenant: TenantRow, rows: Sequence[ScheduleRow], jobs: Sequence[Job] = JOBS) -> list[Planned]:
    """In the jobs' order. A schedule that can't be read any more falls back to the job's own, aloud."""
    changed = {(row.job, row.source): row for row in rows}
    planned = []
    for job in jobs:
        sources = sorted(row.source for row in rows if row.job == job.name and row.source and job.by_source)
        planned += [
            _planned(tenant, job, source, changed.get((job.name, source))) for source in ("", *sources)
        ]
    return planned


def _planned(tenant: TenantRow, job: Job, source: str, row: ScheduleRow | None) -> Planned:
    cron = (row.cron if row else "") or job.cron
    try:
        trigger = read_cron(cron, tenant.zone)
    except RefuseInput as error:
        log.error("schedule unreadable", tenant=tenant.code, job=job.name, cron=cron, reason=error.english)
        cron, trigger = job.cron, read_cron(job.cron, tenant.zone)
    limit = timedelta(minutes=row.limit_minutes) if row and row.limit_minutes else job.limit
    since = max(tenant.created_at, row.changed_at) if row else tenant.created_at
    return Planned(tenant.code, job, source, cron, trigger, bool(row and row.paused), limit, since)


def whole_plan(connection: Connection, jobs: Sequence[Job] = JOBS) -> list[Planned]:
    """Every tenant's."""
    return [
        item
        for tenant in load_tenants(connection)
        for item in plan_of(tenant, load_schedules(connection, tenant.code), jobs)
    ]
