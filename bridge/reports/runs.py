"""Runs: what ran when, who or what started it, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from bridge.reports.report import Column, Kind, Report
from bridge.store.tables import run


@dataclass(frozen=True, slots=True)
class RunRow:
    run_id: str
    job: str
    state: str
    started_by: str
    started_at: datetime
    ended_at: datetime | None
    version: str
    counts: Mapping[str, Any]
    errors: Sequence[Any]

    @property
    def took(self) -> timedelta | None:
        return None if self.ended_at is None else self.ended_at - self.started_at

    @property
    def seconds(self) -> int | None:
        return None if self.took is None else round(self.took.total_seconds())

    @property
    def error_count(self) -> int:
        return len(self.errors)


REPORT = Report(
    "riwayat",
    "Riwayat proses",
    (
        Column("started_at", "Mulai", Kind.INSTANT, link="/riwayat/{run_id}"),
        Column("job", "Pekerjaan", Kind.CODE),
        Column("state", "Keadaan", Kind.CODE),
        Column("started_by", "Dimulai oleh"),
        Column("seconds", "Lama (detik)", Kind.COUNT),
        Column("error_count", "Galat", Kind.COUNT),
        Column("version", "Versi"),
    ),
)


def _runs(tenant: str) -> Select[tuple[object, ...]]:
    columns = (
        run.c.run_id, run.c.job, run.c.state, run.c.started_by, run.c.started_at, run.c.ended_at,
        run.c.version, run.c.counts, run.c.errors,
    )  # fmt: skip
    return select(*columns).where(run.c.tenant == tenant)


def _run(row: Row[tuple[object, ...]]) -> RunRow:
    return RunRow(
        row.run_id, row.job, row.state, row.started_by, row.started_at, row.ended_at, row.version,
        row.counts or {}, tuple(row.errors or ()),
    )  # fmt: skip


def runs_listed(connection: Connection, tenant: str, limit: int = 100) -> list[RunRow]:
    """Newest first."""
    query = _runs(tenant).order_by(run.c.started_at.desc(), run.c.run_id).limit(limit)
    return [_run(row) for row in connection.execute(query)]


def last_run(connection: Connection, tenant: str, job: str) -> RunRow | None:
    query = _runs(tenant).where(run.c.job == job).order_by(run.c.started_at.desc(), run.c.run_id).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else _run(row)


def one_run(connection: Connection, tenant: str, run_id: str) -> RunRow | None:
    row = connection.execute(_runs(tenant).where(run.c.run_id == run_id)).one_or_none()
    return None if row is None else _run(row)
