"""What pieces of evidence say, by their keys: the newest normalised record of each, read many at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, select

from bridge.domain.keys import unspell
from bridge.store.among import among
from bridge.store.tables import attendance, completion

PART = 300
_KEYS = {
    "attendance1": (attendance, ("source", "event_ref", "attendee")),
    "completion1": (completion, ("source", "external_learner", "external_course", "attempt")),
}


def newest_records(
    connection: Connection, tenant: str, keys: Collection[str]
) -> dict[str, Mapping[str, Any]]:
    """Evidence key -> its record. A subject that is no evidence key, or of which nothing is stored, has none."""
    wanted: dict[str, dict[tuple[str, ...], str]] = {version: {} for version in _KEYS}
    for key in keys:
        version, parts = unspell(key)
        if version in _KEYS and len(parts) == len(_KEYS[version][1]):
            wanted[version][tuple(parts)] = key
    found: dict[str, Mapping[str, Any]] = {}
    for version, by_parts in wanted.items():
        table, names = _KEYS[version]
        columns = [table.c[name] for name in names]
        query = select(table.c.record, *columns).where(table.c.tenant == tenant).order_by(table.c.version)
        asked = sorted(by_parts)
        for start in range(0, len(asked), PART):
            for row in connection.execute(query.where(among(columns, asked[start : start + PART]))):
                found[by_parts[tuple(row[1:])]] = row.record
    return found
