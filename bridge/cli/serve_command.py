"""`jpbridge serve`: the console, the learning record store and the watch over the jobs in one process."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Annotated

import typer

from bridge.bootstrap import Installation
from bridge.cli.app import app, installation
from bridge.cli.job_commands import watch_of
from bridge.cli.output import tell
from bridge.errors import RefuseInput
from bridge.flows.context import Silent
from scheduler.board import Board
from scheduler.watch import start_watch
from scheduler.work import Order, do_job


def run_job(opened: Installation, name: str, source: str, who: str) -> None:
    """For the console's button."""
    do_job(opened, opened.context(Silent()), name, Order(who, source=source))


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Alamat yang didengar. (Address to listen on.)")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8765,
    root_path: Annotated[str, typer.Option(help="Sub-path di belakang proxy, misalnya /jp.")] = "",
    clock: Annotated[bool, typer.Option("--clock/--no-clock", help="Jalankan tugas malam.")] = True,
) -> None:
    """Jalankan konsol, LRS dan tugas malam. (Run the console, the LRS and the nightly job.)"""
    with installation() as opened:
        serve_until_stopped(opened, host, port, root_path=root_path, clock=clock)


def serve_until_stopped(
    opened: Installation, host: str, port: int, *, root_path: str = "", clock: bool = True
) -> None:
    """Raises RefuseInput where the port is taken."""
    # Imported here: no other command needs the pages, and they would slow its start.
    import uvicorn

    from bridge.web.ports import web_application

    end_watch = start_watch(watch_of(opened)) if clock else None
    web = web_application(opened, jobs=Board, run_job=run_job)
    config = uvicorn.Config(
        web,
        host=host,
        port=port,
        root_path=root_path,
        log_level="warning",
        access_log=False,
        proxy_headers=True,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    tell(
        "Konsol: http://{host}:{port}{root}/ · LRS: http://{host}:{port}{root}/xapi",
        host=host,
        port=port,
        root=root_path,
    )
    # uvicorn ends on SIGTERM and then raises it anew: it must not end us before the watch has let go
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        uvicorn.Server(config).run()
    except KeyboardInterrupt:
        return
    except SystemExit as error:
        raise RefuseInput(
            "PORT-TAKEN",
            f"Port {port} di {host} sudah dipakai atau tidak boleh dipakai. Pilih yang lain dengan --port.",
            f"Port {port} on {host} is in use or not allowed. Choose another with --port.",
            where=f"{host}:{port}",
        ) from error
    finally:
        if end_watch is not None:
            end_watch()
        web.state.offices.close()
