"""What the store learns from statements: definitions of activities, displays of verbs, names of agents.

A definition is touched only when it changes: what was taken up lately is remembered, so that the same course
in every statement costs no row. (Where two processes hear of two versions in turn, one of them stays; the
specification leaves the choice to the LRS, xAPI Part 2 2.4.4.1.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any

import orjson
from sqlalchemy import Connection

from xapi.model.facets import agents_named_in, definitions_in, displays_in
from xapi.model.presentation import merged_definition
from xapi.store import tables
from xapi.store.database import Database
from xapi.store.keys import ACTIVITY, AGENT, VERB, key_of

_REMEMBERED, _LATEST = 50_000, 10_000
_SMALL = 1000  # bytes


class Memory:
    """What was taken up lately, by hash; forgets everything when it is full. One for each store."""

    def __init__(self) -> None:
        self._known: set[int] = set()
        self._latest: dict[tuple[bytes, str], Any] = {}

    def __contains__(self, mark: int) -> bool:
        return mark in self._known

    def is_latest(self, kind: bytes, name: str, value: Any) -> bool:
        """The quick look: whether it is what was said last, which needs no writing out to be compared."""
        return bool(self._latest.get((kind, name)) == value)

    def update(self, said: Mapping[int, tuple[bytes, str, Any]]) -> None:
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        if len(self._latest) > _LATEST:
            self._latest.clear()
        self._known.update(said)
        self._latest.update(((kind, name), value) for kind, name, value in said.values())


class Definitions:
    """Those of one write turn: noted statement by statement, saved together."""

    def __init__(self, database: Database, memory: Memory) -> None:
        self._database = database
        self._memory = memory
        self._said: dict[int, tuple[bytes, str, Any]] = {}
        self._activities: dict[str, list[dict[str, Any]]] = {}
        self._verbs: dict[str, list[dict[str, str]]] = {}
        self._names: dict[tuple[bytes, bytes], bytes] = {}

    def note(self, statement: dict[str, Any]) -> None:
        for iri, definition in definitions_in(statement):
            if self._is_new(b"d", iri, definition):
                self._activities.setdefault(iri, []).append(definition)
        for iri, display in displays_in(statement):
            if self._is_new(b"v", iri, display):
                self._verbs.setdefault(iri, []).append(display)
        for agent, name in agents_named_in(statement):
            if self._is_new(b"n", agent, name):
                called = name.encode()
                name_key = blake2b(called, digest_size=16).digest()
                self._names[key_of(AGENT, agent), name_key] = called

    def _is_new(self, kind: bytes, name: str, value: Any) -> bool:
        if self._memory.is_latest(kind, name, value):
            return False
        # 64 bits under a key that is drawn at each start: nobody can make two that meet, and if two ever do,
        # a definition is taken up by its next change.
        said = orjson.dumps(value)
        mark = hash((kind, name, said))
        if mark in self._memory or mark in self._said:
            return False
        # Large ones are known by their mark alone: memory stays small.
        self._said[mark] = (kind, name, value if len(said) <= _SMALL else None)
        return True

    def save(self, connection: Connection) -> None:
        self._merge(connection, "xapi_activity", "definition", ACTIVITY, self._activities, merged_definition)
        self._merge(connection, "xapi_verb", "display", VERB, self._verbs, lambda old, new: {**old, **new})
        rows = [(agent, name_key, name) for (agent, name_key), name in sorted(self._names.items())]
        self._database.insert(connection, tables.agent_name, rows, if_absent=True)

    def _merge(
        self,
        connection: Connection,
        table: str,
        column: str,
        kind: str,
        said: dict[str, list[dict[str, Any]]],
        merge: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]],
    ) -> None:
        if not said:
            return
        by_key = {key_of(kind, iri): iri for iri in said}
        sql = f"SELECT key, {column} FROM {table} WHERE key IN ?"
        known = {bytes(key): bytes(raw) for key, raw in self._database.rows_in(connection, sql, list(by_key))}
        changed = []
        for key, iri in sorted(by_key.items()):
            value = orjson.loads(known[key]) if key in known else {}
            for one in said[iri]:
                value = merge(value, one)
            raw = orjson.dumps(value)
            if raw != known.get(key):
                changed.append((key, iri, raw))
        upsert = (
            f"INSERT INTO {table} (key, iri, {column}) VALUES (?, ?, ?) "
            f"ON CONFLICT (key) DO UPDATE SET {column} = excluded.{column}"
        )
        self._database.many(connection, upsert, changed)

    def committed(self) -> None:
        """Only now are they known: an undone transaction has taught nothing."""
        self._memory.update(self._said)
