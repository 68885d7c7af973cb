"""One course by two ways, over real HTTP to a running service: Moodle's web service, and the statements that the
same Moodle pushes (plugin logstore_xapi). It counts once, both pieces are kept and shown. A webhook only hints."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import text

from bridge.bootstrap import initialise, open_installation
from bridge.flows.context import Silent
from bridge.flows.explain import explain_nip
from bridge.flows.hints import due_sources
from bridge.flows.imports import import_catalogue, import_roster
from bridge.flows.night import night
from bridge.store.sources import SourceRow, store_source
from bridge.store.unit import unit
from lms_adapters.contract_site import Held, held
from tests.contract.moodle_site import TOKEN, MoodleSite
from tests.installation import Office

HOME = "https://moodle.example.go.id"
COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
COURSE_TYPE = "https://w3id.org/xapi/cmi5/activitytype/course"
AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
BY_SERVICE, PUSHED = "lms", "kiriman"
MARIA, YOHAN = held(100, 10, AT), held(101, 10, AT + timedelta(hours=1))


def told_by_logstore(row: Held) -> dict[str, Any]:
    """As recorded (tests/recordings/logstore-xapi): no id, the username in the account, and as its time that of
    Moodle's cron, not that of the completion."""
    return {
        "actor": {"name": f"Pegawai {row.learner}", "account": {"homePage": HOME, "name": row.nip}},
        "verb": {"id": COMPLETED, "display": {"en": "completed"}},
        "object": {
            "objectType": "Activity",
            "id": f"{HOME}/course/view.php?id={row.course}",
            "definition": {"type": COURSE_TYPE, "name": {"en": "Dasar & Lanjut"}},
        },
        "timestamp": (row.at + timedelta(minutes=7)).isoformat(),
        "context": {"platform": "Moodle", "language": "en"},
    }


@dataclass
class Bureau:
    """The office's service runs as a process; what the tests ask of the command line does so too."""

    office: Office
    root: str
    lms: MoodleSite
    key: tuple[str, str]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        store = self.office.store()
        try:
            with store.connect() as connection:
                return [tuple(row) for row in connection.execute(text(query))]
        finally:
            store.dispose()

    def push(self, *rows: Held) -> None:
        answer = requests.post(
            f"{self.root}/xapi/statements",
            json=[told_by_logstore(row) for row in rows],
            auth=self.key,
            headers={"X-Experience-API-Version": "1.0.3"},
            timeout=30,
        )
        assert answer.status_code == 200, answer.text

    def night(self) -> None:
        opened = open_installation(self.office.home)
        try:
            report = night(opened.context(Silent()), started_by="test")
            assert [item.error for item in report.pulls] == [None, None]
        finally:
            opened.close()

    def due(self) -> list[str]:
        opened = open_installation(self.office.home)
        try:
            return [row.name for row, _ in due_sources(opened.context(Silent()))]
        finally:
            opened.close()

    def jp(self, row: Held) -> int:
        opened = open_installation(self.office.home)
        try:
            return explain_nip(opened.context(Silent()), row.nip, year=2026, language="en").jp
        finally:
            opened.close()


def set_up(home: Path, lms: str) -> tuple[str, str]:
    """Roster, catalogue, two sources, and the key that Moodle's plugin signs in with."""
    initialise(home, "Kantor uji")
    roster, catalogue = home / "pegawai.csv", home / "katalog.csv"
    people = [
        f"{row.nip},Pegawai {row.learner},PNS,fungsional,8001.01,Dinas Kesehatan" for row in (MARIA, YOHAN)
    ]
    roster.write_text("\n".join(["NIP,Nama,Jenis,Jabatan jenis,Kode OPD,Nama OPD", *people]))
    catalogue.write_text(
        "kode,judul,bentuk,JP,moda,sumber,kursus_lms\n"
        f"DL,Dasar & Lanjut,3,24,daring,{BY_SERVICE},10\n"
        f"DL,,,,daring,{PUSHED},{HOME}/course/view.php?id=10\n"
    )
    opened = open_installation(home)
    try:
        ctx = opened.context(Silent())
        assert not import_roster(ctx, roster).problems
        assert not import_catalogue(ctx, catalogue).problems
        with unit(opened.store) as connection:
            for row in (
                SourceRow(0, BY_SERVICE, "moodle", lms, {}, "env:SITE_TOKEN", True),
                SourceRow(0, PUSHED, "own_lrs", "", {"home_page": HOME}, "", True),
            ):
                store_source(connection, ctx.office.tenant, row, ctx.clock())
        return opened.records.add_key("logstore", ["statements/write"], None)
    finally:
        opened.close()


