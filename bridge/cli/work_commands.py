"""The work itself: import, reconcile, publish, night."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from bridge.cli.app import Json, app, context
from bridge.cli.output import errors, language, print_error, print_json, print_table, say, tell
from bridge.flows.imports import (
    ImportProblem,
    ImportReport,
    import_catalogue,
    import_roster,
    undo_import,
)
from bridge.flows.night import NightReport, night, recorded_run
from bridge.flows.publish import PublishReport, publish
from bridge.flows.pull import PullReport
from bridge.flows.reconcile import ReconcileReport, reconcile
from bridge.reports.finding_words import finding_words
from bridge.wording import ENGLISH

import_app = typer.Typer(no_args_is_help=True, help="Ambil data dari berkas. (Import from files.)")
app.add_typer(import_app, name="import")


class Engine(StrEnum):
    DUCKDB = "duckdb"
    SPARK = "spark"


def started_by() -> str:
    return f"cli:{getpass.getuser()}"


def pull_facts(reports: Sequence[PullReport]) -> list[dict[str, Any]]:
    return [
        {
            "source": item.source,
            "pages": item.pages,
            "rows": item.rows,
            "new": item.stored.new,
            "changed": item.stored.changed,
            "same": item.stored.same,
            "withdrawn": item.stored.withdrawn,
            "quarantined": item.quarantined,
            "complete": item.complete,
            "why_incomplete": item.why_incomplete,
            "full": item.full,
            "continued": item.continued,
            "way": item.way,
            "requests": item.requests,
            "received_bytes": item.received,
            "error": None if item.error is None else {"code": item.error.code, "text": item.error.english},
        }
        for item in reports
    ]


def print_pulls(reports: Sequence[PullReport]) -> None:
    rows = [
        (
            item.source,
            item.rows,
            item.stored.new,
            item.stored.changed,
            item.stored.withdrawn,
            item.quarantined,
            item.complete
            if item.full
            else say("ringan"),  # a light pull does not claim to have seen everything
            item.requests,
            item.received // 1024,
        )
        for item in reports
    ]
    print_table(
        "Penarikan data",
        ["Sumber", "Baris", "Baru", "Berubah", "Dicabut", "Karantina", "Lengkap", "Permintaan", "KB"],
        rows,
    )
    for item in reports:
        if item.error is not None:
            print_error(item.error)
        elif item.why_incomplete or item.way:
            tell("{source}: {why}", source=item.source, why=item.why_incomplete or item.way)


def pull_exit_code(reports: Sequence[PullReport]) -> int:
    """The gravest remedy among the sources: a person (69) before patience (75)."""
    codes = {item.error.exit_code for item in reports if item.error is not None}
    return 69 if 69 in codes else max(codes, default=0)


def problem_words(problem: ImportProblem, wanted: str) -> str:
    """The reader's own sentence, else the finding catalogue's."""
    if problem.sentence:
        return problem.english if wanted == ENGLISH else problem.sentence
    words = finding_words(problem.code, problem.params, wanted)
    return f"{words.sentence} {words.next_step}"


def print_import(report: ImportReport, json: bool) -> None:
    if json:
        print_json(
            {
                "file": report.file,
                "kind": report.kind,
                "rows": report.rows,
                "new": report.new,
                "changed": report.changed,
                "same": report.same,
                "withdrawn": report.withdrawn,
                "lapsed": report.lapsed,
                "unchanged_file": report.unchanged_file,
                "problems": [
                    {"place": item.place, "code": item.code, "text": problem_words(item, ENGLISH)}
                    for item in report.problems
                ],
            }
        )
        return
    if report.unchanged_file:
        tell(
            "Berkas {file} sudah pernah diambil dan tidak berubah; tidak ada yang ditulis.", file=report.file
        )
        return
    print_table(
        "Impor",
        ["Berkas", "Baris", "Baru", "Berubah", "Sama", "Dicabut", "Bermasalah"],
        [
            (
                report.file,
                report.rows,
                report.new,
                report.changed,
                report.same,
                report.withdrawn,
                len(report.problems),
            )
        ],
    )
    if report.lapsed:
        tell(
            "{n} konfirmasi penyelenggara gugur karena daftarnya berubah; minta lagi: jpbridge import confirm {sheet}",
            n=report.lapsed,
            sheet=repr(report.source or report.file),
        )
    if report.problems:
        shown = [(item.place, item.code, problem_words(item, language())) for item in report.problems[:20]]
        print_table("Baris yang perlu dilihat", ["Baris", "Kode", "Apa dan bagaimana"], shown)
        if len(report.problems) > len(shown):
            errors().print(say("… dan {n} baris lagi.", n=len(report.problems) - len(shown)), style="dim")


@import_app.command("roster")
def roster(file: Path, json: Json = False) -> None:
    """Daftar pegawai dari CSV atau XLSX. (The roster from CSV or XLSX.)"""
    with context(quiet=json) as ctx:
        print_import(import_roster(ctx, file), json)


@import_app.command("catalogue")
def catalogue(file: Path, json: Json = False) -> None:
    """Katalog program dari CSV atau XLSX. (The programme catalogue from CSV or XLSX.)"""
    with context(quiet=json) as ctx:
        print_import(import_catalogue(ctx, file), json)


@import_app.command("undo")
def undo(name: str, json: Json = False) -> None:
    """Batalkan impor satu lembar; kreditnya dicabut pada rekonsiliasi berikutnya. (Undo an import.)"""
    with context(quiet=json) as ctx:
        gone = undo_import(ctx, name, started_by())
    if json:
        print_json({"source": name, "withdrawn": gone})
    else:
        tell("{n} kehadiran dari {name} dicabut. Jalankan: jpbridge reconcile", n=gone, name=name)


def print_reconciled(report: ReconcileReport) -> None:
    print_table(
        "Rekonsiliasi",
        ["Pegawai", "Penyelesaian", "Kehadiran", "Entri baru", "Temuan baru", "Temuan selesai"],
        [
            (
                report.learners,
                report.completions,
                report.attendances,
                report.entries,
                report.findings.opened,
                report.findings.closed,
            )
        ],
    )


def print_published(report: PublishReport) -> None:
    print_table(
        "Penerbitan ke LRS",
        ["Entri", "Pernyataan", "Menunggu", "Keterangan"],
        [(report.entries, report.statements, report.waiting, report.error)],
    )


@app.command("reconcile")
def reconcile_command(
    everybody: Annotated[
        bool, typer.Option("--all", help="Hitung ulang semua pegawai. (Recompute everybody.)")
    ] = False,
    engine: Annotated[
        Engine, typer.Option(help="Mesin hitung; spark selalu menghitung semua. (spark computes everybody.)")
    ] = Engine.DUCKDB,
    master: Annotated[str, typer.Option(help="Spark: local[2], spark://host:7077, yarn, …")] = "local[*]",
    shared_folder: Annotated[
        Path | None,
        typer.Option(help="Folder yang terlihat oleh semua mesin Spark. (One that all of Spark sees.)"),
    ] = None,
    json: Json = False,
) -> None:
    """Hitung kredit yang seharusnya dan tulis selisihnya. (Compute credits, write the difference.)"""
    with context(quiet=json) as ctx, recorded_run(ctx, "reconcile", started_by=started_by()) as record:
        if engine is Engine.SPARK:
            from bridge.flows.on_spark import reconcile_on_spark

            report = reconcile_on_spark(ctx, record.run_id, master=master, shared_folder=shared_folder)
        else:
            report = reconcile(ctx, record.run_id, everybody=everybody)
        record.counts["reconcile"] = report.counts()
    if json:
        print_json(report.counts())
    else:
        print_reconciled(report)


@app.command("publish")
def publish_command(json: Json = False) -> None:
    """Terbitkan entri yang menunggu ke LRS. (Publish waiting entries to the LRS.)"""
    with context(quiet=json) as ctx, recorded_run(ctx, "publish", started_by=started_by()) as record:
        report = publish(ctx)
        record.counts["publish"] = {"entries": report.entries, "statements": report.statements}
    if json:
        print_json(asdict(report))
    else:
        print_published(report)
    raise typer.Exit(75 if report.error else 0)


def night_facts(report: NightReport) -> dict[str, Any]:
    return {
        "run_id": report.run_id,
        "pull": pull_facts(report.pulls),
        "reconcile": report.reconciled.counts(),
        "publish": {
            "entries": report.published.entries,
            "statements": report.published.statements,
            "waiting": report.published.waiting,
        },
    }


@app.command("night")
def night_command(json: Json = False) -> None:
    """Satu malam penuh: tarik, rekonsiliasi, terbitkan. (One whole night: pull, reconcile, publish.)"""
    with context(quiet=json) as ctx:
        report = night(ctx, started_by=started_by())
    if json:
        print_json(night_facts(report))
    else:
        if report.pulls:
            print_pulls(report.pulls)
        print_reconciled(report.reconciled)
        print_published(report.published)
    code = pull_exit_code(report.pulls)
    raise typer.Exit(code or (75 if report.published.error else 0))
