"""From the first schema, full of rows, to the newest: a backup first, every row as it was, and the office works on.
A newer schema is refused by everything, and nothing is written."""

from __future__ import annotations

import sqlite3
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine

from bridge.bootstrap import initialise, open_installation
from bridge.bootstrap.installation import KEPT_OF_AN_UPGRADE
from bridge.config import CONFIG_NAME
from bridge.engine.rules import default_rule_document
from bridge.errors import StopRun
from bridge.flows.backup import listed_backups
from bridge.flows.context import Silent
from bridge.flows.imports import import_roster
from bridge.flows.night import night
from bridge.store.connect import open_store
from bridge.store.migrate import _config, current_revision, newest_revision
from bridge.store.tables import metadata
from bridge.store.types import Json
from tests.installation import Office

Rows = dict[str, list[dict[str, Any]]]
NIP = "198507151999032001"
FIRST = 1001
"""The first row's number: above what the sequences of PostgreSQL give."""


def at_the_first_schema(url: str) -> Engine:
    engine = open_store(url)
    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    return engine


def sample(column: sa.Column[Any], number: int) -> Any:
    kind = column.type
    if isinstance(kind, sa.Boolean):
        return True
    if isinstance(kind, (sa.Integer, sa.Numeric)):
        return number
    if isinstance(kind, sa.LargeBinary):
        return b"\x00\xff"
    if isinstance(kind, sa.Date):
        return datetime(2026, 1, 31, tzinfo=UTC).date()
    if isinstance(kind, sa.JSON):
        return {"kata": "Sentani"}
    length = getattr(kind, "length", None)
    declared = metadata.tables[column.table.name].c.get(column.name)
    if declared is not None and isinstance(declared.type, Json):
        return '{"kata": "Sentani"}'
    text = f"{column.name}-{number}"
    return text[:length] if length else text


def fill_every_table(engine: Engine) -> Rows:
    """Two rows in each table of the schema that stands, parents first; foreign keys point to the first row."""
    there = sa.MetaData()
    there.reflect(engine)
    filled: dict[str, dict[str, Any]] = {}
    with engine.begin() as connection:
        for table in there.sorted_tables:
            if table.name == "alembic_version":
                continue
            for number in (FIRST, FIRST + 1):
                values: dict[str, Any] = {}
                for column in table.columns:
                    parent = next(iter(column.foreign_keys), None)
                    if parent is not None and parent.column.table.name in filled:
                        values[column.name] = filled[parent.column.table.name][parent.column.name]
                    else:
                        values[column.name] = sample(column, number)
                if table.name == "tenant":
                    values |= {"code": "utama" if number == FIRST else "kedua", "zone": "Asia/Jayapura"}
                if table.name == "rule_set":  # a set in the store was read before it was stored
                    values["document"] = default_rule_document()
                if number > FIRST and not _differs(table, values, filled[table.name]):
                    continue  # its keys are its parents' alone
                connection.execute(table.insert().values(values))
                filled.setdefault(table.name, values)
    return rows_of(engine, there)


def _differs(table: sa.Table, values: dict[str, Any], first: dict[str, Any]) -> bool:
    unique = [item for item in table.constraints if isinstance(item, sa.UniqueConstraint)]
    keys = [table.primary_key, *unique]
    return all(
        any(values[column.name] != first[column.name] for column in key.columns)
        for key in keys
        if key.columns
    )


def rows_of(engine: Engine, schema: sa.MetaData) -> Rows:
    found: Rows = {}
    with engine.connect() as connection:
        for table in schema.sorted_tables:
            if table.name != "alembic_version":
                order = list(table.primary_key.columns) or list(table.columns)
                query = sa.select(table).order_by(*order)
                found[table.name] = [dict(row) for row in connection.execute(query).mappings()]
    return found


