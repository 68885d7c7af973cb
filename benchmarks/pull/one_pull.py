"""One pull through the real flow into a real SQLite store, in a process of its own: SITE DATABASE PAGE_SIZE MODE.
Prints one JSON object: rows, new, requests, bytes, seconds, peak RSS in MB."""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bridge.domain.clock import WIT
from bridge.flows.context import Context, Office, Silent
from bridge.flows.pull import pull_source
from bridge.store.connect import open_store, sqlite_url
from bridge.store.migrate import upgrade
from bridge.store.sources import SourceRow, load_sources, store_source, store_tenant
from bridge.store.unit import reading, unit
from lms_adapters import moodle
from lms_adapters.registry import Registered, registry

TENANT = "utama"


class NoStatements:
    def put(self, statements: Any) -> None:
        raise AssertionError("a pull published a statement")


def no_key() -> Any:
    raise AssertionError("a pull signed something")


def main(site: str, database: str, page_size: int, mode: str, token: str) -> dict[str, Any]:
    store = open_store(sqlite_url(Path(database)))
    upgrade(store)
    now = datetime(2026, 11, 25, tzinfo=UTC)
    settings = {"report": "6", "page_size": page_size, "read_timeout": 600}
    row = SourceRow(0, "lms", "moodle", site, settings, "env:T", True)
    with unit(store) as connection:
        store_tenant(connection, TENANT, "Kantor", WIT, now)
        store_source(connection, TENANT, row, now)
    ctx = Context(
        store=store,
        clock=lambda: now,
        office=Office(TENANT, WIT, "https://jpbridge.invalid", "https://siasn.bkn.go.id", 10),
        home=Path(database).parent,
        adapters=registry((Registered(moodle.SPEC, moodle.make),)),
        secret=lambda _: token,
        statements=NoStatements(),
        signing_key=no_key,
        version="bench",
        progress=Silent(),
    )
    with reading(store) as connection:
        source = load_sources(connection, TENANT)[0]
    began = time.perf_counter()
    report = pull_source(ctx, source, full=mode == "full")
    seconds = time.perf_counter() - began
    store.dispose()
    if report.error is not None:
        raise report.error
    return {
        "rows": report.rows,
        "new": report.stored.new,
        "complete": report.complete,
        "way": report.way,
        "requests": report.requests,
        "received_bytes": report.received,
        "seconds": round(seconds, 3),
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


if __name__ == "__main__":
    given = sys.argv[1:]
    print(json.dumps(main(given[0], given[1], int(given[2]), given[3], given[4])))
