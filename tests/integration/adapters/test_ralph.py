"""A real Ralph as a source. It needs one that answers: `JPBRIDGE_TEST_RALPH=http://lab:labpass@127.0.0.1:8086/xAPI`
(the Basic key may read and write; statements of the test stay there)."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from lms_adapters import xapi_lrs
from lms_adapters.spec import Adapter, Page, SourceConfig
from tests.lms_sites.lrs import HOME, statement

RALPH = os.environ.get("JPBRIDGE_TEST_RALPH", "")
pytestmark = pytest.mark.skipif(not RALPH, reason="JPBRIDGE_TEST_RALPH names no Ralph")

Cursors = dict[str, Mapping[str, Any]]


@pytest.fixture
def adapter() -> Iterator[Adapter]:
    parts = urlsplit(RALPH)
    address = f"{parts.scheme}://{parts.hostname}:{parts.port}{parts.path}"
    secrets = {"key": parts.username or "", "secret": parts.password or ""}
    settings = {"home_page": HOME, "page_size": 5, "attempts": 2, "retry_wait": 0.05}
    made = xapi_lrs.make(SourceConfig("ralph", "xapi_lrs", address, settings, secrets))
    yield made
    made.close()


def send(statements: list[dict[str, Any]]) -> None:
    parts = urlsplit(RALPH)
    answer = requests.post(
        f"{parts.scheme}://{parts.hostname}:{parts.port}{parts.path}/statements/",
        json=statements,
        auth=(parts.username or "", parts.password or ""),
        headers={"X-Experience-API-Version": "1.0.3"},
        timeout=30,
    )
    assert answer.ok, answer.text


def told(adapter: Adapter, cursors: Cursors, course: str, *, full: bool) -> set[str]:
    names: set[str] = set()
    for step in adapter.pull(dict(cursors), full=full):
        cursors[step.stream] = step.cursor
        if isinstance(step, Page):
            names |= {one.external_learner for one in step.completions if one.external_course == course}
    return names


def test_ralph_is_found_out_and_loses_no_late_statement(adapter: Adapter) -> None:
    """Ralph 5.1 compares `since` with the event's time: the probe says so, and every pull reads everything."""
    course = f"{HOME}/course/view.php?id={uuid.uuid4().int % 10**9}"
    at = datetime.now(UTC) - timedelta(days=40)
    send([statement(f"r{number}", course, at + timedelta(minutes=number)) for number in range(13)])
    time.sleep(1)
    cursors: Cursors = {}
    assert told(adapter, cursors, course, full=True) == {f"r{number}" for number in range(13)}
    assert cursors["pull"]["since"] in ("event", "broken", "filters")
    send([statement("terlambat", course, at - timedelta(days=300))])
    time.sleep(1)
    assert "terlambat" in told(adapter, cursors, course, full=False)


def test_the_steps_of_the_set_up_say_it_too(adapter: Adapter) -> None:
    steps = list(adapter.check())
    assert [step.name for step in steps] == ["statements", "since", "completions"]
    assert all(step.ok for step in steps)
    assert "every pull reads everything" in steps[1].english
