"""One night by the command line, on SQLite and on PostgreSQL, then served: console, health, record store."""

from __future__ import annotations

import base64
import json
import subprocess
import time
import urllib.parse
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from bridge.ledger.checkpoint import read_signing_key, signed_bytes
from bridge.ledger.merkle import root_of
from bridge.store.types import EPOCH
from lms_adapters.moodle.replay import MoodleReplay
from tests.forks import forked_commands
from tests.installation import Office, smaller_site
from tests.postgres_server import free_port

EARNED = "http://id.tincanapi.com/verb/earned"


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = smaller_site(tmp_path_factory.mktemp("site") / "moodle", pages=1)
    url = request.getfixturevalue("module_postgres_url") if request.param == "postgres" else ""
    with forked_commands() as forks, MoodleReplay(folder, port=0) as site:
        made = Office(
            tmp_path_factory.mktemp("office") / "home", database_url=url, token=site.token, forks=forks
        )
        made.set_up(site.url)
        first, second = made.json("night"), made.json("night")
        assert first["reconcile"]["entries"] > 600
        assert (second["reconcile"]["entries"], second["publish"]["statements"]) == (0, 0)
        yield made


@pytest.fixture(scope="module")
def served(office: Office) -> Iterator[str]:
    port = free_port()
    process = office.start("serve", "--host", "127.0.0.1", "--port", str(port), "--no-clock")
    base = f"http://127.0.0.1:{port}"
    try:
        for _ in range(150):
            if process.poll() is not None:
                raise AssertionError(process.communicate())
            try:
                requests.get(base + "/healthz", timeout=5)
                break
            except requests.ConnectionError:
                time.sleep(0.2)
        yield base
    finally:
        process.terminate()
        try:
            process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def query(office: Office, sql: str) -> list[Any]:
    engine = office.store()
    with engine.connect() as connection:
        rows = list(connection.execute(sa.text(sql)))
    engine.dispose()
    return rows


def test_the_checkpoint_seals_the_ledger(office: Office) -> None:
    leaves = [
        bytes.fromhex(row[0]) for row in query(office, "SELECT leaf_hash FROM ledger_entry ORDER BY entry_id")
    ]
    size, root, signature, at = query(
        office,
        "SELECT tree_size, root_hash, signature, signed_at FROM checkpoint ORDER BY tree_size DESC LIMIT 1",
    )[0]
    assert size == len(leaves)
    assert root == root_of(leaves).hex()
    key = read_signing_key(office.home / "secrets" / "ledger.key").public_key()
    moment = EPOCH + timedelta(microseconds=at)
    key.verify(base64.b64decode(signature), signed_bytes("utama", size, bytes.fromhex(root), moment))


def test_explain_says_every_step_in_words(office: Office) -> None:
    nip = query(
        office,
        "SELECT i.value FROM identifier i JOIN ledger_entry e ON e.learner_id = i.learner_id "
        "WHERE i.scheme = 'nip' GROUP BY i.value ORDER BY count(*) DESC, i.value LIMIT 1",
    )[0][0]
    told = office.json("explain", nip, "--year", "2025")
    assert told["jp"] > 0
    counted = [verdict for verdict in told["verdicts"] if verdict["title"].startswith("rule-")]
    assert counted
    assert all(verdict["sentence"] for verdict in told["verdicts"])
    assert all(step["sentence"] for step in told["steps"]), "each relation says what a row of it is"
    words = office.run("explain", nip, "--steps")
    assert "desired_credit" in words


def test_findings_have_a_sentence_and_a_next_step(office: Office) -> None:
    rows = office.json("findings", "--limit", "5000")
    assert {"JP-IMPLAUSIBLE", "NIP-TRUNCATED", "LEARNER-UNKNOWN"} <= {row["code"] for row in rows}
    assert all(row["sentence"] and row["next_step"] for row in rows)
    assert not [row for row in rows if "{" in row["sentence"]]


def test_doctor_and_status(office: Office) -> None:
    assert office.json("status")["completions"] == 1000
    checks = {check["name"]: check["ok"] for check in office.json("doctor", code=70)}
    yet_to_do = {name for name, ok in checks.items() if not ok}
    assert yet_to_do == {"backup", "alerts", "scheduler"}, checks  # nothing runs here by itself yet


def test_health_and_console_answer(served: str) -> None:
    health = requests.get(served + "/healthz", timeout=10).json()
    assert health["status"] == "ok"
    page = requests.get(served + "/", timeout=10)
    assert page.status_code == 200
    assert "/masuk" in page.url


def test_statements_are_read_back_by_agent_verb_activity_and_since(office: Office, served: str) -> None:
    made = office.json("key", "add", "auditor", "--scopes", "statements/read")
    session = requests.Session()
    session.auth = (made["key"], made["secret"])
    session.headers["X-Experience-API-Version"] = "1.0.3"
    address = served + "/xapi/statements"

    def found(**params: str) -> list[dict[str, Any]]:
        answer = session.get(address, params=params, timeout=30)
        assert answer.status_code == 200, answer.text
        statements: list[dict[str, Any]] = answer.json()["statements"]
        return statements

    newest = found(limit="1")[0]
    agent = json.dumps(newest["actor"])
    by_agent = found(agent=agent, limit="500")
    assert newest["id"] in {statement["id"] for statement in by_agent}
    assert {s["actor"]["account"]["name"] for s in by_agent} == {newest["actor"]["account"]["name"]}
    by_verb = found(verb=EARNED, limit="500")
    assert by_verb
    by_activity = found(activity=newest["object"]["id"], limit="500")
    assert {s["object"]["id"] for s in by_activity} == {newest["object"]["id"]}
    assert found(since=newest["stored"]) == []
    assert found(until=newest["stored"], limit="1") == [newest]
    # read-only: an auditor's key writes nothing
    answer = session.post(address, json=[newest], timeout=30)
    assert answer.status_code == 403


def test_a_learners_page_opens_by_its_link(office: Office, served: str) -> None:
    nip = query(office, "SELECT value FROM identifier WHERE scheme = 'nip' ORDER BY identifier_id LIMIT 1")[
        0
    ][0]
    url = office.json("link", nip, "--base", served)["url"]
    page = requests.get(url, timeout=10)
    assert page.status_code == 200
    assert len(page.content) < 60_000
    assert "JP Saya" in page.text
    forged = url[:-3] + ("AAA" if not url.endswith("AAA") else "BBB")
    assert requests.get(forged, timeout=10).status_code in (403, 404, 410)
    assert urllib.parse.urlsplit(url).path.startswith("/saya/")


def test_undoing_a_sheet_reverses_its_credit(office: Office, tmp_path: Path) -> None:
    before = query(office, "SELECT coalesce(sum(jp), 0) FROM ledger_entry")[0][0]
    office.run("import", "undo", "01-daftar-hadir-bimtek-anjab-abk.xlsx")
    report = office.json("reconcile")
    assert report["entries"] > 0
    assert report["jp"] < 0
    published = office.json("publish")
    assert published["statements"] >= report["entries"]
    again = str(Path(__file__).parents[2] / "bridge/data/demo/sheets/01-daftar-hadir-bimtek-anjab-abk.xlsx")
    office.run("import", "attendance", again)
    office.run("reconcile")
    office.run("publish")
    assert query(office, "SELECT coalesce(sum(jp), 0) FROM ledger_entry")[0][0] == before
    assert office.json("import", "attendance", again)["unchanged_file"] is True
