"""OpenTelemetry: a run with its stages and pulls, the console's and the record store's requests; nobody's NIP in
it; off, nothing of it is loaded; on, a real collector is sent spans by a real process."""

from __future__ import annotations

import http.server
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from bridge.bootstrap import initialise, open_installation
from bridge.flows.context import Silent
from bridge.flows.night import night
from bridge.tracing import begin_tracing, end_tracing, span
from bridge.web.ports import web_application
from tests.installation import ROOT, Office
from tests.integration.web.scene import served
from tests.soak.adapter import ADAPTERS
from tests.soak.soak import SOURCE, Soak, soak_site

NIP = "198507151999032001"


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    begin_tracing("t", exporter)
    yield exporter
    end_tracing()


def facts_of(one: ReadableSpan) -> dict[str, object]:
    return dict(one.attributes or {})


def test_a_night_its_stages_and_its_pull(tmp_path: Path, spans: InMemorySpanExporter) -> None:
    with soak_site(2) as site:
        soak = Soak(tmp_path / "home", site)
        soak.set_up()
        opened = open_installation(soak.home)
        opened.clock = soak.clock
        ctx = replace(opened.context(Silent()), adapters=ADAPTERS)
        requests.post(f"{site}/night?n=0", timeout=10)
        told = night(ctx, started_by="t")
        requests.post(f"{site}/fault?kind=down", timeout=10)
        night(ctx, started_by="t")
        opened.close()
    found = spans.get_finished_spans()
    runs = [one for one in found if one.name == "run night"]
    pulls = [one for one in found if one.name == "pull"]
    assert [one.status.status_code for one in runs] == [StatusCode.UNSET, StatusCode.ERROR]
    assert facts_of(runs[0])["jpbridge.run_id"] == told.run_id
    assert facts_of(runs[0])["jpbridge.tenant"] == "utama"
    assert [(one.status.status_code, one.status.description) for one in pulls] == [
        (StatusCode.UNSET, None),
        (StatusCode.ERROR, "SOURCE-DOWN"),
    ]
    good = facts_of(pulls[0])
    assert (good["jpbridge.source"], good["jpbridge.rows"]) == (SOURCE, told.pulls[0].rows)
    assert told.pulls[0].rows > 0
    assert {one.name for one in found} >= {f"stage {SOURCE}", "stage reconcile", "stage publish"}
    for one in [*pulls, *(one for one in found if one.name.startswith("stage "))]:
        assert one.context is not None
        assert one.context.trace_id in {run.context.trace_id for run in runs if run.context}, one.name
        assert one.parent is not None, one.name
        assert one.start_time is not None
        assert one.end_time is not None
        assert one.end_time >= one.start_time


def test_requests_by_their_route_and_nobody_by_name(tmp_path: Path, spans: InMemorySpanExporter) -> None:
    home = tmp_path / "home"
    initialise(home, "Kantor uji")
    opened = open_installation(home)
    key, secret = opened.records.add_key("k", ["all"], None)
    app = web_application(opened)
    actor = json.dumps({"account": {"homePage": "https://siasn.bkn.go.id", "name": NIP}})
    headers = {"X-Experience-API-Version": "1.0.3"}
    with served(app) as root:
        requests.get(f"{root}/pegawai/{NIP}?cari={NIP}", allow_redirects=False, timeout=30)
        requests.get(f"{root}/saya/{NIP}", timeout=30)
        answer = requests.get(
            f"{root}/xapi/statements",
            params={"agent": actor},
            auth=(key, secret),
            headers=headers,
            timeout=30,
        )
        assert answer.status_code == 200
        requests.get(f"{root}/xapi/{NIP}", auth=(key, secret), headers=headers, timeout=30)
    app.state.offices.close()
    opened.close()
    found = {one.name: facts_of(one) for one in spans.get_finished_spans()}
    routes = {
        "GET /pegawai/{learner_id:int}": 303,
        "GET /saya/{token}": 410,
        "GET /xapi/statements": 200,
        "GET /xapi/{other}": 404,
    }
    assert {name: facts["http.response.status_code"] for name, facts in found.items()} == routes
    assert {facts["http.route"] for facts in found.values()} == {name.split()[1] for name in routes}
    whole = "".join(one.to_json() for one in spans.get_finished_spans())
    assert NIP not in whole
    assert secret not in whole


def test_what_a_caller_notes_is_masked_and_an_error_is_a_code(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="born"), span("x", who=NIP, n=3):
        raise ValueError(f"{NIP} was not born")
    (one,) = spans.get_finished_spans()
    assert facts_of(one) == {"jpbridge.who": "***", "jpbridge.n": 3}
    assert (one.status.status_code, one.status.description) == (StatusCode.ERROR, "ValueError")
    assert not one.events


class Collector(http.server.BaseHTTPRequestHandler):
    bodies: list[tuple[str, bytes]] = []  # noqa: RUF012  one collector a test run

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.bodies.append((self.path, body))
        self.send_response(200)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it
        return


def test_a_process_sends_its_spans_to_the_collector_and_none_unless_told(tmp_path: Path) -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    office = Office(tmp_path / "home")
    office.variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_EXPORTER_OTLP_COMPRESSION": "none"}
    office.run("init", "--office", "Kantor uji")
    assert Collector.bodies == []
    office.variables["JPBRIDGE_OTEL"] = "true"
    office.run("night")
    server.shutdown()
    server.server_close()
    thread.join()
    assert {path for path, _ in Collector.bodies} == {"/v1/traces"}
    assert any(b"run night" in body and b"stage reconcile" in body for _, body in Collector.bodies)


def test_off_nothing_of_it_is_loaded() -> None:
    program = (
        "import sys, bridge.cli.main, bridge.web.ports\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
