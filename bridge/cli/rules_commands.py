"""`jpbridge rules`: list, show, check, diff, try and activate rule sets.

Exit codes: 0 done; 1 `diff` and `try` found a difference with --exit-code; 65 the file is refused."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.app import Json, app, context
from bridge.cli.csv_file import write_csv
from bridge.cli.output import print_json, print_table, say, tell
from bridge.domain.jp import from_hundredths, shown
from bridge.engine.rules import RuleSet, default_rule_document
from bridge.flows.rules import (
    Affected,
    TryReport,
    activate,
    compared_with,
    difference,
    facts_of,
    listed_rules,
    read_rule_file,
    stored_rules,
    try_rules,
)

rules_app = typer.Typer(no_args_is_help=True, help="Aturan JP sebagai data. (JP rules as data.)")
app.add_typer(rules_app, name="rules")

ExitCode = Annotated[
    bool, typer.Option("--exit-code", help="Keluar dengan 1 jika ada perbedaan. (Exit 1 on a difference.)")
]


@rules_app.command("list")
def list_command(json: Json = False) -> None:
    """Semua aturan yang pernah diaktifkan. (Every rule set ever activated.)"""
    with context(quiet=True) as ctx:
        rows = listed_rules(ctx)
    if json:
        print_json([{name: getattr(row, name) for name in row.__dataclass_fields__} for row in rows])
        return
    print_table(
        "Aturan",
        ["Versi", "Nama", "Mulai", "Sampai sebelum", "Bentuk", "Diverifikasi", "Oleh", "Keadaan"],
        [
            (
                row.version,
                row.title,
                row.effective_from,
                row.until,
                row.forms,
                row.verified,
                row.activated_by or say("pemasangan"),
                say("diganti") if row.replaced else say("berlaku") if row.in_force else say("tersimpan"),
            )
            for row in rows
        ],
    )


@rules_app.command("show")
def show_command(
    version: Annotated[str, typer.Argument(help="Versi, atau awalannya. (Version, or its beginning.)")],
    document: Annotated[bool, typer.Option("--document", help="Berkasnya, utuh. (The file itself.)")] = False,
    json: Json = False,
) -> None:
    """Isi satu aturan. (One rule set.)"""
    with context(quiet=True) as ctx:
        rules = stored_rules(ctx, version)
    if document:
        sys.stdout.write(rules.document)
    elif json:
        print_json({"version": rules.version, "values": facts_of(rules)})
    else:
        tell("{version} · {title}", version=rules.version, title=rules.title)
        print_table("Isi aturan", ["Tempat", "Nilai"], list(facts_of(rules).items()))


@rules_app.command("shipped")
def shipped_command() -> None:
    """Berkas aturan bawaan versi program ini. (The rule file that this version ships.)"""
    sys.stdout.write(default_rule_document())


@rules_app.command("check")
def check_command(file: Path, json: Json = False) -> None:
    """Periksa berkas aturan; kesalahan disebut dengan barisnya. (Validate a rule file.)"""
    rules = read_rule_file(file)
    facts = {"version": rules.version, "effective_from": rules.effective_from, "forms": len(rules.forms)}
    unverified = [form.code for form in rules.forms if not form.verified]
    if json:
        print_json(facts | {"unverified_forms": unverified})
        return
    tell("Berkas benar: {version}, berlaku mulai {day}, {n} bentuk.", version=rules.version,
         day=rules.effective_from, n=len(rules.forms))  # fmt: skip
    if unverified:
        tell("{n} bentuk belum diverifikasi orang terhadap sumbernya.", n=len(unverified))


@rules_app.command("diff")
def diff_command(file: Path, exit_code: ExitCode = False, json: Json = False) -> None:
    """Apa yang berbeda dari aturan yang berlaku pada hari pertamanya. (What differs.)"""
    rules = read_rule_file(file)
    with context(quiet=True) as ctx:
        before = compared_with(ctx, rules)
    changes = difference(before, rules)
    if json:
        rows = [{"place": one.place, "before": one.before, "after": one.after} for one in changes]
        print_json({"before": before.version, "after": rules.version, "changes": rows})
    elif not changes:
        tell("Tidak ada perbedaan dengan {version}.", version=before.version)
    else:
        tell("{before} → {after}", before=before.version, after=rules.version)
        print_table(
            "Perbedaan aturan",
            ["Tempat", "Sebelum", "Sesudah"],
            [(one.place, one.before, one.after) for one in changes],
        )
    raise typer.Exit(1 if exit_code and changes else 0)


@rules_app.command("try")
def try_command(
    file: Path,
    limit: Annotated[int, typer.Option(min=1, help="Baris pada tabel. (Rows of the table.)")] = 30,
    table_file: Annotated[Path | None, typer.Option("--csv", help="Tulis semua baris ke berkas ini.")] = None,
    exit_code: ExitCode = False,
    json: Json = False,
) -> None:
    """Hitung ulang bukti nyata dengan aturan ini; tidak ada yang disimpan. (Who would gain or lose what.)"""
    rules = read_rule_file(file)
    with context(quiet=json) as ctx:
        report = try_rules(ctx, rules)
    if table_file is not None:
        _write_csv(table_file, report)
    if json:
        print_json(_try_facts(report))
    else:
        _print_try(report, limit)
        if table_file is not None:
            tell("Semua baris ada di {file}.", file=table_file)
    raise typer.Exit(1 if exit_code and report.affected else 0)


def _try_facts(report: TryReport) -> dict[str, object]:
    return {
        "version": report.version,
        "effective_from": report.effective_from,
        "learners": report.learners,
        "gaining": len(report.gaining),
        "losing": len(report.losing),
        "jp_before": float(from_hundredths(report.before)),
        "jp_after": float(from_hundredths(report.after)),
        "findings": {code: {"before": old, "after": new} for code, (old, new) in report.findings.items()},
        "affected": [
            {
                "nip": one.nip,
                "name": one.name,
                "office": one.office,
                "year": one.year,
                "before": float(from_hundredths(one.before)),
                "after": float(from_hundredths(one.after)),
                "activities": [
                    {
                        "title": title,
                        "before": float(from_hundredths(old)),
                        "after": float(from_hundredths(new)),
                    }
                    for title, old, new in one.activities
                ],
            }
            for one in report.affected
        ],
    }


def _print_try(report: TryReport, limit: int) -> None:
    tell(
        "{version}, mulai {day}: {before} JP menjadi {after} JP. {more} tahun pegawai bertambah, {less} berkurang.",
        version=report.version,
        day=report.effective_from,
        before=shown(report.before),
        after=shown(report.after),
        more=len(report.gaining),
        less=len(report.losing),
    )
    if report.affected:
        print_table(
            "Yang berubah, kehilangan terbesar dahulu",
            ["NIP", "Nama", "OPD", "Tahun", "Sebelum", "Sesudah", "Selisih", "Kegiatan"],
            [_row(one) for one in report.affected[:limit]],
        )
    if len(report.affected) > limit:
        tell("{n} baris lain; lihat semua dengan --csv BERKAS.", n=len(report.affected) - limit)
    if report.findings:
        print_table(
            "Temuan yang berubah jumlahnya",
            ["Kode", "Sebelum", "Sesudah"],
            [(code, old, new) for code, (old, new) in report.findings.items()],
        )
    tell("Tidak ada yang disimpan. Untuk mengaktifkan: jpbridge rules activate BERKAS")


def _row(one: Affected) -> tuple[object, ...]:
    told = "; ".join(f"{title}: {shown(old)} → {shown(new)}" for title, old, new in one.activities)
    change = ("+" if one.change > 0 else "") + shown(one.change)
    return one.nip, one.name, one.office, str(one.year), shown(one.before), shown(one.after), change, told


def _write_csv(path: Path, report: TryReport) -> None:
    """One row an activity that differs."""
    columns = ("NIP", "Nama", "OPD", "Tahun", "JP sebelum", "JP sesudah", "Kegiatan", "Kegiatan sebelum",
               "Kegiatan sesudah")  # fmt: skip
    rows = (
        (one.nip, one.name, one.office, one.year, from_hundredths(one.before), from_hundredths(one.after), title,
         from_hundredths(old), from_hundredths(new))
        for one in report.affected
        for title, old, new in one.activities
    )  # fmt: skip
    write_csv(path, columns, rows)


@rules_app.command("activate")
def activate_command(
    file: Path,
    yes: Annotated[bool, typer.Option("--yes", help="Jangan bertanya. (Do not ask.)")] = False,
    json: Json = False,
) -> None:
    """Simpan aturan ini; proses berikutnya menghitung ulang semua orang. (Store it; touches everybody.)"""
    rules = read_rule_file(file)
    if not yes and not json:
        _confirm(rules)
    with context(quiet=json) as ctx:
        is_new = activate(ctx, rules, who=f"cli:{getpass.getuser()}")
    if json:
        print_json({"version": rules.version, "effective_from": rules.effective_from, "new": is_new})
    elif is_new:
        tell(
            "{version} tersimpan, berlaku mulai {day}. Jalankan: jpbridge reconcile",
            version=rules.version,
            day=rules.effective_from,
        )
    else:
        tell("{version} sudah aktif; tidak ada yang berubah.", version=rules.version)


def _confirm(rules: RuleSet) -> None:
    words = say("Aktifkan {version} mulai {day}?", version=rules.version, day=rules.effective_from)
    typer.confirm(words, abort=True)
