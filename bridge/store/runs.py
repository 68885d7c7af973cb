"""Runs as records, ticks that a unique row claims, and the lock that keeps a run from overlapping itself."""

from __future__ import annotations

import fcntl
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, text, update

from bridge.errors import RetryLater
from bridge.store.tables import run, tick
from bridge.store.upsert import insert_for


def begin_run(
    connection: Connection,
    tenant: str,
    job: str,
    *,
    started_by: str,
    version: str,
    now: datetime,
    scheduled_for: datetime | None = None,
    run_id: str | None = None,
) -> str:
    """Record a run that starts now (under the id given, else a new one); returns its id.

    Runs of the same job that never ended were killed: they are marked abandoned. The caller holds the run
    lock, so none of them can be alive.
    """
    connection.execute(
        update(run)
        .where(run.c.tenant == tenant, run.c.job == job, run.c.state == "running")
        .values(state="abandoned", ended_at=now)
    )
    run_id = run_id or str(uuid.uuid4())
    connection.execute(
        insert(run).values(
            run_id=run_id,
            tenant=tenant,
            job=job,
            scheduled_for=scheduled_for,
            started_by=started_by,
            version=version,
            started_at=now,
            state="running",
            counts={},
            errors=[],
        )
    )
    return run_id


def end_run(
    connection: Connection,
    run_id: str,
    *,
    state: str,
    counts: Mapping[str, Any],
    errors: list[dict[str, str]],
    now: datetime,
) -> None:
    connection.execute(
        update(run)
        .where(run.c.run_id == run_id)
        .values(state=state, counts=dict(counts), errors=errors, ended_at=now)
    )


def fail_stopped_run(
    connection: Connection, tenant: str, job: str, scheduled_for: datetime, limit: timedelta, now: datetime
) -> None:
    """The record of a run whose process was ended at its time limit."""
    minutes = int(limit.total_seconds() // 60)
    error = {
        "code": "TIME-LIMIT",
        "sentence": f"Proses dihentikan setelah {minutes} menit. Periksa sumbernya, atau naikkan batasnya: "
        f"jpbridge jobs set {job} --limit MENIT",
        "english": f"The run was ended after {minutes} minutes. Check the source, or raise the limit: "
        f"jpbridge jobs set {job} --limit MINUTES",
    }
    connection.execute(
        update(run)
        .where(
            run.c.tenant == tenant,
            run.c.job == job,
            run.c.scheduled_for == scheduled_for,
            run.c.state == "running",
        )
        .values(state="failed", ended_at=now, errors=[error])
    )


def newest_moment(connection: Connection) -> datetime | None:
    """When the newest run of any tenant began."""
    moment: datetime | None = connection.execute(select(func.max(run.c.started_at))).scalar()
    return moment


def last_run(connection: Connection, tenant: str, job: str) -> Mapping[str, Any] | None:
    query = select(run).where(run.c.tenant == tenant, run.c.job == job).order_by(run.c.started_at.desc())
    row = connection.execute(query.limit(1)).first()
    return None if row is None else dict(row._mapping)


def claim_tick(
    connection: Connection, tenant: str, job: str, scheduled_for: datetime, who: str, now: datetime
) -> bool:
    """True for exactly one of all the processes that ask for the same tick: the unique row decides."""
    statement = (
        insert_for(connection, tick)
        .values(tenant=tenant, job=job, scheduled_for=scheduled_for, claimed_by=who, claimed_at=now)
        .on_conflict_do_nothing(index_elements=["tenant", "job", "scheduled_for"])
    )
    return connection.execute(statement).rowcount == 1


def _busy(where: str) -> RetryLater:
    return RetryLater(
        "RUN-IN-PROGRESS",
        "Proses lain sedang berjalan. Tunggu sampai selesai, lalu coba lagi.",
        "Another run is in progress. Wait until it ends, then try again.",
        where=where,
    )


@contextmanager
def run_lock(engine: Engine, tenant: str, home: Path) -> Iterator[None]:
    """One run at a time for a tenant. The lock dies with its process (a file lock beside SQLite, a session's
    advisory lock on PostgreSQL), so a kill leaves nothing to clean up. Raises RetryLater."""
    if engine.dialect.name == "postgresql":
        number = int.from_bytes(sha256(f"jpbridge-run:{tenant}".encode()).digest()[:8], signed=True)
        with engine.connect() as connection:
            taken = connection.execute(text("SELECT pg_try_advisory_lock(:n)"), {"n": number})
            if not taken.scalar_one():
                raise _busy(tenant)
            connection.commit()
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:n)"), {"n": number})
                connection.commit()
        return
    home.mkdir(parents=True, exist_ok=True)
    handle = os.open(home / f"run-{tenant}.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _busy(tenant) from None
        yield
    finally:
        os.close(handle)
