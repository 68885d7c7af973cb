"""One server for each kind of store, for all conformance tests: they choose their own ids and activities."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import psycopg
import pytest

from tests.conformance.server import RunningLrs, running_lrs


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def lrs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLrs]:
    if request.param == "sqlite":
        with running_lrs(f"sqlite+pysqlite:///{tmp_path_factory.mktemp('lrs') / 'lrs.db'}") as running:
            yield running
        return
    admin_url = request.getfixturevalue("postgres_admin_url")
    name = f"c_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
    with running_lrs(admin_url.rsplit("/", 1)[0] + f"/{name}") as running:
        yield running
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
