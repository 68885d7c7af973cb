"""Rows whose key is one of many, asked so that both databases look each key up in their index."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, column, select, tuple_, values
from sqlalchemy.sql.elements import SQLCoreOperations


def among(columns: Sequence[SQLCoreOperations[Any]], keys: Collection[Sequence[Any]]) -> ColumnElement[bool]:
    """That the columns together are one of the keys (each with a value a column).

    A plain `(a, b) IN (VALUES …)` makes SQLite go through every row of the tenant: a list of values has no types, and
    it uses its index for columns of a named relation only. PostgreSQL would plan one OR a key.
    """
    names = [f"key_{place}" for place in range(len(columns))]
    types = [getattr(one, "type", None) for one in columns]
    listed = values(*(column(name, kind) for name, kind in zip(names, types, strict=True)), name="listed")
    if not keys:
        return tuple_(*columns).in_([])
    asked = listed.data([tuple(key) for key in keys]).cte()
    return tuple_(*columns).in_(select(*(asked.c[name] for name in names)))
