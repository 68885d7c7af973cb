"""Imports as records: which file was taken in, by whom, and whether it was undone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from bridge.store.tables import import_batch


def newest_batch(connection: Connection, tenant: str, source: str) -> Mapping[str, Any] | None:
    """The newest import of a logical sheet, undone or not."""
    query = (
        select(import_batch)
        .where(import_batch.c.tenant == tenant, import_batch.c.source == source)
        .order_by(import_batch.c.batch_id.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else dict(row._mapping)


def record_batch(
    connection: Connection,
    tenant: str,
    *,
    source: str,
    kind: str,
    file_name: str,
    sha256: str,
    rows_read: int,
    rows_with_problem: int,
    imported_by: str,
    now: datetime,
) -> int:
    """Returns the batch's id."""
    result = connection.execute(
        insert(import_batch)
        .values(
            tenant=tenant,
            source=source,
            kind=kind,
            file_name=file_name,
            sha256=sha256,
            rows_read=rows_read,
            rows_with_problem=rows_with_problem,
            imported_by=imported_by,
            imported_at=now,
        )
        .returning(import_batch.c.batch_id)
    )
    return int(result.scalar_one())


def mark_undone(connection: Connection, batch_id: int, now: datetime) -> None:
    connection.execute(update(import_batch).where(import_batch.c.batch_id == batch_id).values(undone_at=now))