@pytest.fixture
def home(tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "home"
    folder.mkdir()
    if store_url.startswith("postgresql"):
        monkeypatch.setenv("JPBRIDGE_DATABASE_URL", store_url)
    (folder / CONFIG_NAME).write_text('office_name = "Kantor lama"\nzone = "Asia/Jayapura"\n', "utf-8")
    return folder


def url_of(home: Path, store_url: str) -> str:
    return store_url if store_url.startswith("postgresql") else f"sqlite+pysqlite:///{home / 'jpbridge.db'}"


def test_from_the_first_schema_with_rows_to_the_newest(home: Path, store_url: str, tmp_path: Path) -> None:
    engine = at_the_first_schema(url_of(home, store_url))
    before = fill_every_table(engine)
    assert len(before) > 20
    assert all(before.values()), [name for name, rows in before.items() if not rows]
    engine.dispose()
    with pytest.raises(StopRun, match=r"is not this version's"):  # nothing runs on the old schema meanwhile
        open_installation(home)
    saved = Path(initialise(home)["backup"])
    assert saved.name.endswith(f"-sebelum-skema-{newest_revision()}.tar.gz")
    _holds_the_old_schema(saved, tmp_path)
    opened = open_installation(home)
    reflected = sa.MetaData()
    reflected.reflect(opened.store)
    now = rows_of(opened.store, reflected)
    for table, rows in before.items():
        kept = [{name: row[name] for name in rows[0]} for row in now[table]]
        for row in rows:
            if table == "tenant" and row["code"] == "utama":  # its name follows the configuration
                row = row | {"name": "Kantor lama"}
            assert row in kept, table
    with opened.store.connect() as connection:
        ours = {"compare_type": True, "include_name": lambda name, kind, _: not str(name).startswith("xapi_")}
        context = MigrationContext.configure(connection, opts=ours)
        assert compare_metadata(context, metadata) == []
    roster = tmp_path / "pegawai.csv"
    roster.write_text(
        f"NIP,Nama,Jenis,Jabatan jenis,Kode OPD,Nama OPD\n{NIP},Yohana,PNS,pelaksana,8001,Dinas\n", "utf-8"
    )
    assert import_roster(opened.context(Silent()), roster).new == 1
    opened.close()
    assert initialise(home)["backup"] == ""  # once


def _holds_the_old_schema(saved: Path, tmp_path: Path) -> None:
    with tarfile.open(saved) as tar:
        names = tar.getnames()
        if "db/store.sqlite" not in names:
            assert "db/store.dump" in names
            return
        tar.extract("db/store.sqlite", tmp_path, filter="data")
    with sqlite3.connect(tmp_path / "db" / "store.sqlite") as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
        assert connection.execute("SELECT count(*) FROM ledger_entry").fetchone()[0] > 0
    connection.close()


def test_an_empty_first_schema_is_upgraded_and_its_night_runs(home: Path, store_url: str) -> None:
    at_the_first_schema(url_of(home, store_url)).dispose()
    initialise(home)
    opened = open_installation(home)
    assert night(opened.context(Silent()), started_by="t").reconciled.entries == 0
    opened.close()


def test_a_newer_schema_is_refused_by_everything_and_nothing_is_written(home: Path, store_url: str) -> None:
    initialise(home)
    engine = open_store(url_of(home, store_url))
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    for attempt in (initialise, open_installation):
        with pytest.raises(StopRun, match="newer JP Bridge"):
            attempt(home)
    assert current_revision(engine) == "9999"
    assert listed_backups(home / "backups") == []  # a service is restarted every ten seconds
    office = Office(home)
    if store_url.startswith("postgresql"):
        office.database_url = store_url
    told = office.run("doctor", code=70)
    assert "newer JP Bridge" in told
    engine.dispose()


def test_an_upgrade_that_fails_again_and_again_does_not_fill_the_disk(
    home: Path, sqlite_store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JPBRIDGE_DATABASE_URL", raising=False)
    at_the_first_schema(url_of(home, sqlite_store_url)).dispose()
    with sqlite3.connect(home / "jpbridge.db") as connection:  # a table of the next schema stands already
        connection.execute("CREATE TABLE sweep (x INTEGER)")
    connection.close()
    before = home / "backups"
    before.mkdir()
    for day in range(1, 2 + KEPT_OF_AN_UPGRADE):  # of the starts before this one
        (before / f"jpbridge-2026010{day}T000000Z-sebelum-skema-{newest_revision()}.tar.gz").touch()
    with pytest.raises(StopRun):
        initialise(home)
    engine = open_store(url_of(home, sqlite_store_url))
    assert current_revision(engine) == "0001"  # all of it in one transaction
    engine.dispose()
    kept = listed_backups(before)
    assert len(kept) == KEPT_OF_AN_UPGRADE
    assert kept[0].stat().st_size > 0
    assert kept[1].name.startswith(f"jpbridge-2026010{KEPT_OF_AN_UPGRADE + 1}")
