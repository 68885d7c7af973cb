"""Our record store as the benchmark runs it: databases, servers, a population loaded ahead."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
import psutil
import requests

from benchmarks.lrs import population
from benchmarks.lrs.wrk import Target
from tests.postgres_server import durable_server, free_port, has_postgres
from xapi.model.formats import timestamp_of_micros
from xapi.store.store import Query, Store

_AUTHOR = {"objectType": "Agent", "account": {"homePage": population.HOME, "name": "loader"}}


@dataclass(frozen=True, slots=True)
class Running:
    target: Target
    process: subprocess.Popen[bytes]
    cold_start: float
    """Seconds from starting the process until it answers a request to the store."""

    def cpu_seconds(self) -> float:
        """Processor time that its processes have used so far (without a database server's)."""
        parent = psutil.Process(self.process.pid)
        each = [one.cpu_times() for one in (parent, *parent.children(recursive=True))]
        return float(sum(one.user + one.system for one in each))

    def worker_megabytes(self) -> float:
        """The largest resident set of any of its processes."""
        parent = psutil.Process(self.process.pid)
        return max(one.memory_info().rss for one in (parent, *parent.children(recursive=True))) / 1e6


@contextmanager
def served(name: str, url: str, workers: int) -> Iterator[Running]:
    store = Store(url)
    store.create_schema()
    key, secret = store.credentials.add("benchmark", ["all"])
    store.close()
    port = free_port()
    target = Target(name, f"http://127.0.0.1:{port}/xapi", key, secret)
    environment = {**os.environ, "JPBRIDGE_BENCH_LRS_URL": url}
    # Compiled modules are kept, as they are where the product is installed.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment["PYTHONPYCACHEPREFIX"] = str(Path(tempfile.gettempdir()) / "jpbridge-bench-pycache")
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.lrs.served", str(port), str(workers)], env=environment
    )
    try:
        while True:
            try:
                requests.get(target.url + "/about", timeout=5).raise_for_status()
                break
            except requests.ConnectionError:
                if process.poll() is not None or time.monotonic() - began > 60:
                    raise SystemExit("the record store did not start") from None
                time.sleep(0.02)
        yield Running(target, process, time.monotonic() - began)
    finally:
        for one in (*psutil.Process(process.pid).children(recursive=True), process):
            one.terminate()
        process.wait(30)


@contextmanager
def postgres() -> Iterator[str | None]:
    """A server whose commits reach the disk; None where there is no PostgreSQL here."""
    given = os.environ.get("JPBRIDGE_BENCH_POSTGRES_URL")
    if given or not has_postgres():
        yield given
        return
    with durable_server() as url:
        yield url


def load(url: str, count: int, progress: Callable[[int], None]) -> str:
    """Stores the population up to `count` statements (idempotent); returns the moment of storing after which
    the last tenth came."""
    store = Store(url)
    store.create_schema()
    with store.database.reading() as connection:
        there = store.database.rows(connection, "SELECT count(*) FROM xapi_statement")[0][0]
    source = population.stream(count)
    for _ in range(there):
        next(source)
    while batch := [orjson.dumps(one) for one in itertools.islice(source, 1000)]:
        store.put_statements(batch, _AUTHOR)
        there += len(batch)
        progress(there)
    sql = "SELECT ord FROM xapi_statement ORDER BY ord LIMIT 1 OFFSET ?"
    with store.database.reading() as connection:
        since = store.database.rows(connection, sql, (count * 9 // 10,))[0][0]
    assert store.find(Query(), 1)[1].statements
    store.close()
    return timestamp_of_micros(int(since))
