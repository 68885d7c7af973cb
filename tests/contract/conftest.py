"""An empty store, migrated once, to be copied for each test: migrating anew takes ten times as long."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bridge.domain.clock import WIT
from bridge.store.connect import open_store, sqlite_url
from bridge.store.migrate import upgrade
from bridge.store.sources import store_tenant


def begin_store(url: str) -> None:
    """Migrate the database and give it one tenant, `utama`."""
    engine = open_store(url)
    upgrade(engine)
    with engine.begin() as connection:
        store_tenant(connection, "utama", "Kantor uji", WIT, datetime(2026, 1, 1, tzinfo=UTC))
    if engine.dialect.name == "sqlite":  # the file alone holds everything, so that it can be copied
        with engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
    engine.dispose()


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "empty.db"
    begin_store(sqlite_url(path))
    return path