@pytest.fixture
def bureau(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bureau]:
    monkeypatch.setenv("SITE_TOKEN", TOKEN)
    with MoodleSite([MARIA]) as lms:
        office = Office(tmp_path / "home", token=TOKEN)
        key = set_up(office.home, lms.url)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        root = f"http://127.0.0.1:{port}"
        process = office.start("serve", "--port", str(port), "--no-clock")
        try:
            wait_for(root, process)
            yield Bureau(office, root, lms, key)
        finally:
            process.terminate()
            process.communicate(timeout=30)


def wait_for(root: str, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            requests.get(f"{root}/healthz", timeout=5)
            return
        except requests.ConnectionError:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until
            time.sleep(0.1)


def test_the_same_course_by_two_ways_counts_once_and_both_pieces_are_shown(bureau: Bureau) -> None:
    bureau.push(MARIA)
    bureau.night()
    kept = bureau.rows("SELECT source, external_learner, standing FROM completion ORDER BY source")
    assert kept == [(PUSHED, MARIA.nip, "completed"), (BY_SERVICE, "100", "completed")]
    assert bureau.rows("SELECT kind, jp FROM ledger_entry") == [("award", 2400)]

    told = bureau.office.json("explain", MARIA.nip, "--year", "2026")
    assert told["jp"] == 2400
    (credit,) = [step for step in told["verdicts"] if "Dasar & Lanjut" in step["sentence"]]
    assert "2 pieces of evidence" in credit["sentence"]
    for step in told["steps"]:
        if step["title"] == "evidence":
            place = step["columns"].index("source")
            assert sorted(row[place] for row in step["rows"]) == [PUSHED, BY_SERVICE]
            break
    else:
        raise AssertionError("explain shows no evidence")

    # The piece by the web service goes (she was unenrolled): the other one still stands behind the same credit.
    bureau.lms.kept = [YOHAN]
    bureau.night()
    gone = bureau.rows("SELECT external_learner FROM completion WHERE standing = 'withdrawn'")
    assert gone == [("100",)]
    assert bureau.jp(MARIA) == 2400
    assert bureau.jp(YOHAN) == 2400


def test_a_webhook_is_a_hint_and_never_the_evidence(bureau: Bureau) -> None:
    bureau.night()
    hook = bureau.office.json("source", "hook", BY_SERVICE, "--base", bureau.root)
    headers = {"Authorization": f"Bearer {hook['secret']}"}
    forged = {"user": YOHAN.nip, "course": 10, "completed": True, "statement": told_by_logstore(YOHAN)}
    wrong = {"Authorization": "Bearer x"}
    assert requests.post(hook["url"], json=forged, headers=wrong, timeout=30).status_code == 403
    assert bureau.due() == []

    # What the call claims is not so at the source: the source is asked, and nothing comes of the claim.
    assert requests.post(hook["url"], json=forged, headers=headers, timeout=30).status_code == 202
    assert bureau.due() == [BY_SERVICE]
    before = len(bureau.lms.requests)
    (pulled,) = bureau.office.json("pull-due")["pull"]
    assert (pulled["source"], pulled["new"]) == (BY_SERVICE, 0)
    assert len(bureau.lms.requests) > before
    assert bureau.rows("SELECT count(*) FROM completion") == [(1,)]
    assert bureau.due() == []

    # An empty call suffices once it is so; the scheduler's job does the same as the command.
    bureau.lms.kept.append(replace(YOHAN, at=AT + timedelta(days=1)))
    assert requests.post(hook["url"], headers=headers, timeout=30).status_code == 202
    bureau.office.run("jobs", "run", "hints")
    query = (
        "SELECT c.external_learner, c.completed_at, p.source FROM completion AS c JOIN raw_payload AS p "
        "USING (payload_id) ORDER BY c.external_learner"
    )
    moments = [int(row.at.timestamp() * 1_000_000) for row in bureau.lms.kept]
    assert bureau.rows(query) == [("100", moments[0], BY_SERVICE), ("101", moments[1], BY_SERVICE)]
    assert bureau.due() == []
