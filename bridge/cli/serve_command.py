"""`jpbridge serve`: the console, the learning record store and the nightly job in one process."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
import uvicorn

from bridge.bootstrap import Installation
from bridge.cli.app import app, installation
from bridge.cli.output import tell
from bridge.errors import RefuseInput
from bridge.flows.context import Silent
from bridge.flows.night import night
from bridge.store.runs import claim_tick, last_run
from bridge.store.unit import reading, unit
from bridge.web.ports import web_application
from scheduler.jobs import Job, last_tick
from scheduler.run import start


def nightly_job(opened: Installation) -> Job:
    """The nightly job at the time of the settings, in the tenant's zone."""
    hour, minute = (int(part) for part in opened.settings.nightly.split(":"))

    def work(tick: datetime) -> None:
        night(opened.context(Silent()), started_by="scheduler", scheduled_for=tick)

    return Job("night", hour, minute, opened.settings.zone, work)


def start_clock(opened: Installation):  # type: ignore[no-untyped-def]  # APScheduler has no types
    """The scheduler in a thread. A night that was missed while nothing ran is caught up at once, where nights
    have been run before."""
    tenant = opened.settings.tenant
    job = nightly_job(opened)

    def claim(name: str, tick: datetime, who: str) -> bool:
        with unit(opened.store) as connection:
            return claim_tick(connection, tenant, name, tick, who, opened.clock())

    with reading(opened.store) as connection:
        newest = last_run(connection, tenant, job.name)
    missed = newest is not None and newest["started_at"] < last_tick(job, opened.clock())
    return start([job], claim, opened.clock, catch_up=missed)


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
    clockwork = start_clock(opened) if clock else None
    config = uvicorn.Config(
        web_application(opened),
        host=host,
        port=port,
        root_path=root_path,
        log_level="warning",
        access_log=False,
        proxy_headers=True,
        server_header=False,
    )
    tell(
        "Konsol: http://{host}:{port}{root}/ · LRS: http://{host}:{port}{root}/xapi",
        host=host,
        port=port,
        root=root_path,
    )
    try:
        uvicorn.Server(config).run()
    except SystemExit as error:
        raise RefuseInput(
            "PORT-TAKEN",
            f"Port {port} di {host} sudah dipakai atau tidak boleh dipakai. Pilih yang lain dengan --port.",
            f"Port {port} on {host} is in use or not allowed. Choose another with --port.",
            where=f"{host}:{port}",
        ) from error
    finally:
        if clockwork is not None:
            clockwork.shutdown(wait=False)
