"""Who must be recomputed. Written in the transaction of the evidence, deleted in that of the ledger."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, delete, select

from bridge.store.among import among, in_parts
from bridge.store.tables import touched
from bridge.store.upsert import insert_for

ALL = "all"
CHUNK = 10_000


def touch(connection: Connection, tenant: str, subjects: Iterable[str]) -> None:
    """Mark subjects (`nip:…`, `learner:…`, `evidence:…`, `all`) as touched; a repeat raises the stamp."""
    rows = [{"tenant": tenant, "subject": subject, "stamp": 1} for subject in sorted(set(subjects))]
    if not rows:
        return
    statement = insert_for(connection, touched)
    statement = statement.on_conflict_do_update(
        index_elements=["tenant", "subject"], set_={"stamp": touched.c.stamp + 1}
    )
    connection.execute(statement, rows)


def read_touched(connection: Connection, tenant: str) -> dict[str, int]:
    """subject -> stamp. Read it before the evidence: what comes in between stays touched."""
    query = select(touched.c.subject, touched.c.stamp).where(touched.c.tenant == tenant)
    return {row.subject: row.stamp for row in connection.execute(query)}


def settle(connection: Connection, tenant: str, seen: dict[str, int]) -> None:
    """Delete exactly what was read."""
    ordered = sorted(seen.items())
    for some in in_parts(ordered, CHUNK):
        part = among([touched.c.subject, touched.c.stamp], some)
        connection.execute(delete(touched).where(touched.c.tenant == tenant, part))
