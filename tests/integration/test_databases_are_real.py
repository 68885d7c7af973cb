from __future__ import annotations

import sqlalchemy as sa

from bridge.store.connect import open_store


def test_both_databases_answer(store_url: str) -> None:
    engine = open_store(store_url)
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT 41 + 1")).scalar_one() == 42
    engine.dispose()
