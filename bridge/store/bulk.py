"""Many rows of one table at once: the statement is compiled once and the driver gets plain tuples.

SQLAlchemy's executemany costs about ten times what SQLite itself needs for a row, most of it for turning each
row's dictionary into parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table

from bridge.store.upsert import insert_for

ROWS_A_CALL = 5_000


def column_writers(
    connection: Connection, table: Table, names: Sequence[str]
) -> list[Callable[[Any], Any] | None]:
    """How each column's value becomes the driver's own, None where it is that already."""
    return [
        table.c[name].type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
        for name in names
    ]


def insert_tuples(
    connection: Connection,
    table: Table,
    names: Sequence[str],
    rows: Iterable[tuple[Any, ...]],
    *,
    unique: Sequence[str],
) -> None:
    """Insert rows whose values are the driver's own, in the order of `names`; a row whose `unique` columns are
    taken already loses, by the constraint. Rows are drawn in small parts and never held all together."""
    statement = insert_for(connection, table).inline()  # no RETURNING: nobody asks for the new keys
    statement = statement.on_conflict_do_nothing(index_elements=list(unique))
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(names))
    text, waiting = str(compiled), iter(rows)
    while part := list(islice(waiting, ROWS_A_CALL)):
        if compiled.positional:
            connection.exec_driver_sql(text, part)
        else:
            connection.exec_driver_sql(text, [dict(zip(names, row, strict=True)) for row in part])
