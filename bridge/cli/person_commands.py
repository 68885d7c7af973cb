"""`jpbridge proposals` and `jpbridge person`: whose evidence it may be, and who is who.

Exit codes: 0 done; 65 refused. Everything that changes a person can be undone: `person undo`."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated

import typer
from sqlalchemy import Connection

from bridge.cli.app import Json, app, context
from bridge.cli.output import language, print_json, print_table, say, tell
from bridge.errors import RefuseInput
from bridge.flows.context import Context
from bridge.identity.nip import read_nip
from bridge.reports.proposals import Unidentified, all_proposals
from bridge.store.people import learner_of_nip
from bridge.store.person_rows import (
    Why,
    add_alias,
    merge_people,
    split_person,
    told_person_decisions,
    undo_person_decision,
)
from bridge.store.unit import reading, unit

person_app = typer.Typer(no_args_is_help=True, help="Siapa adalah siapa; bisa dibatalkan. (Who is who.)")
app.add_typer(person_app, name="person")

KINDS = {"merge": "digabung", "split": "dipisah", "alias": "pengenal"}
Reason = Annotated[str, typer.Option("--reason", help="Alasan; disimpan selamanya. (Kept for ever.)")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])]


def _why(ctx: Context, reason: str) -> Why:
    return Why(f"cli:{getpass.getuser()}", reason, ctx.clock())


def _learner(connection: Connection, tenant: str, nip: str) -> int:
    row = learner_of_nip(connection, tenant, read_nip(nip).value or nip)
    if row is None:
        raise RefuseInput(
            "LEARNER-UNKNOWN",
            f"Tidak ada pegawai dengan NIP {nip}. Periksa angkanya.",
            f"No learner has the NIP {nip}. Check the digits.",
            where=nip,
        )
    return int(row.learner_id)


@app.command("proposals")
def proposals_command(
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 30, json: Json = False
) -> None:
    """Bukti tanpa pemilik, dan siapa kira-kira pemiliknya. (Whose evidence it may be; never automatic.)"""
    with context(quiet=True) as ctx, reading(ctx.store) as connection:
        rows = all_proposals(connection, ctx.office.tenant, "en" if json else language(), limit)
    if json:
        print_json([asdict(row) for row in rows])
        return
    if not rows:
        tell("Semua bukti sudah jelas pemiliknya.")
        return
    print_table(
        "Usulan pemilik bukti",
        ["Temuan", "Kode", "Tertulis", "Usulan", "Nilai", "Dasarnya"],
        [line for row in rows for line in _proposal_lines(row)],
    )
    tell("Tautkan dengan: jpbridge decide link --finding NOMOR --to NIP --reason …")


def _proposal_lines(row: Unidentified) -> list[tuple[str, str, str, str, int, str]]:
    """Every proposal of one finding, the strongest first: two people alike must both be seen before one is linked."""
    written = " · ".join(part for part in (row.nip_written, row.name, row.office) if part)
    head = f"#{row.finding.finding_id}", row.finding.code, written
    if not row.proposals:
        return [(*head, "–", 0, "")]
    return [
        (
            *(head if place == 0 else ("", "", "")),
            f"{one.name} · {one.nip}",
            one.score,
            "; ".join(one.grounds),
        )
        for place, one in enumerate(row.proposals)
    ]


def _done(number: int, json: bool) -> None:
    if json:
        print_json({"person_decision": number})
    else:
        tell(
            "Keputusan orang {n} tersimpan. Jalankan: jpbridge reconcile. Batal: jpbridge person undo {n} --reason …",
            n=number,
        )


@person_app.command("merge")
def merge_command(keep: str, gone: str, reason: Reason, json: Json = False) -> None:
    """Dua NIP adalah satu orang: pengenal GONE pindah ke KEEP. (Two NIPs are one person.)"""
    with context(quiet=True) as ctx, unit(ctx.store) as connection:
        tenant = ctx.office.tenant
        pair = _learner(connection, tenant, keep), _learner(connection, tenant, gone)
        number = merge_people(connection, tenant, *pair, _why(ctx, reason))
    _done(number, json)


@person_app.command("split")
def split_command(
    nip: str,
    identifiers: Annotated[list[str], typer.Argument(help="Pengenal yang milik orang lain.")],
    reason: Reason,
    name: Annotated[str, typer.Option(help="Nama orang yang baru.")] = "",
    json: Json = False,
) -> None:
    """Satu pegawai ternyata dua orang. (One learner turns out to be two people.)"""
    with context(quiet=True) as ctx, unit(ctx.store) as connection:
        learner_id = _learner(connection, ctx.office.tenant, nip)
        number = split_person(connection, ctx.office.tenant, learner_id, identifiers, name, _why(ctx, reason))
    _done(number, json)


@person_app.command("alias")
def alias_command(
    nip: str,
    value: str,
    reason: Reason,
    scheme: Annotated[str, typer.Option(help="nip, nik, email, account")] = "nip",
    source: Annotated[str, typer.Option(help="Sumbernya, untuk account.")] = "",
    valid_from: Day = None,
    valid_to: Day = None,
    json: Json = False,
) -> None:
    """Pengenal lain pegawai itu, dengan masa berlakunya. (Another identifier, with its dates.)"""
    if scheme not in ("nip", "nik", "email", "account"):
        raise RefuseInput("ALIAS-SCHEME", f"Jenis pengenal {scheme} tidak dikenal. Pakai nip, nik, email, account.",
                          f"The kind {scheme} is unknown. Use nip, nik, email or account.")  # fmt: skip
    cleaned = (read_nip(value).value or "") if scheme == "nip" else value.strip()
    if not cleaned:
        raise RefuseInput("ALIAS-VALUE", f"{value} bukan NIP yang sah. Periksa 18 angkanya.",
                          f"{value} is no valid NIP. Check its 18 digits.", where=value)  # fmt: skip
    with context(quiet=True) as ctx, unit(ctx.store) as connection:
        learner_id = _learner(connection, ctx.office.tenant, nip)
        number = add_alias(
            connection, ctx.office.tenant, learner_id, scheme, source, cleaned, _day(valid_from), _day(valid_to),
            _why(ctx, reason),
        )  # fmt: skip
    _done(number, json)


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


@person_app.command("undo")
def undo_command(number: int, reason: Reason, json: Json = False) -> None:
    """Batalkan keputusan tentang orang; kreditnya kembali. (Undo a merge, split or alias.)"""
    with context(quiet=True) as ctx, unit(ctx.store) as connection:
        undo_person_decision(connection, ctx.office.tenant, number, _why(ctx, reason))
    if json:
        print_json({"person_decision": number, "undone": True})
    else:
        tell("Keputusan orang {n} dibatalkan. Jalankan: jpbridge reconcile", n=number)


@person_app.command("list")
def list_command(json: Json = False) -> None:
    """Keputusan tentang orang, terbaru dahulu. (Decisions about persons.)"""
    with context(quiet=True) as ctx, reading(ctx.store) as connection:
        rows = told_person_decisions(connection, ctx.office.tenant)
    if json:
        print_json([asdict(row) for row in rows])
        return
    if not rows:
        tell("Belum ada keputusan tentang orang.")
        return
    print_table(
        "Keputusan tentang orang",
        ["Nomor", "Apa", "Pegawai", "Orang lain", "Pengenal", "Alasan", "Oleh", "Dibatalkan oleh"],
        [
            (
                str(row.person_decision_id),
                say(KINDS[row.kind]),
                row.person,
                row.other,
                ", ".join(row.identifiers),
                row.reason,
                row.decided_by,
                row.undone_by,
            )
            for row in rows
        ],
    )
