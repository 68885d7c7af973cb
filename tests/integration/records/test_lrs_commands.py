"""`jpbridge lrs`: forwarding and erasing from the command line, on a real installation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from bridge.bootstrap import Installation, open_installation
from bridge.bootstrap.installation import initialise
from bridge.cli.main import jpbridge
from bridge.domain.credit import EntryKind, LedgerEntry
from bridge.domain.keys import entry_key, statement_id
from bridge.ledger.entries import canonical_bytes
from bridge.ledger.merkle import inclusion_proof, leaf_hash, root_of, verify_inclusion
from bridge.statements.build import Naming, statements_of
from bridge.store.tables import audit_read
from tests.conformance.server import running_lrs
from xapi.model.facets import agent_name
from xapi.store.store import Query

NIP = "198001012005011001"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JPBRIDGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("JPBRIDGE_LANGUAGE", "en")
    initialise(tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def opened(home: Path) -> Iterator[Installation]:
    one = open_installation(home)
    yield one
    one.close()


def run(*words: str, code: int = 0, answer: str | None = None) -> Any:
    done = CliRunner().invoke(jpbridge, ["lrs", *words], input=answer)
    assert done.exit_code == code, done.output
    return json.loads(done.stdout) if "--json" in words else done.output


def entries(person: str, count: int) -> list[LedgerEntry]:
    first = LedgerEntry(
        entry_key="", learner_id=1, person_key=person, activity_key="", year=2026, rule_version="rules-1",
        kind=EntryKind.AWARD, ordinal=1, form=3, jp=600, title="Arsip Dinamis", organiser="BKPSDM",
        started_on=date(2026, 3, 1), ended_on=date(2026, 3, 3), reason="programme", evidence=("a",),
        recorded_at=datetime(2026, 11, 24, 16, tzinfo=UTC),
    )  # fmt: skip
    return [
        replace(
            first,
            activity_key=f"act-{n}",
            entry_key=entry_key(person, f"act-{n}", "rules-1", 2026, "award", 1),
        )
        for n in range(count)
    ]


def published(opened: Installation, told: list[LedgerEntry], nip: str) -> None:
    naming = Naming(opened.settings.activity_base, opened.settings.agent_home_page)
    for entry in told:
        leaf = leaf_hash(canonical_bytes(entry)).hex()
        opened.records.put(statements_of(entry, leaf_hash=leaf, agent_name=nip, standing=(), naming=naming))


def test_after_an_erasure_every_proof_still_verifies(opened: Installation, home: Path) -> None:
    ledger = [*entries("person-a", 3), *entries("person-b", 2)]
    published(opened, ledger[:3], NIP)
    published(opened, ledger[3:], "199002022015022002")
    leaves = [leaf_hash(canonical_bytes(entry)) for entry in ledger]
    root = root_of(leaves)
    assert run("erase", NIP, "--dry-run", "--json")["statements"] == 3
    done = run("erase", NIP, "--json")
    assert (done["dry_run"], done["statements"]) == (False, 3)
    store = opened.records.store
    for number, entry in enumerate(ledger):
        found = store.by_id(statement_id(entry.entry_key))[1]
        assert found is not None
        assert NIP.encode() not in found[2]
        said = json.loads(found[2])
        extensions = said["context"]["extensions"]
        base = f"{opened.settings.activity_base}/xapi/extensions/"
        # The leaf covers person_key, never a NIP: what the statement says still is what the tree holds.
        assert NIP.encode() not in canonical_bytes(entry)
        leaf = bytes.fromhex(extensions[base + "leaf-hash"])
        assert leaf == leaf_hash(canonical_bytes(entry))
        assert extensions[base + "entry-key"] == entry.entry_key
        assert verify_inclusion(leaf, number, len(leaves), inclusion_proof(leaves, number), root)
    account = {"account": {"homePage": opened.settings.agent_home_page, "name": done["pseudonym"]}}
    assert len(store.find(Query(agent=agent_name(account)), 10)[1].statements) == 3
    with opened.store.connect() as connection:
        noted = connection.execute(sa.select(audit_read.c.who, audit_read.c.what, audit_read.c.query)).all()
    assert [row.what for row in noted] == ["lrs erase", "lrs erase: done"] * 2
    assert all(row.who.startswith("cli:") for row in noted)
    assert all(NIP not in json.dumps(row.query) for row in noted)
    assert noted[3].query["pseudonym"] == done["pseudonym"]


def test_an_erasure_asks_first_and_refuses_what_is_too_short(opened: Installation, home: Path) -> None:
    published(opened, entries("person-a", 1), NIP)
    run("erase", NIP, code=1, answer="n\n")
    assert run("erase", NIP, "--dry-run", "--json")["statements"] == 1
    assert "intact" in run("erase", NIP, answer="y\n")
    refused = CliRunner().invoke(jpbridge, ["lrs", "erase", "123", "--dry-run"])
    assert refused.exit_code != 0
    assert getattr(refused.exception, "code", "") == "RECORD-STORE-INPUT"


def test_forwarding_from_the_command_line(
    opened: Installation, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(opened, entries("person-a", 4), NIP)
    with running_lrs(f"sqlite+pysqlite:///{tmp_path / 'target.db'}") as target:
        key, secret = target.auth
        adding = ("forward", "add", "pusat", "--endpoint", target.url, "--key", key)
        run(*adding, answer="", code=1)  # broken off at the secret: nothing was added
        assert run("forward", "list", "--json")["targets"] == []
        run(*adding, answer=f"{secret}\n")
        assert (home / "secrets" / "forward-pusat").stat().st_mode & 0o077 == 0
        (listed,) = run("forward", "list", "--json")["targets"]
        assert (listed["waiting"], listed["sent"], listed["paused"]) == (4, 0, False)
        assert secret not in json.dumps(listed)
        run("forward", "pause", "pusat")
        assert run("forward", "run", "--json")["targets"] == []
        run("forward", "resume", "pusat")
        assert run("forward", "run", "--json")["targets"][0]["sent"] == 4
        assert run("forward", "run", "--json")["targets"][0]["sent"] == 0
        assert run("forward", "dead", "pusat", "--json")["dead"] == []
        assert run("forward", "retry", "pusat", "--json")["targets"][0]["sent"] == 0
        assert len(target.store.find(Query(), 10)[1].statements) == 4
    published(opened, entries("person-b", 1), NIP)
    assert "pusat" in run("forward", "run", code=75)
    assert run("forward", "list", "--json")["targets"][0]["attempts"] == 1
    monkeypatch.setenv("OTHER", "x")
    run(
        "forward",
        "add",
        "lain",
        "--endpoint",
        "https://e.id/xapi",
        "--secret-env",
        "OTHER",
        "--from-now",
        "--json",
    )
    waiting = {one["name"]: one["waiting"] for one in run("forward", "list", "--json")["targets"]}
    assert waiting == {"lain": 0, "pusat": 1}
    monkeypatch.delenv("OTHER")
    published(opened, entries("person-c", 1), NIP)
    (done,) = run("forward", "run", "--json", code=75)["targets"]  # pusat waits for its time
    assert done["name"] == "lain"
    assert "OTHER" in done["trouble"]
