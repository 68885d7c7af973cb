"""Rules, decisions, persons, the ledger's views and proof by the command line, each command as a process of its own."""

from __future__ import annotations

import csv
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.forks import forked_commands
from tests.installation import DEMO, Office

SHEET = "01-daftar-hadir-bimtek-anjab-abk.xlsx"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    from bridge.cli.demo_data import write_catalogue, write_roster

    with forked_commands(COLUMNS="200") as forks:
        made = Office(tmp_path_factory.mktemp("rules") / "home", variables={"LOGNAME": "ani"}, forks=forks)
        made.run("init", "--office", "Kantor uji")
        roster, catalogue = made.home / "pegawai.csv", made.home / "katalog.csv"
        write_roster(DEMO / "moodle", roster)
        write_catalogue(DEMO / "moodle", catalogue, "lms")
        made.run("import", "roster", str(roster))
        made.run("import", "catalogue", str(catalogue))
        made.run("import", "attendance", str(DEMO / "sheets" / SHEET))
        made.run("reconcile")
        yield made


def rule_file(office: Office, name: str, *changes: tuple[str, str]) -> Path:
    (version,) = [row["version"] for row in office.json("rules", "list") if row["in_force"]]
    document = office.run("rules", "show", version, "--document")
    for before, after in changes:
        assert before in document
        document = document.replace(before, after, 1)
    path = office.home / name
    path.write_text(document, "utf-8")
    return path


def test_a_rule_set_is_checked_compared_tried_and_activated(office: Office) -> None:
    path = rule_file(
        office, "baru.toml", ('name = "perlan-10-2018"', 'name = "uji-total"'),
        ("minutes_per_jp = 45", "cap_year_total = 10\nminutes_per_jp = 45"),
    )  # fmt: skip
    assert office.json("rules", "check", str(path))["forms"] == 25
    (change,) = [c for c in office.json("rules", "diff", str(path))["changes"] if c["place"] != "name"]
    assert (change["place"], change["before"], change["after"]) == ("defaults.cap_year_total", "", "10")
    office.run("rules", "diff", str(path), "--exit-code", code=1)
    table = office.home / "coba.csv"
    tried = office.json("rules", "try", str(path), "--csv", str(table))
    before = {row["group"]: row["jp"] for row in office.json("ledger", "balances")["balances"]}
    assert tried["jp_before"] == sum(before.values()) > 0
    assert tried["losing"] == len(tried["affected"]) > 10
    assert tried["gaining"] == 0
    assert {one["after"] for one in tried["affected"]} == {10.0}
    with table.open(encoding="utf-8-sig") as handle:
        assert len(list(csv.DictReader(handle))) >= tried["losing"]
    assert office.json("reconcile")["entries"] == 0  # nothing was stored
    assert office.json("rules", "activate", str(path))["new"] is True
    assert office.json("rules", "activate", str(path))["new"] is False
    assert office.json("reconcile")["entries"] == tried["losing"]
    after = {row["group"]: row["jp"] for row in office.json("ledger", "balances")["balances"]}
    assert sum(after.values()) == tried["jp_after"]
    states = {
        row["version"].split("@")[0]: (row["in_force"], row["replaced"])
        for row in office.json("rules", "list")
    }
    assert states == {"perlan-10-2018": (False, True), "uji-total": (True, False)}
    old = office.home / "lama.toml"
    old.write_text(office.run("rules", "show", "perlan", "--document"), "utf-8")
    told = office.run("rules", "activate", str(old), "--yes", code=65)
    assert "RULES-REPLACED" in told
    assert "change `name`" in told


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("minimum_attendance = 80", "minimum_attendance = 180", "minimum_attendance"),
        ("[[form]]", "[[form", "line 20"),
        ('basis = "programme"', 'basis = "per_moon"', "basis"),
    ],
)
def test_a_broken_rule_file_is_refused_with_its_line(
    office: Office, before: str, after: str, words: str
) -> None:
    path = rule_file(office, "rusak.toml", (before, after))
    told = office.run("rules", "check", str(path), code=65)
    assert "RULES-INVALID" in told
    assert words in told or "line" in told
    office.run("rules", "activate", str(path), "--yes", code=65)
    assert "RULES-UNKNOWN" in office.run("rules", "show", "tidak-ada", code=65)


