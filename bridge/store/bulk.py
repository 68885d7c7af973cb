"""Many rows into one table: COPY on PostgreSQL, one prepared statement on SQLite. Values are written as the table's
column types write them, so that a bulk row and an ordinary one are the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Table


def insert_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert rows, each with its values in the order of `columns`. Constraints and triggers hold as always."""
    writers = [_writer(table, name, connection) for name in columns]
    written = (
        tuple(value if write is None else write(value) for write, value in zip(writers, row, strict=True))
        for row in rows
    )
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


def _writer(table: Table, name: str, connection: Connection) -> Callable[[Any], Any] | None:
    return table.c[name].type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
