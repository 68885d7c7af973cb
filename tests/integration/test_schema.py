"""Migrated and declared schemas are equal, on both databases; a newer schema is refused."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from bridge.errors import StopRun
from bridge.store.connect import open_store
from bridge.store.insert_only import INSERT_ONLY
from bridge.store.migrate import _config, current_revision, known_revisions, newest_revision, upgrade
from bridge.store.tables import metadata


def triggers(engine: sa.Engine) -> set[str]:
    if engine.dialect.name == "sqlite":
        query = "SELECT name || ' ' || sql FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
    with engine.connect() as connection:
        return {row[0] for row in connection.exec_driver_sql(query)}


def test_migrated_equals_declared(store_url: str) -> None:
    engine = open_store(store_url)
    upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []
    migrated = triggers(engine)
    assert len(migrated) == len(INSERT_ONLY) * (2 if engine.dialect.name == "sqlite" else 1)
    with engine.begin() as connection:
        metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE alembic_version")
    metadata.create_all(engine)
    assert triggers(engine) == migrated
    engine.dispose()


def test_upgrade_twice_changes_nothing(store_url: str) -> None:
    engine = open_store(store_url)
    assert current_revision(engine) is None
    upgrade(engine)
    upgrade(engine)
    assert current_revision(engine) == newest_revision()
    engine.dispose()


def test_a_newer_schema_is_refused(store_url: str) -> None:
    engine = open_store(store_url)
    upgrade(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StopRun, match="newer JP Bridge"):
        upgrade(engine)
    engine.dispose()


@pytest.mark.parametrize("verb", ["UPDATE learner_history SET row = '{}'", "DELETE FROM learner_history"])
def test_insert_only_tables_refuse_change(store_url: str, verb: str) -> None:
    engine = open_store(store_url)
    upgrade(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO tenant VALUES ('t', 'T', 'Asia/Jayapura', 0)")
        connection.exec_driver_sql(
            "INSERT INTO learner VALUES (1, 't', 'p', 'N', 'PNS', 'pelaksana', 'o', 'O', '', true, 0)"
        )
        connection.exec_driver_sql("INSERT INTO learner_history VALUES (1, 1, '{}', 0)")
    with pytest.raises(sa.exc.DBAPIError, match="insert-only"), engine.begin() as connection:
        connection.exec_driver_sql(verb)
    engine.dispose()


def test_the_files_names_are_the_chain() -> None:
    """What every command asks (`known_revisions`) is what Alembic would answer."""
    chain = [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()]
    assert known_revisions() == chain[::-1]
