"""Pushed statements: what others send to our own record store becomes completions, and counts once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bridge.bootstrap import Installation, initialise, open_installation
from bridge.domain.evidence import Completion
from bridge.flows.accounts import import_accounts
from bridge.flows.context import Context, Silent
from bridge.flows.hints import due_sources, mark_due, pull_due
from bridge.flows.imports import import_catalogue, import_roster
from bridge.flows.night import night, recorded_run
from bridge.flows.pull import pull_all
from bridge.flows.reconcile import reconcile
from bridge.store.evidence import ReadIdentity, store_completions
from bridge.store.sources import SourceRow, load_sources, store_source
from bridge.store.sweep import begin_sweep, end_sweep
from bridge.store.tables import completion, finding, ledger_entry
from bridge.store.unit import reading, unit
from tests.lms_sites.lrs import CMI5, HOME, LMS, statement, voiding

NIP = "198507151999031002"
MARIA = "Maria Wanggai"
OTHER = "197407132025212090"
AT = datetime(2026, 5, 4, 2, 0, tzinfo=UTC)
COURSE = f"{HOME}/course/view.php?id=8"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Installation]:
    initialise(tmp_path / "home", "Kantor uji")
    opened = open_installation(tmp_path / "home")
    ctx = opened.context(Silent())
    roster, catalogue = tmp_path / "pegawai.csv", tmp_path / "katalog.csv"
    roster.write_text(
        "NIP,Nama,Jenis,Jabatan jenis,Kode OPD,Nama OPD\n"
        f"{NIP},Maria Wanggai,PNS,fungsional,8001.01,Dinas Kesehatan\n"
        f"{OTHER},Salomina Kambu,PPPK,pelaksana,8001.02,Dinas Sosial\n"
    )
    catalogue.write_text(
        "kode,judul,bentuk,JP,moda,sumber,kursus_lms\n"
        f"KI,Keamanan Informasi,3,12,daring,moodle,8\nKI,,,,daring,kiriman,{COURSE}\n"
    )
    assert not import_roster(ctx, roster).problems
    assert not import_catalogue(ctx, catalogue).problems
    with unit(opened.store) as connection:
        row = SourceRow(0, "kiriman", "own_lrs", "", {"home_page": HOME}, "", True)
        store_source(connection, ctx.office.tenant, row, ctx.clock())
    yield opened
    opened.close()


def ledger(ctx: Context) -> list[tuple[int, int]]:
    with reading(ctx.store) as connection:
        return [(row.learner_id, row.jp) for row in connection.execute(select(ledger_entry))]


def evidence(ctx: Context) -> set[tuple[str, str, str]]:
    with reading(ctx.store) as connection:
        query = select(completion.c.source, completion.c.external_learner, completion.c.standing)
        return {(row[0], row[1], row[2]) for row in connection.execute(query)}


def reconciled(ctx: Context) -> None:
    with recorded_run(ctx, "reconcile", started_by="test") as record:
        reconcile(ctx, record.run_id)


def test_a_pushed_statement_earns_jp_by_the_nip_in_the_account(office: Installation) -> None:
    ctx = office.context(Silent())
    office.records.store.put_statements([statement(NIP, 8, AT, person=MARIA)], LMS)
    report = night(ctx, started_by="test")
    assert [item.error for item in report.pulls] == [None]
    assert [jp for _, jp in ledger(ctx)] == [1200]
    assert report.published.statements == 1
    # Our own statement about the credit lies in the same store now: it must not become evidence of itself.
    again = night(ctx, started_by="test")
    assert again.pulls[0].stored.new == 0
    assert len(ledger(ctx)) == 1


def test_a_numeric_user_id_is_known_by_the_accounts_that_the_office_states(
    office: Installation, tmp_path: Path
) -> None:
    ctx = office.context(Silent())
    office.records.store.put_statements(
        [statement("1032", 8, AT, person="Salomina Kambu"), statement("1033", 8, AT)], LMS
    )
    pull_all(ctx)
    reconciled(ctx)
    assert ledger(ctx) == []
    table = tmp_path / "akun.csv"
    table.write_text(f"NIP,sumber,akun\n{OTHER},kiriman,1032\n199001012015011012,kiriman,1033\nx,kiriman,1\n")
    report = import_accounts(ctx, table)
    assert (report.rows, report.new, [item.place for item in report.problems]) == (
        2,
        1,
        ["baris 4", "baris 3"],
    )
    reconciled(ctx)
    assert [jp for _, jp in ledger(ctx)] == [1200]
    table.write_text(f"NIP,sumber,akun\n{OTHER},kiriman,1032\n{NIP},kiriman,1032\n")
    again = import_accounts(ctx, table)
    assert (again.new, again.same, len(again.problems)) == (0, 1, 1)


def test_two_pieces_of_evidence_are_one_completion_and_both_are_kept(office: Installation) -> None:
    """The same course by Moodle's web service and by logstore_xapi."""
    ctx = office.context(Silent())
    record = Completion(
        source="moodle",
        external_learner="1032",
        external_course="8",
        completed_at=AT,
        learner_name="Maria Wanggai",
    )
    with unit(ctx.store) as connection:
        store_completions(
            connection,
            ctx.office.tenant,
            [(record, ReadIdentity(NIP, None))],
            payload_id=None,
            now=ctx.clock(),
        )
    office.records.store.put_statements([statement(NIP, 8, AT, person=MARIA)], LMS)
    night(ctx, started_by="test")
    assert [jp for _, jp in ledger(ctx)] == [1200]
    assert {row[:2] for row in evidence(ctx)} == {("moodle", "1032"), ("kiriman", NIP)}
    with reading(ctx.store) as connection:
        both = connection.execute(select(ledger_entry.c.evidence)).scalar_one()
    assert len(both) == 2


