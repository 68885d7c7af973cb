"""`jpbridge pull`: pull the sources, or only look (`--dry-run`), or record the calls (`--record`)."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import orjson
import typer

from bridge.cli.app import Json, app, context
from bridge.cli.output import language, print_json, print_table, say, tell
from bridge.cli.work_commands import print_pulls, pull_exit_code, pull_facts, started_by
from bridge.errors import BridgeError, RefuseInput
from bridge.flows.context import Context
from bridge.flows.night import recorded_run
from bridge.flows.pull import pull_all, sources_named
from bridge.flows.pull_preview import PreviewReport, preview_all
from bridge.store.preview import Difference
from bridge.wording import ENGLISH
from lms_adapters.cassette import CassetteRecorder

SHOWN = 20
TOLD_AS = {"new": "baru", "changed": "berubah", "withdrawn": "dicabut"}
DIFF_COLUMNS = ("source", "kind", "learner", "course", "attempt", "name", "title", "before", "after")


@app.command()
def pull(
    sources: Annotated[list[str] | None, typer.Argument(help="Nama sumber; kosong berarti semua.")] = None,
    light: Annotated[
        bool,
        typer.Option("--light", help="Hanya yang baru, bila sumber bisa menyaring. (Only what is recent.)"),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tunjukkan selisihnya, simpan apa pun tidak. (Store nothing.)")
    ] = False,
    diff: Annotated[
        Path | None,
        typer.Option(help="Dengan --dry-run: tulis selisih lengkap ke CSV ini. (The whole diff.)"),
    ] = None,
    record: Annotated[
        Path | None,
        typer.Option(
            help="Rekam panggilan, tanpa token dan nama orang, ke folder ini. (A scrubbed cassette.)"
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Tarik penyelesaian dari LMS. (Pull completions from the LMSs.)"""
    if diff is not None and not dry_run:
        raise RefuseInput(
            "DIFF-NEEDS-DRY-RUN",
            "--diff hanya berlaku bersama --dry-run. Tambahkan --dry-run, atau hapus --diff.",
            "--diff works with --dry-run only. Add --dry-run, or leave --diff out.",
        )
    with context(quiet=json) as ctx, _recording(record) as recorder:
        _all_known(ctx, sources or [])
        if dry_run:
            code = _preview(ctx, sources or None, diff, recorder, json=json)
        else:
            code = _pull(ctx, sources or None, recorder, full=not light, json=json)
    if recorder is not None and not json:
        tell("Rekaman ada di {folder}. Periksa dulu sebelum dibagikan.", folder=recorder.folder)
    raise typer.Exit(code)


@contextmanager
def _recording(folder: Path | None) -> Iterator[CassetteRecorder | None]:
    """The cassette is written even where the pull fails: that is when somebody wants to see it."""
    if folder is None:
        yield None
        return
    recorder = CassetteRecorder(folder)
    try:
        yield recorder
    finally:
        recorder.finish()


def _all_known(ctx: Context, names: Sequence[str]) -> None:
    known = {row.name for row in sources_named(ctx, list(names))}
    for name in names:
        if name not in known:
            raise RefuseInput(
                "SOURCE-UNKNOWN",
                f"Sumber {name!r} tidak ada. Lihat daftarnya: jpbridge source list",
                f"There is no source {name!r}. See them with: jpbridge source list",
            )


def _pull(
    ctx: Context, names: list[str] | None, recorder: CassetteRecorder | None, *, full: bool, json: bool
) -> int:
    with recorded_run(ctx, "pull", started_by=started_by()) as run:
        reports = pull_all(ctx, names, full=full, recorder=recorder)
        run.counts["pull"] = pull_facts(reports)
        run.errors += [
            {"code": item.error.code, "english": item.error.english, "source": item.source}
            for item in reports
            if item.error is not None
        ]
    if json:
        print_json({"pull": pull_facts(reports)})
    elif not reports:
        tell("Tidak ada sumber yang aktif. Tambahkan: jpbridge source add; nyalakan: jpbridge source on NAMA")
    else:
        print_pulls(reports)
    return pull_exit_code(reports)


# -- dry run -----------------------------------------------------------------------------------------------


def _difference_facts(source: str, one: Difference) -> dict[str, Any]:
    return {
        "source": source,
        "kind": one.kind,
        "learner": one.key[0],
        "course": one.key[1],
        "attempt": one.key[2],
        "name": one.learner_name,
        "title": one.course_title,
        "before": one.before,
        "after": one.after,
    }


