"""The engine is fed the same whether rows come through the connection, by Arrow, or in buckets of learners."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import Engine, Select, column, insert, select
from sqlalchemy import table as sql_table

from bridge.domain.evidence import Attendance, Completion, OfflineEvent
from bridge.domain.keys import completion_key
from bridge.domain.learner import Employment, Identifier, Learner, Post, Scheme
from bridge.engine.relations import INPUTS
from bridge.engine.rules import default_rule_document, read_rules, rule_table, title_word_table
from bridge.engine.run import EngineResult, reconcile
from bridge.errors import StopRun
from bridge.store.arrow_scan import RowScan, arrow_scan
from bridge.store.buckets import Buckets
from bridge.store.evidence import ReadIdentity, store_attendances, store_completions
from bridge.store.feed import Scope, catalogue_inputs, engine_inputs, scope_of, setting_input
from bridge.store.people import store_roster
from bridge.store.tables import attendance, decision, identifier

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
AS_OF = date(2026, 11, 24)
ZONE = "Asia/Jayapura"
ODD = "kelas\\satu\x1fdua 'tiga' 100%"  # whatever a source may write into a key
PEOPLE = 24
RULES = [read_rules(default_rule_document())]


def nip(number: int) -> str:
    return f"19850101201001{number:04d}"


def person(number: int) -> Learner:
    names = [Identifier(Scheme.NIP, nip(number))]
    if number % 4 == 0:
        names.append(Identifier(Scheme.ACCOUNT, f"akun{number}", "lms"))
    if number == 9:  # holds the number of another too, with open dates: who is meant can't be known
        names.append(Identifier(Scheme.NIP, nip(2)))
    return Learner(
        f"p{number}", f"Pegawai {number}", Employment.PNS, Post.PELAKSANA, "8001", "Dinas", tuple(names)
    )


@pytest.fixture
def filled(store: Engine) -> Engine:
    chance = random.Random(5)
    with store.begin() as connection:
        store_roster(connection, "utama", [person(number) for number in range(1, PEOPLE + 1)], NOW)
        for version in range(2):  # the second time some of it has changed
            courses = [
                (
                    Completion(
                        "lms",
                        f"akun{number}" if chance.random() < 0.9 else f"akun{number - number % 4}",
                        ODD if course == 1 else str(course),
                        NOW - timedelta(days=40 * course + version * chance.choice([0, 0, 1])),
                        course_title=f"Kursus {course}",
                        jp_stated="4 JP",
                    ),
                    chance.choice(
                        [ReadIdentity(nip(number), None)] * 8
                        + [ReadIdentity(None, "NIP-MISSING"), ReadIdentity(nip(999), None)]
                    ),
                )
                for number in range(1, PEOPLE + 1)
                for course in range(1, 5)
            ]
            store_completions(connection, "utama", courses, payload_id=None, now=NOW)
        events = [
            OfflineEvent(
                "kab", f"e{n}", f"Bimtek {n}", start=date(2026, 3, n), end=date(2026, 3, n), jp_stated="6"
            )
            for n in range(1, 6)
        ]
        sheet = [
            (
                Attendance(
                    "kab",
                    f"e{1 + number % 5}",
                    nip(number),
                    "S",
                    number,
                    sessions_attended=number % 3,
                    sessions_total=2,
                ),
                ReadIdentity(nip(number), None),
            )
            for number in range(1, PEOPLE + 3)
        ]
        store_attendances(connection, "utama", events, sheet, batch_id=None, now=NOW)
        linked = completion_key("lms", "akun3", "2", "1")
        connection.execute(
            insert(decision).values(
                tenant="utama",
                kind="link",
                subject=linked,
                made_on="lama",
                learner_id=20,
                reason="uji",
                made_by="x",
                made_at=NOW,
            )
        )
    return store


def rows(table: pa.Table) -> list[str]:
    return sorted(repr(row) for row in table.to_pylist())


def whole(engine: Engine) -> dict[str, pa.Table]:
    with engine.connect() as connection:
        return engine_inputs(RowScan(connection), "utama", Scope(everybody=True), zone=ZONE, as_of=AS_OF)


def computed(inputs: dict[str, pa.Table]) -> EngineResult:
    return reconcile(inputs | {"rule": rule_table(RULES), "title_word": title_word_table(RULES)}, threads=1)


def test_arrow_reads_what_rows_read(filled: Engine) -> None:
    expected = whole(filled)
    with arrow_scan(filled) as scan:
        found = engine_inputs(scan, "utama", Scope(everybody=True), zone=ZONE, as_of=AS_OF)
    assert set(found) == set(expected) == set(INPUTS) - {"rule", "title_word", "earlier_completion"}
    for name, table in expected.items():
        assert found[name].schema == table.schema
        assert rows(found[name]) == rows(table), name
    assert completion_key("lms", "akun1", ODD, "1") in found["completion"]["evidence_key"].to_pylist()


def test_arrow_reads_the_touched_only(filled: Engine) -> None:
    subjects = [f"nip:{nip(2)}", "learner:4", "evidence:" + completion_key("lms", "akun7", ODD, "1")]
    with filled.connect() as connection:
        scope = scope_of(connection, "utama", subjects)
        expected = engine_inputs(RowScan(connection), "utama", scope, zone=ZONE, as_of=AS_OF)
    with arrow_scan(filled) as scan:
        found = engine_inputs(scan, "utama", scope, zone=ZONE, as_of=AS_OF)
    assert 0 < found["completion"].num_rows < 40
    for name, table in expected.items():
        assert rows(found[name]) == rows(table), name


@pytest.mark.parametrize(("size", "through"), [(1, False), (5, True), (100, True)])
def test_buckets_together_give_what_the_whole_gives(
    filled: Engine, tmp_path: Path, size: int, through: bool
) -> None:
    expected = computed(whole(filled))
    credit_rows: list[str] = []
    findings: list[str] = []
    evidence = 0
    buckets = Buckets(tmp_path, size)
    with arrow_scan(filled) as scan:
        buckets.fill(scan, "utama", lambda _name: None, through=through)
        common = catalogue_inputs(scan, "utama") | {"setting": setting_input(ZONE, AS_OF)}
    assert buckets.count == -(-PEOPLE // size)
    for number in range(buckets.count):
        inputs = buckets.inputs(number) | common
        evidence += inputs["completion"].num_rows + inputs["attendance"].num_rows
        result = computed(inputs)
        credit_rows += rows(result.desired)
        findings += rows(result.finding)
    buckets.close()
    inputs = whole(filled)
    assert evidence == inputs["completion"].num_rows + inputs["attendance"].num_rows
    assert sorted(credit_rows) == rows(expected.desired)
    assert sorted(findings) == rows(expected.finding)
    assert len(credit_rows) > 50
    assert len(findings) > 5


def test_a_store_that_is_not_there_is_a_sentence(sqlite_store_url: str) -> None:
    from bridge.store.connect import open_store
    from bridge.store.feed import event_query

    engine = open_store(sqlite_store_url)
    with arrow_scan(engine) as scan, pytest.raises(StopRun, match="refused to be read"):
        scan.table([event_query("utama")], INPUTS["offline_event"])
    engine.dispose()


def test_several_queries_are_answered_in_their_order(filled: Engine) -> None:
    schema = pa.schema([("nip", pa.string())])
    wanted = [nip(number) for number in (8, 3, 7, 3, 20)]
    queries = [
        select(identifier.c.value).where(identifier.c.tenant == "utama", identifier.c.value == one)
        for one in wanted
    ]
    with arrow_scan(filled) as scan:
        assert scan.table(queries, schema)["nip"].to_pylist() == wanted
        assert scan.table([], schema).num_rows == 0
        absent = select(identifier.c.value).where(identifier.c.value == "tidak ada")
        assert scan.table([absent, queries[0], absent], schema)["nip"].to_pylist() == wanted[:1]
        with pytest.raises(StopRun, match="refused to be read"):
            scan.table([queries[0], select(column("x")).select_from(sql_table("absent"))], schema)


def test_a_reader_that_dies_in_its_answer_is_a_sentence(filled: Engine) -> None:
    if filled.dialect.name != "sqlite":
        pytest.skip("PostgreSQL is read in this process")
    many = select(attendance.c.event_ref).select_from(attendance, *(attendance.alias() for _ in range(4)))
    with arrow_scan(filled) as scan:
        batches = scan.batches(many, pa.schema([("event_ref", pa.string())]))
        next(batches)
        scan._child.kill()  # type: ignore[attr-defined]
        with pytest.raises(StopRun, match="in the middle of its answer"):
            list(batches)


@pytest.mark.parametrize("broken", ["person_key", "minutes", "ordinal"])
def test_a_store_that_fails_while_it_is_read_is_the_same_sentence(
    filled: Engine, tmp_path: Path, broken: str
) -> None:
    """Whatever of it is being read: people, evidence or the ledger."""

    class Breaking(RowScan):
        def batches(self, query: Select[Any], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
            yield from super().batches(query, schema)
            if broken in schema.names:
                raise StopRun("STORE-FAULT", "Rusak.", "Broken.")

    buckets = Buckets(tmp_path, 5)
    with filled.connect() as connection, pytest.raises(StopRun, match="Broken"):
        buckets.fill(Breaking(connection), "utama", lambda _name: None)
    buckets.close()
