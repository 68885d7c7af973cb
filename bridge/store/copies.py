"""Copies of a database while it is in use: SQLite's backup interface, PostgreSQL's own tools."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from bridge.errors import RefuseInput, StopRun


def copy_sqlite(source: Path, target: Path) -> None:
    """The database as of one moment, in one read transaction: WAL lets writers go on meanwhile. The copy is a
    single file without a log. Raises StopRun where the copy is not sound."""
    with closing(sqlite3.connect(source, timeout=30)) as original, closing(sqlite3.connect(target)) as copy:
        original.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        check_sqlite(copy, source)


def check_sqlite(connection: sqlite3.Connection, path: Path) -> None:
    """Raises StopRun where SQLite's own check finds damage."""
    try:
        said = connection.execute("PRAGMA integrity_check(3)").fetchall()
    except sqlite3.DatabaseError as error:
        said = [(str(error),)]
    if said != [("ok",)]:
        raise StopRun(
            "DATABASE-DAMAGED",
            f"Berkas basis data {path.name} rusak ({said[0][0]}). Pulihkan cadangan: jpbridge restore",
            f"The database file {path.name} is damaged ({said[0][0]}). Restore a backup: jpbridge restore",
            where=str(path),
        )


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise RefuseInput(
            "POSTGRES-TOOL-MISSING",
            f"Program {name} tidak ada. Pasang paket postgresql-client yang seversi dengan servernya.",
            f"The program {name} is missing. Install postgresql-client of the server's version.",
            where=name,
        )
    return found


def _run(command: list[str], url: URL) -> None:
    """The password goes by the environment: a command line can be read by everybody on the machine."""
    environment = os.environ | ({"PGPASSWORD": str(url.password)} if url.password else {})
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["-"])[0]
        raise StopRun(
            "POSTGRES-TOOL-FAILED",
            f"{Path(command[0]).name} gagal: {reason}",
            f"{Path(command[0]).name} failed: {reason}",
            where=url.render_as_string(hide_password=True),
        )


def _bare(url: str) -> tuple[URL, str]:
    """The URL as libpq reads it, without the password."""
    parsed = make_url(url).set(drivername="postgresql")
    return parsed, parsed.set(password=None).render_as_string(hide_password=False)


def dump_postgres(url: str, target: Path) -> None:
    """A consistent dump in pg_dump's own compressed format."""
    parsed, told = _bare(url)
    _run([_tool("pg_dump"), "--format=custom", "--no-owner", "--file", str(target), "--dbname", told], parsed)


def restore_postgres(dump: Path, url: str) -> None:
    """Into an empty database, all or nothing."""
    parsed, told = _bare(url)
    command = [_tool("pg_restore"), "--no-owner", "--exit-on-error", "--single-transaction"]
    _run([*command, "--dbname", told, str(dump)], parsed)
