"""The time of a completion as it was first seen, for sources that move it later."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Connection, select

from bridge.domain.evidence import Completion
from bridge.store.among import among
from bridge.store.tables import completion

CHUNK = 400


def with_first_times(
    connection: Connection, tenant: str, source: str, records: Iterable[Completion]
) -> list[Completion]:
    """The records, each with the time of the first version that the store has of it."""
    given = list(records)
    columns = (completion.c.external_learner, completion.c.external_course, completion.c.attempt)
    first = {}
    for start in range(0, len(given), CHUNK):
        keys = [
            (record.external_learner, record.external_course, record.attempt)
            for record in given[start : start + CHUNK]
        ]
        query = select(*columns, completion.c.completed_at).where(
            completion.c.tenant == tenant,
            completion.c.source == source,
            completion.c.version == 1,
            among(columns, keys),
        )
        first.update({(row[0], row[1], row[2]): row[3] for row in connection.execute(query)})
    return [
        replace(record, completed_at=first[key])
        if (key := (record.external_learner, record.external_course, record.attempt)) in first
        else record
        for record in given
    ]
