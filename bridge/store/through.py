"""A whole table read from its beginning to its end, where an office holds most of it.

SQLite, which knows nothing of how the values of an indexed column are spread, looks every row of the only office up by
the index on `tenant`: more than twice the work of reading the table as it lies, and a seek a row where the file is
larger than the memory.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from bridge.store.people import count_learners
from bridge.store.tables import learner


def holds_most(connection: Connection, tenant: str) -> bool:
    """Whether at least half of the store's learners are the office's."""
    ever = connection.execute(select(func.max(learner.c.learner_id))).scalar_one() or 0
    return count_learners(connection, tenant) * 2 >= ever


def of_office(table: Any, tenant: str, *, through: bool) -> ColumnElement[bool]:
    """That a row is the office's. `through`: the table is read as it lies, and each row asked."""
    column = _NotByIndex(table.c.tenant) if through else table.c.tenant
    return column == tenant


class _NotByIndex(FunctionElement[Any]):
    """The same value, in which SQLite sees no column of an index (sqlite.org/optoverview.html, 6)."""

    name = "not_by_index"
    inherit_cache = True


@compiles(_NotByIndex)
def _(element: _NotByIndex, compiler: SQLCompiler, **named: Any) -> str:
    return compiler.process(element.clauses, **named)


@compiles(_NotByIndex, "sqlite")
def _(element: _NotByIndex, compiler: SQLCompiler, **named: Any) -> str:
    return f"+{compiler.process(element.clauses, **named)}"
