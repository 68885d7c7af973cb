"""Looking: status, findings, explain, doctor."""

from __future__ import annotations

from dataclasses import asdict
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
from bridge.reports.finding_pages import docs_anchor, finding_page, page_address
from bridge.reports.findings import FindingFilter, findings_counted, findings_listed
from bridge.reports.gathered import gathered_findings
from bridge.reports.status import status_of
from bridge.reports.words import word
from bridge.store.decision_rows import told_decisions
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
def findings(
    code: Annotated[str, typer.Option(help="Hanya kode ini. (Only this code.)")] = "",
    title: Annotated[str, typer.Option(help="Hanya tentang judul ini. (Only about this title.)")] = "",
    each: Annotated[
        bool, typer.Option("--each", help="Satu baris satu temuan. (One row a finding.)")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 50,
    about: Annotated[str, typer.Option(help="Arti sebuah kode. (What a code means.)")] = "",
    json: Json = False,
) -> None:
    """Yang perlu dilihat orang, dengan langkah berikutnya. (What needs a person, with the next step.)

    Tanpa saringan, temuan dengan sebab yang sama dikumpulkan menjadi satu baris; yang berdiri sendiri di bawahnya.
    """
    if about:
        _about(about.upper(), as_json=json)
        return
    if not (code or title or each or json):
        _gathered(limit)
        return
    wanted = FindingFilter(code=code.upper(), title=title)
    shown_language = "en" if json else language()
    with context(quiet=True) as ctx, reading(ctx.store) as connection:
        rows = findings_listed(connection, ctx.office.tenant, wanted, shown_language, limit)
        total = findings_counted(connection, ctx.office.tenant, wanted)
    if json:
        print_json(
            [asdict(row) | {"page": page_address(row.code), "docs": docs_anchor(row.code)} for row in rows]
        )
        return
    if not rows:
        tell("Tidak ada temuan terbuka.")
        return
    print_table(
        "Temuan terbuka",
        ["Kode", "Pegawai", "Apa", "Langkah berikutnya"],
        [(row.code, row.learner_name, row.sentence, row.next_step) for row in rows],
    )
    tell(
        "{shown} dari {total} temuan. Saring dengan --code, tambah dengan --limit.",
        shown=len(rows),
        total=total,
    )


def _about(code: str, *, as_json: bool) -> None:
    page = finding_page(code, "en" if as_json else language())
    if page is None:
        raise RefuseInput(
            "CODE-UNKNOWN",
            f"Tidak ada temuan dengan kode {code}. Lihat semua: docs/findings.md",
            f"There is no finding with the code {code}. All of them: docs/findings.md",
            where=code,
        )
    if as_json:
        print_json(asdict(page) | {"page": page_address(code), "docs": docs_anchor(code)})
        return
    holds = say("menahan kredit") if page.holds_credit else say("tidak menahan kredit")
    tell(
        "{code} · {severity} · {holds}", code=page.code, severity=word(page.severity, language()), holds=holds
    )
    tell("Mengapa: {why}", why=page.why)
    tell("Contoh: {example}", example=page.example)
    tell("Langkah berikutnya: {step}", step=page.next_step)


def _gathered(limit: int) -> None:
    with context(quiet=True) as ctx, reading(ctx.store) as connection:
        lines, single = gathered_findings(connection, ctx.office.tenant, language())
        rows = findings_listed(connection, ctx.office.tenant, FindingFilter(), language())
        waiting = told_decisions(connection, ctx.office.tenant, waiting_only=True)
    if not rows:
        tell("Tidak ada temuan terbuka.")
        return
    now = ctx.clock()
    print_table(
        "Satu perbaikan, banyak orang",
        ["Kode", "Tentang", "Temuan", "Pegawai", "Menahan kredit", "Hari", "Langkah berikutnya"],
        [
            (
                line.code,
                line.title,
                line.count,
                line.people,
                line.holds,
                (now - line.oldest).days,
                line.words.next_step,
            )
            for line in lines[:limit]
        ],
    )
    gathered = {(line.code, line.title) for line in lines}
    alone = [row for row in rows if (row.code, row.params.get("title", "")) not in gathered]
    if alone:
        print_table(
            "Yang berdiri sendiri",
            ["Nomor", "Kode", "Pegawai", "Apa", "Langkah berikutnya"],
            [
                (f"#{row.finding_id}", row.code, row.learner_name, row.sentence, row.next_step)
                for row in alone[:limit]
            ],
        )
    tell("{n} temuan dalam {lines} kumpulan, {single} berdiri sendiri. Satu per satu: jpbridge findings --each",
         n=len(rows), lines=len(lines), single=single)  # fmt: skip
    if waiting:
        tell("{n} keputusan menunggu orang kedua: jpbridge decide list --waiting", n=len(waiting))


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
