"""One write turn: many submissions into one transaction, each wholly or not at all.

Order within the turn: what is there already is compared (the same statement again is no change, another one
is a conflict); the others get their `stored`, in the order of arrival; then references and voiding are
settled; then all rows go in, in a handful of set-based statements, however many there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from xapi.errors import Conflict
from xapi.model.comparison import same_statement
from xapi.model.facets import Facets, facets_of
from xapi.model.formats import uuid_bytes
from xapi.model.statement import VOIDED
from xapi.model.submission import Arriving, Authority
from xapi.model.wire import value_of
from xapi.store import keys, tables
from xapi.store.database import Database
from xapi.store.definitions import Definitions

# xAPI Part 3 2.1.3 lets targeting go on recursively; longer chains than this are followed no further, since
# each link repeats the facets of all that come after it.
MAX_CHAIN = 32

_KEPT = "SELECT statement_id, payload FROM xapi_statement WHERE statement_id IN ?"
_WAITING = "SELECT target, ord, voiding FROM xapi_reference WHERE target IN ?"


@dataclass(slots=True)
class Submission:
    """The statements of one request, and the attachments that came with them (SHA-2 → content)."""

    statements: list[Arriving]
    authority: Authority
    attachments: dict[str, bytes] = field(default_factory=dict)


@dataclass(slots=True)
class Stored:
    """What became of a submission: `fresh` counts the statements that were not there before; all that was
    stored up to `through` (microseconds, inclusive) is visible now."""

    ids: list[str]
    fresh: int
    through: int = 0


@dataclass(slots=True)
class _Entry:
    """A statement of this turn."""

    key: bytes
    ord: int
    payload: bytes
    facets: Facets
    own_keys: list[bytes]
    value: dict[str, Any]
    voided: bool = False

    @property
    def target(self) -> bytes | None:
        return uuid_bytes(self.facets.target) if self.facets.target else None

    @property
    def voiding(self) -> bool:
        return self.facets.verb == VOIDED and self.facets.target is not None


class Turn:
    """The work of one write turn on an open transaction."""

    def __init__(self, database: Database, connection: Connection, definitions: Definitions) -> None:
        self._database = database
        self._connection = connection
        self._definitions = definitions
        self._entries: dict[bytes, _Entry] = {}
        self._loaded: dict[bytes, _Entry | None] = {}  # older statements that are looked at
        self._own_rows: list[tuple[bytes, int, int]] = []
        self._passed_on: set[tuple[bytes, int, int]] = set()
        self._attachments: dict[str, bytes] = {}
        self._waiting: dict[bytes, list[tuple[int, bool]]] = {}

    def append(self, submissions: Sequence[Submission]) -> list[Stored | Conflict]:
        wanted = [one.key for submission in submissions for one in submission.statements]
        kept_rows, waiting_rows = self._database.looks(self._connection, wanted, _KEPT, _WAITING)
        kept = {bytes(key): bytes(raw) for key, raw in kept_rows}
        self._waiting = _by_target(waiting_rows)
        self._next = self._first_ord()
        outcomes = [self._take(submission, kept) for submission in submissions]
        if self._entries:
            self._settle()
            self._insert()
        for outcome in outcomes:
            if isinstance(outcome, Stored):
                outcome.through = self._next - 1
        return outcomes

    def _first_ord(self) -> int:
        """`stored` of the next statement: now, but always after the last one, whatever the clock does."""
        last, now = self._database.last_and_now(self._connection)
        return now if last is None else max(now, int(last) + 1)

    # -- taking submissions ----------------------------------------------------------------------------

    def _take(self, submission: Submission, kept: dict[bytes, bytes]) -> Stored | Conflict:
        fresh: list[tuple[bytes, Arriving]] = []
        for one in submission.statements:
            key = one.key
            if key in self._entries:
                before: Any = self._entries[key].value
            elif key in kept:
                before = value_of(kept[key])
            else:
                fresh.append((key, one))
                continue
            if not same_statement(one.value, before):
                # xAPI Part 2 2.4.1 and Part 3 2.1.1: the first one stays, this one is refused.
                return Conflict(
                    "statement_conflict", path="$.id", clause="xAPI Part 3 2.1.1", value=one.statement_id
                )
        for key, one in fresh:
            self._enter(key, one, submission.authority)
        self._attachments.update(submission.attachments)
        return Stored([one.statement_id for one in submission.statements], len(fresh))

    def _enter(self, key: bytes, one: Arriving, authority: Authority) -> None:
        facets = facets_of(one.value, authority.names)
        self._entries[key] = _Entry(
            key=key,
            ord=self._next,
            payload=one.completed(self._next, authority.raw),
            facets=facets,
            own_keys=keys.keys_of(facets, authority.name),
            value=one.value,
        )
        self._definitions.note(one.value)
        self._next += 1

    # -- references and voiding ------------------------------------------------------------------------

    def _settle(self) -> None:
        waiting = self._waiting
        for entry in self._entries.values():
            if not entry.voiding and any(voids for _, voids in waiting.get(entry.key, ())):
                entry.voided = True
        for entry in self._entries.values():
            if entry.voiding and entry.target is not None:
                self._void(entry.target)
        for entry in self._entries.values():
            if not entry.voided:
                at = entry.ord
                self._own_rows.extend([(key, at, 0) for key in entry.own_keys])
                if entry.target is not None:
                    self._own_rows.extend(self._inherited(entry))
            self._pass_on(entry, waiting.get(entry.key, []))

    def _waiting_for(self, targets: list[bytes]) -> dict[bytes, list[tuple[int, bool]]]:
        """Older statements that target these: target → (ord, whether it voids)."""
        return _by_target(self._database.rows_in(self._connection, _WAITING, targets))

    def _statement(self, key: bytes) -> _Entry | None:
        """A statement of this turn or an older one."""
        if key in self._entries:
            return self._entries[key]
        if key not in self._loaded:
            sql = "SELECT statement_id, ord, voided, payload FROM xapi_statement WHERE statement_id = ?"
            rows = self._database.rows(self._connection, sql, (key,))
            self._loaded[key] = _entry_of(rows[0]) if rows else None
        return self._loaded[key]

    def _at(self, ords: Iterable[int]) -> list[_Entry]:
        sql = "SELECT statement_id, ord, voided, payload FROM xapi_statement WHERE ord IN ?"
        return [_entry_of(row) for row in self._database.rows_in(self._connection, sql, list(ords))]

    def _void(self, target: bytes) -> None:
        """xAPI Part 2 2.3.2: a voided statement is found no more; a voiding one can't be voided."""
        entry = self._statement(target)
        if entry is None or entry.voiding or entry.voided:
            return
        entry.voided = True
        if target in self._entries:
            return
        rows = [(key, entry.ord, 0) for key in entry.own_keys] + self._inherited(entry)
        self._database.many(
            self._connection, "DELETE FROM xapi_statement_key WHERE key = ? AND ord = ? AND depth = ?", rows
        )
        sql = "UPDATE xapi_statement SET voided = ? WHERE ord = ?"
        self._database.many(self._connection, sql, [(True, entry.ord)])

    def _inherited(self, entry: _Entry) -> list[tuple[bytes, int, int]]:
        """Key rows of `entry` that come from the statements that it targets, one after the other."""
        rows: list[tuple[bytes, int, int]] = []
        seen = {entry.key}
        following = entry
        for depth in range(1, MAX_CHAIN + 1):
            target = following.target
            if target is None or target in seen:
                break
            seen.add(target)
            next_one = self._statement(target)
            if next_one is None:
                break
            rows.extend((key, entry.ord, depth) for key in next_one.own_keys)
            following = next_one
        return rows

    def _pass_on(self, entry: _Entry, waiting: list[tuple[int, bool]]) -> None:
        """Older statements that waited for `entry` as their target are now found by its facets too.

        What `entry` itself inherits is passed on with it; statements of this turn look after themselves.
        """
        if not waiting:
            return
        below = [(key, 0) for key in entry.own_keys]
        below += [(key, depth) for key, _, depth in self._inherited(entry)]
        seen = {entry.key}
        distance = 1
        while waiting and distance <= MAX_CHAIN:
            referring = [one for one in self._at(at for at, _ in waiting) if one.key not in seen]
            for one in referring:
                seen.add(one.key)
                if not one.voided:
                    self._passed_on.update(
                        (key, one.ord, depth + distance)
                        for key, depth in below
                        if depth + distance <= MAX_CHAIN
                    )
            found = self._waiting_for([one.key for one in referring])
            waiting = [pair for pairs in found.values() for pair in pairs]
            distance += 1

    # -- rows ------------------------------------------------------------------------------------------

    def _insert(self) -> None:
        database, connection = self._database, self._connection
        entries = self._entries.values()
        statements = [(one.ord, one.key, one.voided, one.payload) for one in entries]
        database.insert(connection, tables.statement, statements)
        # Nobody knows the new ones yet; whoever waited may have been found by the same key before.
        database.insert(connection, tables.statement_key, sorted(self._own_rows))
        database.insert(connection, tables.statement_key, sorted(self._passed_on), if_absent=True)
        references = [(one.target, one.ord, one.voiding) for one in entries if one.target]
        database.insert(connection, tables.reference, references)
        contents = sorted(self._attachments.items())
        database.insert(connection, tables.attachment, contents, if_absent=True)
        self._definitions.save(connection)


def _by_target(rows: Iterable[Any]) -> dict[bytes, list[tuple[int, bool]]]:
    found: dict[bytes, list[tuple[int, bool]]] = {}
    for target, at, voiding in set(map(tuple, rows)):
        found.setdefault(bytes(target), []).append((int(at), bool(voiding)))
    return found


def _entry_of(row: Any) -> _Entry:
    key, at, voided, payload = row
    value = value_of(payload)
    facets = facets_of(value)
    authority = Authority(b"", value["authority"])
    return _Entry(
        key=bytes(key),
        ord=int(at),
        payload=bytes(payload),
        facets=facets,
        own_keys=keys.keys_of(facets, authority.name),
        value=value,
        voided=bool(voided),
    )
