"""A real Chromium, or a skip that says why; on CI its absence is a failure."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser.field_phone import FLAGS, NewPhone, Phone, phone
from tests.field_site import Site, field_site
from tests.integration.web.scene import fill, store_at


def _chromium() -> str | None:
    named = os.environ.get("JPBRIDGE_TEST_CHROMIUM")
    if named:
        return named
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    return "/usr/bin/chromium" if Path("/usr/bin/chromium").exists() else None


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Playwright gives each launch an empty profile of its own."""
    path = _chromium()
    if path is None:
        message = "no Chromium: install it, or set JPBRIDGE_TEST_CHROMIUM to its path"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture
def chromium() -> str:
    path = _chromium()
    if path is None:
        message = "no Chromium: install it, or set JPBRIDGE_TEST_CHROMIUM to its path"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return path


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    engine = store_at(f"sqlite+pysqlite:///{tmp_path / 'store.db'}")
    with field_site(fill(engine)) as running:
        yield running
    engine.dispose()


@pytest.fixture
def new_phone(playwright: Playwright, chromium: str, tmp_path: Path) -> Iterator[NewPhone]:
    opened: list[Any] = []

    def make(name: str) -> Phone:
        manager = phone(playwright, chromium, tmp_path / name)
        opened.append(manager)
        return manager.__enter__()

    yield make
    for manager in opened:
        manager.__exit__(None, None, None)
