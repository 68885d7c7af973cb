"""`jpbridge import confirm`: the organiser's word under an imported sheet.

Exit codes: 0 recorded or shown; 65 refused; 75 another process writes."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bridge.cli.app import Json, context
from bridge.cli.output import print_json, print_table, say, tell
from bridge.cli.work_commands import import_app, started_by
from bridge.flows.confirm import Confirmable, confirm_sheet, confirmable, take_back
from bridge.store.confirmations import Confirmation, Word


@import_app.command("confirm")
def confirm(
    sheet: Annotated[str, typer.Argument(help="Nama lembar, lihat: jpbridge import list.")],
    by: Annotated[
        str, typer.Option("--by", help="Penyelenggara yang mengonfirmasi: nama dan jabatan. (The organiser.)")
    ] = "",
    event: Annotated[
        list[str] | None,
        typer.Option(
            "--event", help="Hanya kegiatan ini: acuan atau judul; boleh berulang. (Only this event.)"
        ),
    ] = None,
    withdraw: Annotated[
        bool, typer.Option("--take-back", help="Tarik kembali konfirmasinya. (Take it back.)")
    ] = False,
    json: Json = False,
) -> None:
    """Catat konfirmasi penyelenggara; tanpa --by hanya memperlihatkan. (Record who confirms the roll.)"""
    said: dict[str, Any] = {"sheet": sheet}
    with context(quiet=True) as ctx:
        if withdraw:
            said["taken_back"] = take_back(ctx, sheet, who=started_by(), events=event or ())
        elif by:
            new, asked = confirm_sheet(ctx, sheet, by=by, recorded_by=started_by(), events=event or ())
            said |= {"confirmed": new, "already": asked - new}
        found = confirmable(ctx, sheet)
    if json:
        print_json(said | {"events": [_facts(one) for one in found]})
        return
    _print(found)
    if "confirmed" in said:
        tell("{n} konfirmasi dicatat. Jalankan: jpbridge reconcile", n=said["confirmed"])
    elif withdraw:
        tell("{n} konfirmasi ditarik kembali. Jalankan: jpbridge reconcile", n=said["taken_back"])
    else:
        tell("Untuk mencatat: jpbridge import confirm {sheet} --by “NAMA, JABATAN”", sheet=repr(sheet))


def _facts(one: Confirmable) -> dict[str, Any]:
    roll, word = one.roll, one.roll.word
    return {
        "event": roll.event_ref,
        "title": roll.title,
        "organiser": roll.organiser,
        "start": roll.start,
        "end": roll.end,
        "people": roll.people,
        "present": roll.present,
        "required": one.required,
        "state": word.state.value if word else None,
        "confirmed_by": word.confirmed_by if word and roll.confirmed else None,
        "recorded_by": word.recorded_by if word else None,
        "recorded_at": word.recorded_at if word else None,
    }


def _print(found: list[Confirmable]) -> None:
    print_table(
        "Konfirmasi penyelenggara",
        ["Kegiatan", "Mulai", "Hadir", "Keadaan", "Oleh", "Acuan"],
        [
            (
                one.roll.title,
                str(one.roll.start or "-"),
                f"{one.roll.present}/{one.roll.people}",
                _state(one),
                _by(one.roll.word) if one.roll.confirmed else "",
                one.roll.event_ref,
            )
            for one in found
        ],
    )


def _state(one: Confirmable) -> str:
    words = say(STATES[one.roll.word.state if one.roll.word else None])
    return f"{words} ({say('diminta aturan')})" if one.required and not one.roll.confirmed else words


def _by(word: Confirmation | None) -> str:
    return f"{word.confirmed_by} ({word.recorded_at:%Y-%m-%d %H:%M}Z)" if word else ""


STATES: dict[Word | None, str] = {
    None: "belum",
    Word.CONFIRMED: "dikonfirmasi",
    Word.WITHDRAWN: "ditarik kembali",
    Word.LAPSED: "gugur: daftarnya berubah",
}
