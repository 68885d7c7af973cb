"""What a pull would change, weighed against the newest evidence without storing anything. What was weighed is
kept in the database's own temporary table, so memory stays flat and nothing of the store is locked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Column, Connection, MetaData, Table, Text, and_, exists, select

from bridge.domain.evidence import Completion
from bridge.domain.keys import digest
from bridge.store.among import among, in_parts
from bridge.store.evidence import CHUNK, COMPLETION_KEY, ReadIdentity, newest_versions, record_text
from bridge.store.sweep import Key, newest_standing
from bridge.store.sweep_tables import sweep_seen
from bridge.store.tables import completion
from bridge.store.upsert import insert_for

_metadata = MetaData()
weighed = Table(
    "weighed_completion",
    _metadata,
    Column("external_learner", Text, primary_key=True),
    Column("external_course", Text, primary_key=True),
    Column("attempt", Text, primary_key=True),
    Column("evidence_hash", Text, nullable=False),  # empty: a row that could not be read, but is there
    prefixes=["TEMPORARY"],
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One completion that would be `new`, `changed` or `withdrawn`. `before` and `after` hold the normalised
    record's fields that differ (all of them where there is only one side)."""

    kind: str
    key: Key
    learner_name: str
    course_title: str
    before: dict[str, Any]
    after: dict[str, Any]


def begin_preview(connection: Connection) -> None:
    """An empty list for this connection. It lives until the connection closes."""
    connection.exec_driver_sql("DROP TABLE IF EXISTS weighed_completion")
    weighed.create(connection)


def weigh(
    connection: Connection, tenant: str, records: Iterable[tuple[Completion, ReadIdentity]]
) -> tuple[list[Difference], int]:
    """(what would be new or changed, how many would stay the same). A record given twice is weighed against
    what was weighed before."""
    texts = {
        (one.source, one.external_learner, one.external_course, one.attempt): (one, record_text(one))
        for one, _ in records
    }
    columns = [completion.c[name] for name in COMPLETION_KEY]
    known = {
        key: row[1]
        for key, row in newest_versions(connection, completion, tenant, columns, list(texts)).items()
    }
    known |= {key: seen for key, seen in _weighed_before(connection, texts) if seen}
    differing = [key for key, (_, text) in texts.items() if known.get(key) != digest(text)]
    before = _records(connection, tenant, [key for key in differing if key in known])
    found = [_difference(key, before.get(key), texts[key]) for key in differing]
    _note(connection, {key[1:]: digest(text) for key, (_, text) in texts.items()})
    return found, len(texts) - len(differing)


def note_unreadable(connection: Connection, keys: Iterable[Key]) -> None:
    """Keys that the source shows but that can't be read."""
    _note(connection, dict.fromkeys(keys, ""))


def would_vanish(
    connection: Connection, tenant: str, source: str, source_id: int, earlier_sweep: int | None
) -> Iterator[Difference]:
    """What stands and was not weighed; where `earlier_sweep` is given, only what that sweep had not seen
    either."""
    standing = newest_standing(tenant, source).subquery()
    query = select(standing).where(
        ~exists().where(
            and_(
                weighed.c.external_learner == standing.c.external_learner,
                weighed.c.external_course == standing.c.external_course,
                weighed.c.attempt == standing.c.attempt,
            )
        )
    )
    if earlier_sweep is not None:
        query = query.where(
            ~exists().where(
                and_(
                    sweep_seen.c.source_id == source_id,
                    sweep_seen.c.external_learner == standing.c.external_learner,
                    sweep_seen.c.external_course == standing.c.external_course,
                    sweep_seen.c.attempt == standing.c.attempt,
                    sweep_seen.c.sweep_id >= earlier_sweep,
                )
            )
        )
    gone = [(source, row[0], row[1], row[2]) for row in connection.execute(query)]
    for part in in_parts(gone, CHUNK):
        before = _records(connection, tenant, part)
        for key in part:
            record = before[key]
            yield Difference(
                "withdrawn",
                (key[1], key[2], key[3]),
                record["learner_name"],
                record["course_title"],
                record,
                {},
            )


def _weighed_before(
    connection: Connection, keys: Iterable[tuple[str, ...]]
) -> Iterator[tuple[tuple[str, ...], str]]:
    columns = (weighed.c.external_learner, weighed.c.external_course, weighed.c.attempt)
    every = list(keys)
    for part in in_parts(every, CHUNK):
        query = select(*columns, weighed.c.evidence_hash).where(among(columns, [key[1:] for key in part]))
        for row in connection.execute(query):
            yield (part[0][0], row[0], row[1], row[2]), row[3]


def _records(
    connection: Connection, tenant: str, keys: Sequence[tuple[str, ...]]
) -> dict[tuple[str, ...], dict[str, Any]]:
    """key -> normalised record of the newest version."""
    columns = [completion.c[name] for name in COMPLETION_KEY]
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for start in range(0, len(keys), CHUNK):
        query = (
            select(*columns, completion.c.record)
            .where(completion.c.tenant == tenant, among(columns, keys[start : start + CHUNK]))
            .order_by(completion.c.version)
        )
        found.update({(row[0], row[1], row[2], row[3]): row[4] for row in connection.execute(query)})
    return found


def _difference(
    key: tuple[str, ...], before: dict[str, Any] | None, given: tuple[Completion, str]
) -> Difference:
    record, text = given
    after: dict[str, Any] = orjson.loads(text)
    old = before or {}
    names = [name for name in after if before is None or old.get(name) != after[name]]
    return Difference(
        "new" if before is None else "changed",
        (key[1], key[2], key[3]),
        record.learner_name,
        record.course_title,
        {name: old[name] for name in names if name in old},
        {name: after[name] for name in names},
    )


def _note(connection: Connection, hashes: dict[tuple[str, ...], str]) -> None:
    if not hashes:
        return
    rows = [
        {"external_learner": key[0], "external_course": key[1], "attempt": key[2], "evidence_hash": value}
        for key, value in hashes.items()
    ]
    statement = insert_for(connection, weighed)
    statement = statement.on_conflict_do_update(
        index_elements=["external_learner", "external_course", "attempt"],
        set_={"evidence_hash": statement.excluded.evidence_hash},
    )
    connection.execute(statement, rows)
