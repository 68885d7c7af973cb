"""INSERT … ON CONFLICT, spelt alike for SQLite and PostgreSQL: a constraint decides a race."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, Table

if TYPE_CHECKING:  # a store on one database has no use for the other's dialect
    from sqlalchemy.dialects import postgresql, sqlite

    Insert = sqlite.Insert | postgresql.Insert


def insert_for(connection: Connection, table: Table) -> Insert:
    """The dialect's own INSERT, which knows on_conflict_do_nothing and on_conflict_do_update."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)
