"""Sessions of an event on the command line: list, add, move, cancel, open again."""

from __future__ import annotations

import getpass
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bridge.bootstrap import Installation
from bridge.cli.app import Json, installation
from bridge.cli.field_commands import desk_of, event_app, event_of
from bridge.cli.output import print_json, print_table, say, tell
from bridge.domain.field import FieldEvent, FieldSession, SessionState
from bridge.flows.field_confirm import Confirmed, set_state
from bridge.flows.field_desk import event_missing
from bridge.flows.field_sessions import add_one, change_one

session_app = typer.Typer(no_args_is_help=True, help="Sesi sebuah acara. (An event's sessions.)")
event_app.add_typer(session_app, name="session")

Code = Annotated[str, typer.Argument(help="Kode acara, misalnya 26-7K3QMX. (The event's code.)")]
Number = Annotated[int, typer.Argument(help="Nomor sesi. (The session's number.)")]
Day = Annotated[str, typer.Option(help="Tanggal, misalnya 2026-08-03. (The date.)")]
Start = Annotated[str, typer.Option(help="Jam mulai, misalnya 08:00. (When it starts.)")]
End = Annotated[str, typer.Option(help="Jam selesai. (When it ends.)")]
Title = Annotated[str, typer.Option(help="Judul sesi. (Its title.)")]

_STATES = {
    SessionState.OPEN: "terbuka",
    SessionState.CONFIRMED: "dikonfirmasi",
    SessionState.CANCELLED: "dibatalkan",
}


def _who() -> str:
    """As in the other commands that a person answers for: who is signed in on this machine."""
    return f"cli:{getpass.getuser()}"


def _facts(opened: Installation, one: FieldSession) -> dict[str, object]:
    zone = ZoneInfo(opened.settings.zone)
    start, end = one.starts_at.astimezone(zone), one.ends_at.astimezone(zone)
    return {
        "number": one.number,
        "title": one.title,
        "day": f"{start:%Y-%m-%d}",
        "start": f"{start:%H:%M}",
        "end": f"{end:%H:%M}",
        "state": one.state.value,
        "confirmed_by": one.confirmed_by,
    }


def _told(opened: Installation, event: FieldEvent, json: bool, done: Confirmed | None = None) -> None:
    facts = [_facts(opened, one) for one in event.sessions]
    change = {} if done is None else {"evidence_new": done.stored.new, "evidence_withdrawn": done.withdrawn}
    if json:
        print_json({"event": event.code, "sessions": facts, **change})
        return
    rows = [
        (one["number"], one["title"], one["day"], f"{one['start']}–{one['end']}", say(_STATES[session.state]))
        for one, session in zip(facts, event.sessions, strict=True)
    ]
    print_table(f"{event.code}: {event.title}", ["Sesi", "Judul", "Tanggal", "Jam", "Keadaan"], rows)
    if done is not None and done.withdrawn:
        tell(
            "{n} bukti ditarik sampai semua sesi dikonfirmasi.",
            n=done.withdrawn,
        )
    if done is not None:
        tell("Perangkat lapangan mengetahuinya saat tersambung lagi.")


@session_app.command("list")
def session_list(code: Code, json: Json = False) -> None:
    """Sesi sebuah acara. (The sessions of an event.)"""
    with installation() as opened:
        _told(opened, event_of(opened, code), json)


@session_app.command("add")
def session_add(code: Code, day: Day, start: Start, end: End, title: Title = "", json: Json = False) -> None:
    """Tambahkan sesi. (Add a session.)"""
    with installation() as opened:
        form = _form(day, start, end, title)
        changed = add_one(desk_of(opened), code, form, _who())
        _told(opened, changed.done.event, json, changed.done)


@session_app.command("move")
def session_move(
    code: Code, number: Number, day: Day = "", start: Start = "", end: End = "", title: Title = "",
    json: Json = False,
) -> None:  # fmt: skip
    """Ubah waktu atau judul; yang tidak disebut tetap. (Change times or title; the rest stays.)"""
    with installation() as opened:
        session = event_of(opened, code).session(number)
        if session is None:
            raise event_missing(code)
        was = _facts(opened, session)
        form = _form(
            day or str(was["day"]), start or str(was["start"]), end or str(was["end"]), title or session.title
        )
        changed = change_one(desk_of(opened), code, number, form, _who())
        _told(opened, changed.done.event, json, changed.done)


@session_app.command("cancel")
def session_cancel(code: Code, number: Number, json: Json = False) -> None:
    """Batalkan sesi. (Cancel a session.)"""
    _set(code, number, SessionState.CANCELLED, json)


@session_app.command("open")
def session_open(code: Code, number: Number, json: Json = False) -> None:
    """Buka kembali sesi yang dibatalkan atau dikonfirmasi. (Open a session again.)"""
    _set(code, number, SessionState.OPEN, json)


def _set(code: str, number: int, state: SessionState, json: bool) -> None:
    with installation() as opened:
        done = set_state(desk_of(opened), code, number, state, _who())
        _told(opened, done.event, json, done)


def _form(day: str, start: str, end: str, title: str) -> dict[str, str]:
    return {"sesi1_tanggal": day, "sesi1_mulai": start, "sesi1_selesai": end, "sesi1_judul": title}
