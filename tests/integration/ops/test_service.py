"""The service as it is run: `jpbridge serve` as a process, its health, numbers, jobs page, live news, its end."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from bridge.bootstrap import open_installation
from bridge.config import write_secret
from bridge.domain.alert_catalogue import Alert
from bridge.domain.job_line import JobLine
from bridge.flows.live import Live, path_of, read_live
from bridge.reports.metrics import PREFIX
from bridge.store.alert_rows import raise_alerts
from bridge.store.runs import begin_run, end_run
from bridge.store.sources import SourceRow, store_source
from bridge.store.unit import unit
from scheduler.board import Board
from tests.installation import ROOT, Office
from tests.integration.web.conftest import csrf_of
from tests.mail_server import mail_server

TOKEN = "angka-rahasia-untuk-prometheus"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Service:
    office: Office
    root: str
    process: subprocess.Popen[str]

    def sign_in(self) -> requests.Session:
        assert self.process.poll() is None, self.process.communicate()
        link = self.office.json("account", "link", "admin", "--base", self.root)["url"]
        session = requests.Session()
        token = csrf_of(session.get(link, timeout=30).text)
        assert session.post(link, data={"csrf": token}, timeout=30).status_code == 200
        return session


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    office = Office(tmp_path_factory.mktemp("service") / "home")
    office.variables = {"JPBRIDGE_METRICS_TOKEN": "env:SCRAPE", "SCRAPE": TOKEN, "JPBRIDGE_LOG": "json"}
    office.run("init", "--office", "Kantor uji")
    port = free_port()
    process = office.start("serve", "--port", str(port))
    root = f"http://127.0.0.1:{port}"
    until = time.monotonic() + 60
    while True:
        try:
            requests.get(f"{root}/healthz", timeout=5)
            break
        except requests.ConnectionError:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until
            time.sleep(0.1)
    yield Service(office, root, process)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "Traceback" not in out + err
    for line in filter(None, err.splitlines()):
        json.loads(line)


def test_it_lives_and_is_ready(service: Service) -> None:
    health = requests.get(f"{service.root}/healthz", timeout=30)
    assert (health.status_code, health.json()["database"]) == (200, "ok")
    ready = requests.get(f"{service.root}/readyz", timeout=30)
    assert ready.json() == {
        "ready": True, "database": True, "schema": True, "record_store": True, "disk": True,
    }  # fmt: skip


def test_numbers_are_for_this_machine_or_for_the_token(service: Service) -> None:
    address = f"{service.root}/metrics"
    assert requests.get(address, timeout=30).status_code == 200
    proxied = {"X-Forwarded-For": "127.0.0.1"}
    assert requests.get(address, headers=proxied, timeout=30).status_code == 403
    for told, status in ((TOKEN, 200), (TOKEN + "x", 403), ("", 403)):
        headers = proxied | {"Authorization": f"Bearer {told}"}
        assert requests.get(address, headers=headers, timeout=30).status_code == status


def test_the_documented_names_are_the_names(service: Service) -> None:
    text = requests.get(f"{service.root}/metrics", timeout=30).text
    families = {family.name: family for family in text_string_to_metric_families(text)}
    documented = set(re.findall(r"`(jpbridge_\w+)`", (ROOT / "docs" / "operations.md").read_text("utf-8")))
    assert {name.removesuffix("_total") for name in documented} == set(families)
    assert all(name.startswith(PREFIX) for name in families)
    learners = {sample.labels["tenant"]: sample.value for sample in families["jpbridge_learners"].samples}
    assert learners == {"utama": 0.0}
    dashboard = (ROOT / "deploy" / "grafana-dashboard.json").read_text("utf-8")
    rules = (ROOT / "deploy" / "prometheus-rules.yaml").read_text("utf-8")
    for name in re.findall(r"jpbridge_\w+", dashboard.replace('"uid": "jpbridge"', "") + rules):
        assert name in documented, name


def test_jobs_are_seen_changed_and_paused_in_the_console(service: Service) -> None:
    session = service.sign_in()
    address = f"{service.root}/pekerjaan"
    token = csrf_of(session.get(address, timeout=30).text)

    def press(what: str, **fields: str) -> requests.Response:
        form = {"csrf": token, "job": "digest", "source": "", "what": what} | fields
        return session.post(address, data=form, timeout=30)

    opened = open_installation(service.office.home)

    def line() -> JobLine:
        return next(one for one in Board(opened).lines() if one.name == "digest")

    assert press("set", cron="15 8 * * sen", limit="7").status_code == 200
    assert (line().cron, line().limit_minutes, line().paused) == ("15 8 * * sen", 7, False)
    refused = press("set", cron="15 8 * * 1")
    assert refused.status_code == 400
    assert "names the weekday by a number" in refused.text
    press("pause")
    assert (line().paused, line().next_at) == (True, None)
    press("resume")
    press("reset")
    assert line().cron == "0 7 * * mon"
    assert press("format-disk").status_code == 400
    assert press("set", cron="0 7 * * mon", csrf="0" * 64).status_code == 403
    opened.close()


def test_a_source_gets_a_time_of_its_own_in_the_console(service: Service) -> None:
    session = service.sign_in()
    address = f"{service.root}/pekerjaan"
    opened = open_installation(service.office.home)
    row = SourceRow(0, "lms-jauh", "moodle", "https://lms.example.id", {}, "", True)
    with unit(opened.store) as connection:
        store_source(connection, "utama", row, opened.clock())
    page = session.get(address, timeout=30).text
    assert "<option>lms-jauh</option>" in page
    form = {"csrf": csrf_of(page), "job": "pull", "source": "lms-jauh", "cron": "0 22 * * *", "what": "set"}
    page = session.post(address, data=form, timeout=30).text
    assert "every day at 22:00" in page
    lines = {(one.name, one.source): one.cron for one in Board(opened).lines()}
    assert lines[("pull", "lms-jauh")] == "0 22 * * *"
    assert session.post(address, data=form | {"what": "reset"}, timeout=30).status_code == 200
    assert ("pull", "lms-jauh") not in {(one.name, one.source) for one in Board(opened).lines()}
    assert session.post(address, data=form | {"source": "lain"}, timeout=30).status_code == 400
    opened.close()


def test_alerts_are_seen_and_their_channels_tried_in_the_console(service: Service) -> None:
    session = service.sign_in()
    address = f"{service.root}/peringatan"
    page = session.get(address, timeout=30).text
    assert "No receiver yet" in page
    form = {"csrf": csrf_of(page), "what": "test"}
    assert "No channel took the test message" in session.post(address, data=form, timeout=30).text
    with mail_server() as box:
        write_secret("alerts", f"{box.url}\njson://user:pintu@127.0.0.1:9/hook\n", service.office.home)
        answer = session.post(address, data=form, timeout=30)
        assert "The test message was sent" in answer.text
        assert box.subjects() == ["JP Bridge Kantor uji: percobaan"]
        assert "Pesan percobaan dari admin." in box.bodies()[0]
    assert "admin@contoh.id" in answer.text
    assert "JSON · 127.0.0.1" in answer.text
    assert "pintu" not in answer.text
    opened = open_installation(service.office.home)
    with unit(opened.store) as connection:
        gone = [Alert("DISK-LOW", "disk", {"free": "1", "limit": "2"})]
        raise_alerts(connection, "utama", gone, opened.clock())
    assert "Needs attention: 1" in session.get(f"{service.root}/", timeout=30).text
    assert "1 MB" in session.get(address, timeout=30).text
    # checked now, all is well again: the alert is over and stands below
    session.post(address, data=form | {"what": "check"}, timeout=30)
    until = time.monotonic() + 30
    while "Over within the last 30 days" not in (text := session.get(address, timeout=30).text):
        assert time.monotonic() < until, text
        time.sleep(0.2)
    assert session.post(address, data=form | {"what": "format-disk"}, timeout=30).status_code == 400
    (service.office.home / "secrets" / "alerts").unlink()
    opened.close()


def test_a_job_is_run_by_hand_and_stands_on_record(service: Service) -> None:
    session = service.sign_in()
    address = f"{service.root}/pekerjaan"
    token = csrf_of(session.get(address, timeout=30).text)
    session.post(address, data={"csrf": token, "job": "retention", "source": "", "what": "run"}, timeout=30)
    until = time.monotonic() + 30
    while not (rows := [one for one in service.office.json("runs") if one["job"] == "retention"]):
        assert time.monotonic() < until
    assert rows[0]["started_by"] == "console:admin"
    assert set(rows[0]["counts"]) >= {"removed"} or rows[0]["state"] == "running"


def events(response: requests.Response) -> Iterator[tuple[str, dict[str, object]]]:
    name = ""
    for raw in response.iter_lines(chunk_size=1):
        line = raw.decode()
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def test_a_running_run_is_told_live_and_its_page_alone_may_load_the_script(service: Service) -> None:
    session = service.sign_in()
    store = service.office.store()
    from bridge.domain.clock import system_clock
    from bridge.flows.context import Silent

    with store.begin() as connection:
        run_id = begin_run(connection, "utama", "sweep", started_by="t", version="t", now=system_clock())
    live = Live(Silent(), service.office.home)
    live.begin(run_id)
    live.stage("lms-contoh", 200)
    page = session.get(f"{service.root}/riwayat/{run_id}", timeout=30)
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert f'data-news="/riwayat/{run_id}/kabar"' in page.text
    assert (
        "script-src"
        not in session.get(f"{service.root}/riwayat", timeout=30).headers["content-security-policy"]
    )
    with session.get(f"{service.root}/riwayat/{run_id}/kabar", stream=True, timeout=30) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        told = events(response)
        first = {"stage": "lms-contoh", "words": "lms-contoh", "done": 0, "total": 200}
        assert next(told) == ("progress", first)
        live.advance(120)
        live.stage("reconcile")
        assert next(told)[1]["words"] == "Reconciliation"
        with store.begin() as connection:
            end_run(connection, run_id, state="done", counts={}, errors=[], now=system_clock())
        assert next(told) == ("end", {"state": "done"})
    assert set(live.end()) == {"lms-contoh", "reconcile"}
    assert not path_of(service.office.home, run_id).exists()
    assert read_live(service.office.home, run_id) is None
    anonymous = requests.get(f"{service.root}/riwayat/{run_id}/kabar", allow_redirects=False, timeout=30)
    assert anonymous.status_code == 303
    store.dispose()


def test_a_child_ends_with_its_parent_however_that_ends(service: Service, tmp_path: Path) -> None:
    """kill -9 of a scheduler leaves no night running on its own."""
    program = (
        "import os, sys, time\n"
        "from scheduler.child import Child, LEASH\n"
        "code = 'from scheduler.child import hold_leash; import sys, time; hold_leash(); "
        'open(sys.argv[1], "w").write("up"); time.sleep(60)\'\n'
        "child = Child([sys.executable, '-c', code, sys.argv[1]], os.environ | {LEASH: '1'})\n"
        "sys.stdout.write(f'{child._process.pid}\\n'); sys.stdout.flush()\n"
        "time.sleep(60)\n"
    )
    import os
    import sys

    mark = tmp_path / "up"
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(mark)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    until = time.monotonic() + 30
    while not mark.exists():
        assert time.monotonic() < until
        time.sleep(0.05)
    parent.kill()
    parent.communicate()
    until = time.monotonic() + 20
    while _alive(os, pid):
        assert time.monotonic() < until, "the child outlived its parent"
        time.sleep(0.05)


def _alive(os_module, pid: int) -> bool:  # type: ignore[no-untyped-def]
    try:
        os_module.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    try:  # a zombie has ended; who adopted it has not noticed yet
        return state.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
