"""Many keys at once: the same rows as by a plain list, and on SQLite found by every column of the index."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, Select, event, select, tuple_

from bridge.domain.learner import Employment, Identifier, Learner, Post, Scheme
from bridge.store.among import among, one_of
from bridge.store.arrow_scan import RowScan
from bridge.store.feed import COMPLETION_KEY, completion_query, engine_inputs, scope_of
from bridge.store.people import nip_of_learners, store_roster
from bridge.store.tables import completion, identifier

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
ODD = "kelas\\satu\x1fdua 'tiga' 100%"


def nip(number: int) -> str:
    return f"19850101201001{number:04d}"


@pytest.fixture
def staffed(store: Engine) -> Engine:
    people = [
        Learner(f"p{n}", f"Pegawai {n}", Employment.PNS, Post.PELAKSANA, "8001", "Dinas",
                (Identifier(Scheme.NIP, nip(n)), Identifier(Scheme.ACCOUNT, ODD if n == 3 else f"akun{n}", "lms")))
        for n in range(1, 40)
    ]  # fmt: skip
    with store.begin() as connection:
        store_roster(connection, "utama", people, NOW)
    return store


def test_the_same_rows_as_by_a_plain_list(staffed: Engine) -> None:
    pair = [identifier.c.source, identifier.c.value]
    query = select(identifier.c.value).where(identifier.c.tenant == "utama").order_by(identifier.c.value)
    asked = [
        ("lms", ODD),
        ("lms", "akun7"),
        ("", nip(8)),
        ("lms", nip(9)),
        ("lain", "akun2"),
        ("lms", "akun7"),
    ]
    with staffed.connect() as connection:
        found = connection.execute(query.where(among(pair, asked))).scalars().all()
        plain = connection.execute(query.where(tuple_(*pair).in_(asked))).scalars().all()
        none = connection.execute(query.where(among(pair, []))).scalars().all()
    assert found == plain == sorted([ODD, "akun7", nip(8)])
    assert none == []


def test_a_key_is_found_by_every_column_of_the_index(staffed: Engine) -> None:
    if staffed.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by what it knows of the rows; a few dozen it reads through")
    keys = [("lms", f"akun{n}", str(n), "1") for n in range(300)]
    key = [completion.c[name] for name in COMPLETION_KEY]
    told = plan(staffed, completion_query("utama").where(among(key, keys)))
    assert "SEARCH completion USING INDEX" in told
    assert "(tenant=? AND source=? AND external_learner=? AND external_course=? AND attempt=?)" in told
    plain = plan(staffed, completion_query("utama").where(tuple_(*key).in_(keys)))
    assert "(tenant=? AND source=? AND external_learner=? AND external_course=? AND attempt=?)" not in plain


def test_a_key_longer_than_its_column_is_not_cut_to_fit(staffed: Engine) -> None:
    value = select(identifier.c.value)
    with staffed.connect() as connection:
        padded = value.where(one_of(identifier.c.source, ["lms" + " " * 70, "lm"]))
        assert connection.execute(padded).all() == []
        whole = value.where(one_of(identifier.c.source, ["lms"]))
        assert len(connection.execute(whole).all()) == 39
        numbers = value.where(one_of(identifier.c.learner_id, [3, 5, 2**40]))
        assert len(connection.execute(numbers).all()) == 4


def test_some_learners_are_not_looked_for_among_all_the_office(staffed: Engine) -> None:
    if staffed.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by what it knows of the rows")
    asked: list[str] = []
    event.listen(staffed, "before_cursor_execute", lambda *given: asked.append(given[2]))
    with staffed.connect() as connection:
        assert nip_of_learners(connection, "utama", [2, 5]) == {2: nip(2), 5: nip(5)}
        scope = scope_of(connection, "utama", ["learner:2"])
        inputs = engine_inputs(
            RowScan(connection), "utama", scope, zone="Asia/Jayapura", as_of=date(2026, 11, 24)
        )
    assert inputs["learner"].num_rows == 1
    assert inputs["identifier"].num_rows == 2
    [people] = [sql for sql in asked if "FROM learner" in sql]
    told = "\n".join(steps_of(staffed, people))
    assert "SEARCH learner USING INTEGER PRIMARY KEY (rowid=?)" in told
    about = [sql for sql in asked if "FROM identifier" in sql]
    assert len(about) >= 4
    for sql in about:
        first = next(step for step in steps_of(staffed, sql) if "identifier" in step)
        assert "(learner_id=?)" in first or "source=? AND value=?" in first, (first, sql)


def steps_of(engine: Engine, sql: str) -> list[str]:
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", ("1",) * sql.count("?")).all()
    return [row[3] for row in rows]


def plan(engine: Engine, query: Select[Any]) -> str:
    sql = query.compile(engine, compile_kwargs={"literal_binds": True})
    with engine.connect() as connection:
        return "\n".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}"))
