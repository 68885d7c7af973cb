"""Snapshot-diff: which keys a sweep of a source saw, and so which of those that stood are gone.

What was seen is kept in the store, one row a key, so memory stays flat at any size and a sweep that was cut
off can be continued by another process and still prove a disappearance.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, and_, exists, func, insert, select, update

from bridge.domain.evidence import Standing
from bridge.store.sweep_tables import sweep, sweep_seen
from bridge.store.tables import completion, source_cursor
from bridge.store.upsert import insert_for

Key = tuple[str, str, str]
"""(external_learner, external_course, attempt)"""

RUNNING, COMPLETE, INCOMPLETE, ABANDONED = "running", "complete", "incomplete", "abandoned"


@dataclass(frozen=True, slots=True)
class OpenSweep:
    """A sweep that began and has not ended."""

    sweep_id: int
    rows: int
    started_at: datetime


def open_sweep(
    connection: Connection, source_id: int, *, began: datetime, moved: datetime
) -> OpenSweep | None:
    """The running sweep of the source, where it began after `began` and its last page came after `moved`."""
    latest = select(func.max(source_cursor.c.updated_at)).where(source_cursor.c.source_id == source_id)
    query = (
        select(sweep.c.sweep_id, sweep.c.rows, sweep.c.started_at)
        .where(
            sweep.c.source_id == source_id,
            sweep.c.state == RUNNING,
            sweep.c.started_at > began,
            latest.scalar_subquery() > moved,
        )
        .order_by(sweep.c.sweep_id.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else OpenSweep(row.sweep_id, row.rows, row.started_at)


def begin_sweep(connection: Connection, source_id: int, now: datetime) -> int:
    """Begin a sweep; one that was still running is abandoned. Returns its sweep_id."""
    connection.execute(
        update(sweep)
        .where(sweep.c.source_id == source_id, sweep.c.state == RUNNING)
        .values(state=ABANDONED, ended_at=now)
    )
    statement = (
        insert(sweep)
        .values(source_id=source_id, state=RUNNING, rows=0, started_at=now)
        .returning(sweep.c.sweep_id)
    )
    return int(connection.execute(statement).scalar_one())


def mark_seen(connection: Connection, source_id: int, sweep_id: int, keys: Iterable[Key]) -> None:
    """Belongs in the transaction of the page that showed the keys."""
    rows = [
        {
            "source_id": source_id,
            "external_learner": learner,
            "external_course": course,
            "attempt": attempt,
            "sweep_id": sweep_id,
        }
        for learner, course, attempt in dict.fromkeys(keys)
    ]
    if not rows:
        return
    statement = insert_for(connection, sweep_seen)
    statement = statement.on_conflict_do_update(
        index_elements=["source_id", "external_learner", "external_course", "attempt"],
        set_={"sweep_id": statement.excluded.sweep_id},
    )
    connection.execute(statement, rows)
    connection.execute(
        update(sweep).where(sweep.c.sweep_id == sweep_id).values(rows=sweep.c.rows + len(rows))
    )


def end_sweep(connection: Connection, sweep_id: int, *, complete: bool, now: datetime) -> None:
    connection.execute(
        update(sweep)
        .where(sweep.c.sweep_id == sweep_id)
        .values(state=COMPLETE if complete else INCOMPLETE, ended_at=now)
    )


def last_sweep_end(connection: Connection, source_id: int) -> datetime | None:
    """When the newest sweep that went through to its end did so, whatever it proved."""
    query = select(func.max(sweep.c.ended_at)).where(
        sweep.c.source_id == source_id, sweep.c.state.in_((COMPLETE, INCOMPLETE))
    )
    found: datetime | None = connection.execute(query).scalar_one()
    return found


def complete_sweep_before(connection: Connection, source_id: int, sweep_id: int) -> int | None:
    """The newest complete sweep before this one."""
    query = select(func.max(sweep.c.sweep_id)).where(
        sweep.c.source_id == source_id, sweep.c.state == COMPLETE, sweep.c.sweep_id < sweep_id
    )
    found: int | None = connection.execute(query).scalar_one()
    return found


def standing_count(connection: Connection, tenant: str, source: str) -> int:
    """How many completions of the source stand now (newest version completed)."""
    newest = newest_standing(tenant, source)
    return int(connection.execute(select(func.count()).select_from(newest.subquery())).scalar_one())


def newest_standing(tenant: str, source: str) -> Select[tuple[str, str, str]]:
    """The keys of the source that stand."""
    newer = completion.alias("newer")
    return select(completion.c.external_learner, completion.c.external_course, completion.c.attempt).where(
        completion.c.tenant == tenant,
        completion.c.source == source,
        completion.c.standing == Standing.COMPLETED.value,
        ~exists().where(
            and_(
                newer.c.tenant == completion.c.tenant,
                newer.c.source == completion.c.source,
                newer.c.external_learner == completion.c.external_learner,
                newer.c.external_course == completion.c.external_course,
                newer.c.attempt == completion.c.attempt,
                newer.c.version > completion.c.version,
            )
        ),
    )


def not_seen(connection: Connection, tenant: str, source: str, source_id: int, since_sweep: int) -> list[Key]:
    """Keys that stand and that neither the sweep `since_sweep` nor any later one saw."""
    standing = newest_standing(tenant, source).subquery()
    query = select(standing).where(
        ~exists().where(
            and_(
                sweep_seen.c.source_id == source_id,
                sweep_seen.c.external_learner == standing.c.external_learner,
                sweep_seen.c.external_course == standing.c.external_course,
                sweep_seen.c.attempt == standing.c.attempt,
                sweep_seen.c.sweep_id >= since_sweep,
            )
        )
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(query)]
