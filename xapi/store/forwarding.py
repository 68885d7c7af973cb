"""Targets of forwarding, how far each has come, and what it refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from urllib.parse import urlsplit

import orjson

from xapi.errors import BadRequest, Conflict, NotFound
from xapi.model.actors import check_actor
from xapi.model.checks import as_iri
from xapi.model.facets import agent_name
from xapi.model.version import Version
from xapi.store.database import Database
from xapi.store.reading import Query

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_COLUMNS = (
    "name, endpoint, login, secret, version, filter, position, paused, attempts, next_try, sent, "
    "last_success, last_error"
)
_COUNTED = 100_000  # how far a backlog is counted


@dataclass(frozen=True, slots=True)
class Filter:
    """Which statements go on; all of what is given must hold. None and False leave a condition out."""

    agent: dict[str, Any] | None = None
    verb: str | None = None
    activity: str | None = None
    related_agents: bool = False
    related_activities: bool = False

    def checked(self) -> Filter:
        if self.agent is not None:
            check_actor(self.agent, "agent")
            if agent_name(self.agent) is None:
                raise BadRequest("ifi_none", path="agent", clause="xAPI Part 2 2.4.2.3")
        for name, iri in (("verb", self.verb), ("activity", self.activity)):
            if iri is not None:
                as_iri(iri, name, "xAPI Part 3 2")
        return self

    def query(self, after: int) -> Query:
        return Query(
            agent=None if self.agent is None else agent_name(self.agent),
            verb=self.verb,
            activity=self.activity,
            related_agents=self.related_agents,
            related_activities=self.related_activities,
            since=after,
            ascending=True,
        )

    def as_json(self) -> dict[str, Any]:
        said = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in said.items() if value}


@dataclass(frozen=True, slots=True)
class ForwardTarget:
    """`secret` says where the secret is. Moments and `position` are microseconds since 1970."""

    name: str
    endpoint: str
    login: str
    secret: str
    version: Version
    filter: Filter
    position: int
    paused: bool
    attempts: int
    next_try: int
    sent: int
    last_success: int | None
    last_error: str


@dataclass(frozen=True, slots=True)
class DeadLetter:
    ord: int
    statement_id: bytes
    reason: str
    refused: int


class Forwarding:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        name: str,
        endpoint: str,
        login: str,
        secret: str,
        *,
        wanted: Filter | None = None,
        version: Version = Version.V1,
        after: int = 0,
    ) -> None:
        """`after`: statements stored up to this moment stay here. Raises BadRequest or Conflict."""
        if not _NAME.fullmatch(name):
            raise BadRequest("forward_name", path="name", value=name[:80])
        parts = urlsplit(endpoint)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadRequest("forward_endpoint", path="endpoint", value=endpoint[:200])
        spelt = orjson.dumps((wanted or Filter()).checked().as_json())
        with self._database.transaction(_lock(name)) as connection:
            sql = "SELECT 1 FROM xapi_forward_target WHERE name = ?"
            if self._database.rows(connection, sql, (name,)):
                raise Conflict("forward_there", path="name", value=name)
            sql = (
                "INSERT INTO xapi_forward_target (name, endpoint, login, secret, version, filter, position, "
                "paused, attempts, next_try, claimed_until, sent, last_error) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, '')"
            )
            row = (name, endpoint, login, secret, version.value, spelt, after, False)
            self._database.many(connection, sql, [row])

    def remove(self, name: str) -> None:
        with self._database.transaction(_lock(name)) as connection:
            self._database.many(connection, "DELETE FROM xapi_forward_dead WHERE target = ?", [(name,)])
            self._database.many(connection, "DELETE FROM xapi_forward_target WHERE name = ?", [(name,)])

    def targets(self) -> list[ForwardTarget]:
        sql = f"SELECT {_COLUMNS} FROM xapi_forward_target ORDER BY name"
        with self._database.reading() as connection:
            return [_target(row) for row in self._database.rows(connection, sql)]

    def target(self, name: str) -> ForwardTarget:
        """Raises NotFound."""
        for one in self.targets():
            if one.name == name:
                return one
        raise NotFound("forward_unknown", path="name", value=name)

    def pause(self, name: str, *, paused: bool) -> None:
        """Going on tries at once, whatever the waiting time was."""
        self.target(name)
        sql = "UPDATE xapi_forward_target SET paused = ?, attempts = 0, next_try = 0 WHERE name = ?"
        self._change(name, sql, (paused, name))

    def backlog(self, name: str) -> int:
        """Statements that were not looked at yet, counted up to 100,000."""
        sql = (
            "SELECT count(*) FROM (SELECT 1 FROM xapi_statement WHERE ord > ? "
            f"ORDER BY ord LIMIT {_COUNTED}) c"
        )
        position = self.target(name).position
        with self._database.reading() as connection:
            return int(self._database.rows(connection, sql, (position,))[0][0])

    # -- one run ---------------------------------------------------------------------------------------

    def claim(self, name: str, now: int, until: int) -> bool:
        """Whether this process may send to the target now: not while another does, nor before its time."""
        with self._database.transaction(_lock(name)) as connection:
            sql = "SELECT paused, next_try, claimed_until FROM xapi_forward_target WHERE name = ?"
            rows = self._database.rows(connection, sql, (name,))
            if not rows or rows[0][0] or max(rows[0][1], rows[0][2]) > now:
                return False
            sql = "UPDATE xapi_forward_target SET claimed_until = ? WHERE name = ?"
            self._database.many(connection, sql, [(until, name)])
            return True

    def release(self, name: str) -> None:
        self._change(name, "UPDATE xapi_forward_target SET claimed_until = 0 WHERE name = ?", (name,))

    def advanced(
        self, name: str, position: int, sent: int, dead: Sequence[DeadLetter], now: int, until: int
    ) -> None:
        """All up to `position` is done with: sent, or a dead letter. One transaction."""
        with self._database.transaction(_lock(name)) as connection:
            self._bury(connection, name, dead)
            sql = (
                "UPDATE xapi_forward_target SET position = ?, sent = sent + ?, attempts = 0, next_try = 0, "
                "last_success = ?, last_error = '', claimed_until = ? WHERE name = ? AND position < ?"
            )
            self._database.many(connection, sql, [(position, sent, now, until, name, position)])

    def failed(self, name: str, error: str, next_try: int) -> None:
        sql = "UPDATE xapi_forward_target SET attempts = attempts + 1, next_try = ?, last_error = ? WHERE name = ?"
        self._change(name, sql, (next_try, error, name))

    # -- dead letters ----------------------------------------------------------------------------------

    def dead(self, name: str, limit: int = 1000) -> list[DeadLetter]:
        sql = (
            "SELECT ord, statement_id, reason, refused FROM xapi_forward_dead WHERE target = ? "
            "ORDER BY ord LIMIT ?"
        )
        with self._database.reading() as connection:
            rows = self._database.rows(connection, sql, (name, limit))
        return [DeadLetter(int(at), bytes(key), reason, int(when)) for at, key, reason, when in rows]

    def revived(self, name: str, sent: Sequence[int], still_dead: Sequence[DeadLetter]) -> None:
        """Dead letters that went through after all, and those that were refused once more."""
        with self._database.transaction(_lock(name)) as connection:
            sql = "DELETE FROM xapi_forward_dead WHERE target = ? AND ord = ?"
            self._database.many(connection, sql, [(name, at) for at in sent])
            self._bury(connection, name, still_dead)
            sql = "UPDATE xapi_forward_target SET sent = sent + ? WHERE name = ?"
            self._database.many(connection, sql, [(len(sent), name)])

    def _bury(self, connection: Any, name: str, dead: Sequence[DeadLetter]) -> None:
        sql = (
            "INSERT INTO xapi_forward_dead (target, ord, statement_id, reason, refused) "
            "VALUES (?, ?, ?, ?, ?) ON CONFLICT (target, ord) DO UPDATE SET "
            "reason = excluded.reason, refused = excluded.refused"
        )
        rows = [(name, one.ord, one.statement_id, one.reason, one.refused) for one in dead]
        self._database.many(connection, sql, rows)

    def _change(self, name: str, sql: str, values: tuple[Any, ...]) -> None:
        with self._database.transaction(_lock(name)) as connection:
            self._database.many(connection, sql, [values])


def _lock(name: str) -> bytes:
    return blake2b(name.encode(), digest_size=8, person=b"forward").digest()


def _target(row: Sequence[Any]) -> ForwardTarget:
    name, endpoint, login, secret, version, spelt, *rest = row
    wanted = Filter(**orjson.loads(bytes(spelt)))
    return ForwardTarget(name, endpoint, login, secret, Version(version), wanted, *rest)
