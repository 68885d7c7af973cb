"""Finding statements: each filter is a walk along the index of (key, ord), newest or oldest first.

With several filters the walk follows the rarest key and looks the others up; a statement matches where one
statement (itself, or one that it targets by StatementRef) has all of the keys.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from xapi.store import keys
from xapi.store.database import Database
from xapi.store.pages import Found, page

_COUNTED = 2000  # how far a key's frequency is counted before it is just "frequent"
_COUNT_LASTS, _COUNTS_KEPT = 60.0, 20_000  # seconds, keys
_LAST = 2**62


@dataclass(frozen=True, slots=True)
class Query:
    """The parameters of xAPI Part 3 2.1.3. Agents are named as `facets.agent_name` does; `since` and `until`
    are microseconds of `stored`, exclusive and inclusive; `after` is the last `ord` of the page before;
    `mine` is an authority's name, for those who may read no others' statements."""

    agent: str | None = None
    related_agents: bool = False
    verb: str | None = None
    activity: str | None = None
    related_activities: bool = False
    registration: str | None = None
    since: int | None = None
    until: int | None = None
    ascending: bool = False
    after: int | None = None
    mine: str | None = None


@dataclass(frozen=True, slots=True)
class _Filter:
    """A statement has one of these keys. `own` filters hold for the statement itself, not for its target."""

    keys: tuple[bytes, ...]
    own: bool = False


def find(
    database: Database, connection: Connection, frequencies: Frequencies, query: Query, limit: int
) -> tuple[int, Found]:
    """(the newest `ord` of the store or 0, a page), both of one moment."""
    low, high = _range(query)
    filters = _filters(query)
    order = "ASC" if query.ascending else "DESC"
    values: tuple[Any, ...]
    if not filters:
        source = (
            "SELECT ord, payload FROM xapi_statement WHERE ord > ? AND ord <= ? AND NOT voided "
            f"ORDER BY ord {order} LIMIT ?"
        )
        values = (low, high, limit + 1)
    else:
        filters = frequencies.rarest_first(connection, filters, low, high)
        walk, values = _walk(filters, low, high, order, limit + 1)
        # Not put into order here: the database would carry whole statements through its sorter.
        source = f"SELECT s.ord, s.payload FROM ({walk}) f JOIN xapi_statement s ON s.ord = f.ord"
    return page(database, connection, source, values, limit, rising=query.ascending)


def _range(query: Query) -> tuple[int, int]:
    """`ord` lies above the first and not above the second."""
    low = 0 if query.since is None else query.since
    high = _LAST if query.until is None else query.until
    if query.after is None:
        return low, high
    return (max(low, query.after), high) if query.ascending else (low, min(high, query.after - 1))


_COUNTED_BY = {  # SQLite, PostgreSQL
    "verb": (
        "json_extract(CAST(s.payload AS TEXT), '$.verb.id')",
        "convert_from(s.payload, 'UTF8')::json #>> '{verb,id}'",
    ),
    "activity": (
        (
            "CASE coalesce(json_extract(CAST(s.payload AS TEXT), '$.object.objectType'), 'Activity') "
            "WHEN 'Activity' THEN json_extract(CAST(s.payload AS TEXT), '$.object.id') END"
        ),
        (
            "CASE coalesce(convert_from(s.payload, 'UTF8')::json #>> '{object,objectType}', 'Activity') "
            "WHEN 'Activity' THEN convert_from(s.payload, 'UTF8')::json #>> '{object,id}' END"
        ),
    ),
    "day": ("(s.ord + {shift}) / 86400000000", "(s.ord + {shift}) / 86400000000"),
}


def counts(
    database: Database,
    connection: Connection,
    frequencies: Frequencies,
    query: Query,
    by: str,
    *,
    shift: int,
    limit: int,
) -> list[tuple[Any, int]]:
    """(what, number of statements) by `verb`, `activity` (as object) or `day` of storing; the most frequent
    first, days in their order. A day is given as days since 1970 in a zone `shift` microseconds ahead of UTC.

    The database does it all, so that a long count holds up nobody in this process.
    """
    low, high = _range(query)
    said = _COUNTED_BY[by][1 if database.postgres else 0].replace("{shift}", str(int(shift)))
    filters = _filters(query)
    values: tuple[Any, ...]
    if filters:
        filters = frequencies.rarest_first(connection, filters, low, high)
        walk, values = _walk(filters, low, high, "ASC", _LAST)
        source = f"({walk}) f JOIN xapi_statement s ON s.ord = f.ord"
    else:
        source, values = (
            "(SELECT * FROM xapi_statement WHERE ord > ? AND ord <= ? AND NOT voided) s",
            (low, high),
        )
    order = "1" if by == "day" else "2 DESC, 1"
    sql = (
        f"SELECT what, count(*) FROM (SELECT {said} AS what FROM {source}) counted "
        f"WHERE what IS NOT NULL GROUP BY what ORDER BY {order} LIMIT ?"
    )
    return [(what, int(number)) for what, number in database.rows(connection, sql, (*values, limit))]


def _filters(query: Query) -> list[_Filter]:
    filters: list[_Filter] = []
    if query.agent is not None:
        anywhere = keys.related_agent_keys(query.agent)
        filters.append(_Filter(anywhere if query.related_agents else anywhere[:1]))
    if query.activity is not None:
        both = keys.key_of(keys.ACTIVITY, query.activity), keys.key_of(keys.RELATED_ACTIVITY, query.activity)
        filters.append(_Filter(both if query.related_activities else both[:1]))
    if query.registration is not None:
        filters.append(_Filter((keys.key_of(keys.REGISTRATION, query.registration.lower()),)))
    if query.verb is not None:
        filters.append(_Filter((keys.key_of(keys.VERB, query.verb),)))
    if query.mine is not None:
        filters.append(_Filter((keys.key_of(keys.AUTHORITY, query.mine),), own=True))
    return filters


class Frequencies:
    """How many statements a key has, counted up to a limit: it decides whose walk is the shortest, so it may be
    a minute old."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counted: dict[bytes, tuple[float, int]] = {}

    def of(self, connection: Connection, key: bytes, low: int, high: int) -> int:
        if low > 0 or high < _LAST:
            return self._count(connection, key, low, high)
        until, number = self._counted.get(key, (0.0, 0))
        now = time.monotonic()
        if now > until:
            number = self._count(connection, key, low, high)
            if len(self._counted) >= _COUNTS_KEPT:
                self._counted.clear()
            self._counted[key] = (now + _COUNT_LASTS, number)
        return number

    def _count(self, connection: Connection, key: bytes, low: int, high: int) -> int:
        sql = (
            "SELECT count(*) FROM (SELECT 1 FROM xapi_statement_key "
            "WHERE key = ? AND ord > ? AND ord <= ? LIMIT ?) c"
        )
        return int(self._database.rows(connection, sql, (key, low, high, _COUNTED))[0][0])

    def rarest_first(
        self, connection: Connection, filters: list[_Filter], low: int, high: int
    ) -> list[_Filter]:
        """An `own` filter never leads: it says nothing about the depth at which the others have to agree."""
        if len(filters) < 2:
            return filters
        counts = [
            (one.own, sum(self.of(connection, key, low, high) for key in one.keys), at)
            for at, one in enumerate(filters)
        ]
        return [filters[at] for _, _, at in sorted(counts)]