@contextmanager
def _diff_file(path: Path | None) -> Iterator[Callable[[dict[str, Any]], None]]:
    if path is None:
        yield lambda _: None
        return
    try:
        handle = path.open("w", encoding="utf-8-sig", newline="")
    except OSError as error:
        raise RefuseInput(
            "DIFF-NOT-WRITABLE",
            f"Berkas {path} tidak dapat ditulis ({error.strerror}). Pilih tempat lain.",
            f"The file {path} can't be written ({error.strerror}). Choose another place.",
            where=str(path),
        ) from error
    with handle:
        writer = csv.writer(handle)
        writer.writerow(DIFF_COLUMNS)

        def write(facts: dict[str, Any]) -> None:
            sides = {side: orjson.dumps(facts[side]).decode() for side in ("before", "after")}
            row = [str({**facts, **sides}[name]) for name in DIFF_COLUMNS]
            # A spreadsheet must not take a name for a formula.
            writer.writerow([f"'{cell}" if cell[:1] in "=+-@\t\r" else cell for cell in row])

        yield write


def _preview(
    ctx: Context, names: list[str] | None, diff: Path | None, recorder: CassetteRecorder | None, *, json: bool
) -> int:
    first: list[dict[str, Any]] = []
    with _diff_file(diff) as write:

        def note(source: str, one: Difference) -> None:
            facts = _difference_facts(source, one)
            write(facts)
            if len(first) < SHOWN:
                first.append(facts)

        reports = preview_all(ctx, names, note, recorder=recorder)
    if json:
        print_json({"dry_run": [_preview_facts(item) for item in reports], "first_differences": first})
    else:
        _print_preview(reports, first, ctx.office.zone)
    return _worst([item.error for item in reports if item.error is not None])


def _worst(errors: Sequence[BridgeError]) -> int:
    codes = {error.exit_code for error in errors}
    return 69 if 69 in codes else max(codes, default=0)


def _preview_facts(item: PreviewReport) -> dict[str, Any]:
    return {
        "source": item.source,
        "rows": item.rows,
        "new": item.new,
        "changed": item.changed,
        "same": item.same,
        "vanished": item.vanished,
        "would_withdraw": item.vanished if item.believed else 0,
        "quarantined": [{"ref": one.ref, "reason": one.reason} for one in item.quarantined],
        "drift": sorted(item.drift),
        "complete": item.complete,
        "why_incomplete": item.why_incomplete,
        "way": item.way,
        "requests": item.requests,
        "received_bytes": item.received,
        "error": None if item.error is None else {"code": item.error.code, "text": item.error.english},
    }


def _print_preview(reports: Sequence[PreviewReport], first: Sequence[dict[str, Any]], zone: str) -> None:
    rows = []
    for item in reports:
        note = item.why_incomplete
        if item.vanished and not item.believed:
            note = say("terlalu banyak yang hilang; penarikan akan menahannya")
        if item.error is not None:
            note = item.error.english if language() == ENGLISH else item.error.sentence
        counts = (item.rows, item.new, item.changed, item.same, item.vanished, len(item.quarantined))
        rows.append((item.source, *counts, item.complete, note))
    print_table(
        "Bila ditarik sekarang (tidak ada yang disimpan)",
        ["Sumber", "Baris", "Baru", "Berubah", "Sama", "Hilang", "Karantina", "Lengkap", "Keterangan"],
        rows,
    )
    if first:
        shown = [
            (one["source"], say(TOLD_AS[one["kind"]]), one["name"], one["title"], _what_changes(one, zone))
            for one in first
        ]
        print_table("Perbedaan pertama", ["Sumber", "Apa", "Pegawai", "Kursus", "Isi"], shown)
        total = sum(item.new + item.changed + item.vanished for item in reports)
        if total > len(first):
            tell("… dan {n} lagi. Daftar lengkap: --diff BERKAS", n=total - len(first))


def _what_changes(one: dict[str, Any], zone: str) -> str:
    """`field: old → new` of a change; the time of a new or vanished completion, by the office's clock."""
    if one["kind"] == "changed":
        pairs = ((name, one["before"].get(name), value) for name, value in one["after"].items())
        return "; ".join(
            f"{name}: {_local(before, name, zone)} → {_local(now, name, zone)}" for name, before, now in pairs
        )
    side = one["after"] if one["kind"] == "new" else one["before"]
    return str(_local(side.get("completed_at", ""), "completed_at", zone))


def _local(value: Any, name: str, zone: str) -> Any:
    if name != "completed_at" or not value:
        return value
    return f"{datetime.fromisoformat(str(value)).astimezone(ZoneInfo(zone)):%d-%m-%Y %H:%M %Z}"
