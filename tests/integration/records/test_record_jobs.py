"""The record store's jobs on a real installation: forwarding that catches up, retention."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from bridge.bootstrap import Installation, open_installation
from bridge.bootstrap.installation import initialise
from bridge.cli.main import jpbridge
from bridge.config import load_settings, write_secret
from bridge.domain.alert_catalogue import alert_words
from bridge.flows.context import Silent
from scheduler.work import Order, do_job, thresholds
from tests.conformance.server import running_lrs
from tests.conformance.statements import new_id, small
from tests.postgres_server import free_port
from xapi.store.retention import TRACES
from xapi.store.store import Query, Store

ORDER = Order("scheduler", None)


class Office:
    """An installation whose clock the test moves."""

    def __init__(self, home: Path) -> None:
        initialise(home)
        self.now = datetime(2026, 3, 2, tzinfo=UTC)
        self.opened: Installation = open_installation(home)
        self.opened.clock = lambda: self.now

    def do(self, job: str) -> dict[str, Any]:
        return do_job(self.opened, self.opened.context(Silent()), job, ORDER)

    def tick(self) -> dict[str, Any]:
        return self.do("forward")

    def store_some(self, count: int) -> list[str]:
        statements = [orjson.dumps(small(id=new_id())) for _ in range(count)]
        return self.opened.records.store.put_statements(statements, self.opened.records.authority)

    def alerts(self) -> set[str]:
        standing = thresholds(self.opened, self.opened.context(Silent())).forwarding
        for one in standing:
            assert "lrs-pusat" in alert_words(one.code, one.params)[0]
        return {one.code for one in standing}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path / "home")
    yield made
    made.opened.close()


def ids_in(store: Store) -> list[str]:
    return [orjson.loads(raw)["id"] for _, raw in store.find(Query(ascending=True), 10_000)[1].statements]


def test_a_target_that_is_down_for_a_week_catches_up_by_itself(office: Office, tmp_path: Path) -> None:
    port, there = free_port(), f"sqlite+pysqlite:///{tmp_path / 'target.db'}"
    with running_lrs(there, port=port) as target:
        write_secret("forward-lrs-pusat", target.auth[1], office.opened.home)
        office.opened.records.store.forwarding.add(
            "lrs-pusat", target.url, target.auth[0], "file:forward-lrs-pusat"
        )
        sent = office.store_some(3)
        assert office.tick() == {"lrs-pusat": {"sent": 3, "dead": 0, "trouble": ""}}
        assert office.alerts() == set()
    tried = 0
    for hour in range(7 * 24):
        office.now += timedelta(hours=1)
        if hour % 24 == 0:
            sent += office.store_some(40)
        done = office.tick()
        assert done["lrs-pusat"]["sent"] == 0
        assert done["lrs-pusat"]["trouble"]
        tried += 1
        assert office.tick() == {}  # not before its time
    assert tried == 7 * 24
    assert office.alerts() == {"FORWARD-WAITS"}
    office.now += timedelta(hours=1)
    with running_lrs(there, port=port) as target:  # it is back; nobody does anything here
        assert office.tick() == {"lrs-pusat": {"sent": 280, "dead": 0, "trouble": ""}}
        assert ids_in(target.store) == sent  # in order, each once
    assert office.alerts() == set()


def test_retention_keeps_for_ever_until_the_office_says_otherwise(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, authority = office.opened.records.store, office.opened.records.authority
    (proof,) = office.store_some(1)
    store.put_statements([small(id=new_id(), verb={"id": TRACES[0]})], authority)
    office.now = datetime.now(UTC) + timedelta(days=3000)
    assert office.do("retention")["removed"]["traces"] == 0
    monkeypatch.setenv("JPBRIDGE_HOME", str(office.opened.home))
    monkeypatch.setenv("JPBRIDGE_LANGUAGE", "en")
    for words, told in (((), 0), (("--traces-days", "1"), 0)):  # stored today: nothing is a day old
        done = CliRunner().invoke(jpbridge, ["lrs", "retention", "--dry-run", "--json", *words])
        assert json.loads(done.stdout)["traces"] == told, done.output
    asked = CliRunner().invoke(jpbridge, ["lrs", "retention"], input="n\n")
    assert asked.exit_code == 1
    assert "can't be brought back" in asked.output
    table = CliRunner().invoke(jpbridge, ["lrs", "retention", "--dry-run"])
    assert "A trial" in table.output
    monkeypatch.setenv("JPBRIDGE_LRS_KEEP_TRACES_DAYS", "1095")
    office.opened.main = load_settings(office.opened.home)
    assert office.do("retention")["removed"]["traces"] == 1
    assert ids_in(store) == [proof]
