"""Jobs: list, set, pause, resume, run; and the scheduler on its own."""

from __future__ import annotations

import getpass
import signal
import threading
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from bridge.cli.app import Json, app, installation
from bridge.cli.output import language, print_json, print_table, progress_bar, say, tell
from bridge.errors import RefuseInput
from bridge.reports.words import word
from scheduler.child import hold_leash, start_child
from scheduler.work import Order, do_job, jobs_of

if TYPE_CHECKING:  # a tick's process runs one job and looks at no clock
    from bridge.bootstrap import Installation
    from scheduler.board import Board
    from scheduler.watch import Watch

jobs_app = typer.Typer(no_args_is_help=True, help="Pekerjaan terjadwal. (Scheduled jobs.)")
app.add_typer(jobs_app, name="jobs")

Name = Annotated[str, typer.Argument(help="night, pull, sweep, recompute, backup, …")]
Source = Annotated[str, typer.Option("--source", help="Hanya untuk sumber ini. (For this source only.)")]


def board_of(opened: Installation) -> Board:
    from scheduler.board import Board

    return Board(opened)


def _who() -> str:
    return f"cli:{getpass.getuser()}"


@jobs_app.command("list")
def jobs_list(json: Json = False) -> None:
    """Semua pekerjaan, jadwalnya, dan hasil terakhirnya. (All jobs, when they run, how they went.)"""
    with installation() as opened:
        lines = board_of(opened).lines()
        zone = ZoneInfo(opened.settings.zone)
    if json:
        print_json([{name: getattr(line, name) for name in line.__dataclass_fields__} for line in lines])
        return

    def local(moment: datetime | None) -> str:
        return "" if moment is None else f"{moment.astimezone(zone):%d-%m-%Y %H:%M}"

    print_table(
        "Pekerjaan terjadwal",
        ["Pekerjaan", "Sumber", "Apa", "Jadwal", "Batas (menit)", "Berikutnya", "Terakhir", "Hasil"],
        [
            (
                line.name,
                line.source,
                say(line.what),
                say("dijeda") if line.paused else line.cron,
                line.limit_minutes,
                local(line.next_at),
                local(line.last_at),
                word(line.last_state, language()),
            )
            for line in lines
        ],
    )


def _changed(opened: Installation, name: str, source: str, json: bool) -> None:
    line = next(item for item in board_of(opened).lines() if (item.name, item.source) == (name, source))
    if json:
        print_json({"job": name, "source": source, "cron": line.cron, "paused": line.paused})
    elif line.paused:
        tell("Pekerjaan {name} dijeda. Lanjutkan dengan: jpbridge jobs resume {name}", name=name)
    else:
        tell("Pekerjaan {name}: {cron}, berikutnya {next}.", name=name, cron=line.cron, next=line.next_at)


@jobs_app.command("set")
def jobs_set(
    name: Name,
    cron: Annotated[str, typer.Option(help="Lima bagian cron, misalnya '0 1 * * *'.")] = "",
    limit: Annotated[int | None, typer.Option(help="Batas waktu dalam menit. (Minutes.)")] = None,
    default: Annotated[bool, typer.Option("--default", help="Kembali ke jadwal bawaan.")] = False,
    source: Source = "",
    json: Json = False,
) -> None:
    """Ubah jadwal atau batas waktu, untuk semua atau satu sumber. (Change when a job runs.)"""
    with installation() as opened:
        board = board_of(opened)
        if default:
            board.reset(name, source)
            if json:
                print_json({"job": name, "source": source, "default": True})
            else:
                tell("Pekerjaan {name} kembali ke jadwal bawaan.", name=name)
            return
        if not cron and limit is None:
            raise RefuseInput(
                "JOB-NOTHING-SET",
                "Sebut yang diubah: --cron '0 1 * * *', --limit MENIT, atau --default.",
                "Say what to change: --cron '0 1 * * *', --limit MINUTES, or --default.",
            )
        board.change(name, source, _who(), cron=cron or None, limit_minutes=limit)
        _changed(opened, name, source, json)


@jobs_app.command("pause")
def jobs_pause(name: Name, source: Source = "", json: Json = False) -> None:
    """Jeda sebuah pekerjaan. (Pause a job.)"""
    with installation() as opened:
        board_of(opened).change(name, source, _who(), paused=True)
        _changed(opened, name, source, json)


@jobs_app.command("resume")
def jobs_resume(name: Name, source: Source = "", json: Json = False) -> None:
    """Lanjutkan; yang terlewat selama jeda tidak dikejar. (Resume; what was missed is not caught up.)"""
    with installation() as opened:
        board_of(opened).change(name, source, _who(), paused=False)
        _changed(opened, name, source, json)


@jobs_app.command("run")
def jobs_run(
    name: Name,
    source: Source = "",
    tick: Annotated[str, typer.Option(help="Jam yang dijalankan, ISO 8601. (The tick.)")] = "",
    json: Json = False,
) -> None:
    """Jalankan sekarang. (Run a job now.)"""
    hold_leash()
    moment = _moment(tick) if tick else None
    order = Order("scheduler" if moment else _who(), moment, source)
    with installation() as opened, progress_bar(quiet=json) as progress:
        done = do_job(opened, opened.context(progress), name, order)
    if json or moment:
        print_json({"job": name} | done)
        return
    shown = [(str(key), str(value)) for key, value in done.items() if key != "versions"]
    print_table("Selesai", ["Apa", "Nilai"], shown)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise RefuseInput(
            "TICK-WRONG",
            f"{text!r} bukan waktu ISO 8601 dengan zona, misalnya 2026-11-24T01:00:00+09:00.",
            f"{text!r} is no ISO 8601 time with a zone, for example 2026-11-24T01:00:00+09:00.",
            where=text,
        )
    return moment


def watch_of(opened: Installation) -> Watch:
    """The watch over every tenant of the installation; each tick runs as a process of its own."""
    from scheduler.watch import Watch

    return Watch(
        opened.store,
        opened.clock,
        lambda item, tick: start_child(opened.home, item, tick),
        jobs=jobs_of(opened),
    )


@app.command()
def scheduler() -> None:
    """Jalankan penjadwal saja, tanpa konsol. (The scheduler alone, without the console.)"""
    from scheduler.loop import Loop

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with installation() as opened:
        tell("Penjadwal berjalan. Berhenti: Ctrl+C.")
        Loop(watch_of(opened)).run(stop)
