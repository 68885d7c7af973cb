"""Record stores of older versions, with rows in them: upgraded, they are what a fresh one is, and lose nothing."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from bridge.bootstrap import open_installation
from bridge.bootstrap.installation import initialise
from bridge.bootstrap.tenants import add_tenant, lrs_url
from bridge.errors import StopRun
from bridge.store.schedules import TenantRow
from tests.conformance.statements import BUDI, new_id, referring, small, voiding
from xapi.errors import SchemaMismatch
from xapi.model.facets import agent_name
from xapi.store.documents import Place
from xapi.store.store import Query, Store
from xapi.store.tables import SCHEMA_VERSION, metadata

AUTHOR = {"objectType": "Agent", "account": {"homePage": "https://e.id", "name": "lms"}}
BUDIS = Place("state", ("https://e.id/course", "mailto:budi@example.id"), None, "mailto:budi@example.id")
# What each version added to the one before: taken away, a store is as the older program left it.
ADDED = {
    2: [
        "ALTER TABLE xapi_document DROP COLUMN agent",
        "DROP TABLE xapi_forward_target",
        "DROP TABLE xapi_forward_dead",
        "DROP TABLE xapi_read",
    ]
}


def put_back(url: str, version: int) -> None:
    """Takes a store back to an older version."""
    store = Store(url)
    with store.database.engine.connect() as connection:
        for newer in range(SCHEMA_VERSION, version, -1):
            for change in ADDED[newer]:
                connection.exec_driver_sql(change)
        connection.exec_driver_sql(f"UPDATE xapi_schema SET version = {version}")
    store.close()


def filled(url: str) -> dict[str, Any]:
    """A store with statements of every kind and a document; returns what can be read of it."""
    store = Store(url)
    store.create_schema()
    first, second = small(id=new_id()), small(id=new_id())
    store.put_statements([first, second, referring(first["id"]), voiding(second["id"])], AUTHOR)
    store.documents.put(BUDIS, "bookmark", "text/plain", b"page 7", lambda kept: None)
    store.credentials.add("LMS", ["statements/write"])
    seen = facts(store)
    store.close()
    return seen


def facts(store: Store) -> dict[str, Any]:
    kept = store.documents.get(BUDIS, "bookmark")
    return {
        "statements": store.find(Query(ascending=True), 100)[1].statements,
        "by_agent": store.find(Query(agent=agent_name(BUDI), ascending=True), 100)[1].statements,
        "document": None if kept is None else (kept.content, kept.etag, kept.updated),
        "keys": [(one.key, one.scopes) for one in store.credentials.listed()],
    }


def shape(url: str) -> dict[str, Any]:
    """Tables with their columns and indexes."""
    store = Store(url)
    looked = sa.inspect(store.database.engine)
    found = {
        table: (
            {
                column["name"]: (str(column["type"]), column["nullable"])
                for column in looked.get_columns(table)
            },
            sorted(
                (index["name"] or "", tuple(index["column_names"])) for index in looked.get_indexes(table)
            ),
            looked.get_pk_constraint(table)["constrained_columns"],
        )
        for table in metadata.tables
    }
    store.close()
    return found


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION))
def test_an_older_store_becomes_what_a_fresh_one_is(store_url: str, version: int) -> None:
    before = filled(store_url)
    fresh = shape(store_url)
    put_back(store_url, version)
    store = Store(store_url)
    with pytest.raises(SchemaMismatch, match=f"version {version}, this program needs {SCHEMA_VERSION}"):
        store.check_schema()
    assert store.is_behind()
    store.create_schema()
    store.check_schema()
    assert not store.is_behind()
    assert shape(store_url) == fresh
    assert facts(store) == before
    # and it works on: a document that is written anew knows its agent, forwarding and counts have their tables
    store.documents.put(BUDIS, "bookmark", "text/plain", b"page 8", lambda kept: None)
    store.forwarding.add("pusat", "https://lrs.example.id/xapi", "k", "env:X")
    store.note_read("k", "counts", "{}")
    newer = store.put_statements([small(id=new_id())], AUTHOR)
    last = store.find(Query(), 1)[1].statements[0]
    assert orjson.loads(last[1])["id"] == newer[0]
    assert last[0] > before["statements"][-1][0]
    store.close()


def test_several_processes_upgrade_at_once_and_one_does_it(store_url: str) -> None:
    before = filled(store_url)
    put_back(store_url, 1)
    faults: list[BaseException] = []

    def upgrade() -> None:
        store = Store(store_url)
        try:
            store.create_schema()
        except BaseException as fault:
            faults.append(fault)
        finally:
            store.close()

    threads = [threading.Thread(target=upgrade) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert faults == []
    store = Store(store_url)
    assert facts(store) == before
    store.close()


def test_an_upgrade_that_breaks_off_leaves_the_old_version(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = filled(store_url)
    put_back(store_url, 1)
    import xapi.store.schema as upgrading

    step = upgrading.UPGRADES[1]

    def broken(connection: sa.Connection) -> None:
        step(connection)
        raise RuntimeError("the power went")

    monkeypatch.setitem(upgrading.UPGRADES, 1, broken)
    store = Store(store_url)
    with pytest.raises(RuntimeError):
        store.create_schema()
    monkeypatch.undo()
    assert store.is_behind()
    assert "agent" not in {
        one["name"] for one in sa.inspect(store.database.engine).get_columns("xapi_document")
    }
    store.create_schema()
    assert facts(store) == before
    store.close()


def test_init_upgrades_every_office_after_a_backup(tmp_path: Path) -> None:
    home = tmp_path / "home"
    initialise(home)
    opened = open_installation(home)
    row = TenantRow("biak", "Biak", "Asia/Jayapura", opened.clock())
    add_tenant(home, opened.store, opened.main, row)
    urls = [lrs_url(home, opened.main, code) for code in (opened.settings.tenant, "biak")]
    opened.close()
    for url in urls:
        filled(url)
        put_back(url, 1)
    for tenant in ("", "biak"):
        with pytest.raises(StopRun) as refused:
            open_installation(home, tenant)
        assert refused.value.code == "LRS-SCHEMA-OTHER"
        assert "jpbridge init" in refused.value.sentence
    assert "sebelum-skema-" in initialise(home)["backup"]
    assert initialise(home)["backup"] == ""
    for url in urls:
        store = Store(url)
        store.check_schema()
        assert len(facts(store)["statements"]) == 3
        store.close()
    store = Store(urls[0])
    with store.database.engine.connect() as connection:
        connection.exec_driver_sql("UPDATE xapi_schema SET version = 999")
    store.close()
    for act in (lambda: open_installation(home), lambda: initialise(home)):
        with pytest.raises(StopRun) as refused:
            act()
        assert refused.value.code == "LRS-SCHEMA-NEWER"
        assert "999" in refused.value.sentence
