"""A page of statements as one row of the database.

A driver gives the interpreter away and takes it back at every row, and where many read at once each taking waits
for the others. So the database itself puts a page together: all statements, joined by commas as the answer needs
them, with their places and lengths beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from xapi.store.database import Database

_LAST = "(SELECT max(ord) FROM xapi_statement)"
_PACKED = {  # by whether it is PostgreSQL
    False: (
        f"SELECT {_LAST}, group_concat(ord), group_concat(length(payload)), "
        "CAST(group_concat(CAST(payload AS TEXT)) AS BLOB)"
    ),
    True: (
        f"SELECT {_LAST}, array_agg(ord), array_agg(octet_length(payload)), string_agg(payload, ','::bytea)"
    ),
}


@dataclass(frozen=True)
class Found:
    """A page: `ords` (microseconds of `stored`), in the order asked for; `joined` holds the statements as kept,
    with a comma between them, `lengths` how many bytes each has; `more` says whether others follow."""

    ords: list[int]
    joined: bytes
    lengths: list[int]
    more: bool

    @staticmethod
    def of(statements: Sequence[tuple[int, bytes]], *, more: bool = False) -> Found:
        return Found(
            [at for at, _ in statements],
            b",".join(payload for _, payload in statements),
            [len(payload) for _, payload in statements],
            more,
        )

    @cached_property
    def payloads(self) -> list[bytes]:
        begin, found = 0, []
        for length in self.lengths:
            found.append(self.joined[begin : begin + length])
            begin += length + 1
        return found

    @cached_property
    def statements(self) -> list[tuple[int, bytes]]:
        """(ord, statement as kept)."""
        return list(zip(self.ords, self.payloads, strict=True))


def page(
    database: Database,
    connection: Connection,
    source: str,
    values: Sequence[Any],
    limit: int,
    *,
    rising: bool,
) -> tuple[int, Found]:
    """(the newest `ord` of the store or 0, a page of `limit`), both of one moment.

    `source` selects ord and payload of one statement more than `limit`, in the order wanted.
    """
    sql = f"{_PACKED[database.postgres]} FROM ({source}) p"
    try:
        last, ords, lengths, joined = database.rows(connection, sql, values, binary=True)[0]
    except database.too_much:
        # A page of more than a thousand million bytes is more than one value of the database can hold.
        rows = database.rows(connection, source, values)
        last = database.rows(connection, f"SELECT {_LAST}")[0][0]
        ordered = _ordered([(int(at), bytes(payload)) for at, payload in rows], rising=rising)
        return int(last or 0), Found.of(ordered[:limit], more=len(ordered) > limit)
    if ords is None:
        return int(last or 0), Found.of(())
    if not database.postgres:
        ords, lengths = list(map(int, ords.split(","))), list(map(int, lengths.split(",")))
    return last, _page(Found(ords, joined, lengths, more=False), limit, rising=rising)


def _page(all_of_it: Found, limit: int, *, rising: bool) -> Found:
    """The first `limit` of them. The databases join in the order of the source, but don't promise to."""
    if all_of_it.ords != sorted(all_of_it.ords, reverse=not rising):
        all_of_it = Found.of(_ordered(all_of_it.statements, rising=rising))
    if len(all_of_it.ords) <= limit:
        return all_of_it
    surplus = sum(all_of_it.lengths[limit:]) + len(all_of_it.lengths[limit:])
    return Found(all_of_it.ords[:limit], all_of_it.joined[:-surplus], all_of_it.lengths[:limit], more=True)


def _ordered(statements: list[tuple[int, bytes]], *, rising: bool) -> list[tuple[int, bytes]]:
    return sorted(statements, key=lambda one: one[0], reverse=not rising)
