"""Forwarding to a second instance of the record store over real HTTP, with everything that can go wrong."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.conformance.server import RunningLrs, running_lrs
from tests.conformance.statements import new_id, small
from tests.postgres_server import free_port
from xapi.client.client import LrsClient
from xapi.errors import BadRequest, Conflict, InvalidStatement, NotFound
from xapi.forward.run import Forwarded, forward_due, retry_dead
from xapi.model.submission import Authority, read_each, sha2_of
from xapi.model.version import Version
from xapi.store.forwarding import Filter
from xapi.store.store import Query, Store, Submission

AUTHOR = {"objectType": "Agent", "account": {"homePage": "https://e.id", "name": "bridge"}}
HOUR = 3600 * 1_000_000


class Faults:
    """Between the target and the network. `plan` holds what happens to the next requests: a status to answer
    with, or "lost": the request is done and the answer is lost on the way."""

    def __init__(self) -> None:
        self.plan: list[int | str] = []
        self.bodies: list[int] = []
        self._app: ASGIApp | None = None

    def around(self, app: ASGIApp) -> ASGIApp:
        self._app = app
        return self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self._app is not None
        fault = self.plan.pop(0) if self.plan else None
        if isinstance(fault, int):
            await send({"type": "http.response.start", "status": fault, "headers": []})
            await send({"type": "http.response.body", "body": b"no"})
            return
        sizes: list[int] = []

        async def counted() -> Message:
            message = await receive()
            sizes.append(len(message.get("body", b"")))
            return message

        async def lost(_message: Message) -> None:
            return

        if fault == "lost":
            await self._app(scope, counted, lost)
            await send({"type": "http.response.start", "status": 502, "headers": []})
            await send({"type": "http.response.body", "body": b""})
        else:
            await self._app(scope, counted, send)
        self.bodies.append(sum(sizes))


@pytest.fixture
def source(store_url: str) -> Iterator[Store]:
    store = Store(store_url)
    store.create_schema()
    yield store
    store.close()


class Clock:
    def __init__(self) -> None:
        self.now = 1_790_000_000_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def run(source: Store, clock: Clock, secret: str) -> list[Forwarded]:
    return list(forward_due(source, secret_of=lambda _reference: secret, now=clock))


def ids_of(store: Store) -> list[str]:
    found = store.find(Query(ascending=True), 100_000)[1].statements
    return [orjson.loads(payload)["id"] for _, payload in found]


def add(source: Store, target: RunningLrs, name: str = "pusat", **options: Any) -> None:
    source.forwarding.add(name, target.url, target.auth[0], "file:x", **options)


def numbered(count: int, **members: Any) -> list[dict[str, Any]]:
    return [small(id=new_id(), **members) for _ in range(count)]


def test_everything_arrives_in_order_and_once(source: Store, tmp_path: Path, clock: Clock) -> None:
    faults = Faults()
    with running_lrs(f"sqlite+pysqlite:///{tmp_path / 't.db'}", around=faults.around) as target:
        add(source, target)
        first = source.put_statements(numbered(250), AUTHOR)
        assert run(source, clock, target.auth[1]) == [Forwarded("pusat", 250, 0, "")]
        assert ids_of(target.store) == first
        assert len(faults.bodies) == 3  # batches of 100
        assert run(source, clock, target.auth[1]) == [Forwarded("pusat", 0, 0, "")]
        assert len(faults.bodies) == 3
        second = source.put_statements(numbered(5), AUTHOR)
        faults.plan = ["lost", "lost"]  # stored there, but we never heard of it
        assert run(source, clock, target.auth[1])[0].trouble
        assert source.forwarding.backlog("pusat") == 5
        clock.now += HOUR
        assert run(source, clock, target.auth[1]) == [Forwarded("pusat", 5, 0, "")]
        assert ids_of(target.store) == first + second
        assert source.forwarding.target("pusat").sent == 255


def test_a_target_that_is_down_for_a_week_catches_up_by_itself(
    source: Store, tmp_path: Path, clock: Clock
) -> None:
    url, port = f"sqlite+pysqlite:///{tmp_path / 't.db'}", free_port()
    with running_lrs(url, port=port) as target:
        add(source, target)
        kept = source.put_statements(numbered(3), AUTHOR)
        assert run(source, clock, target.auth[1])[0].sent == 3
        auth = target.auth
    tries = 0
    for _hour in range(24 * 7):
        clock.now += HOUR
        if _hour % 24 == 0:
            kept += source.put_statements(numbered(20), AUTHOR)
        done = run(source, clock, auth[1])
        tries += len(done)
        assert all(one.sent == 0 and one.trouble for one in done)
    assert 24 * 6 < tries <= 24 * 7  # patient, but never more than an hour apart
    waiting = source.forwarding.target("pusat")
    assert waiting.attempts == tries
    assert "tidak menjawab" in orjson.loads(waiting.last_error)["id"]
    with running_lrs(url, port=port) as target:
        clock.now += HOUR
        assert run(source, clock, auth[1]) == [Forwarded("pusat", 140, 0, "")]
        assert ids_of(target.store) == kept
    assert source.forwarding.target("pusat").attempts == 0


def test_what_waits_is_not_tried_before_its_time(source: Store, clock: Clock) -> None:
    source.forwarding.add("pusat", f"http://127.0.0.1:{free_port()}/xapi", "k", "file:x")
    source.put_statements(numbered(1), AUTHOR)
    assert run(source, clock, "s")[0].trouble
    clock.now += 29_000_000
    assert run(source, clock, "s") == []
    clock.now += 2_000_000
    assert run(source, clock, "s")[0].trouble
    clock.now += 31_000_000
    assert run(source, clock, "s") == []  # the second time a minute


def test_a_refused_statement_is_a_dead_letter_and_holds_up_nothing(
    source: Store, tmp_path: Path, clock: Clock
) -> None:
    with running_lrs(f"sqlite+pysqlite:///{tmp_path / 't.db'}") as target:
        add(source, target)
        statements = numbered(130)
        other = small(id=statements[77]["id"], verb={"id": "https://e.id/other"})
        target.store.put_statements([other], AUTHOR)
        source.put_statements(statements, AUTHOR)
        assert run(source, clock, target.auth[1]) == [Forwarded("pusat", 129, 1, "")]
        assert sorted(ids_of(target.store)) == sorted(one["id"] for one in statements)
        (letter,) = source.forwarding.dead("pusat")
        assert letter.statement_id.hex() == other["id"].replace("-", "")
        assert "409" in letter.reason
        again = retry_dead(source, "pusat", secret_of=lambda _: target.auth[1], now=clock)
        assert again == Forwarded("pusat", 0, 1, "")
    with running_lrs(f"sqlite+pysqlite:///{tmp_path / 'other.db'}") as mended:
        source.forwarding.remove("pusat")
        assert source.forwarding.targets() == []
        add(source, mended)
        assert run(source, clock, mended.auth[1]) == [Forwarded("pusat", 130, 0, "")]


def test_a_dead_letter_goes_through_when_the_target_takes_it(
    source: Store, tmp_path: Path, clock: Clock
) -> None:
    faults = Faults()
    with running_lrs(f"sqlite+pysqlite:///{tmp_path / 't.db'}", around=faults.around) as target:
        add(source, target)
        ids = source.put_statements(numbered(1), AUTHOR)
        faults.plan = [413]
        assert run(source, clock, target.auth[1]) == [Forwarded("pusat", 0, 1, "")]
        assert ids_of(target.store) == []
        again = retry_dead(source, "pusat", secret_of=lambda _: target.auth[1], now=clock)
        assert again == Forwarded("pusat", 1, 0, "")
        assert ids_of(target.store) == ids
        assert source.forwarding.dead("pusat") == []


@pytest.mark.parametrize("status", [401, 403, 404, 405, 429, 500, 503])
def test_trouble_with_the_target_is_not_the_statements_fault(
    source: Store, tmp_path: Path, clock: Clock, status: int
) -> None:
    faults = Faults()
    with running_lrs(f"sqlite+pysqlite:///{tmp_path / 't.db'}", around=faults.around) as target:
        add(source, target)
        ids = source.put_statements(numbered(3), AUTHOR)
        faults.plan = [status, status]
        (done,) = run(source, clock, target.auth[1])
        assert (done.sent, done.dead) == (0, 0)
        assert str(status) in done.trouble
        assert source.forwarding.dead("pusat") == []
        faults.plan = []
        clock.now += HOUR
        assert run(source, clock, target.auth[1]) == [Forwarded("pusat", 3, 0, "")]
        assert ids_of(target.store) == ids


def test_only_what_the_filter_names_goes_on_and_voids_follow(
    source: Store, tmp_path: Path, clock: Clock
) -> None:
    agent = {"account": {"homePage": "https://e.id", "name": "198001012005011001"}}
    with running_lrs(f"sqlite+pysqlite:///{tmp_path / 't.db'}") as target:
        add(source, target, wanted=Filter(agent=agent))
        theirs = source.put_statements(numbered(2, actor=agent), AUTHOR)
        source.put_statements(numbered(150), AUTHOR)
        assert run(source, clock, target.auth[1]) == [Forwarded("pusat", 2, 0, "")]
        assert ids_of(target.store) == theirs
        assert source.forwarding.backlog("pusat") == 0
        void = small(
            id=new_id(),
            verb={"id": "http://adlnet.gov/expapi/verbs/voided"},
            object={"objectType": "StatementRef", "id": theirs[0]},
        )
        source.put_statements([void], AUTHOR)
        assert run(source, clock, target.auth[1]) == [Forwarded("pusat", 1, 0, "")]
        found = target.store.by_id(theirs[0])[1]
        assert found is not None
        assert found[1] is True  # voided there too


def test_contents_of_attachments_go_along(source: Store, tmp_path: Path, clock: Clock) -> None:
    content = b"%PDF-1.7 sertifikat"
    entry = {
        "usageType": "https://e.id/certificate",
        "display": {"id": "Sertifikat"},
        "contentType": "application/pdf",
        "length": len(content),
        "sha2": sha2_of(content),
    }
    read = read_each([small(id=new_id(), attachments=[entry])], Version.V1)
    source.submit(Submission(read, Authority.of(AUTHOR), {entry["sha2"]: content})).result()
    with running_lrs(f"sqlite+pysqlite:///{tmp_path / 't.db'}") as target:
        add(source, target)
        assert run(source, clock, target.auth[1]) == [Forwarded("pusat", 1, 0, "")]
        assert target.store.attachments([entry["sha2"]]) == {entry["sha2"]: content}


def test_a_paused_target_gets_nothing_until_it_goes_on(source: Store, tmp_path: Path, clock: Clock) -> None:
    with running_lrs(f"sqlite+pysqlite:///{tmp_path / 't.db'}") as target:
        add(source, target)
        source.put_statements(numbered(4), AUTHOR)
        source.forwarding.pause("pusat", paused=True)
        assert run(source, clock, target.auth[1]) == []
        source.forwarding.pause("pusat", paused=False)
        assert run(source, clock, target.auth[1])[0].sent == 4


def test_one_process_sends_at_a_time(source: Store, clock: Clock) -> None:
    source.forwarding.add("pusat", "https://lrs.example.id/xapi", "k", "file:x")
    assert source.forwarding.claim("pusat", clock.now, clock.now + HOUR)
    assert not source.forwarding.claim("pusat", clock.now, clock.now + HOUR)
    assert source.forwarding.claim("pusat", clock.now + HOUR, clock.now + 2 * HOUR)  # the first one died


def test_wrong_targets_are_refused(source: Store) -> None:
    source.forwarding.add("pusat", "https://lrs.example.id/xapi", "k", "file:x")
    with pytest.raises(Conflict):
        source.forwarding.add("pusat", "https://lrs.example.id/xapi", "k", "file:x")
    with pytest.raises(BadRequest):
        source.forwarding.add("Pusat!", "https://lrs.example.id/xapi", "k", "file:x")
    with pytest.raises(BadRequest):
        source.forwarding.add("lain", "lrs.example.id", "k", "file:x")
    with pytest.raises(InvalidStatement):
        source.forwarding.add("lain", "https://e.id", "k", "file:x", wanted=Filter(agent={"name": "x"}))
    with pytest.raises(NotFound):
        source.forwarding.pause("tidak-ada", paused=True)


@pytest.mark.skipif(
    "JPBRIDGE_TEST_RALPH" not in os.environ,
    reason="set JPBRIDGE_TEST_RALPH=http://user:password@host:port/xAPI",
)
def test_another_makers_store_takes_them(source: Store, clock: Clock) -> None:
    address = urlsplit(os.environ["JPBRIDGE_TEST_RALPH"])
    endpoint = f"http://{address.hostname}:{address.port}{address.path}"
    source.forwarding.add("ralph", endpoint, address.username or "", "file:x")
    sent = source.put_statements(numbered(120), AUTHOR)
    assert run(source, clock, address.password or "") == [Forwarded("ralph", 120, 0, "")]
    with LrsClient(endpoint, address.username or "", address.password or "") as ralph:
        assert ralph.statement(sent[-1]) is not None
