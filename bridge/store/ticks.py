"""Ticks: who runs a job's hour, how far it came, and what becomes of it when its process dies.

States: `claimed` (somebody works on it and beats), `retry` (to be tried again at `retry_at`), `done`,
`failed`, `stopped` (its time limit ended it), `missed` (found too late to be worth running).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from bridge.store.tables import tick
from bridge.store.upsert import insert_for


@dataclass(frozen=True, slots=True)
class TickRow:
    tick_id: int
    tenant: str
    job: str
    scheduled_for: datetime
    claimed_by: str
    claimed_at: datetime
    state: str
    attempts: int
    beat_at: datetime | None
    retry_at: datetime | None
    ended_at: datetime | None


_COLUMNS = tuple(tick.c[name] for name in TickRow.__dataclass_fields__)


def ticks_at(
    connection: Connection, tenant: str, moments: Sequence[datetime]
) -> dict[tuple[str, datetime], TickRow]:
    """(job, tick) -> its row, of the ticks of exactly these moments. Never the newest by time: a clock that
    stood in another year for an hour would have left ticks there."""
    query = select(*_COLUMNS).where(tick.c.tenant == tenant, tick.c.scheduled_for.in_(set(moments)))
    rows = (TickRow(*row) for row in connection.execute(query))
    return {(row.job, row.scheduled_for): row for row in rows}


def last_ticks(connection: Connection, tenant: str, limit: int = 100) -> list[TickRow]:
    """Newest first."""
    query = (
        select(*_COLUMNS)
        .where(tick.c.tenant == tenant)
        .order_by(tick.c.scheduled_for.desc(), tick.c.job)
        .limit(limit)
    )
    return [TickRow(*row) for row in connection.execute(query)]


def take_tick(
    connection: Connection,
    tenant: str,
    job: str,
    scheduled_for: datetime,
    who: str,
    now: datetime,
    *,
    state: str = "claimed",
) -> int | None:
    """The tick's id for exactly one of all the processes that ask for it, None for the others: the unique row
    decides."""
    statement = (
        insert_for(connection, tick)
        .values(
            tenant=tenant,
            job=job,
            scheduled_for=scheduled_for,
            claimed_by=who,
            claimed_at=now,
            beat_at=now,
            state=state,
        )
        .on_conflict_do_nothing(index_elements=["tenant", "job", "scheduled_for"])
        .returning(tick.c.tick_id)
    )
    return connection.execute(statement).scalar_one_or_none()


def retake_tick(connection: Connection, row: TickRow, who: str, now: datetime) -> bool:
    """Take over a tick that waits for another try or whose process died. Of several that try, one succeeds:
    the row must still be as it was read."""
    beat = tick.c.beat_at.is_(None) if row.beat_at is None else tick.c.beat_at == row.beat_at
    taken = connection.execute(
        update(tick)
        .where(
            tick.c.tick_id == row.tick_id,
            tick.c.state == row.state,
            tick.c.attempts == row.attempts,
            tick.c.claimed_by == row.claimed_by,
            beat,
        )
        .values(state="claimed", claimed_by=who, beat_at=now, retry_at=None, attempts=row.attempts + 1)
    )
    return taken.rowcount == 1


def beat_ticks(connection: Connection, tick_ids: Sequence[int], who: str, now: datetime) -> None:
    """Say that the claimer lives."""
    connection.execute(
        update(tick).where(tick.c.tick_id.in_(tick_ids), tick.c.claimed_by == who).values(beat_at=now)
    )


def end_tick(
    connection: Connection,
    tick_id: int,
    who: str,
    state: str,
    now: datetime,
    retry_at: datetime | None = None,
) -> None:
    """Work that is done is done, whoever has taken the tick over meanwhile; all else only its claimer says."""
    change = update(tick).where(tick.c.tick_id == tick_id)
    if state != "done":
        change = change.where(tick.c.claimed_by == who)
    ended = None if state == "retry" else now
    connection.execute(change.values(state=state, ended_at=ended, retry_at=retry_at, beat_at=now))
