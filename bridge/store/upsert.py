"""INSERT … ON CONFLICT, spelt alike for SQLite and PostgreSQL: a constraint decides a race."""

from __future__ import annotations

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Insert = sqlite.Insert | postgresql.Insert


def insert_for(connection: Connection, table: Table) -> Insert:
    """The dialect's own INSERT, which knows on_conflict_do_nothing and on_conflict_do_update."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
