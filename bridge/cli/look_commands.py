"""Looking: status, explain, doctor."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from bridge.cli.app import Json, app, context
from bridge.cli.output import language, print_json, print_table, say, tell
from bridge.config import home_folder
from bridge.domain.jp import shown
from bridge.errors import RefuseInput
from bridge.flows.context import Context
from bridge.reports.status import status_of
from bridge.reports.words import word
from bridge.store.unit import reading

if TYPE_CHECKING:  # looking at what stands needs no engine
    from bridge.flows.explain import Told


@app.command()
def status(json: Json = False) -> None:
    """Keadaan sekarang: malam terakhir, cakupan 20 JP, temuan. (Where things stand.)"""
    with context(quiet=True) as ctx, reading(ctx.store) as connection:
        facts = status_of(connection, ctx.office.tenant, ctx.clock(), ctx.office.zone)
        zone = ZoneInfo(ctx.office.zone)
    if json:
        print_json(facts.as_json())
        return
    last = datetime.fromisoformat(facts.last_night).astimezone(zone) if facts.last_night else None
    print_table(
        "Keadaan",
        ["Apa", "Nilai"],
        [
            (say("Pegawai"), facts.learners),
            (say("Sudah 20 JP tahun ini"), facts.at_duty),
            (say("Entri buku kredit"), facts.entries),
            (say("Menunggu diterbitkan"), facts.waiting),
            (say("Malam terakhir"), f"{last:%d-%m-%Y %H:%M}" if last else say("belum pernah")),
            (say("Keadaan malam terakhir"), word(facts.last_state, language()) if last else "-"),
        ],
    )
    if facts.findings:
        print_table("Temuan terbuka", ["Kode", "Jumlah"], sorted(facts.findings.items()))


@app.command()
def explain(
    nip: Annotated[str, typer.Argument(help="NIP; atau pakai --entry atau --finding.")] = "",
    entry: Annotated[int | None, typer.Option("--entry", help="Nomor entri buku kredit.")] = None,
    finding: Annotated[
        int | None, typer.Option("--finding", help="Nomor temuan: mengapa tidak dihitung.")
    ] = None,
    year: Annotated[int, typer.Option(help="Tahun; bawaannya tahun ini.")] = 0,
    steps: Annotated[
        bool, typer.Option("--steps", help="Tunjukkan setiap langkah. (Every relation.)")
    ] = False,
    json: Json = False,
) -> None:
    """Mengapa seorang pegawai mendapat JP itu, dan mengapa tidak. (Why this credit, and why not.)"""
    with context(quiet=True) as ctx:
        told = _told(ctx, nip, entry, finding, year or None)
    if json:
        print_json(told.as_json())
        return
    if told.nip:
        tell("{name} · NIP {nip} · {office}", name=told.name, nip=told.nip, office=told.office)
        tell("{jp} JP pada {year}.", jp=shown(told.jp), year=told.year)
    else:
        tell("Belum diketahui milik siapa bukti ini.")
    for verdict in told.verdicts:
        tell("• {sentence}", sentence=verdict.sentence)
    for step in told.steps:
        if steps:
            print_table(step.title, list(step.columns), list(step.rows))
        elif step.rows:
            tell("{title}: {n} baris. {sentence}", title=step.title, n=len(step.rows), sentence=step.sentence)
    if not steps:
        empty = sum(not step.rows for step in told.steps)
        tell("{n} langkah lain tidak memuat apa pun di sini. Untuk melihat isi setiap langkah: tambahkan --steps",
             n=empty)  # fmt: skip


def _told(ctx: Context, nip: str, entry: int | None, finding: int | None, year: int | None) -> Told:
    from bridge.flows.explain import explain_entry, explain_finding, explain_nip

    if (entry is not None) + (finding is not None) + bool(nip) != 1:
        raise RefuseInput(
            "EXPLAIN-WHAT",
            "Sebut tepat satu: NIP, --entry NOMOR, atau --finding NOMOR.",
            "Name exactly one: a NIP, --entry NUMBER, or --finding NUMBER.",
        )
    if entry is not None:
        return explain_entry(ctx, entry, language=language())
    if finding is not None:
        return explain_finding(ctx, finding, language=language())
    return explain_nip(ctx, nip, year=year, language=language())


@app.command()
def doctor(
    offline: Annotated[
        bool, typer.Option("--offline", help="Tanpa menghubungi sumber. (Without asking the sources.)")
    ] = False,
    json: Json = False,
) -> None:
    """Periksa pemasangan dan katakan apa yang harus dilakukan. (Check the installation.)"""
    from bridge.cli.doctor import examine, name_shown  # it looks at everything, so it needs everything

    checks = examine(home_folder(), online=not offline)
    if json:
        print_json(
            [{"name": c.name, "ok": c.ok, "text": c.english, "advice": c.advice_english} for c in checks]
        )
    else:
        indonesian = language() == "id"
        print_table(
            "Pemeriksaan",
            ["", "Apa", "Hasil", "Yang harus dilakukan"],
            [
                (
                    "✓" if c.ok else "✗",
                    name_shown(c.name, indonesian=indonesian),
                    c.sentence if indonesian else c.english,
                    c.advice if indonesian else c.advice_english,
                )
                for c in checks
            ],
        )
    raise typer.Exit(0 if all(check.ok for check in checks) else 70)
