"""Query results as Arrow tables, never as Python rows: what the engine is fed with.

PostgreSQL is read through ADBC (its binary COPY) in this process. SQLite is read through ADBC in a process of
its own: ADBC brings a second copy of the SQLite library, and two copies in one process break each other's
file locks (sqlite.org/howtocorrupt.html, 2.2.1). That process also reads ahead while the engine computes.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from itertools import chain
from queue import Empty, SimpleQueue
from typing import Any, Protocol

import pyarrow as pa
from sqlalchemy import Connection, Engine, Select

from bridge.errors import StopRun


class Scan(Protocol):
    """Reads queries whose columns are those of the schema, in its order. One moment of the store a query."""

    def batches(self, query: Select[Any], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """A query's rows as they are read."""
        ...

    def table(self, queries: Sequence[Select[Any]], schema: pa.Schema) -> pa.Table:
        """The rows of several queries, one after the other."""
        ...


@contextmanager
def arrow_scan(engine: Engine) -> Iterator[Scan]:
    """A reader of the committed store. Raises StopRun where the database refuses."""
    scan: _PostgresScan | _SqliteScan
    scan = _PostgresScan(engine) if engine.dialect.name == "postgresql" else _SqliteScan(engine)
    try:
        yield scan
    finally:
        scan.close()


class RowScan:
    """The same queries through an open connection, in its own transaction: for a handful of learners, where a
    second connection would cost more than the rows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def batches(self, query: Select[Any], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        rows = self._connection.execute(query).all()
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
        arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    def table(self, queries: Sequence[Select[Any]], schema: pa.Schema) -> pa.Table:
        return _one_by_one(self, queries, schema)


def _one_by_one(scan: Scan, queries: Sequence[Select[Any]], schema: pa.Schema) -> pa.Table:
    batches = (batch for query in queries for batch in scan.batches(query, schema))
    return pa.Table.from_batches(batches, schema)


def _fault(what: str) -> StopRun:
    return StopRun(
        "STORE-FAULT",
        f"Basis data menolak dibaca: {what} Jalankan: jpbridge doctor.",
        f"The database refused to be read: {what} Run: jpbridge doctor.",
    )


def _shaped(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Instants come as microseconds, and from SQLite days as ISO text and flags as 0 and 1."""
    arrays = []
    for column, field in zip(batch.columns, schema, strict=True):
        if pa.types.is_boolean(field.type) and not pa.types.is_boolean(column.type):
            column = column.cast(pa.int8())
        arrays.append(column.cast(field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _broken() -> StopRun:
    return _fault("the reading process ended in the middle of its answer.")


class _PostgresScan:
    """One query is read over one connection, as it comes; several over READERS connections, each read whole, so that
    the server answers one while another waits for its disk."""

    READERS = 4

    def __init__(self, engine: Engine) -> None:
        from adbc_driver_postgresql import dbapi
        from sqlalchemy.dialects import postgresql

        address = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._connect = partial(dbapi.connect, address)
        self._connections = [self._connect()]
        self._free = SimpleQueue[Any]()
        self._free.put(self._connections[0])
        self._dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
        self._dialect._backslash_escapes = False  # a backslash is a backslash: standard_conforming_strings

    def batches(self, query: Select[Any], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        return self._read(self._connections[0], query, schema)

    def _read(self, connection: Any, query: Select[Any], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        with connection.cursor() as cursor:
            try:
                cursor.execute(_text(query, self._dialect))
                for batch in cursor.fetch_record_batch():
                    yield _shaped(batch, schema)
            except connection.Error as error:
                raise _fault(str(error).splitlines()[0]) from error

    def table(self, queries: Sequence[Select[Any]], schema: pa.Schema) -> pa.Table:
        if len(queries) < 2:
            return _one_by_one(self, queries, schema)
        with ThreadPoolExecutor(min(self.READERS, len(queries))) as pool:
            answers = pool.map(partial(self._whole, schema=schema), queries)
            return pa.Table.from_batches(chain.from_iterable(answers), schema)

    def _whole(self, query: Select[Any], schema: pa.Schema) -> list[pa.RecordBatch]:
        try:
            connection = self._free.get_nowait()
        except Empty:
            connection = self._connect()
            self._connections.append(connection)
        try:
            return list(self._read(connection, query, schema))
        finally:
            self._free.put(connection)

    def close(self) -> None:
        for connection in self._connections:
            connection.close()


class _SqliteScan:
    def __init__(self, engine: Engine) -> None:
        from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

        self._dialect = SQLiteDialect_pysqlite()
        self._child = subprocess.Popen(  # noqa: S603 -- our own interpreter, our own module
            [sys.executable, "-m", "bridge.store.sqlite_reader", str(engine.url.database)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def batches(self, query: Select[Any], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        return self._answers([query], schema)

    def _answers(self, queries: Sequence[Select[Any]], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        child = self._child
        if child.stdin is None or child.stdout is None:
            raise _fault("the reading process has no pipes.")
        sample = ", ".join("0" if _is_number(field.type) else "''" for field in schema)
        # ADBC takes a column's type from the first rows, and NULL has none: a row of samples goes first
        asked = [
            f"SELECT {sample} UNION ALL SELECT * FROM ({_text(query, self._dialect)}) AS asked"
            for query in queries
        ]
        child.stdin.write(json.dumps(asked).encode() + b"\n")
        child.stdin.flush()
        answer = child.stdout.readline()
        if answer != b"ok\n":
            raise _fault(answer.decode(errors="replace").strip() or "the reading process ended.")
        try:
            with pa.ipc.open_stream(child.stdout) as stream:
                for batch in stream:
                    yield _shaped(batch, schema)
        except pa.ArrowException as error:
            raise _broken() from error
        if (
            child.stdout.readline() != b"end\n"
        ):  # Arrow takes a stream that breaks off for one that is at its end
            raise _broken()

    def table(self, queries: Sequence[Select[Any]], schema: pa.Schema) -> pa.Table:
        return pa.Table.from_batches(self._answers(queries, schema) if queries else [], schema)

    def close(self) -> None:
        """It only reads, and has nothing to put in order: waiting until it has unloaded everything takes longer than
        a small run."""
        self._child.kill()
        with suppress(OSError):  # what it was asked last and will not hear
            self._child.communicate(timeout=60)


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_timestamp(kind))


def _text(query: Select[Any], dialect: Any) -> str:
    return str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
