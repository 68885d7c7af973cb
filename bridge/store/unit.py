"""One unit of work: a transaction whose database faults become sentences a person can act on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from bridge.errors import RetryLater, StopRun


def translated(error: DBAPIError, engine: Engine) -> StopRun | RetryLater:
    """The sentence for a database fault."""
    where = engine.url.render_as_string(hide_password=True)
    text = str(error.orig).lower()
    if engine.dialect.name == "postgresql":
        unreachable = _unreachable(text, where)
        if unreachable is not None:
            return unreachable
    if "full" in text or "no space left" in text or "disk i/o" in text:
        return StopRun(
            "DISK-FULL",
            "Disk penuh; tidak ada yang tersimpan setengah. Kosongkan ruang disk, lalu jalankan lagi.",
            "The disk is full; nothing was half-written. Free some disk space, then run again.",
            where=where,
        )
    if "readonly" in text or "read-only" in text or "unable to open" in text:
        return StopRun(
            "STORE-NOT-WRITABLE",
            "Basis data tidak dapat ditulis. Periksa izin berkas dan foldernya, lalu jalankan lagi.",
            "The database can't be written. Check the permissions of its file and folder, then run again.",
            where=where,
        )
    if "locked" in text:
        return RetryLater(
            "STORE-BUSY",
            "Basis data sedang dipakai proses lain. Coba lagi sebentar lagi.",
            "The database is in use by another process. Try again in a moment.",
            where=where,
        )
    return StopRun(
        "STORE-FAULT",
        f"Basis data menolak perintah: {str(error.orig).splitlines()[0]} Jalankan: jpbridge doctor.",
        f"The database refused a command: {str(error.orig).splitlines()[0]} Run: jpbridge doctor.",
        where=where,
    )


_GONE = (
    "refused", "could not translate", "resolve", "timeout", "unreachable", "server closed the connection",
    "terminating connection", "starting up", "shutting down", "connection is lost", "connection reset",
)  # fmt: skip
"""libpq's and the server's words for a server that is not there, or was restarted in the middle."""


def _unreachable(text: str, where: str) -> StopRun | RetryLater | None:
    """PostgreSQL's server could not be spoken to at all."""
    if "password authentication failed" in text or "no password supplied" in text:
        return StopRun(
            "STORE-PASSWORD",
            "Kata sandi basis data ditolak. Perbaiki JPBRIDGE_DATABASE_URL (atau database_url), lalu jalankan lagi.",
            "The database refused the password. Mend JPBRIDGE_DATABASE_URL (or database_url), then run again.",
            where=where,
        )
    if "does not exist" in text and ("role" in text or "database" in text):
        return StopRun(
            "STORE-ABSENT",
            "Server basis data tidak mengenal pengguna atau basis data itu. Perbaiki JPBRIDGE_DATABASE_URL, atau "
            "buat dulu: createuser dan createdb.",
            "The database server knows no such user or database. Mend JPBRIDGE_DATABASE_URL, or make them first: "
            "createuser and createdb.",
            where=where,
        )
    if any(words in text for words in _GONE):
        return RetryLater(
            "STORE-UNREACHABLE",
            "Server basis data tidak menjawab. Nyalakan (systemctl start postgresql) dan periksa alamatnya, lalu "
            "coba lagi.",
            "The database server does not answer. Start it (systemctl start postgresql), check its address, then "
            "try again.",
            where=where,
        )
    return None


@contextmanager
def unit(engine: Engine) -> Iterator[Connection]:
    """A transaction that commits at the end or leaves nothing. Raises StopRun or RetryLater."""
    try:
        with engine.begin() as connection:
            yield connection
    except DBAPIError as error:
        raise translated(error, engine) from error


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A read-only view of one moment. Raises StopRun or RetryLater."""
    try:
        with engine.connect().execution_options(reading=True) as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield connection
    except DBAPIError as error:
        raise translated(error, engine) from error


@contextmanager
def rehearsal(engine: Engine) -> Iterator[Connection]:
    """A transaction that leaves nothing, whatever was written in it: what would happen, seen by the very code
    that would do it. On SQLite it keeps other writers waiting, so compute outside of it."""
    try:
        with engine.connect() as connection, connection.begin() as transaction:
            yield connection
            transaction.rollback()
    except DBAPIError as error:
        raise translated(error, engine) from error
