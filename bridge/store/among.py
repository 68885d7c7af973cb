"""Rows whose key is one of many, asked so that both databases look each key up in their index."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, TypeVar

import orjson
from sqlalchemy import ColumnElement, Integer, Text, cast, column, literal, literal_column, select, tuple_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import SQLCoreOperations
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

T = TypeVar("T")


def among(columns: Sequence[SQLCoreOperations[Any]], keys: Collection[Sequence[Any]]) -> ColumnElement[bool]:
    """That the columns together are one of the keys (each with a value, text or a whole number, a column).

    The keys go as one JSON text, however many they are. Listed one by one (`(a, b) IN (VALUES …)`) they make SQLite
    go through every row of the tenant, PostgreSQL plan one OR a key, and each take longer to say than to look up.
    """
    listed = _Elements(literal(orjson.dumps([tuple(key) for key in keys]).decode(), Text)).table_valued(
        column("value")
    )
    parts = [
        cast(_Part(listed.c.value, literal_column(str(place))), _kind(one))
        for place, one in enumerate(columns)
    ]
    return tuple_(*columns).in_(select(*parts))


def in_parts(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The values in their order, so many at a time: a statement's text and its rows have bounds."""
    return (values[start : start + size] for start in range(0, len(values), size))


def _kind(one: SQLCoreOperations[Any]) -> TypeEngine[Any]:
    """Text of any length: a cast to the column's own length would cut a longer key off, and it would match."""
    kind = getattr(one, "type", None)
    return kind if isinstance(kind, Integer) else Text()


def one_of(one: SQLCoreOperations[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """That the column is one of the values."""
    return among([one], [[value] for value in values])


class _Elements(FunctionElement[Any]):
    """The elements of a JSON array, a row each."""

    name = "elements"
    inherit_cache = True


class _Part(FunctionElement[Any]):
    """The value at a place of a JSON array."""

    name = "part"
    inherit_cache = True


@compiles(_Elements, "sqlite")
def _(element: _Elements, compiler: SQLCompiler, **named: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **named)})"


@compiles(_Elements, "postgresql")
def _(element: _Elements, compiler: SQLCompiler, **named: Any) -> str:
    return f"jsonb_array_elements(CAST({compiler.process(element.clauses, **named)} AS jsonb))"


@compiles(_Part, "sqlite")
def _(element: _Part, compiler: SQLCompiler, **named: Any) -> str:
    value, place = element.clauses
    return f"json_extract({compiler.process(value, **named)}, '$[{compiler.process(place, **named)}]')"


@compiles(_Part, "postgresql")
def _(element: _Part, compiler: SQLCompiler, **named: Any) -> str:
    value, place = element.clauses
    return f"({compiler.process(value, **named)} ->> {compiler.process(place, **named)})"