def test_a_table_that_can_not_be_written_is_one_sentence(office: Office) -> None:
    nowhere, rules = str(office.home / "tiada" / "x.csv"), rule_file(office, "sama.toml")
    asked = (
        ("rules", "try", str(rules), "--csv", nowhere),
        ("ledger", "forecast", "--csv", nowhere),
        (
            "proof",
            office.json("ledger", "forecast")["rows"][0]["nip"],
            "--to",
            nowhere.replace(".csv", ".zip"),
        ),
        ("worksheet", "export", nowhere.replace(".csv", ".xlsx")),
    )
    for words in asked:
        told = office.run(*words, code=65)
        assert "FILE-NOT-WRITABLE" in told or "PROOF-EMPTY" in told, words
    table = office.home / "ramalan.csv"
    office.run("ledger", "forecast", "--csv", str(table))
    with table.open(encoding="utf-8-sig") as handle:
        rows = list(csv.reader(handle))
    assert rows[0][:3] == ["NIP", "Name", "Office"]
    assert all(row[0].startswith("'") and len(row[0]) == 19 for row in rows[1:])  # Excel would keep 15 digits


def test_a_finding_is_taken_and_found_by_who_has_it(office: Office) -> None:
    first = office.json("findings", "--limit", "1")[0]
    assert first["age_days"] == 0
    office.json("note", str(first["finding_id"]), "--owner", "Ani", "--comment", "tanya BPSDM")
    office.json("note", str(first["finding_id"]), "--comment", "sudah ditanya")
    told = office.json("findings", "--owner", "Ani")
    assert [(one["finding_id"], one["owner"], one["comment"]) for one in told] == [
        (first["finding_id"], "Ani", "sudah ditanya")
    ]
    listed = office.run("findings", "--owner", "Ani")
    assert f"#{first['finding_id']}" in listed
    office.run("note", str(first["finding_id"]), "--owner", "", "--comment", "")
    assert office.json("findings", "--owner", "Ani") == []
    assert "NOTE-EMPTY" in office.run("note", str(first["finding_id"]), code=65)
    assert "FINDING-UNKNOWN" in office.run("note", "999999", "--owner", "x", code=65)
    assert "CODE-UNKNOWN" in office.run("findings", "--code", "TIDAK-ADA", code=65)


def test_evidence_without_an_owner_is_proposed_linked_approved_and_taken_back(office: Office) -> None:
    rows = [row for row in office.json("proposals", "--limit", "500") if row["proposals"]]
    best = rows[0]
    assert best["proposals"][0]["grounds"]
    number, nip = str(best["finding"]["finding_id"]), best["proposals"][0]["nip"]
    linked = office.json("decide", "link", "--finding", number, "--to", nip, "--reason", "Daftar hadir asli")
    assert linked["decision"]
    office.run("reconcile")
    assert number not in {str(row["finding_id"]) for row in office.json("findings", "--limit", "1000")}
    key = best["finding"]["subject"]
    waiting = office.json("decide", "override", "--evidence", key, "--jp", "40", "--reason", "Surat tugas")
    assert (waiting["decision"], waiting["request"]) == (None, 1)
    assert "SECOND-PERSON" in office.run("decide", "approve", "1", code=65)
    other = Office(office.home, variables={"LOGNAME": "beni"}, forks=office.forks)
    assert other.json("decide", "approve", "1")["decision"]
    told = office.json("decide", "list")
    assert {row["state"] for row in told} == {"berlaku", "disetujui"}
    assert "cli:ani + cli:beni" in {row["made_by"] for row in told}
    for row in told:
        if row["decision_id"]:
            office.run("decide", "revoke", str(row["decision_id"]), "--reason", "Ternyata salah")
    office.run("reconcile")
    assert number in {str(row["finding_id"]) for row in office.json("findings", "--limit", "1000")}
    assert "DECISION-SUBJECT" in office.run("decide", "accept", "--reason", "Tanpa subjek", code=65)


