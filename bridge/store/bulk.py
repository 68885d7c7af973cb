"""Many rows of one table at once: the statement is compiled once and the driver gets plain tuples, or PostgreSQL's
COPY takes them. Values are written as the table's column types write them, so that a bulk row and an ordinary one
are the same bytes.

SQLAlchemy's executemany costs about ten times what SQLite itself needs for a row, most of it for turning each
row's dictionary into parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
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


def rows_written(
    writers: Sequence[Callable[[Any], Any] | None], rows: Iterable[Sequence[Any]]
) -> Iterator[tuple[Any, ...]]:
    """The rows with their values as the driver wants them."""
    needed = [(place, write) for place, write in enumerate(writers) if write is not None]
    for row in rows:
        values = list(row)
        for place, write in needed:
            values[place] = write(values[place])
        yield tuple(values)


def insert_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert rows, each with its values in the order of `columns`. Constraints and triggers hold as always."""
    written = rows_written(column_writers(connection, table, columns), rows)
    names = ", ".join(f'"{name}"' for name in columns)
    raw = connection.connection.cursor()
    try:
        if connection.dialect.name == "postgresql":
            with raw.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
                for row in written:
                    copy.write_row(row)
        else:
            marks = ", ".join("?" * len(columns))
            raw.executemany(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', written)  # type: ignore[arg-type]  # any iterable will do
    finally:
        raw.close()
