"""A table read as it lies: only the office's rows come, and SQLite looks none of them up by an index."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select

from bridge.domain.learner import Employment, Identifier, Learner, Post, Scheme
from bridge.store.people import store_roster
from bridge.store.sources import store_tenant
from bridge.store.tables import identifier
from bridge.store.through import holds_most, of_office

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)


def nip(number: int) -> str:
    return f"19850101201001{number:04d}"


@pytest.fixture
def two_offices(store: Engine) -> Engine:
    """Three of `utama`, one of its neighbour."""
    with store.begin() as connection:
        store_tenant(connection, "tetangga", "Kantor tetangga", "Asia/Jayapura", NOW)
        for number, tenant in enumerate(("utama", "utama", "tetangga", "utama"), start=1):
            names = (Identifier(Scheme.NIP, nip(number)),)
            person = Learner(f"p{number}", "Pegawai", Employment.PNS, Post.PELAKSANA, "8001", "Dinas", names)
            store_roster(connection, tenant, [person], NOW)
    return store


@pytest.mark.parametrize("through", [True, False])
def test_only_the_rows_of_the_office_come(two_offices: Engine, through: bool) -> None:
    query = select(identifier.c.value).order_by(identifier.c.value)
    with two_offices.connect() as connection:
        for tenant, numbers in (("utama", (1, 2, 4)), ("tetangga", (3,)), ("lain", ())):
            found = connection.execute(query.where(of_office(identifier, tenant, through=through))).scalars()
            assert found.all() == [nip(number) for number in numbers]


def test_sqlite_reads_the_table_as_it_lies(two_offices: Engine) -> None:
    if two_offices.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by what it knows of the rows")

    def plan(*, through: bool) -> str:
        query = select(identifier.c.valid_from).where(of_office(identifier, "utama", through=through))
        sql = query.compile(two_offices, compile_kwargs={"literal_binds": True})
        with two_offices.connect() as connection:
            return "\n".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}"))

    assert "USING INDEX" in plan(through=False)
    assert plan(through=True) == "SCAN identifier"


def test_who_holds_most_of_a_store(two_offices: Engine) -> None:
    with two_offices.connect() as connection:
        assert holds_most(connection, "utama")
        assert not holds_most(connection, "tetangga")


def test_an_empty_store_is_read_through(store: Engine) -> None:
    with store.connect() as connection:
        assert holds_most(connection, "utama")
