"""The two databases behind one small seam: connections, the write turn, and quick rows in and out.

**The write turn.** Whoever stores statements takes turns, across threads and processes: SQLite's write lock
(`BEGIN IMMEDIATE`), PostgreSQL's advisory lock. `stored` is assigned inside the turn and the turn ends when
the transaction is visible, so statements become visible in the order of `stored`: nothing ever appears behind
a reader who pages or polls, nothing deadlocks, and what is in flight can be known.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from xapi.errors import StoreUnavailable
from xapi.store.arrays import kind_of, packed_array, teach

_TURN = 0x78415049  # "xAPI", the advisory lock's number
_SQLITE_PRAGMAS = (
    "busy_timeout=20000",  # first: the next one needs a lock
    "journal_mode=WAL",
    "synchronous=FULL",  # a 200 means that the transaction is on disk
    "cache_size=-16384",  # 16 MiB a connection, of which a server has about ten
    "wal_autocheckpoint=8000",  # pages: hot pages of the key index are then copied back once for many commits
    "temp_store=MEMORY",
)
_QUIET_LASTS = 0.02  # seconds
_IN_CHUNK = 256
_ROWS_CHUNK = 256
_POSTGRES_TYPES = {
    "BIGINT": "int8",
    "INTEGER": "int4",
    "SMALLINT": "int2",
    "BOOLEAN": "bool",
    "BYTEA": "bytea",
    "TEXT": "text",
}

Row = Sequence[Any]


def store_url(url: str | URL) -> URL:
    """The URL with the driver that is installed: `postgresql://` means psycopg."""
    made = make_url(url)
    if made.drivername in ("postgresql", "postgres"):
        return made.set(drivername="postgresql+psycopg")
    return made


class Database:
    def __init__(self, url: str | URL, *, pool: int = 10) -> None:
        self.url = store_url(url)
        self.postgres = self.url.get_backend_name() == "postgresql"
        self.engine: Engine = create_engine(
            self.url,
            # Transactions are begun and ended by hand, where one statement is not enough.
            isolation_level="AUTOCOMMIT",
            pool_size=pool,
            max_overflow=pool,
            pool_reset_on_return=None,  # transactions end where they began, or their connection is given up
            pool_use_lifo=True,  # few connections, warm ones
            **(
                {}
                if self.postgres
                else {"connect_args": {"check_same_thread": False, "cached_statements": 512}}
            ),
        )
        driver = self.engine.dialect.loaded_dbapi
        self._driver_faults: tuple[type[Exception], ...] = (driver.OperationalError, driver.InterfaceError)
        self.too_much: tuple[type[Exception], ...] = (
            (driver.errors.ProgramLimitExceeded,) if self.postgres else (driver.DataError,)
        )
        """What is raised where one value would be larger than the database can make it."""
        self._turn_here = threading.RLock()
        self._quiet: tuple[float, int | None] = (float("-inf"), None)
        event.listen(self.engine, "connect", teach if self.postgres else _set_pragmas)

    def close(self) -> None:
        self.engine.dispose()

    # -- reading ---------------------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Each statement sees all that was committed before it began."""
        with self._connected() as connection:
            yield connection

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """A database that can't go on (disk full, gone, locked) is one sentence, not a driver's exception."""
        try:
            with self.engine.connect() as connection:
                yield connection
        except DBAPIError as fault:
            if isinstance(fault, OperationalError) or fault.connection_invalidated:
                raise StoreUnavailable("store_unavailable") from fault
            raise
        except self._driver_faults as fault:
            if self.postgres:
                self.engine.dispose()  # where one connection broke, those that rest in the pool did too
            raise StoreUnavailable("store_unavailable") from fault

    def _execute(self, connection: Connection, sql: str, values: Row = (), *, binary: bool = False) -> Any:
        """Straight to the driver: SQLAlchemy's own execution costs more than most of these statements."""
        options = {"binary": True} if binary and self.postgres else {}
        cursor = connection.connection.cursor(**options)
        cursor.execute(sql, tuple(values))
        return cursor

    def rows(self, connection: Connection, sql: str, values: Row = (), *, binary: bool = False) -> list[Any]:
        """`sql` marks values by `?`; `%` does not occur in it. `binary`: where bytes are many, PostgreSQL need not
        write them as text."""
        if self.postgres:
            sql = sql.replace("?", "%s")
        found: list[Any] = self._execute(connection, sql, values, binary=binary).fetchall()
        return found

    def rows_in(self, connection: Connection, sql: str, keys: Sequence[Any]) -> list[Any]:
        """Rows whose key is one of many; `sql` has `IN ?`."""
        if not keys:
            return []
        if self.postgres:
            kind = kind_of(keys)
            sql = sql.replace("IN ?", f"= ANY(%s::{kind}[])")
            return list(self._execute(connection, sql, (packed_array(kind, keys),)).fetchall())
        found: list[Any] = []
        for at in range(0, len(keys), _IN_CHUNK):
            chunk = tuple(keys[at : at + _IN_CHUNK])
            # Filled up to a power of two: few texts, so that the driver finds each of them prepared.
            chunk += (chunk[-1],) * ((1 << (len(chunk) - 1).bit_length()) - len(chunk))
            marks = ",".join("?" * len(chunk))
            found.extend(self._execute(connection, sql.replace("IN ?", f"IN ({marks})"), chunk).fetchall())
        return found

    def looks(self, connection: Connection, keys: Sequence[Any], *asked: str) -> list[list[Any]]:
        """Rows of several `IN ?` questions about the same keys; in a pipeline, with one wait for them all."""
        if not self.postgres:
            return [self.rows_in(connection, sql, keys) for sql in asked]
        kind = kind_of(keys)
        wanted, marked = (packed_array(kind, keys),), f"= ANY(%s::{kind}[])"
        cursors = [self._execute(connection, sql.replace("IN ?", marked), wanted) for sql in asked]
        return [list(cursor.fetchall()) for cursor in cursors]

    # -- writing ---------------------------------------------------------------------------------------

    @contextmanager
    def turn(self, *, pipelined: bool = False) -> Iterator[Connection]:
        """The write turn: one transaction, on disk when the block ends, undone when it raises.

        `pipelined`: on PostgreSQL, statements whose rows nobody asks for are sent without waiting for the
        server's word; what goes wrong with one of them is raised at the end of the block, at the latest.
        """
        with self._turn_here:
            yield from self._transaction(_TURN, pipelined=pipelined)

    @contextmanager
    def transaction(self, key: bytes) -> Iterator[Connection]:
        """A transaction that waits for others on the same key (a document), not for the write turn."""
        number = int.from_bytes(key[:8], "big", signed=True)
        if self.postgres:
            yield from self._transaction(number)
        else:
            with self._turn_here:
                yield from self._transaction(number)

    def _transaction(self, lock: int, *, pipelined: bool = False) -> Iterator[Connection]:
        with self._connected() as connection:
            try:
                with self._pipeline(connection) if pipelined else nullcontext():
                    self._execute(connection, "BEGIN" if self.postgres else "BEGIN IMMEDIATE")
                    if self.postgres:
                        self._execute(connection, f"SELECT pg_advisory_xact_lock({lock})")
                    yield connection
                    self._execute(connection, "COMMIT")
            except BaseException:
                if not connection.invalidated:
                    self._undo(connection)
                raise

    def _pipeline(self, connection: Connection) -> AbstractContextManager[Any]:
        if not self.postgres:
            return nullcontext()
        driver: Any = connection.connection.driver_connection
        return driver.pipeline()  # type: ignore[no-any-return]

    def _undo(self, connection: Connection) -> None:
        try:
            if self.postgres or connection.connection.driver_connection.in_transaction:  # type: ignore[union-attr]
                self._execute(connection, "ROLLBACK")
        except self._driver_faults:
            connection.invalidate()

    def insert(
        self, connection: Connection, table: Table, rows: Sequence[Row], *, if_absent: bool = False
    ) -> None:
        """Rows in the order of the table's columns, in one round trip."""
        if not rows:
            return
        names = ", ".join(column.name for column in table.columns)
        absent = " ON CONFLICT DO NOTHING" if if_absent else ""
        into = f"INSERT INTO {table.name} ({names})"
        if self.postgres:
            kinds = [self._postgres_type(column) for column in table.columns]
            arrays = ", ".join(f"%s::{kind}[]" for kind in kinds)
            sql = f"{into} SELECT * FROM unnest({arrays}){absent}"
            columns = zip(kinds, zip(*rows, strict=True), strict=True)
            self._execute(connection, sql, [packed_array(kind, values) for kind, values in columns])
            return
        # The driver hands the interpreter over to other threads at every call: a few long statements instead
        # of one a row. Lengths are powers of two, so that each text is found prepared.
        cursor = connection.connection.cursor()
        marks = "(" + ",".join("?" * len(table.columns)) + ")"
        at = 0
        while at < len(rows):
            length = min(_ROWS_CHUNK, 1 << ((len(rows) - at).bit_length() - 1))
            values = list(chain.from_iterable(rows[at : at + length]))
            cursor.execute(f"{into} VALUES {','.join([marks] * length)}{absent}", values)
            at += length

    def many(self, connection: Connection, sql: str, rows: Sequence[Row]) -> None:
        """The same change for each row of values (`?` marks them)."""
        if rows:
            marked = sql.replace("?", "%s") if self.postgres else sql
            connection.connection.cursor().executemany(marked, [tuple(row) for row in rows])

    def _postgres_type(self, column: Any) -> str:
        name = column.type.compile(self.engine.dialect).split("(")[0]
        return _POSTGRES_TYPES.get(name, "text")

    # -- time ------------------------------------------------------------------------------------------

    def now(self, connection: Connection) -> int:
        """Microseconds since 1970, by the one clock that all processes share."""
        if not self.postgres:
            return time.time_ns() // 1000
        return int(self._execute(connection, f"SELECT {_POSTGRES_NOW}").fetchone()[0])

    def last_and_now(self, connection: Connection) -> tuple[int | None, int]:
        """The newest statement's `ord`, and the present moment, asked at once."""
        if not self.postgres:
            row = self._execute(connection, "SELECT max(ord) FROM xapi_statement").fetchone()
            return row[0], self.now(connection)
        sql = f"SELECT max(ord), {_POSTGRES_NOW} FROM xapi_statement"
        last, now = self._execute(connection, sql).fetchone()
        return last, int(now)

    def quiet_since(self, connection: Connection) -> int | None:
        """A moment at which nobody was writing statements; None where somebody is.

        Every statement that is stored later gets a later `stored`, since it is assigned within the turn.
        """
        if self.postgres:
            # The shared lock lasts as long as this one statement. now() is the statement's start.
            sql = (
                "SELECT CASE WHEN pg_try_advisory_xact_lock_shared(%s) "
                "THEN (extract(epoch from statement_timestamp()) * 1000000)::bigint END"
            )
            quiet = self._execute(connection, sql, (_TURN,)).fetchone()[0]
            return None if quiet is None else int(quiet)
        if not self._turn_here.acquire(blocking=False):
            return None
        try:
            return self._sqlite_quiet(connection)
        finally:
            self._turn_here.release()

    def lately_quiet(self, connection: Connection) -> int | None:
        """The same of a moment up to 20 ms ago: what was quiet then holds for good, and looking takes a lock
        that writers want."""
        asked, found = self._quiet
        now = time.monotonic()
        if now - asked > _QUIET_LASTS:
            # A writer in its turn leaves the last quiet moment as it was.
            found = self.quiet_since(connection) or found
            self._quiet = (now, found)
        return found

    def _sqlite_quiet(self, connection: Connection) -> int | None:
        now = time.time_ns() // 1000
        cursor = connection.connection.cursor()
        cursor.execute("PRAGMA busy_timeout=0")
        try:
            cursor.execute("BEGIN IMMEDIATE")
            cursor.execute("ROLLBACK")
        except self._driver_faults:
            return None  # another process has the turn
        finally:
            cursor.execute("PRAGMA busy_timeout=20000")
        return now


_POSTGRES_NOW = "(extract(epoch from clock_timestamp()) * 1000000)::bigint"


def _set_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in _SQLITE_PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
