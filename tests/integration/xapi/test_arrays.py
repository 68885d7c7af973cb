"""Arrays packed by hand are what PostgreSQL reads."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from xapi.store.arrays import kind_of, packed_array, teach


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("int8", [0, -1, 2**63 - 1, -(2**63)]),
        ("int4", [7, -(2**31)]),
        ("int2", [0, 32767]),
        ("bool", [True, False]),
        ("bytea", [b"", b"\x00\xff'\\", None, b"x" * 5000]),
        ("text", ["", "NULL", '"{},', None, "é 統計"]),
        ("bytea", []),
    ],
)
def test_what_is_packed_arrives(postgres_url: str, kind: str, values: list[Any]) -> None:
    with psycopg.connect(postgres_url) as connection:
        teach(connection)
        sql = f"SELECT * FROM unnest(%s::{kind}[])"
        rows = connection.execute(sql, [packed_array(kind, values)]).fetchall()
    assert [row[0] for row in rows] == values


def test_kinds_of_keys() -> None:
    assert [kind_of([b"x"]), kind_of([1]), kind_of(["x"]), kind_of([])] == ["bytea", "int8", "text", "bytea"]
