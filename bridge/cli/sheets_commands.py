"""Attendance sheets: look before taking in, undo, the signed paper, and the worksheet that goes through Excel."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from bridge.attendance.mapping import FIELD_WORDS, parse_mapping, stated
from bridge.cli.app import Json, app, installation
from bridge.cli.csv_file import not_writable
from bridge.cli.output import errors, language, print_json, print_table, progress_bar, say, tell
from bridge.cli.work_commands import import_app, print_import, problem_words, started_by
from bridge.domain.jp import shown
from bridge.flows.imports import import_sheet, read_file, read_handed_in, sheet_file
from bridge.flows.papers import attach_scan
from bridge.flows.sheet_preview import (
    LedgerChange,
    Remark,
    SheetPreview,
    by_learner,
    commit_previewed,
    preview_sheet,
)
from bridge.flows.worksheet import DecisionPreview, commit_decisions, preview_decisions, worksheet
from bridge.reports.finding_words import finding_words
from bridge.reports.findings import FindingFilter, findings_listed
from bridge.store.sheets import imports_listed
from bridge.store.unit import reading
from bridge.wording import ENGLISH, translate

worksheet_app = typer.Typer(
    no_args_is_help=True, help="Temuan ke Excel dan keputusan kembali. (Findings to Excel, decisions back.)"
)
app.add_typer(worksheet_app, name="worksheet")

SHOWN = 40


@import_app.command("attendance")
def attendance(
    file: Path,
    name: Annotated[str, typer.Option(help="Nama tetap lembar ini; bawaannya nama berkas.")] = "",
    sender: Annotated[str, typer.Option(help="Pengirim lembar, misalnya nama OPD. (Who sent it.)")] = "",
    mapping: Annotated[
        list[str] | None,
        typer.Option("--mapping", help="JUDUL=PERAN, misalnya “Nomor Pegawai=nip”; boleh berulang."),
    ] = None,
    begins: Annotated[
        str, typer.Option(help="Jam mulai tiap hari, misalnya 08:00, bila lembar tidak menyebutnya. (Start.)")
    ] = "",
    preview: Annotated[
        bool, typer.Option("--preview", help="Hanya lihat; tidak ada yang disimpan. (Only look.)")
    ] = False,
    previewed: Annotated[
        str, typer.Option(help="Simpan hanya jika masih sama dengan pratinjau ini. (Its fingerprint.)")
    ] = "",
    yes: Annotated[
        bool, typer.Option("--yes", help="Arti kolom sudah saya periksa. (The columns are right.)")
    ] = False,
    json: Json = False,
) -> None:
    """Daftar hadir dari XLSX, XLS, ODS, CSV atau HTML. (An attendance sheet.)"""
    said = stated(parse_mapping(mapping or []))
    with installation() as opened, progress_bar(quiet=json) as progress:
        ctx = opened.context(progress)
        progress.stage("Membaca lembar")
        handed_in = sheet_file(file, name=name, sender=sender, mapping=said, begins=begins)
        if preview:
            _print_preview(preview_sheet(ctx, handed_in), json)
        elif previewed:
            report = commit_previewed(ctx, handed_in, previewed, started_by(), confirmed=yes)
            print_import(report, json)
        else:
            read = read_handed_in(ctx, handed_in)
            print_import(import_sheet(ctx, handed_in, read, started_by(), confirmed=yes), json)


def _print_preview(seen: SheetPreview, json: bool) -> None:
    if json:
        print_json(_preview_facts(seen))
        return
    told = language()
    for layout in seen.layouts:
        tell(
            "Lembar {sheet}: {why}",
            sheet=layout.sheet or "-",
            why=_by_language(layout.why, layout.why_english),
        )
        ignored = [column.heading for column in layout.columns if not column.role]
        if ignored:
            tell(
                "Kolom yang tidak dibaca: {columns}. Bila perlu: --mapping “JUDUL=PERAN”.",
                columns=", ".join(ignored[:12]),
            )
        if not layout.confident:
            tell("Arti kolom ini belum pasti: periksa, lalu beri --yes atau --mapping.")
    for note in (seen.reading.notes if seen.reading else ())[:SHOWN]:
        tell("Lembar {sheet}: {why}", sheet=note.sheet or "-", why=_by_language(note.sentence, note.english))
    print_table(
        "Kegiatan",
        ["Kegiatan", "Penyelenggara", "Mulai", "Selesai", "JP"],
        [
            (e.title, e.organiser, str(e.start or "-"), str(e.end or "-"), e.jp_stated)
            for e in seen.events[:SHOWN]
        ],
    )
    report = seen.report
    print_table(
        "Yang akan disimpan",
        ["Baris", "Baru", "Berubah", "Sama", "Dicabut", "Bermasalah", "Tidak hadir"],
        [
            (
                report.rows,
                report.new,
                report.changed,
                report.same,
                report.withdrawn,
                len(report.problems),
                seen.absent,
            )
        ],
    )
    if report.problems:
        print_table(
            "Baris yang perlu dilihat",
            ["Baris", "Kode", "Apa dan bagaimana"],
            [(item.place, item.code, problem_words(item, told)) for item in report.problems[:SHOWN]],
        )
        _print_rest(len(report.problems))
    if seen.late:
        tell(
            "{n} orang tercatat terlambat, paling lama {minutes} menit.",
            n=len(seen.late),
            minutes=max(seen.late),
        )
    if seen.remarks:
        print_table(
            "Yang akan ditemukan menurut daftar pegawai dan aturan",
            ["Baris", "Kode", "Apa dan bagaimana"],
            [(one.place, one.code, _remark_words(one, told)) for one in seen.remarks[:SHOWN]],
        )
        _print_rest(len(seen.remarks))
    if report.lapsed:
        tell("{n} konfirmasi penyelenggara akan gugur karena daftarnya berubah.", n=report.lapsed)
    if seen.changes:
        print_table(
            "Dibandingkan dengan versi sebelumnya",
            ["Baris", "Nama", "Perubahan"],
            [(c.place, c.name, _change_words(c.what, c.fields)) for c in seen.changes[:SHOWN]],
        )
    _print_ledger(seen.ledger)
    if report.unchanged_file:
        tell("Berkas ini sudah pernah diambil dan tidak berubah; tidak ada yang akan ditulis.")
    tell("Sidik pratinjau: {fingerprint}", fingerprint=seen.fingerprint)


def _remark_words(remark: Remark, language: str) -> str:
    words = finding_words(remark.code, remark.params, language)
    return f"{words.sentence} {words.next_step}"


def _print_rest(count: int) -> None:
    if count > SHOWN:
        errors().print(say("… dan {n} baris lagi.", n=count - SHOWN), style="dim")


def _by_language(indonesian: str, english: str) -> str:
    return english if language() == ENGLISH else indonesian


def _change_words(what: str, fields: Any) -> str:
    words = {"new": say("baru"), "gone": say("tidak ada lagi"), "changed": say("berubah")}[what]
    told = "; ".join(
        f"{translate(FIELD_WORDS.get(change.field, change.field), language())}: {change.before} → {change.after}"
        for change in fields
    )
    return f"{words}: {told}" if told else words


def _print_ledger(changes: Any) -> None:
    if not changes:
        tell("JP di buku besar tidak berubah.")
        return
    rows = [
        (name, nip, str(year), f"{'+' if jp > 0 else ''}{shown(jp)}")
        for _, name, nip, year, jp in by_learner(changes)
    ]
    print_table("JP di buku besar", ["Pegawai", "NIP", "Tahun", "JP"], rows[:SHOWN])
    _print_rest(len(rows))


def _ledger_facts(changes: Any) -> list[dict[str, Any]]:
    return [asdict(change) for change in changes if isinstance(change, LedgerChange)]


def _preview_facts(seen: SheetPreview) -> dict[str, Any]:
    report = seen.report
    return {
        "file": seen.file.file_name,
        "source": seen.file.source,
        "sender": seen.file.sender,
        "kind": seen.kind,
        "sure": seen.sure,
        "fingerprint": seen.fingerprint,
        "layouts": [asdict(layout) for layout in seen.layouts],
        "events": [asdict(event) for event in seen.events],
        "rows": report.rows,
        "new": report.new,
        "changed": report.changed,
        "same": report.same,
        "withdrawn": report.withdrawn,
        "absent": seen.absent,
        "unchanged_file": report.unchanged_file,
        "problems": [
            {"place": item.place, "code": item.code, "text": problem_words(item, ENGLISH)}
            for item in report.problems
        ],
        "notes": [asdict(note) for note in (seen.reading.notes if seen.reading else ())],
        "late": len(seen.late),
        "lapsed": report.lapsed,
        "remarks": [
            {"place": one.place, "code": one.code, "text": _remark_words(one, ENGLISH)}
            for one in seen.remarks
        ],
        "changes": [asdict(change) for change in seen.changes],
        "ledger": _ledger_facts(seen.ledger),
    }


@import_app.command("list")
def listed(json: Json = False) -> None:
    """Lembar yang pernah diambil, dengan scan-nya. (Sheets that were taken in, with their scans.)"""
    with installation() as opened, reading(opened.store) as connection:
        rows = imports_listed(connection, opened.settings.tenant)
    if json:
        print_json({"imports": [asdict(row) for row in rows]})
        return
    print_table(
        "Lembar yang pernah diambil",
        ["Lembar", "Berkas", "Baris", "Bermasalah", "Scan", "Diambil", "Keadaan"],
        [
            (
                row.source,
                row.file_name,
                row.rows_read,
                row.rows_with_problem,
                row.attachments,
                f"{row.imported_at:%Y-%m-%d %H:%M}",
                say("berlaku") if row.counts else say("dibatalkan") if row.undone_at else say("diganti"),
            )
            for row in rows
        ],
    )


@import_app.command("attach")
def attach(
    sheet: Annotated[str, typer.Argument(help="Nama lembar, lihat: jpbridge import list.")],
    file: Path,
    json: Json = False,
) -> None:
    """Simpan scan kertas bertanda tangan sebagai bukti. (Keep the scan of the signed paper as evidence.)"""
    with installation() as opened, progress_bar(quiet=json) as progress:
        fingerprint, new = attach_scan(
            opened.context(progress), sheet, file.name, read_file(file), started_by()
        )
    if json:
        print_json({"sheet": sheet, "file": file.name, "sha256": fingerprint, "new": new})
    elif new:
        tell(
            "Scan {file} disimpan bersama {sheet}. SHA-256 {hash}",
            file=file.name,
            sheet=sheet,
            hash=fingerprint,
        )
    else:
        tell("Scan {file} sudah tersimpan bersama {sheet}.", file=file.name, sheet=sheet)


@worksheet_app.command("export")
def export(
    file: Path,
    code: Annotated[str, typer.Option(help="Hanya kode ini. (Only this code.)")] = "",
    json: Json = False,
) -> None:
    """Tulis temuan terbuka ke XLSX untuk diisi. (Write open findings to XLSX, to be filled in.)"""
    with installation() as opened, progress_bar(quiet=json) as progress:
        ctx = opened.context(progress)
        with reading(ctx.store) as connection:
            rows = findings_listed(
                connection, ctx.office.tenant, FindingFilter(code=code.upper()), language()
            )
        content, count = worksheet(ctx, rows, opened.web_secret(), language())
    try:
        file.write_bytes(content)
    except OSError as fault:
        raise not_writable(file, fault) from fault
    if json:
        print_json({"file": str(file), "rows": count, "findings": len(rows)})
    else:
        tell(
            "{n} temuan ditulis ke {file}. Isi kolom kuning, lalu: jpbridge worksheet import {file}",
            n=count,
            file=file,
        )


@worksheet_app.command("import")
def take_back(
    file: Path,
    preview: Annotated[bool, typer.Option("--preview", help="Hanya lihat. (Only look.)")] = False,
    json: Json = False,
) -> None:
    """Jadikan isian lembar kerja sebagai keputusan. (Turn the worksheet's answers into decisions.)"""
    content = read_file(file)
    with installation() as opened, progress_bar(quiet=json) as progress:
        ctx, secret = opened.context(progress), opened.web_secret()
        progress.stage("Membaca lembar")
        seen = preview_decisions(ctx, content, file.name, secret, started_by())
        made = 0
        if not preview:
            made = commit_decisions(ctx, content, file.name, secret, started_by(), seen.fingerprint)
    _print_decisions(seen, made, preview, json)
    raise typer.Exit(1 if seen.count("refused") else 0)


def _print_decisions(seen: DecisionPreview, made: int, preview: bool, json: bool) -> None:
    if json:
        print_json(
            {
                "file": seen.file_name,
                "preview": preview,
                "made": made,
                "same": seen.count("same"),
                "refused": seen.count("refused"),
                "lines": [asdict(line) for line in seen.lines],
                "ledger": _ledger_facts(seen.ledger),
            }
        )
        return
    words = {"new": say("akan diputuskan"), "same": say("sudah diputuskan"), "refused": say("ditolak sistem")}
    print_table(
        "Keputusan dari lembar kerja",
        ["Baris", "Kode", "Nama", "Keputusan Anda", "Pegawai", "Keadaan", "Keterangan"],
        [
            (
                line.row,
                line.code,
                line.name,
                line.kind,
                line.learner,
                words[line.state],
                _by_language(line.sentence, line.english),
            )
            for line in seen.lines[:SHOWN]
        ],
    )
    _print_ledger(seen.ledger)
    if not preview:
        tell("{n} keputusan disimpan. Jalankan: jpbridge reconcile", n=made)
