"""State and profile documents (xAPI Part 3 2.2): kept as sent, guarded by ETags, merged if JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from xapi.errors import BadRequest, XapiError
from xapi.model import wire
from xapi.store.database import Database

_NO_REGISTRATION = bytes(16)
JSON_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class Place:
    """Whose documents: `space` is state, agent_profile or activity_profile; `owner` the names that own them
    (activity and agent for state); `registration` a UUID or None; `agent` the agent among the owners."""

    space: str
    owner: tuple[str, ...]
    registration: str | None = None
    agent: str | None = None

    @property
    def owner_key(self) -> bytes:
        spelt = b"".join(len(raw).to_bytes(4, "big") + raw for raw in (part.encode() for part in self.owner))
        return blake2b(spelt, digest_size=16, person=self.space.encode()).digest()

    @property
    def registration_key(self) -> bytes:
        return UUID(self.registration).bytes if self.registration else _NO_REGISTRATION


@dataclass(frozen=True, slots=True)
class Document:
    """`etag` is the SHA-1 of the content in hexadecimal; `updated` in microseconds since 1970."""

    content_type: str
    content: bytes
    etag: str
    updated: int

    @property
    def is_json(self) -> bool:
        return self.content_type.partition(";")[0].strip().lower() == JSON_TYPE


Guard = Callable[[Document | None], None]
"""Looks at what is there (None: nothing) and raises where the request's preconditions do not hold."""


class Documents:
    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, place: Place, name: str) -> Document | None:
        with self._database.reading() as connection:
            return self._get(connection, place, name)

    def names(self, place: Place, since: int | None = None) -> list[tuple[str, int]]:
        """(name, updated) of the documents updated after `since`.

        Without a registration all of the owner's: "Activity + Agent [+ registration if specified]"
        (xAPI Part 3 2.3).
        """
        where, values = _whose(place)
        sql = f"SELECT name, updated FROM xapi_document WHERE {where} AND updated > ? ORDER BY updated, name"
        with self._database.reading() as connection:
            rows = self._database.rows(connection, sql, (*values, -1 if since is None else since))
        return [(bytes(name).decode(), int(updated)) for name, updated in rows]

    def put(self, place: Place, name: str, content_type: str, content: bytes, guard: Guard) -> None:
        with self._changing(place, name) as connection:
            guard(self._get(connection, place, name))
            self._save(connection, place, name, content_type, content)

    def post(self, place: Place, name: str, content_type: str, content: bytes, guard: Guard) -> None:
        """xAPI Part 3 2.2: merges the top-level members of JSON objects; a first POST is like a PUT."""
        with self._changing(place, name) as connection:
            kept = self._get(connection, place, name)
            guard(kept)
            sent = Document(content_type, content, "", 0)
            if kept is not None:
                content = merged(kept, sent)
            elif sent.is_json:
                _members(sent)
            self._save(connection, place, name, content_type, content)

    def delete(self, place: Place, name: str, guard: Guard) -> None:
        with self._changing(place, name) as connection:
            guard(self._get(connection, place, name))
            sql = "DELETE FROM xapi_document WHERE space = ? AND owner = ? AND registration = ? AND name = ?"
            self._database.many(connection, sql, [_row_key(place, name)])

    def delete_all(self, place: Place) -> None:
        where, values = _whose(place)
        with self._database.transaction(place.owner_key) as connection:
            self._database.many(connection, f"DELETE FROM xapi_document WHERE {where}", [values])

    def _changing(self, place: Place, name: str) -> Any:
        """One at a time for each document, so that what the guard saw is what is changed."""
        spelt = b"".join(part for part in _row_key(place, name)[1:])
        return self._database.transaction(
            blake2b(spelt, digest_size=16, person=place.space.encode()).digest()
        )

    def _get(self, connection: Connection, place: Place, name: str) -> Document | None:
        sql = (
            "SELECT content_type, content, etag, updated FROM xapi_document "
            "WHERE space = ? AND owner = ? AND registration = ? AND name = ?"
        )
        rows = self._database.rows(connection, sql, _row_key(place, name))
        if not rows:
            return None
        content_type, content, etag, updated = rows[0]
        return Document(str(content_type), bytes(content), str(etag), int(updated))

    def _save(
        self, connection: Connection, place: Place, name: str, content_type: str, content: bytes
    ) -> None:
        # xAPI Part 3 3.1: for the ETag "it MUST be calculated to be a SHA-1 hash of the binary contents".
        etag = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        sql = (
            "INSERT INTO xapi_document "
            "(space, owner, registration, name, content_type, content, etag, updated, agent) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (space, owner, registration, name) DO UPDATE SET "
            "content_type = excluded.content_type, content = excluded.content, "
            "etag = excluded.etag, updated = excluded.updated"
        )
        now = self._database.now(connection)
        agent = None if place.agent is None else place.agent.encode()
        row = (*_row_key(place, name), content_type, content, etag, now, agent)
        self._database.many(connection, sql, [row])


def _row_key(place: Place, name: str) -> tuple[Any, ...]:
    return (place.space, place.owner_key, place.registration_key, name.encode())


def _whose(place: Place) -> tuple[str, tuple[Any, ...]]:
    if place.registration:
        return "space = ? AND owner = ? AND registration = ?", _row_key(place, "")[:3]
    return "space = ? AND owner = ?", _row_key(place, "")[:2]


def merged(kept: Document, sent: Document) -> bytes:
    """The kept object with the members of the sent one; bytes of all values stay what they were."""
    if not (kept.is_json and sent.is_json):
        raise BadRequest("document_merge", path="body", clause="xAPI Part 3 2.2")
    return wire.join_object({**_members(kept), **_members(sent)})


def _members(document: Document) -> dict[str, bytes]:
    try:
        value = wire.read_json(document.content)
    except XapiError as fault:
        detail = fault.values.get("detail", fault.code)
        raise BadRequest("document_json", path="body", clause="xAPI Part 3 2.2", detail=detail) from None
    if not isinstance(value, dict):
        raise BadRequest("document_merge", path="body", clause="xAPI Part 3 2.2")
    return wire.split_object(document.content)
