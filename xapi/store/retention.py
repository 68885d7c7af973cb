"""Letting go of what is old and proves nothing: traces of use, and states of content.

A trace is a statement about an activity whose own verb is one of those that the operator calls traces (played,
paused, answered, …), which no other statement targets, which was not voided and has no attachment. All other
statements stay for good. A trace that some target of forwarding was not offered yet stays too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from xapi.model.facets import facets_of
from xapi.model.submission import Authority
from xapi.model.wire import value_of
from xapi.store import keys
from xapi.store.database import Database

_CHUNK = 500  # traces in one write turn: writers wait no longer than for a batch of their own

TRACES = tuple(
    "http://adlnet.gov/expapi/verbs/" + verb
    for verb in ("answered", "experienced", "interacted", "progressed", "resumed", "suspended")
) + tuple("https://w3id.org/xapi/video/verbs/" + verb for verb in ("paused", "played", "seeked"))
"""Verbs that no rule of completion reads."""


@dataclass(frozen=True, slots=True)
class Retained:
    """`traces` and `states` go (or would go); `kept` traces are old enough and stay, since a statement targets
    them, they have an attachment, or forwarding has not come to them."""

    traces: int
    kept: int
    states: int


class Retention:
    def __init__(self, database: Database, verbs: Sequence[str] = TRACES) -> None:
        self._database = database
        self._verbs = verbs

    def run(self, *, traces_before: int | None, states_before: int | None, dry_run: bool) -> Retained:
        """What was stored (states: updated) before these microseconds since 1970; None: all stay. Each chunk is
        a transaction of its own: broken off anywhere, the next run goes on."""
        gone = kept = 0
        if traces_before is not None:
            offered = self._offered()
            before = traces_before if offered is None else min(traces_before, offered + 1)
            for verb in self._verbs:
                let_go, stayed = self._traces(keys.key_of(keys.VERB, verb), before, dry_run=dry_run)
                gone, kept = gone + let_go, kept + stayed
                kept += self._count(keys.key_of(keys.VERB, verb), before, traces_before)
        states = 0 if states_before is None else self._states(states_before, dry_run=dry_run)
        return Retained(gone, kept, states)

    def _offered(self) -> int | None:
        """Every target of forwarding has looked at all up to this one; None where there is no target."""
        with self._database.reading() as connection:
            return self._database.rows(connection, "SELECT min(position) FROM xapi_forward_target")[0][0]  # type: ignore[no-any-return]

    def _count(self, verb: bytes, first: int, before: int) -> int:
        sql = "SELECT count(*) FROM xapi_statement_key WHERE key = ? AND ord >= ? AND ord < ? AND depth = 0"
        with self._database.reading() as connection:
            return int(self._database.rows(connection, sql, (verb, first, before))[0][0])

    def _traces(self, verb: bytes, before: int, *, dry_run: bool) -> tuple[int, int]:
        gone = kept = at = 0
        sql = (
            "SELECT ord FROM xapi_statement_key WHERE key = ? AND ord > ? AND ord < ? AND depth = 0 "
            "ORDER BY ord LIMIT ?"
        )
        while True:
            with self._database.reading() as connection:
                rows = self._database.rows(connection, sql, (verb, at, before, _CHUNK))
                found = [int(row[0]) for row in rows]
                going = self._going(connection, found) if dry_run else {}
            if not found:
                return gone, kept
            at = found[-1]
            if not dry_run:
                # Looked at again within the turn: nobody can come to target one of them meanwhile.
                with self._database.turn() as connection:
                    going = self._going(connection, found)
                    self._delete(connection, going)
            gone, kept = gone + len(going), kept + len(found) - len(going)

    def _going(self, connection: Connection, ords: Sequence[int]) -> dict[int, list[bytes]]:
        """Of these statements, those that may go: `ord` → keys that they are found by."""
        sql = "SELECT statement_id, ord, payload FROM xapi_statement WHERE ord IN ? AND NOT voided"
        rows = self._database.rows_in(connection, sql, ords)
        targets = "SELECT target FROM xapi_reference WHERE target IN ?"
        named = [bytes(row[0]) for row in rows]
        targeted = {bytes(row[0]) for row in self._database.rows_in(connection, targets, named)}
        going: dict[int, list[bytes]] = {}
        for key, at, payload in rows:
            value: dict[str, Any] = value_of(bytes(payload))
            about = value["object"].get("objectType", "Activity")
            if bytes(key) in targeted or about != "Activity" or "attachments" in value:
                continue
            going[int(at)] = keys.keys_of(facets_of(value), Authority(b"", value["authority"]).name)
        return going

    def _delete(self, connection: Connection, going: dict[int, list[bytes]]) -> None:
        rows = sorted((key, at) for at, found_by in going.items() for key in found_by)
        sql = "DELETE FROM xapi_statement_key WHERE key = ? AND ord = ? AND depth = 0"
        self._database.many(connection, sql, rows)
        self._database.many(
            connection, "DELETE FROM xapi_statement WHERE ord = ?", [(at,) for at in sorted(going)]
        )

    def _states(self, before: int, *, dry_run: bool) -> int:
        where = "FROM xapi_document WHERE space = 'state' AND updated < ?"
        with self._database.reading() if dry_run else self._database.turn() as connection:
            number = int(self._database.rows(connection, f"SELECT count(*) {where}", (before,))[0][0])
            if not dry_run:
                self._database.many(connection, f"DELETE {where}", [(before,)])
        return number
