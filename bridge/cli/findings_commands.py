"""`jpbridge findings` and `note`: what needs a person, who takes it, and what they say about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from bridge.cli.app import Json, app, context
from bridge.cli.output import language, print_json, print_table, say, tell
from bridge.domain.finding_catalogue import CATALOGUE
from bridge.errors import RefuseInput
from bridge.reports.finding_pages import docs_anchor, finding_page, page_address
from bridge.reports.findings import (
    FindingFilter,
    FindingRow,
    codes_known,
    findings_counted,
    findings_listed,
    one_finding,
)
from bridge.reports.gathered import gathered_findings
from bridge.reports.words import word
from bridge.store.console import note_finding
from bridge.store.decision_rows import told_decisions
from bridge.store.unit import reading, unit

LONGEST_OWNER, LONGEST_COMMENT = 128, 2000


class State(StrEnum):
    OPEN = "terbuka"
    CLOSED = "selesai"
    ALL = "semua"


@app.command()
def findings(
    code: Annotated[str, typer.Option(help="Hanya kode ini. (Only this code.)")] = "",
    title: Annotated[str, typer.Option(help="Hanya tentang judul ini. (Only about this title.)")] = "",
    office: Annotated[str, typer.Option(help="Hanya OPD dengan kode ini. (Only this office.)")] = "",
    owner: Annotated[str, typer.Option(help="Hanya yang ditangani orang ini. (Only this owner's.)")] = "",
    state: Annotated[
        State, typer.Option(help="Yang terbuka, selesai, atau semua. (Open, closed or all.)")
    ] = State.OPEN,
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
    wanted = FindingFilter(code=code.upper(), title=title, office=office, owner=owner, state=state.value)
    if wanted == FindingFilter() and not (each or json):
        _gathered(limit)
        return
    shown_language = "en" if json else language()
    with context(quiet=True) as ctx, reading(ctx.store) as connection:
        if wanted.code and wanted.code not in (*CATALOGUE, *codes_known(connection, ctx.office.tenant)):
            raise _unknown(wanted.code)
        rows = findings_listed(connection, ctx.office.tenant, wanted, shown_language, limit)
        total = findings_counted(connection, ctx.office.tenant, wanted)
        now = ctx.clock()
    if json:
        print_json(
            [
                asdict(row)
                | {"age_days": _days(row, now), "page": page_address(row.code), "docs": docs_anchor(row.code)}
                for row in rows
            ]
        )
        return
    if not rows:
        tell("Tidak ada temuan terbuka." if state is State.OPEN else "Tidak ada temuan seperti itu.")
        return
    _print_rows("Temuan terbuka" if state is State.OPEN else "Temuan", rows, now)
    tell(
        "{shown} dari {total} temuan. Saring dengan --code, tambah dengan --limit.",
        shown=len(rows),
        total=total,
    )


def _days(row: FindingRow, now: datetime) -> int:
    """How long it stands, or stood, open."""
    return ((row.closed_at or now) - row.opened_at).days


def _print_rows(title: str, rows: Sequence[FindingRow], now: datetime) -> None:
    noted = any(row.owner or row.comment for row in rows)
    print_table(
        title,
        [
            "Nomor",
            "Kode",
            "Pegawai",
            "Apa",
            "Langkah berikutnya",
            "Hari",
            *(["Penanggung jawab"] if noted else []),
        ],
        [
            (
                f"#{row.finding_id}",
                row.code,
                row.learner_name,
                row.sentence,
                row.next_step,
                _days(row, now),
                *([": ".join(part for part in (row.owner, row.comment) if part)] if noted else []),
            )
            for row in rows
        ],
    )


def _unknown(code: str) -> RefuseInput:
    return RefuseInput(
        "CODE-UNKNOWN",
        f"Tidak ada temuan dengan kode {code}. Lihat semua: docs/findings.md",
        f"There is no finding with the code {code}. All of them: docs/findings.md",
        where=code,
    )


def _about(code: str, *, as_json: bool) -> None:
    page = finding_page(code, "en" if as_json else language())
    if page is None:
        raise _unknown(code)
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
        now = ctx.clock()
    if not rows:
        tell("Tidak ada temuan terbuka.")
        return
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
        _print_rows("Yang berdiri sendiri", alone[:limit], now)
    tell("{n} temuan dalam {lines} kumpulan, {single} berdiri sendiri. Satu per satu: jpbridge findings --each",
         n=len(rows), lines=len(lines), single=single)  # fmt: skip
    if waiting:
        tell("{n} keputusan menunggu orang kedua: jpbridge decide list --waiting", n=len(waiting))


@app.command()
def note(
    finding: Annotated[int, typer.Argument(help="Nomor temuan. (The finding's number.)")],
    owner: Annotated[
        str | None, typer.Option(help="Siapa menangani; kosong menghapus. (Who takes it.)")
    ] = None,
    comment: Annotated[str | None, typer.Option(help="Catatan; kosong menghapus. (A comment.)")] = None,
    json: Json = False,
) -> None:
    """Siapa menangani sebuah temuan, dan catatannya. (Who takes a finding, and a comment.)"""
    if owner is None and comment is None:
        raise RefuseInput(
            "NOTE-EMPTY",
            "Sebut --owner, --comment, atau keduanya.",
            "Name --owner, --comment or both.",
        )
    with context(quiet=True) as ctx, unit(ctx.store) as connection:
        row = one_finding(connection, ctx.office.tenant, finding, language())
        if row is None:
            raise RefuseInput(
                "FINDING-UNKNOWN",
                f"Temuan {finding} tidak ada. Lihat: jpbridge findings --each",
                f"There is no finding {finding}. See: jpbridge findings --each",
                where=str(finding),
            )
        taken = row.owner if owner is None else owner.strip()[:LONGEST_OWNER] or None
        said = row.comment if comment is None else comment.strip()[:LONGEST_COMMENT] or None
        note_finding(connection, ctx.office.tenant, finding, taken, said)
    if json:
        print_json({"finding": finding, "owner": taken, "comment": said})
    else:
        tell(
            "Temuan {n}: ditangani {owner}, catatan: {comment}",
            n=finding,
            owner=taken or "–",
            comment=said or "–",
        )
