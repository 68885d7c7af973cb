"""POST /hook/{source}: a hint with a secret of its own, and never evidence."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import requests
from sqlalchemy import func, select

from bridge.store.sources import SourceRow, load_cursors, load_sources, store_source
from bridge.store.tables import completion
from bridge.web.app import make_app
from bridge.web.hook_secret import hook_secret
from tests.integration.web.scene import TENANT, Scene, served


def source_id(scene: Scene, name: str) -> int:
    with scene.engine.connect() as connection:
        return next(row.source_id for row in load_sources(connection, TENANT) if row.name == name)


def is_due(scene: Scene, name: str) -> bool:
    with scene.engine.connect() as connection:
        return bool(load_cursors(connection, source_id(scene, name)).get("hint", {}).get("at"))


@pytest.fixture
def hinted(scene: Scene) -> Scene:
    with scene.engine.begin() as connection:
        row = SourceRow(0, "lms-hook", "moodle", "https://lms.example.go.id", {}, "", True)
        store_source(connection, TENANT, row, datetime(2026, 1, 1, tzinfo=UTC))
    return scene


def test_only_the_right_secret_marks_the_source_and_nothing_of_the_call_is_kept(hinted: Scene) -> None:
    context = hinted.context()
    secret = hook_secret(context.secret_key, TENANT, "lms-hook")
    other = hook_secret(context.secret_key, TENANT, "lms-lain")
    with hinted.engine.connect() as connection:
        before = connection.execute(select(func.count()).select_from(completion)).scalar_one()
    with served(make_app(context)) as root:

        def call(name: str, given: str) -> int:
            claim = {"user": "198507151999031002", "course": 8, "completed": True}
            headers = {"Authorization": given} if given else {}
            return requests.post(f"{root}/hook/{name}", json=claim, headers=headers, timeout=30).status_code

        assert call("lms-hook", "") == 403
        assert call("lms-hook", f"Bearer {other}") == 403
        assert call("tidak-ada", f"Bearer {hook_secret(context.secret_key, TENANT, 'tidak-ada')}") == 403
        assert not is_due(hinted, "lms-hook")
        assert call("lms-hook", f"Bearer {secret}") == 202
        assert is_due(hinted, "lms-hook")
        assert requests.post(f"{root}/hook/lms-hook", auth=("moodle", secret), timeout=30).status_code == 202
        wrong = [call("lms-hook", "Bearer salah") for _ in range(6)]
        assert wrong[-1] == 429
    with hinted.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(completion)).scalar_one() == before
