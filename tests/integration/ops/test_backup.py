"""Backup while it is written to, restore, the drill: on SQLite and on PostgreSQL, sealed and plain."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from bridge.bootstrap import Installation, initialise, open_installation
from bridge.bootstrap.drill import drill
from bridge.bootstrap.installation import parts_of, store_url
from bridge.errors import BridgeError, RefuseInput, StopRun
from bridge.flows.backup import listed_backups, make_backup, prune_backups
from bridge.flows.context import Silent
from bridge.flows.imports import import_catalogue, import_roster
from bridge.flows.night import night
from bridge.flows.restore import restore_backup
from bridge.flows.sealed import CHUNK, SealedReader, SealingWriter
from bridge.store.sources import SourceRow, store_source
from bridge.store.unit import unit
from tests.soak.adapter import ADAPTERS
from tests.soak.evidence import FIRST_NIGHT, catalogue_csv, roster_csv
from tests.soak.soak import SOURCE, soak_site

PHRASE = "gunung cyclops di pagi hari"
NOW = FIRST_NIGHT + timedelta(hours=2)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def office(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Installation]:
    """An installation with one night behind it."""
    if request.param == "postgres":
        monkeypatch.setenv("JPBRIDGE_DATABASE_URL", request.getfixturevalue("postgres_url"))
    home = tmp_path / "home"
    initialise(home, "Kantor uji")
    opened = open_installation(home)
    opened.clock = lambda: NOW
    with soak_site(4) as site:
        ctx = replace(opened.context(Silent()), adapters=ADAPTERS)
        (home / "pegawai.csv").write_text(roster_csv(), "utf-8")
        (home / "katalog.csv").write_text(catalogue_csv(SOURCE), "utf-8")
        import_roster(ctx, home / "pegawai.csv")
        import_catalogue(ctx, home / "katalog.csv")
        with unit(opened.store) as connection:
            store_source(connection, "utama", SourceRow(0, SOURCE, "soak", site, {}, "", True), NOW)
        report = night(ctx, started_by="test")
    assert report.reconciled.entries == 12
    yield opened
    opened.close()


def facts(opened: Installation) -> list[tuple[object, ...]]:
    with opened.store.connect() as connection:
        return [
            tuple(row) for row in connection.execute(sa.text("SELECT * FROM ledger_entry ORDER BY entry_id"))
        ]


def database_for_restore(opened: Installation, request: pytest.FixtureRequest) -> str:
    """A second empty database on the same server, '' for SQLite."""
    parsed = make_url(store_url(opened.home, opened.main))
    if parsed.get_backend_name() != "postgresql":
        return ""
    name = f"{parsed.database}_r"
    admin = opened.store.execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f'CREATE DATABASE "{name}"'))

    def drop() -> None:
        with admin.connect() as connection:
            connection.execute(sa.text(f'DROP DATABASE "{name}" WITH (FORCE)'))

    request.addfinalizer(drop)
    return parsed.set(database=name).render_as_string(hide_password=False)


def test_backup_restore_and_drill(
    office: Installation, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = replace(parts_of(office), passphrase=PHRASE)
    report = make_backup(parts)
    assert report.path.stat().st_mode & 0o077 == 0
    assert b"Kantor" not in report.path.read_bytes()
    assert [path.name for path in parts.folder.iterdir()] == [report.path.name]  # nothing half-made is left

    told = drill(office, parts.store_url, report.path, PHRASE, Silent())
    assert told.sound, told
    assert (told.tenants[0].entries, told.tenants[0].missing) == (12, 0)
    assert told.taken_at == NOW

    url = database_for_restore(office, request)
    target = tmp_path / "pulih"
    done = restore_backup(report.path, target, PHRASE, database_url=url, replace=False, now=NOW)
    assert done.secrets
    assert done.before is None
    if url:
        monkeypatch.setenv("JPBRIDGE_DATABASE_URL", url)
    again = open_installation(target)
    try:
        assert facts(again) == facts(office)
        assert again.signing_key().public_key() == office.signing_key().public_key()
        with pytest.raises(RefuseInput, match="move it aside"):
            restore_backup(report.path, target, PHRASE, database_url=url, replace=False, now=NOW)
    finally:
        again.close()


def test_the_drill_finds_what_somebody_changed(office: Installation) -> None:
    """A ledger that was tampered with, past the triggers, is not restored in silence."""
    postgres = office.store.dialect.name == "postgresql"
    with office.store.begin() as connection:
        if postgres:
            connection.execute(sa.text("ALTER TABLE ledger_entry DISABLE TRIGGER ALL"))
        else:
            connection.execute(sa.text("DROP TRIGGER ledger_entry_no_update"))
        connection.execute(sa.text("UPDATE ledger_entry SET jp = jp + 100 WHERE entry_id = 3"))
    parts = parts_of(office)
    report = make_backup(parts)
    told = drill(office, parts.store_url, report.path, "", Silent())
    assert not told.sound
    assert told.tenants[0].differences > 0
    assert "was changed" in told.tenants[0].log_problem


def test_the_drill_finds_a_record_store_that_lost_statements(office: Installation) -> None:
    with office.records.store.database.turn() as connection:
        connection.exec_driver_sql(
            "DELETE FROM xapi_statement WHERE ord IN (SELECT min(ord) FROM xapi_statement)"
        )
    parts = parts_of(office)
    told = drill(office, parts.store_url, make_backup(parts).path, "", Silent())
    assert told.tenants[0].missing == 1
    assert not told.sound


def test_a_copy_taken_under_writes_is_of_one_moment(tmp_path: Path) -> None:
    """Two counters always move together; in the copy they are equal, whenever it was taken."""
    from bridge.store.copies import copy_sqlite

    source = tmp_path / "a.db"
    with sqlite3.connect(source, isolation_level=None) as first:
        first.execute("PRAGMA journal_mode=WAL")
        first.execute("CREATE TABLE t (a INTEGER, b INTEGER, filler BLOB)")
        first.executemany("INSERT INTO t VALUES (0, 0, ?)", [(os.urandom(4000),)] * 500)
    stop = threading.Event()
    written = [0]

    def write() -> None:
        connection = sqlite3.connect(source, isolation_level=None, timeout=30)
        while not stop.is_set():
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("UPDATE t SET a = a + 1")
            connection.execute("UPDATE t SET b = b + 1")
            connection.execute("COMMIT")
            written[0] += 1
        connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for number in range(8):
            target = tmp_path / f"copy{number}.db"
            copy_sqlite(source, target)
            connection = sqlite3.connect(target)
            rows = connection.execute("SELECT DISTINCT a, b FROM t").fetchall()
            connection.close()
            assert len(rows) == 1
            assert rows[0][0] == rows[0][1]
    finally:
        stop.set()
        thread.join()
    assert written[0] > 0


def seal(content: bytes) -> bytes:
    out = BytesIO()
    writer = SealingWriter(out, PHRASE)
    writer.write(content)
    writer.close()
    return out.getvalue()


def unseal(content: bytes, phrase: str = PHRASE) -> bytes:
    reader, found = SealedReader(BytesIO(content), phrase), b""
    while piece := reader.read(100_000):
        found += piece
    return found


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 17])
def test_a_sealed_stream_opens_to_what_was_sealed(size: int) -> None:
    content = os.urandom(size)
    assert unseal(seal(content)) == content


def test_a_sealed_stream_shows_every_kind_of_damage() -> None:
    content = os.urandom(2 * CHUNK + 100)
    sealed = seal(content)
    head = len(sealed) - (2 * (CHUNK + 16) + 116)
    first, second = head + CHUNK + 16, head + 2 * (CHUNK + 16)
    swapped = sealed[:head] + sealed[first:second] + sealed[head:first] + sealed[second:]
    flipped = bytearray(sealed)
    flipped[len(sealed) // 2] ^= 1
    for damaged in (
        sealed[:-1], sealed[:second], sealed[: head + 10], sealed + b"x", swapped, bytes(flipped), sealed[:10],
    ):  # fmt: skip
        with pytest.raises(RefuseInput, match="can't be opened"):
            unseal(damaged)
    with pytest.raises(RefuseInput, match="can't be opened"):
        unseal(sealed, PHRASE + "!")
    with pytest.raises(RefuseInput, match="too short"):
        SealingWriter(BytesIO(), "pendek")


def plain_office(tmp_path: Path) -> Installation:
    home = tmp_path / "home"
    initialise(home, "Kantor uji")
    return open_installation(home)


def test_a_damaged_or_foreign_archive_is_refused_and_nothing_is_touched(tmp_path: Path) -> None:
    import tarfile

    opened = plain_office(tmp_path)
    good = make_backup(parts_of(opened)).path
    opened.close()
    evil = tmp_path / "evil.tar.gz"
    with tarfile.open(evil, "w:gz") as tar:
        info = tarfile.TarInfo("secrets/../../../evil")
        info.size = 4
        tar.addfile(info, BytesIO(b"evil"))
    linked = tmp_path / "link.tar.gz"
    with tarfile.open(linked, "w:gz") as tar:
        info = tarfile.TarInfo("db/store.sqlite")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(info)
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(good.read_bytes()[:-2000])
    text = tmp_path / "text.tar.gz"
    text.write_text("bukan cadangan")
    for archive in (evil, linked, cut, text, tmp_path / "absent"):
        with pytest.raises(BridgeError) as refused:
            restore_backup(archive, tmp_path / "into", "", database_url="", replace=False, now=NOW)
        assert refused.value.exit_code == 65, archive
    assert not (tmp_path / "into").exists()
    assert not (tmp_path.parent / "evil").exists()
    assert not list(tmp_path.glob(".pulih-*"))


def test_what_stood_there_is_moved_aside_never_deleted(tmp_path: Path) -> None:
    opened = plain_office(tmp_path)
    archive = make_backup(parts_of(opened)).path
    outside = tmp_path / archive.name
    archive.rename(outside)
    (opened.home / "catatan.txt").write_text("penting")
    opened.close()
    done = restore_backup(outside, opened.home, "", database_url="", replace=True, now=NOW)
    assert done.before is not None
    assert (done.before / "catatan.txt").read_text() == "penting"
    assert not (opened.home / "catatan.txt").exists()
    assert not done.secrets


def test_a_full_disk_leaves_no_backup_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = plain_office(tmp_path)
    parts = replace(parts_of(opened), folder=Path("/dev/full/backups"))
    with pytest.raises(StopRun):
        make_backup(parts)
    opened.close()


def test_old_backups_go_but_one_a_month_stays(tmp_path: Path) -> None:
    day = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(200):
        (tmp_path / f"jpbridge-{day + timedelta(days=number):%Y%m%dT%H%M%SZ}.tar.gz").touch()
    (tmp_path / "lain.txt").touch()
    (tmp_path / ".sedang-xyz").mkdir()
    gone = prune_backups(tmp_path, keep=14)
    kept = [path.name for path in listed_backups(tmp_path)]
    assert len(kept) == 200 - len(gone)
    assert kept[0] == "jpbridge-20260719T000000Z.tar.gz"
    assert sorted(kept)[:7] == [f"jpbridge-2026{month:02d}01T000000Z.tar.gz" for month in range(1, 8)][:7]
    assert len(kept) == 14 + 6 + 1 - (1 if "jpbridge-20260701T000000Z.tar.gz" in kept[:14] else 0)
    assert (tmp_path / "lain.txt").exists()
    assert not (tmp_path / ".sedang-xyz").exists()
