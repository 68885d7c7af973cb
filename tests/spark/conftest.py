"""A second office that is a copy of a first."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bridge.store.connect import open_store
from tests.bureau import Bureau


@pytest.fixture
def another_office(tmp_path: Path) -> Iterator[Callable[[Bureau], Bureau]]:
    made: list[Bureau] = []

    def copied(first: Bureau) -> Bureau:
        home = tmp_path / "copy"
        home.mkdir()
        with (
            closing(sqlite3.connect(str(first.engine.url.database))) as here,
            closing(sqlite3.connect(home / "store.db")) as there,
        ):
            here.backup(there)
        second = Bureau(open_store(f"sqlite+pysqlite:///{home / 'store.db'}"), home)
        second.now = first.now
        made.append(second)
        return second

    yield copied
    for one in made:
        one.close()
        one.engine.dispose()
