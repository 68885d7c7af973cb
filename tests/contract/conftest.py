"""An empty store, migrated once, to be copied for each case of the contract suite."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bridge.domain.clock import WIT
from bridge.store.connect import open_store, sqlite_url
from bridge.store.migrate import upgrade
from bridge.store.sources import store_tenant
from bridge.store.unit import unit


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("contract") / "empty.db"
    engine = open_store(sqlite_url(path))
    upgrade(engine)
    with unit(engine) as connection:
        store_tenant(connection, "utama", "Kantor uji", WIT, datetime(2026, 1, 1, tzinfo=UTC))
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    engine.dispose()
    return path
