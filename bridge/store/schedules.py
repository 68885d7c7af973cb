"""What an office changed of the jobs' table: another time, a pause, another limit; for all or for a source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from bridge.store.ops_tables import job_schedule
from bridge.store.tables import tenant
from bridge.store.upsert import insert_for


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """`cron` empty: the job's own; `limit_minutes` None: the job's own."""

    job: str
    source: str
    cron: str
    paused: bool
    limit_minutes: int | None
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class TenantRow:
    code: str
    name: str
    zone: str
    created_at: datetime


def load_tenants(connection: Connection) -> list[TenantRow]:
    query = select(tenant.c.code, tenant.c.name, tenant.c.zone, tenant.c.created_at).order_by(tenant.c.code)
    return [TenantRow(*row) for row in connection.execute(query)]


def keep_tenant_facts(connection: Connection, code: str, name: str, zone: str) -> None:
    """The name and the zone as they are configured now."""
    connection.execute(update(tenant).where(tenant.c.code == code).values(name=name, zone=zone))


def load_schedules(connection: Connection, tenant_code: str) -> list[ScheduleRow]:
    names = tuple(job_schedule.c[name] for name in ScheduleRow.__dataclass_fields__)
    query = select(*names).where(job_schedule.c.tenant == tenant_code).order_by(*names[:2])
    return [ScheduleRow(*row) for row in connection.execute(query)]


def store_schedule(connection: Connection, tenant_code: str, row: ScheduleRow) -> None:
    values = {
        "cron": row.cron,
        "paused": row.paused,
        "limit_minutes": row.limit_minutes,
        "changed_by": row.changed_by,
        "changed_at": row.changed_at,
    }
    connection.execute(
        insert_for(connection, job_schedule)
        .values(tenant=tenant_code, job=row.job, source=row.source, **values)
        .on_conflict_do_update(index_elements=["tenant", "job", "source"], set_=values)
    )


def drop_schedule(connection: Connection, tenant_code: str, job: str, source: str) -> bool:
    """Back to the job's own time. Whether there was a row."""
    gone = connection.execute(
        delete(job_schedule).where(
            job_schedule.c.tenant == tenant_code, job_schedule.c.job == job, job_schedule.c.source == source
        )
    )
    return gone.rowcount == 1
