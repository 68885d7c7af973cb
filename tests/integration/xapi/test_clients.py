"""Our client, and tincan's RemoteLRS as a third party's, against our server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import orjson
import pytest
import tincan

from tests.conformance.server import RunningLrs, running_lrs
from tests.conformance.statements import full, new_id, small
from xapi.client.client import LrsClient, Refused, Unreachable
from xapi.model.version import Version


@pytest.fixture(scope="module")
def lrs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLrs]:
    path: Path = tmp_path_factory.mktemp("clients")
    with running_lrs(f"sqlite+pysqlite:///{path / 'lrs.db'}") as running:
        yield running


def client(lrs: RunningLrs, **options: Any) -> LrsClient:
    return LrsClient(lrs.url, *lrs.auth, retries=2, backoff=0.01, **options)


def test_statements_go_out_and_come_back_as_bytes(lrs: RunningLrs) -> None:
    verb = f"https://e.id/{new_id()}"
    sent = [small(id=new_id(), verb={"id": verb}, result={"score": {"raw": at + 0.0}}) for at in range(7)]
    with client(lrs) as ours:
        assert ours.post(sent, batch=3) == [one["id"] for one in sent]
        assert ours.post(sent, batch=3) == [one["id"] for one in sent]
        pages = list(ours.pages(verb=verb, limit=2, ascending=True))
        assert [len(page.statements) for page in pages] == [2, 2, 2, 1]
        assert b'"raw":0.0' in pages[0].statements[0]
        middle = orjson.loads(pages[1].statements[1])["stored"]
        assert [one["id"] for one in ours.statements(verb=verb, since=middle, ascending=True)] == [
            one["id"] for one in sent[4:]
        ]
        assert pages[0].consistent_through is not None
        assert pages[0].consistent_through >= middle
        assert ours.statement(sent[0]["id"]) == pages[0].statements[0]
        assert ours.statement(new_id()) is None
        assert "2.0.0" in ours.about()["version"]


def test_an_agent_filter_is_sent_as_json(lrs: RunningLrs) -> None:
    agent = {"account": {"homePage": "https://e.id", "name": new_id()}}
    with client(lrs, version=Version.V2) as ours:
        wanted = ours.post([small(actor=agent)])
        assert [one["id"] for one in ours.statements(agent=agent, verb=None)] == wanted


def test_a_bearer_token_works(lrs: RunningLrs) -> None:
    with LrsClient(lrs.url, token=".".join(lrs.auth)) as ours:
        assert list(ours.pages(limit=1))


def test_refusals_say_why(lrs: RunningLrs) -> None:
    with client(lrs) as ours, pytest.raises(Refused, match="mbox") as caught:
        ours.post([small(actor={"mbox": "x"})])
    assert caught.value.answered == 400
    with LrsClient(lrs.url, "nobody", "x") as stranger, pytest.raises(Refused) as caught:
        list(stranger.pages())
    assert caught.value.answered == 401


class _Moody(BaseHTTPRequestHandler):
    """Answers by path: busy twice, then well; another server's `more`; HTML; a redirect."""

    tries = 0

    def do_GET(self) -> None:
        place = self.path.split("/")[1]
        if place == "busy":
            type(self).tries += 1
            status = 503 if type(self).tries < 3 else 200
            return self._say(status, b'{"statements":[],"more":""}')
        if place == "away":
            return self._say(200, b'{"statements":[],"more":"http://other.example.id/steal"}')
        if place == "moved":
            return self._say(302, b"", Location="http://other.example.id/")
        return self._say(200, b"<html>")

    def _say(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Quiet."""


@pytest.fixture(scope="module")
def moody() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Moody)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_it_is_patient_and_careful(moody: str) -> None:
    with LrsClient(moody + "/busy", retries=4, backoff=0.01) as busy:
        assert list(busy.statements()) == []
    for place, code in (("away", "lrs_more"), ("moved", "lrs_refused"), ("html", "lrs_answer")):
        with LrsClient(f"{moody}/{place}") as other, pytest.raises(Refused) as caught:
            list(other.statements())
        assert caught.value.code == code
    with (
        LrsClient("http://127.0.0.1:9/xapi", retries=1, backoff=0.01) as nobody,
        pytest.raises(Unreachable) as unreachable,
    ):
        nobody.about()
    assert unreachable.value.sentence


def test_tincan_as_a_third_party_stores_finds_and_keeps_documents(lrs: RunningLrs) -> None:
    remote = tincan.RemoteLRS(
        version="1.0.3", endpoint=lrs.url + "/", username=lrs.auth[0], password=lrs.auth[1]
    )
    # Its about() is left out: it accepts no store that names version 2.0.0.
    verb = f"https://e.id/{new_id()}"
    statement = tincan.Statement(
        id=new_id(),
        actor=tincan.Agent(mbox="mailto:budi@example.id", name="Budi"),
        verb=tincan.Verb(id=verb, display=tincan.LanguageMap({"id": "menyelesaikan"})),
        object=tincan.Activity(id="https://lms.example.id/course/12"),
    )
    assert remote.save_statement(statement).success
    kept = remote.retrieve_statement(str(statement.id))
    assert kept.success
    assert kept.content.actor.name == "Budi"
    found = remote.query_statements({"verb": statement.verb, "limit": 1})
    assert found.success
    assert [str(one.id) for one in found.content.statements] == [str(statement.id)]
    state = tincan.documents.StateDocument(
        id="place",
        activity=tincan.Activity(id="https://lms.example.id/course/12"),
        agent=tincan.Agent(mbox="mailto:budi@example.id"),
        content=bytearray(b"page 7"),
        content_type="text/plain",
    )
    assert remote.save_state(state).success
    again = remote.retrieve_state(state.activity, state.agent, "place")
    assert again.success
    assert bytes(again.content.content) == b"page 7"
    assert remote.delete_state(state).success


def test_the_full_statement_survives_a_forwarding(lrs: RunningLrs, tmp_path: Path) -> None:
    statement = full()
    with running_lrs(f"sqlite+pysqlite:///{tmp_path / 'other.db'}") as other, client(lrs) as first:
        first.post([statement])
        raw = first.statement(statement["id"])
        assert raw is not None
        with client(other) as second:
            assert second.post([raw]) == [statement["id"]]
            assert second.post([statement]) == [statement["id"]]  # the same, by the rules of comparison
