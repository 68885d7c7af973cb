"""Completions whose date moved: noted when the new version comes in, read as the engine's `earlier_completion`.

A row says what the newest version replaced: the date before, and whether the source had withdrawn the completion
meanwhile (a reset). A completion that comes back with the date it had before has not moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, delete, select

from bridge.domain.keys import completion_key, unspell
from bridge.store.among import among, in_parts
from bridge.store.tables import completion, completion_move
from bridge.store.upsert import insert_for

if TYPE_CHECKING:  # only who computes needs Arrow
    import pyarrow as pa

KEY = ("source", "external_learner", "external_course", "attempt")
CHUNK = 400
"""Keys a query, as in bridge.store.evidence."""

Key = tuple[str, ...]


def note_moves(connection: Connection, tenant: str, changed: Sequence[Key], now: datetime) -> int:
    """For completions that have just got a new version: keep the date which that version replaced, where it is
    another one. Returns how many moved. Belongs in the transaction that stored the versions."""
    moved: dict[Key, dict[str, Any]] = {}
    back: list[Key] = []
    known = _known(connection, tenant, changed)
    for key, (newest, before) in _last_two(connection, tenant, changed).items():
        if newest.completed_at == before.completed_at:
            continue
        if known.get(key) == newest.completed_at:
            back.append(key)
            continue
        moved[key] = {
            "tenant": tenant,
            **dict(zip(KEY, key, strict=True)),
            "earlier_at": before.completed_at,
            "earlier_standing": before.standing,
            "moved_at": now,
        }
    columns = [completion_move.c[name] for name in KEY]
    for part in in_parts(back, CHUNK):
        connection.execute(
            delete(completion_move).where(completion_move.c.tenant == tenant, among(columns, part))
        )
    if moved:
        statement = insert_for(connection, completion_move)
        statement = statement.on_conflict_do_update(
            index_elements=["tenant", *KEY],
            set_={name: statement.excluded[name] for name in ("earlier_at", "earlier_standing", "moved_at")},
        )
        connection.execute(statement, list(moved.values()))
    return len(moved)


def earlier_completions(
    connection: Connection, tenant: str, evidence_keys: Iterable[str] | None = None
) -> pa.Table:
    """The engine's `earlier_completion`: of these completions (evidence keys), or of all."""
    import pyarrow as pa

    from bridge.engine.relations import INPUTS

    names = [completion_move.c[name] for name in KEY]
    query = select(*names, completion_move.c.earlier_at, completion_move.c.earlier_standing).where(
        completion_move.c.tenant == tenant
    )
    if evidence_keys is None:
        found = connection.execute(query).all()
    else:
        keys = sorted({tuple(parts) for kind, parts in map(unspell, evidence_keys) if kind == "completion1"})
        found = [
            row
            for part in in_parts(keys, CHUNK)
            for row in connection.execute(query.where(among(names, part)))
        ]
    rows = [
        {
            "evidence_key": completion_key(*row[:4]),
            "completed_at": row.earlier_at.replace(tzinfo=None),
            "standing": row.earlier_standing,
        }
        for row in found
    ]
    return pa.Table.from_pylist(rows, INPUTS["earlier_completion"])


def _known(connection: Connection, tenant: str, keys: Sequence[Key]) -> dict[Key, datetime]:
    names = [completion_move.c[name] for name in KEY]
    query = select(*names, completion_move.c.earlier_at).where(completion_move.c.tenant == tenant)
    return {
        tuple(row[:4]): row.earlier_at
        for part in in_parts(keys, CHUNK)
        for row in connection.execute(query.where(among(names, part)))
    }


def _last_two(
    connection: Connection, tenant: str, keys: Sequence[Key]
) -> dict[Key, tuple[Row[Any], Row[Any]]]:
    """key -> (newest version, the one before it)."""
    names = [completion.c[name] for name in KEY]
    query = (
        select(*names, completion.c.completed_at, completion.c.standing)
        .where(completion.c.tenant == tenant)
        .order_by(completion.c.version)
    )
    versions: dict[Key, list[Any]] = {}
    for part in in_parts(keys, CHUNK):
        for row in connection.execute(query.where(among(names, part))):
            versions.setdefault(tuple(row[:4]), []).append(row)
    return {key: (rows[-1], rows[-2]) for key, rows in versions.items() if len(rows) > 1}
