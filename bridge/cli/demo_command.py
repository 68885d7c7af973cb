"""`jpbridge demo`: the main job on recorded data, from an empty folder to the console, said in words."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Any

import typer

from bridge.bootstrap import Installation, initialise, open_installation
from bridge.cli.app import Json, app
from bridge.cli.demo_data import write_catalogue, write_roster
from bridge.cli.output import print_json, print_table, progress_bar, tell
from bridge.cli.serve_command import serve_until_stopped
from bridge.cli.sign_in import account_or_new, learner_link, nip_with_most_to_show, sign_in_link
from bridge.cli.work_commands import print_published, print_pulls, print_reconciled
from bridge.config import home_folder, write_secret
from bridge.errors import RefuseInput
from bridge.flows.context import Context
from bridge.flows.imports import ImportReport, import_attendance, import_catalogue, import_roster
from bridge.flows.night import NightReport, night
from bridge.reports.status import status_of
from bridge.store.console import Role
from bridge.store.sources import SourceRow, store_source
from bridge.store.unit import reading, unit
from lms_adapters.moodle.replay import MoodleReplay

SOURCE = "lms-contoh"
OFFICE = "BKPSDM Contoh (data rekaman)"
MARK = ".jpbridge-demo"
REPORT_ID = 6  # the recorded report; a real site's is found by its name, JP Bridge


@contextmanager
def _demo_files() -> Iterator[Path]:
    with as_file(files("bridge") / "data" / "demo") as folder:
        yield folder


def _fresh_folder(home: Path) -> None:
    """An empty folder for the demo. Only a folder that an earlier demo made is emptied."""
    if home.exists() and any(home.iterdir()):
        if not (home / MARK).exists():
            raise RefuseInput(
                "DEMO-FOLDER-TAKEN",
                f"Folder {home} sudah berisi data yang bukan dari demo. Pilih folder lain dengan --folder.",
                f"The folder {home} holds data that no demo made. Choose another with --folder.",
                where=str(home),
            )
        shutil.rmtree(home)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    (home / MARK).touch()


def _load(ctx: Context, folder: Path, site: MoodleReplay) -> list[ImportReport]:
    """Roster, catalogue, source and sheets: what an office does once."""
    roster, catalogue = ctx.home / "pegawai.csv", ctx.home / "katalog.csv"
    write_roster(folder / "moodle", roster)
    write_catalogue(folder / "moodle", catalogue, SOURCE)
    reports = [import_roster(ctx, roster), import_catalogue(ctx, catalogue)]
    reference = write_secret(f"source-{SOURCE}", site.token, ctx.home)
    row = SourceRow(0, SOURCE, "moodle", site.url, {"report": REPORT_ID}, reference, True)
    with unit(ctx.store) as connection:
        store_source(connection, ctx.office.tenant, row, ctx.clock())
    sheets = sorted(path for path in (folder / "sheets").iterdir() if not path.name.startswith("."))
    for sheet in sheets:
        ctx.progress.stage(sheet.name, None)
        reports.append(import_attendance(ctx, sheet, name="", imported_by="demo"))
    return reports


def _facts(ctx: Context, first: NightReport, second: NightReport) -> dict[str, Any]:
    with reading(ctx.store) as connection:
        status = status_of(connection, ctx.office.tenant, ctx.clock(), ctx.office.zone)
    return {
        "completions": status.completions,
        "learners": status.learners,
        "at_20_jp": status.at_duty,
        "entries_first": first.reconciled.entries,
        "entries_second": second.reconciled.entries,
        "statements_first": first.published.statements,
        "statements_second": second.published.statements,
        "jp_first": first.reconciled.jp / 100,
        "attendances": first.reconciled.attendances,
        "findings": status.findings,
    }


def _tell_imports(reports: list[ImportReport]) -> None:
    print_table(
        "Yang diambil dari berkas",
        ["Berkas", "Baris", "Baru", "Bermasalah"],
        [(item.file, item.rows, item.new, len(item.problems)) for item in reports],
    )


@contextmanager
def run_demo(home: Path, *, quiet: bool) -> Iterator[tuple[Installation, dict[str, Any]]]:
    """The whole job in `home`; the replayed site and the installation stay open inside."""
    initialise(home, OFFICE)
    opened = open_installation(home)
    try:
        with _demo_files() as folder, MoodleReplay(folder / "moodle", port=0) as site:
            with progress_bar(quiet=quiet) as progress:
                facts = _two_nights(opened.context(progress), folder, site, quiet=quiet)
            yield opened, facts
    finally:
        opened.close()


def _two_nights(ctx: Context, folder: Path, site: MoodleReplay, *, quiet: bool) -> dict[str, Any]:
    if not quiet:
        tell("1. Situs Moodle rekaman diputar ulang di {url} (bukan situs sungguhan).", url=site.url)
        tell("2. Daftar pegawai dan katalog diturunkan dari rekaman itu; lembar contoh diambil.")
    imports = _load(ctx, folder, site)
    if not quiet:
        _tell_imports(imports)
        tell("3. Malam pertama: tarik, rekonsiliasi, terbitkan.")
    first = night(ctx, started_by="demo")
    if not quiet:
        print_pulls(first.pulls)
        print_reconciled(first.reconciled)
        print_published(first.published)
        tell("4. Malam kedua, dengan data yang sama: tidak boleh ada yang berubah.")
    second = night(ctx, started_by="demo")
    return _facts(ctx, first, second)


@app.command()
def demo(
    once: Annotated[
        bool, typer.Option("--once", help="Tanpa konsol; tanpa --folder di folder sementara. (No console.)")
    ] = False,
    folder: Annotated[Path | None, typer.Option(help="Folder demo. (The demo's folder.)")] = None,
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8765,
    json: Json = False,
) -> None:
    """Satu malam pada data rekaman, lalu konsol. (One night on recorded data, then the console.)"""
    if once and folder is None:
        with (
            tempfile.TemporaryDirectory(prefix="jpbridge-demo-") as scratch,
            run_demo(Path(scratch), quiet=json) as (_, facts),
        ):
            pass
        print_json(facts) if json else _summary(facts)
        return
    home = (folder or home_folder().with_name(home_folder().name + "-demo")).resolve()
    _fresh_folder(home)
    with run_demo(home, quiet=json) as (opened, facts):
        print_json(facts) if json else _summary(facts)
        if once:  # a folder that was named is kept, to look into with the other commands
            return
        if not json:
            _what_next(opened, home, host, port)
        serve_until_stopped(opened, host, port)


def _summary(facts: dict[str, Any]) -> None:
    tell(
        "Hasil: {completions} penyelesaian dari {learners} pegawai menjadi {entries} entri kredit; "
        "{at} pegawai sudah mencapai 20 JP tahun ini.",
        completions=facts["completions"],
        learners=facts["learners"],
        entries=facts["entries_first"],
        at=facts["at_20_jp"],
    )
    tell(
        "Malam kedua menulis {entries} entri dan {statements} pernyataan.",
        entries=facts["entries_second"],
        statements=facts["statements_second"],
    )
    print_table("Temuan yang menunggu orang", ["Kode", "Jumlah"], sorted(facts["findings"].items()))


def _what_next(opened: Installation, home: Path, host: str, port: int) -> None:
    base = f"http://{host}:{port}"
    administrator = account_or_new(opened, "admin-demo", Role.ADMINISTRATOR)
    auditor = account_or_new(opened, "auditor-demo", Role.AUDITOR)
    nip = nip_with_most_to_show(opened)
    url = sign_in_link(opened, administrator, base)
    tell("Buka konsol (tautan sekali pakai): {url}", url=url)
    if sys.stdout.isatty() and (os.environ.get("DISPLAY") or sys.platform == "darwin"):
        # the server listens a moment later; the browser asks again by itself until it does
        threading.Timer(2.0, webbrowser.open, args=(url,)).start()
    tell("Untuk auditor (tautan sekali pakai): {url}", url=sign_in_link(opened, auditor, base))
    tell("JP Saya seorang pegawai: {url}", url=learner_link(opened, nip, base))
    tell("Coba di terminal lain, dengan JPBRIDGE_HOME={home}:", home=home)
    for command in (f"jpbridge explain {nip}", "jpbridge findings", "jpbridge status", "jpbridge doctor"):
        tell("   {command}", command=command)
    tell("Berhenti: Ctrl+C.")
