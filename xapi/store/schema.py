"""Creating the tables and knowing their version.

The tables are made by `create_all` and carry a version number, with numbered upgrades to come, rather than by
Alembic: the room has no configuration of its own and must stand in any database, beside any other schema,
whose own migrations neither see nor touch `xapi_…`. See docs/decisions.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, inspect, select

from xapi.errors import SchemaMismatch
from xapi.store import tables
from xapi.store.database import Database


def _owners_of_documents(connection: Connection) -> None:
    """To version 2: documents know their agent. (The tables of forwarding are new: `create_all` made them.)"""
    kind = "BYTEA" if connection.dialect.name == "postgresql" else "BLOB"
    connection.exec_driver_sql(f"ALTER TABLE xapi_document ADD COLUMN agent {kind}")


# upgrade from version n to n + 1; each runs once, inside the write turn
UPGRADES: dict[int, Callable[[Connection], None]] = {1: _owners_of_documents}


def create_schema(database: Database) -> None:
    """Creates what is missing and upgrades what is older; does nothing where all is well. Safe to repeat and
    to run from several processes at once."""
    with database.turn() as connection:
        tables.metadata.create_all(connection)
        found = connection.execute(select(tables.schema.c.version)).scalar_one_or_none()
        if found is None:
            connection.execute(tables.schema.insert().values(version=tables.SCHEMA_VERSION))
            return
        _refuse_newer(found)
        for version in range(found, tables.SCHEMA_VERSION):
            UPGRADES[version](connection)
        connection.execute(tables.schema.update().values(version=tables.SCHEMA_VERSION))


def schema_version(database: Database) -> int | None:
    """The version of the tables; None where there are none."""
    with database.reading() as connection:
        if not inspect(connection).has_table(tables.schema.name):
            return None
        return connection.execute(select(tables.schema.c.version)).scalar_one_or_none()


def check_schema(database: Database) -> None:
    """Raises SchemaMismatch where the tables are missing or not of this program's version."""
    found = schema_version(database)
    if found is None:
        raise SchemaMismatch("schema_missing")
    _refuse_newer(found)
    if found < tables.SCHEMA_VERSION:
        raise SchemaMismatch("schema_older", found=found, known=tables.SCHEMA_VERSION)


def _refuse_newer(found: int) -> None:
    if found > tables.SCHEMA_VERSION:
        raise SchemaMismatch("schema_newer", found=found, known=tables.SCHEMA_VERSION)
