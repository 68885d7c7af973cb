"""One pull in a process of its own, to be killed: MODULE DATABASE SECRETS (as JSON; the source is in the database)."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path

from bridge.flows.pull import pull_source
from bridge.store.connect import open_store, sqlite_url
from bridge.store.sources import load_sources
from bridge.store.unit import reading
from tests.contract.bench import TENANT, context

if __name__ == "__main__":
    name, database, secrets = sys.argv[1:]
    store = open_store(sqlite_url(Path(database)))
    with reading(store) as connection:
        row = load_sources(connection, TENANT)[0]
    report = pull_source(context(import_module(name), store, Path(database).parent, json.loads(secrets)), row)
    sys.exit(1 if report.error else 0)