def _walk(filters: list[_Filter], low: int, high: int, order: str, limit: int) -> tuple[str, tuple[Any, ...]]:
    """SQL for the `ord` of the first matches, and its values."""
    first, others = filters[0], filters[1:]
    walks: list[str] = []
    values: list[Any] = []
    for key in first.keys:
        conditions = ["d.key = ?", "d.ord > ?", "d.ord <= ?"]
        values += [key, low, high]
        if first.own:
            conditions.append("d.depth = 0")
        for other in others:
            same = "e.depth = 0" if other.own else "e.depth = d.depth"
            marks = ", ".join("?" * len(other.keys))
            conditions.append(
                "EXISTS (SELECT 1 FROM xapi_statement_key e "
                f"WHERE e.key IN ({marks}) AND e.ord = d.ord AND {same})"
            )
            values += other.keys
        walks.append(
            f"SELECT DISTINCT d.ord FROM xapi_statement_key d WHERE {' AND '.join(conditions)} "
            f"ORDER BY d.ord {order} LIMIT ?"
        )
        values.append(limit)
    if len(walks) == 1:
        return walks[0], tuple(values)
    joined = " UNION ".join(f"SELECT ord FROM ({walk}) w{at}" for at, walk in enumerate(walks))
    values.append(limit)
    return f"SELECT ord FROM ({joined}) u ORDER BY ord {order} LIMIT ?", tuple(values)


def by_id(
    database: Database, connection: Connection, key: bytes
) -> tuple[int, tuple[int, bool, bytes] | None]:
    """(the newest `ord` of the store or 0, (ord, whether it is voided, the statement as kept) or None)."""
    sql = (
        "SELECT n.newest, s.ord, s.voided, s.payload FROM (SELECT max(ord) AS newest FROM xapi_statement) n "
        "LEFT JOIN xapi_statement s ON s.statement_id = ?"
    )
    newest, at, voided, payload = database.rows(connection, sql, (key,), binary=True)[0]
    return int(newest or 0), None if at is None else (int(at), bool(voided), bytes(payload))


def last_stored(database: Database, connection: Connection) -> int:
    return int(database.rows(connection, "SELECT max(ord) FROM xapi_statement")[0][0] or 0)
