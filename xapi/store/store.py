"""The door of the record store, for the server and for programs in the same process.

    store = Store(url)                    # sqlite+pysqlite:///… or postgresql://…
    store.create_schema()                 # once; safe to repeat
    key, secret = store.credentials.add("LMS", ["all"])
    store.put_statements([{…}, b"{…}"], authority={"objectType": "Agent", "account": {…}})

Safe to use from many threads. On SQLite let one process write; others may read (and may write, slowly).
On PostgreSQL any number of processes may do both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from typing import Any

import orjson
from sqlalchemy.engine import URL

from xapi.errors import Conflict, XapiError
from xapi.model.facets import agent_name
from xapi.model.formats import uuid_bytes
from xapi.model.submission import Authority, read_each
from xapi.model.version import Version
from xapi.store import reading
from xapi.store.credentials import Credentials, add_key
from xapi.store.database import Database
from xapi.store.definitions import Definitions, Memory
from xapi.store.documents import Documents
from xapi.store.erasing import Erased, Erasing, Names
from xapi.store.forwarding import Forwarding
from xapi.store.groups import GroupWriter
from xapi.store.keys import ACTIVITY, AGENT, VERB, key_of
from xapi.store.pages import Found
from xapi.store.reading import Query
from xapi.store.retention import Retained, Retention
from xapi.store.schema import check_schema, create_schema, schema_version
from xapi.store.tables import SCHEMA_VERSION
from xapi.store.writing import Stored, Submission, Turn

__all__ = ["Found", "Query", "Store", "Stored", "Submission", "add_key"]


class Store:
    def __init__(self, url: str | URL, *, pool: int = 10) -> None:
        self.database = Database(url, pool=pool)
        self.documents = Documents(self.database)
        self.credentials = Credentials(self.database)
        self.forwarding = Forwarding(self.database)
        self._memory = Memory()
        self._frequencies = reading.Frequencies(self.database)
        self.known_through = 0
        """A moment up to which all is visible, as far as this process has noticed; it only grows."""
        self._writer = GroupWriter(self._append)

    def create_schema(self) -> None:
        create_schema(self.database)

    def check_schema(self) -> None:
        """Raises SchemaMismatch where the tables are missing, older or newer than this program's."""
        check_schema(self.database)

    def is_behind(self) -> bool:
        """Whether there are tables of an older version."""
        found = schema_version(self.database)
        return found is not None and found < SCHEMA_VERSION

    def close(self) -> None:
        self._writer.close()
        self.database.close()

    # -- writing ---------------------------------------------------------------------------------------

    def submit(self, submission: Submission) -> Future[Stored]:
        """Queues statements that were read; the answer comes when they are on disk, or a Conflict."""
        return self._writer.submit(submission)

    def write(self, submission: Submission) -> asyncio.Future[Stored]:
        """The same for a coroutine: a future of the running loop, which is woken once for a whole group."""
        answer: asyncio.Future[Stored] = asyncio.get_running_loop().create_future()
        self._writer.queue(submission, answer)
        return answer

    def put_statements(
        self,
        statements: Iterable[bytes | dict[str, Any]],
        authority: dict[str, Any] | Authority,
        *,
        version: Version = Version.V1,
    ) -> list[str]:
        """Stores all of them or none; returns their ids. When it returns, they are on disk.

        Idempotent: a statement that is there already, with the same id and the same content by the rules of
        xAPI Part 2 2.3.1, is no change. Raises InvalidStatement (with the JSON path and the clause) or
        Conflict (another statement has the id).
        """
        vouching = authority if isinstance(authority, Authority) else Authority.of(authority)
        read = read_each(statements, version)
        if not read:
            return []
        return self.submit(Submission(read, vouching)).result().ids

    def _append(self, submissions: Sequence[Submission]) -> list[Stored | Conflict]:
        definitions = Definitions(self.database, self._memory)
        with self.database.turn(pipelined=True) as connection:
            outcomes = Turn(self.database, connection, definitions).append(submissions)
        definitions.committed()
        for outcome in outcomes:
            if isinstance(outcome, Stored):
                self.known_through = max(self.known_through, outcome.through)
        return outcomes

    def erase(self, identifiers: Sequence[str], key: bytes, *, dry_run: bool) -> Erased:
        """Replaces a person's identifiers by a pseudonym of `key` everywhere; see `erasing`. Only the given
        ones: name every NIP and e-mail address. Raises BadRequest where one is too short to be told apart."""
        return Erasing(self.database, Names(identifiers, key)).run(dry_run=dry_run)

    def retain(
        self, *, traces_before: int | None = None, states_before: int | None = None, dry_run: bool
    ) -> Retained:
        """Lets go of old traces of use and states of content; see `retention`. Microseconds since 1970."""
        return Retention(self.database).run(
            traces_before=traces_before, states_before=states_before, dry_run=dry_run
        )

    # -- reading ---------------------------------------------------------------------------------------

    def find(self, query: Query, limit: int) -> tuple[int, Found]:
        """(consistent-through in microseconds, a page)."""
        with self.database.reading() as connection:
            quiet = self.database.lately_quiet(connection)
            newest, found = reading.find(self.database, connection, self._frequencies, query, limit)
        return self._through(quiet, newest), found

    def by_id(self, statement_id: str) -> tuple[int, tuple[int, bool, bytes] | None]:
        """(consistent-through, (stored, voided, statement) or None)."""
        with self.database.reading() as connection:
            quiet = self.database.lately_quiet(connection)
            newest, found = reading.by_id(self.database, connection, uuid_bytes(statement_id))
        return self._through(quiet, newest), found

    def absent(self, statement_ids: Sequence[str]) -> list[str]:
        """Those of the ids under which no statement is kept (voided ones are kept)."""
        named = {uuid_bytes(each): each for each in statement_ids}
        sql = "SELECT statement_id FROM xapi_statement WHERE statement_id IN ?"
        with self.database.reading() as connection:
            kept = {bytes(row[0]) for row in self.database.rows_in(connection, sql, sorted(named))}
        return [each for key, each in named.items() if key not in kept]

    def counts(self, query: Query, by: str, *, shift: int = 0, limit: int = 1000) -> list[tuple[Any, int]]:
        """See `reading.counts`."""
        with self.database.reading() as connection:
            return reading.counts(
                self.database, connection, self._frequencies, query, by, shift=shift, limit=limit
            )

    def note_read(self, key: str, what: str, asked: str) -> None:
        """Who read what by a count or an export; on disk before the answer begins."""
        sql = "INSERT INTO xapi_read (at, key, what, asked) VALUES (?, ?, ?, ?)"
        with self.database.transaction(b"xapi-read") as connection:
            row = (self.database.now(connection), key, what, asked[:4000])
            self.database.many(connection, sql, [row])

    def reads(self, limit: int = 1000) -> list[tuple[int, str, str, str]]:
        """(microseconds since 1970, key, what, what was asked), the newest first."""
        sql = "SELECT at, key, what, asked FROM xapi_read ORDER BY at DESC LIMIT ?"
        with self.database.reading() as connection:
            return [tuple(row) for row in self.database.rows(connection, sql, (limit,))]

    def at(self, ords: Iterable[int]) -> list[tuple[int, bytes]]:
        """Statements by the microsecond of `stored`, in its order; voided ones are left out."""
        sql = "SELECT ord, payload FROM xapi_statement WHERE ord IN ? AND NOT voided"
        with self.database.reading() as connection:
            rows = self.database.rows_in(connection, sql, sorted(set(ords)))
        return sorted((int(at), bytes(payload)) for at, payload in rows)

    def consistent_through(self) -> int:
        """Every statement stored up to this moment (microseconds) is visible to a query that starts now."""
        with self.database.reading() as connection:
            quiet = self.database.quiet_since(connection)
            newest = reading.last_stored(self.database, connection)
        return self._through(quiet, newest)

    def _through(self, quiet: int | None, newest: int) -> int:
        """`quiet` is a moment at which nobody wrote, `newest` the `ord` of the newest statement that the query saw,
        asked in this order. Where somebody is writing, it is that statement: whoever is in the turn will store
        later than it."""
        through = max(quiet or 0, newest)
        self.known_through = max(self.known_through, through)
        return through

    def attachments(self, hashes: Iterable[str]) -> dict[str, bytes]:
        """SHA-2 (lower case) → content, of those that are kept."""
        sql = "SELECT sha2, content FROM xapi_attachment WHERE sha2 IN ?"
        with self.database.reading() as connection:
            rows = self.database.rows_in(connection, sql, sorted(set(hashes)))
        return {str(sha2): bytes(content) for sha2, content in rows}

    def definitions(self, iris: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Canonical definitions of activities, where any are known."""
        return self._said("SELECT iri, definition FROM xapi_activity WHERE key IN ?", ACTIVITY, iris)

    def displays(self, iris: Iterable[str]) -> dict[str, dict[str, str]]:
        """Canonical displays of verbs, where any are known."""
        return self._said("SELECT iri, display FROM xapi_verb WHERE key IN ?", VERB, iris)

    def _said(self, sql: str, kind: str, iris: Iterable[str]) -> dict[str, Any]:
        wanted = [key_of(kind, iri) for iri in sorted(set(iris))]
        with self.database.reading() as connection:
            rows = self.database.rows_in(connection, sql, wanted)
        return {str(iri): orjson.loads(bytes(raw)) for iri, raw in rows}

    def person(self, agent: dict[str, Any]) -> dict[str, Any]:
        """The Person object of a (valid) agent: all that is known under its identifier (xAPI Part 3 2.4)."""
        known_by = agent_name(agent)
        if known_by is None:
            raise XapiError("ifi_none", path="agent", clause="xAPI Part 2 2.4.2.3")
        sql = "SELECT name FROM xapi_agent_name WHERE agent = ? ORDER BY name"
        with self.database.reading() as connection:
            rows = self.database.rows(connection, sql, (key_of(AGENT, known_by),))
        names = [bytes(row[0]).decode() for row in rows]
        if agent.get("name") and agent["name"] not in names:
            names.append(agent["name"])
        person: dict[str, Any] = {"objectType": "Person"}
        if names:
            person["name"] = names
        for identifier in ("mbox", "mbox_sha1sum", "openid", "account"):
            if identifier in agent:
                person[identifier] = [agent[identifier]]
        return person