def test_persons_are_merged_and_parted_again(office: Office) -> None:
    with (office.home / "pegawai.csv").open(encoding="utf-8-sig") as handle:
        rows = list(csv.reader(handle))
    nips = [cell for row in rows[1:3] for cell in row if cell.isdigit() and len(cell) == 18]
    assert len(nips) == 2
    number = str(office.json("person", "merge", *nips, "--reason", "SK sama orang")["person_decision"])
    alias = office.json("person", "alias", nips[0], "199001012025211009", "--valid-from", "2025-01-01",
                        "--reason", "Kontrak baru")["person_decision"]  # fmt: skip
    assert "PERSON-DECISION-LATER" in office.run("person", "undo", number, "--reason", "Keliru", code=65)
    for one in (str(alias), number):
        office.run("person", "undo", one, "--reason", "Ternyata keliru")
    assert {row["undone_by"] for row in office.json("person", "list")} == {"cli:ani"}


def test_the_ledger_tells_forecasts_explains_and_proves(office: Office, tmp_path: Path) -> None:
    office.run("publish")
    told = office.json("explain", "--entry", "1")
    assert len(told["verdicts"]) >= 2
    assert office.json("ledger", "balances", "--known-at", "2020-01-01")["balances"] == []
    forecast = office.json("ledger", "forecast")
    assert forecast["missing"] == len(forecast["rows"]) or forecast["too_early"]
    assert "EXPLAIN-WHAT" in office.run("explain", code=65)
    assert "DATE-UNREADABLE" in office.run("ledger", "balances", "--valid-on", "kemarin", code=65)
    first = office.json("findings", "--limit", "1")[0]
    assert (first["page"], first["docs"]) == (
        f"/temuan/kode/{first['code']}", f"docs/findings.md#{first['code'].lower()}"
    )  # fmt: skip
    number = first["finding_id"]
    about = office.run("findings", "--about", "nip-truncated")
    assert "Excel kept the 18 digits as a number" in about
    assert "CODE-UNKNOWN" in office.run("findings", "--about", "NOTHING", code=65)
    assert office.json("explain", "--finding", str(number))["steps"]
    short = office.run("findings")
    assert "One correction, many people" in short
    target = tmp_path / "bukti.zip"
    proof = office.json("proof", told["nip"], "--to", str(target))
    assert proof["statements"] == proof["entries"] > 0
    with zipfile.ZipFile(target) as archive:
        archive.extractall(tmp_path / "b")
    done = subprocess.run([sys.executable, "-I", "-S", str(tmp_path / "b" / "verify.py")], env={}, timeout=60)
    assert done.returncode == 0


def test_an_upgrade_with_other_rules_does_not_replace_the_offices(office: Office) -> None:
    """The shipped file of a newer version has the same first day; stored by `init`, it would be the newest of it."""
    own = office.json("rules", "list")
    in_force = [row["version"] for row in own if row["in_force"]]
    if in_force[0].startswith("perlan"):
        path = rule_file(office, "milik.toml", ('name = "perlan-10-2018"', 'name = "milik-kami"'))
        office.run("rules", "activate", str(path), "--yes")
        own = office.json("rules", "list")
        in_force = [row["version"] for row in own if row["in_force"]]
    engine = sa.create_engine(f"sqlite:///{office.home / 'jpbridge.db'}")
    with engine.begin() as connection:  # as if the older version had shipped another file
        for verb in ("update", "delete"):
            connection.execute(sa.text(f"DROP TRIGGER rule_set_no_{verb}"))
        connection.execute(
            sa.text("UPDATE rule_set SET version = 'perlan-10-2018@older' WHERE version LIKE 'perlan%'")
        )
    engine.dispose()
    told = office.run("init")
    assert in_force[0] in told
    assert "jpbridge rules shipped" in told
    assert [row["version"] for row in office.json("rules", "list") if row["in_force"]] == in_force
    assert len(office.json("rules", "list")) == len(own)
    assert office.json("reconcile")["entries"] == 0
    assert 'name = "perlan-10-2018"' in office.run("rules", "shipped")
    assert {row["activated_by"] for row in office.json("rules", "list")} == {"", "cli:ani"}
