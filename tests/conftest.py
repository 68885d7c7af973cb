"""Fixtures that every kind of test shares: the two real databases."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine

from bridge.store.connect import open_store, sqlite_url
from tests.contract.conftest import begin_store, empty_store  # noqa: F401 -- a fixture
from tests.postgres_server import postgres_server

# Who adds an adapter sees by these what is missing, not a bare AssertionError.
pytest.register_assert_rewrite("tests.contract.suite", "tests.contract.bench")


@pytest.fixture(scope="session")
def postgres_admin_url() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@contextmanager
def _database(postgres_admin_url: str, template: str = "template1") -> Iterator[str]:
    name = f"t_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_admin_url, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield postgres_admin_url.rsplit("/", 1)[0] + f"/{name}"
    with psycopg.connect(postgres_admin_url, autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture
def postgres_url(postgres_admin_url: str) -> Iterator[str]:
    """The URL of an empty database of its own on a real PostgreSQL server."""
    with _database(postgres_admin_url) as url:
        yield url


@pytest.fixture(scope="module")
def module_postgres_url(postgres_admin_url: str) -> Iterator[str]:
    """The same for all tests of a module."""
    with _database(postgres_admin_url) as url:
        yield url


@pytest.fixture
def sqlite_store_url(tmp_path: Path) -> str:
    return f"sqlite+pysqlite:///{tmp_path / 'store.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest) -> str:
    """Each test that asks for it runs twice: on SQLite and on PostgreSQL."""
    name = "sqlite_store_url" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(name))


@pytest.fixture(scope="session")
def empty_postgres(postgres_admin_url: str) -> Iterator[str]:
    """`empty_store` as a PostgreSQL database's name, to be a template."""
    with _database(postgres_admin_url) as url:
        begin_store(url)
        yield url.rsplit("/", 1)[1]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A migrated store with one tenant, `utama`, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue("empty_store"), tmp_path / "store.db")
        engine = open_store(sqlite_url(Path(path)))
        yield engine
        engine.dispose()
        return
    admin, template = (request.getfixturevalue(name) for name in ("postgres_admin_url", "empty_postgres"))
    with _database(admin, template) as url:
        engine = open_store(url)
        yield engine
        engine.dispose()
