"""A filled regency on each database, its console over real HTTP, and people who are signed in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
import requests

from bridge.web.app import make_app
from tests.integration.web.scene import PASSWORD, Scene, fill, served, store_at

SignIn = Callable[[str], requests.Session]


@pytest.fixture
def scene(store_url: str) -> Iterator[Scene]:
    engine = store_at(store_url)
    yield fill(engine)
    engine.dispose()


@pytest.fixture
def console(scene: Scene) -> Iterator[str]:
    with served(make_app(scene.context())) as root:
        yield root


def csrf_of(html: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', html)
    assert found is not None, html[:500]
    return found.group(1)


def signed_in(root: str, name: str, password: str = PASSWORD) -> requests.Session:
    session = requests.Session()
    form = session.get(f"{root}/masuk", timeout=30)
    fields = {"csrf": csrf_of(form.text), "target": "/", "name": name, "password": password}
    answer = session.post(f"{root}/masuk", data=fields, allow_redirects=False, timeout=30)
    assert answer.status_code == 303, answer.text
    return session


@pytest.fixture
def administrator(console: str) -> requests.Session:
    return signed_in(console, "bkpsdm")


@pytest.fixture
def auditor(console: str) -> requests.Session:
    return signed_in(console, "inspektorat")