def test_a_void_takes_the_credit_back(office: Installation) -> None:
    ctx = office.context(Silent())
    sent = statement(NIP, 8, AT, person=MARIA)
    office.records.store.put_statements([sent], LMS)
    night(ctx, started_by="test")
    office.records.store.put_statements([voiding(sent["id"])], LMS)
    pull_all(ctx, full=False)
    assert ("kiriman", NIP, "withdrawn") in evidence(ctx)
    reconciled(ctx)
    assert sum(jp for _, jp in ledger(ctx)) == 0


def test_cmi5_without_learning_is_a_finding_and_no_credit(office: Installation) -> None:
    ctx = office.context(Silent())
    registration = "5f2b3a30-4a3e-4a8e-9a9f-0f6f9a2b1c11"
    verb = "https://w3id.org/xapi/adl/verbs/satisfied"
    sent = statement(NIP, 8, AT, person=MARIA, verb=verb, registration=registration, categories=[CMI5])
    office.records.store.put_statements([sent], LMS)
    night(ctx, started_by="test")
    assert ledger(ctx) == []
    with reading(ctx.store) as connection:
        codes = [row.code for row in connection.execute(select(finding)) if row.closed_at is None]
    assert "XAPI-UNPROVEN" in codes


def test_a_hint_marks_the_source_and_a_good_pull_unmarks_it(office: Installation) -> None:
    ctx = office.context(Silent())
    assert pull_due(ctx) == []
    with unit(ctx.store) as connection:
        assert mark_due(connection, ctx.office.tenant, "kiriman", ctx.clock())
        assert not mark_due(connection, ctx.office.tenant, "tidak-ada", ctx.clock())
    office.records.store.put_statements([statement(NIP, 8, AT, person=MARIA)], LMS)
    assert [item.stored.new for item in pull_due(ctx)] == [1]
    assert due_sources(ctx) == []


def test_hints_never_make_a_source_that_has_to_be_swept_sweep_again_and_again(office: Installation) -> None:
    """Canvas can't say what changed: each hint would read it whole."""
    ctx = office.context(Silent())
    with unit(ctx.store) as connection:
        row = SourceRow(0, "canvas", "canvas", "https://canvas.example.go.id", {}, "", True)
        store_source(connection, ctx.office.tenant, row, ctx.clock())
        (row,) = [one for one in load_sources(connection, ctx.office.tenant) if one.name == "canvas"]
        mark_due(connection, ctx.office.tenant, "canvas", ctx.clock())
    assert [one.name for one, _ in due_sources(ctx)] == ["canvas"]
    with unit(ctx.store) as connection:
        sweep = begin_sweep(connection, row.source_id, ctx.clock())
        end_sweep(connection, sweep, complete=True, now=ctx.clock())
    assert due_sources(ctx) == []
    later = replace(ctx, clock=lambda: office.clock() + timedelta(hours=1, seconds=1))
    assert [one.name for one, _ in due_sources(later)] == ["canvas"]


def test_a_source_of_this_kind_is_added_without_an_address(office: Installation) -> None:
    entry: Any = office.context(Silent()).adapters["own_lrs"]
    assert not entry.spec.needs_address
    assert not entry.spec.secrets
