"""`jpbridge decide`: what people decide about evidence and activities.

Exit codes: 0 recorded; 65 refused; 75 another process writes."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer

from bridge.cli.app import Json, app, context
from bridge.cli.output import language, print_json, print_table, say, tell
from bridge.domain.decision import DecisionKind
from bridge.domain.jp import shown, to_hundredths
from bridge.errors import RefuseInput
from bridge.flows.decide import decide, revoke, settle, subject_named
from bridge.reports.words import word
from bridge.store.decision_rows import Made, told_decisions
from bridge.store.unit import reading

decide_app = typer.Typer(no_args_is_help=True, help="Putuskan yang perlu diputuskan orang. (Decide.)")
app.add_typer(decide_app, name="decide")

KINDS = {"accept": "diterima", "reject": "ditolak", "link": "ditautkan", "override_jp": "JP ditetapkan"}

Finding = Annotated[int | None, typer.Option("--finding", help="Nomor temuan. (A finding's number.)")]
Evidence = Annotated[str, typer.Option("--evidence", help="Kunci bukti. (An evidence key.)")]
Entry = Annotated[
    int | None, typer.Option("--entry", help="Nomor entri: kegiatannya. (An entry's activity.)")
]
Reason = Annotated[str, typer.Option("--reason", help="Alasan; disimpan selamanya. (Kept for ever.)")]


def _who() -> str:
    return f"cli:{getpass.getuser()}"


def _decided(
    kind: DecisionKind, finding: int | None, evidence: str, entry: int | None, reason: str, json: bool,
    *, nip: str = "", jp: int | None = None,
) -> None:  # fmt: skip
    if (finding is not None) + bool(evidence) + (entry is not None) != 1:
        raise RefuseInput(
            "DECISION-SUBJECT",
            "Sebut tepat satu: --finding NOMOR, --evidence KUNCI, atau --entry NOMOR.",
            "Name exactly one: --finding NUMBER, --evidence KEY, or --entry NUMBER.",
        )
    with context(quiet=True) as ctx:
        subject = subject_named(ctx, finding_id=finding, evidence=evidence, entry_id=entry)
        made = decide(ctx, kind, subject, who=_who(), reason=reason, nip=nip, jp=jp)
    _print_made(made, json)


def _print_made(made: Made, json: bool) -> None:
    if json:
        print_json({"decision": made.decision_id, "request": made.request_id})
    elif made.decision_id is not None:
        tell("Keputusan {n} tersimpan. Jalankan: jpbridge reconcile", n=made.decision_id)
    else:
        tell(
            "JP itu di atas batas satu orang: permintaan {n} menunggu orang kedua. "
            "Ia menjalankan: jpbridge decide approve {n}",
            n=made.request_id,
        )


@decide_app.command("accept")
def accept_command(
    reason: Reason, finding: Finding = None, evidence: Evidence = "", entry: Entry = None, json: Json = False
) -> None:
    """Terima bukti meski diragukan. (Accept evidence that is in doubt.)"""
    _decided(DecisionKind.ACCEPT, finding, evidence, entry, reason, json)


@decide_app.command("reject")
def reject_command(
    reason: Reason, finding: Finding = None, evidence: Evidence = "", entry: Entry = None, json: Json = False
) -> None:
    """Tolak bukti atau kegiatan. (Reject evidence or an activity.)"""
    _decided(DecisionKind.REJECT, finding, evidence, entry, reason, json)


@decide_app.command("link")
def link_command(
    to: Annotated[str, typer.Option("--to", help="NIP pemiliknya. (The owner's NIP.)")],
    reason: Reason,
    finding: Finding = None,
    evidence: Evidence = "",
    json: Json = False,
) -> None:
    """Tautkan bukti ke pegawai; usulan: jpbridge proposals. (Link evidence to a learner.)"""
    _decided(DecisionKind.LINK, finding, evidence, None, reason, json, nip=to)


@decide_app.command("override")
def override_command(
    jp: Annotated[str, typer.Option("--jp", help="JP sebelum batas, misalnya 24 atau 2,5.")],
    reason: Reason,
    finding: Finding = None,
    evidence: Evidence = "",
    entry: Entry = None,
    json: Json = False,
) -> None:
    """Tetapkan JP; di atas batas, orang kedua menyetujui. (Set the JP; above a limit two people.)"""
    try:
        value = to_hundredths(Decimal(jp.strip().replace(",", ".")))
    except (InvalidOperation, ValueError, OverflowError):
        raise RefuseInput(
            "DECISION-JP",
            f"JP “{jp}” bukan angka. Tulis misalnya 24 atau 2,5.",
            f"The JP “{jp}” is no number. Write 24 or 2.5, say.",
            where="--jp",
        ) from None
    _decided(DecisionKind.OVERRIDE_JP, finding, evidence, entry, reason, json, jp=value)


@decide_app.command("approve")
def approve_command(request: int, json: Json = False) -> None:
    """Setujui permintaan orang lain. (Approve somebody else's request.)"""
    with context(quiet=True) as ctx:
        made = settle(ctx, request, who=_who(), approve=True)
    _print_made(made, json)


@decide_app.command("refuse")
def refuse_command(request: int, json: Json = False) -> None:
    """Tolak atau tarik permintaan. (Refuse a request, or take back one's own.)"""
    with context(quiet=True) as ctx:
        settle(ctx, request, who=_who(), approve=False)
    if json:
        print_json({"request": request, "approved": False})
    else:
        tell("Permintaan {n} ditolak; tidak ada yang berubah.", n=request)


@decide_app.command("revoke")
def revoke_command(decision: int, reason: Reason, json: Json = False) -> None:
    """Cabut keputusan; keadaan sebelumnya berlaku lagi. (Take a decision back.)"""
    with context(quiet=True) as ctx:
        revoke(ctx, decision, who=_who(), reason=reason)
    if json:
        print_json({"decision": decision, "revoked": True})
    else:
        tell("Keputusan {n} dicabut. Jalankan: jpbridge reconcile", n=decision)


@decide_app.command("list")
def list_command(
    waiting: Annotated[bool, typer.Option("--waiting", help="Hanya yang menunggu orang kedua.")] = False,
    json: Json = False,
) -> None:
    """Keputusan dan permintaan, terbaru dahulu. (Decisions and requests, newest first.)"""
    with context(quiet=True) as ctx, reading(ctx.store) as connection:
        rows = told_decisions(connection, ctx.office.tenant, waiting_only=waiting)
    if json:
        print_json([asdict(row) for row in rows])
        return
    if not rows:
        tell("Belum ada keputusan.")
        return
    print_table(
        "Daftar keputusan",
        ["Nomor", "Apa", "Tentang", "JP", "Pegawai", "Alasan", "Oleh", "Pada", "Keadaan"],
        [
            (
                f"K{row.decision_id}" if row.decision_id else f"P{row.request_id}",
                say(KINDS.get(row.kind, row.kind)),
                row.subject.replace("\x1f", " · "),
                "" if row.jp is None else shown(row.jp),
                row.learner_name,
                row.reason,
                row.made_by,
                f"{row.made_at:%Y-%m-%d %H:%M}Z",
                word(row.state, language()),
            )
            for row in rows
        ],
    )
