"""What a sweep has seen, kept in the database's own temporary table, so memory stays flat at any size."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Column, Connection, MetaData, Select, Table, Text, and_, exists, func, select

from bridge.domain.evidence import Completion, Standing
from bridge.store.tables import completion
from bridge.store.upsert import insert_for

_metadata = MetaData()
seen_in_sweep = Table(
    "seen_in_sweep",
    _metadata,
    Column("external_learner", Text, primary_key=True),
    Column("external_course", Text, primary_key=True),
    Column("attempt", Text, primary_key=True),
    prefixes=["TEMPORARY"],
)


def begin_sweep(connection: Connection) -> None:
    """An empty list for this connection. It lives until the connection closes."""
    connection.exec_driver_sql("DROP TABLE IF EXISTS seen_in_sweep")
    seen_in_sweep.create(connection)


def mark_seen(connection: Connection, records: Iterable[Completion]) -> None:
    rows = [
        {
            "external_learner": record.external_learner,
            "external_course": record.external_course,
            "attempt": record.attempt,
        }
        for record in records
    ]
    if rows:
        connection.execute(insert_for(connection, seen_in_sweep).on_conflict_do_nothing(), rows)


def standing_count(connection: Connection, tenant: str, source: str) -> int:
    """How many completions of the source stand now (newest version completed)."""
    newest = _newest_standing(tenant, source)
    return int(connection.execute(select(func.count()).select_from(newest.subquery())).scalar_one())


def _newest_standing(tenant: str, source: str) -> Select[tuple[str, str, str]]:
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


def not_seen(connection: Connection, tenant: str, source: str) -> list[tuple[str, str, str]]:
    """Keys that stood before and that this sweep did not see."""
    standing = _newest_standing(tenant, source).subquery()
    query = select(standing).where(
        ~exists().where(
            and_(
                seen_in_sweep.c.external_learner == standing.c.external_learner,
                seen_in_sweep.c.external_course == standing.c.external_course,
                seen_in_sweep.c.attempt == standing.c.attempt,
            )
        )
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(query)]
