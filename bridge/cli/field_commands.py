"""Events in the field: carried files, rosters, and what stands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bridge.bootstrap import Installation
from bridge.cli.app import Json, app, installation
from bridge.cli.output import language, print_json, print_table, say, tell
from bridge.cli.work_commands import import_app
from bridge.domain.field import Carried, FieldEvent
from bridge.flows.field_carriage import read_carriage
from bridge.flows.field_desk import Desk, event_missing
from bridge.flows.field_events import add_sheet
from bridge.flows.field_intake import REASONS, Answer, take_in
from bridge.flows.imports import read_file
from bridge.reports.shown import day_shown
from bridge.store.field_events import event_by_code, events_of
from bridge.store.unit import reading

event_app = typer.Typer(no_args_is_help=True, help="Acara di kelas. (Events in class.)")
app.add_typer(event_app, name="event")


def desk_of(opened: Installation) -> Desk:
    settings = opened.settings
    return Desk(opened.store, settings.tenant, settings.zone, opened.clock, opened.web_secret())


@import_app.command("field")
def import_field(
    file: Annotated[Path, typer.Argument(help="Berkas .jpb.json dari halaman Lapangan.")], json: Json = False
) -> None:
    """Ambil berkas lapangan yang dibawa. Keluar dengan 1 jika ada yang ditolak. (A carried field file.)"""
    body = read_file(file)
    with installation() as opened:
        intake = take_in(desk_of(opened), read_carriage(body, str(file)), Carried.FILE, None)
    refused = [one for one in intake.receipts if one.answer is Answer.REFUSED]
    facts = {answer.value: intake.count(answer) for answer in Answer}
    if json:
        records = [
            {"nonce": one.nonce, "answer": one.answer.value, "receipt": one.receipt, "reason": one.reason}
            for one in intake.receipts
        ]
        print_json({"file": file.name, "events": sorted(intake.events), **facts, "records": records})
    else:
        print_table(
            "Berkas lapangan",
            ["Acara", "Diterima", "Sudah ada", "Ditolak"],
            [(", ".join(sorted(intake.events)), facts["taken"], facts["repeat"], facts["refused"])],
        )
        if refused:
            rows = [(one.nonce or "?", say(REASONS[one.reason])) for one in refused]
            print_table("Catatan yang ditolak", ["Nomor", "Sebab"], rows)
        tell("Kehadiran dihitung setelah penyelenggara mengonfirmasi sesinya di halaman Acara.")
    if refused:
        raise typer.Exit(1)


def event_of(opened: Installation, code: str) -> FieldEvent:
    with reading(opened.store) as connection:
        event = event_by_code(connection, opened.settings.tenant, code)
    if event is None:
        raise event_missing(code)
    return event


@event_app.command("roster")
def event_roster(
    code: Annotated[str, typer.Argument(help="Kode acara, misalnya 26-7K3QMX.")],
    file: Annotated[Path, typer.Argument(help="Lembar apa pun yang memuat NIP. (Any sheet with NIPs.)")],
    json: Json = False,
) -> None:
    """Tambahkan peserta acara dari sebuah lembar. (Add an event's participants from a sheet.)"""
    body = read_file(file)
    with installation() as opened:
        report = add_sheet(desk_of(opened), event_of(opened, code), body, file.name)
    if json:
        print_json(
            {
                "event": code,
                "added": report.added,
                "already": report.already,
                "unknown": report.unknown,
                "unread": report.unread,
            }
        )
        return
    columns = ["Ditambahkan", "Sudah ada", "NIP tidak dikenal", "Baris tanpa NIP"]
    row = (report.added, report.already, report.unknown, len(report.unread))
    print_table("Peserta acara", columns, [row])
    for line in report.unread[:20]:
        tell("Tanpa NIP yang sah: {line}", line=line)


@event_app.command("list")
def event_list(json: Json = False) -> None:
    """Daftar acara. (The events.)"""
    with installation() as opened, reading(opened.store) as connection:
        events = events_of(connection, opened.settings.tenant, None)
    if json:
        print_json(
            [
                {
                    "code": one.code,
                    "title": one.title,
                    "owner": one.owner,
                    "sessions": len(one.counted_sessions),
                    "settled": one.settled,
                }
                for one in events
            ]
        )
        return
    rows = [
        (
            one.code,
            one.title,
            day_shown(one.sessions[0].starts_at.date(), language()),
            one.owner,
            len(one.counted_sessions),
            one.settled,
        )
        for one in events
    ]
    print_table("Acara", ["Kode", "Judul", "Mulai", "Penyelenggara", "Sesi", "Dikonfirmasi"], rows)
