"""Commands around sources that are not one LMS's own: accounts, webhooks, and pulling what was hinted at."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.app import Json, app, context, installation
from bridge.cli.output import print_json, tell
from bridge.cli.setup_commands import Base, source_app, source_named
from bridge.cli.work_commands import (
    import_app,
    print_import,
    print_pulls,
    pull_exit_code,
    pull_facts,
    started_by,
)
from bridge.flows.accounts import import_accounts
from bridge.flows.hints import pull_due
from bridge.flows.night import recorded_run
from bridge.store.sources import store_source
from bridge.store.unit import unit
from bridge.web.hook_secret import PATH, hook_secret


@import_app.command("accounts")
def accounts(
    file: Annotated[Path, typer.Argument(help="CSV atau XLSX dengan kolom NIP, sumber, akun.")],
    json: Json = False,
) -> None:
    """Akun pegawai di LMS yang mengenal orang dengan nomornya sendiri. (Accounts of learners at sources.)"""
    with context(quiet=json) as ctx:
        print_import(import_accounts(ctx, file), json)


@source_app.command("hook")
def source_hook(name: str, base: Base = "http://127.0.0.1:8765", json: Json = False) -> None:
    """Alamat dan rahasia webhook: isyarat untuk menarik, bukan bukti. (A source's webhook.)"""
    with installation() as opened:
        with context(quiet=True) as ctx:
            source_named(ctx, name)
        secret = hook_secret(opened.web_secret(), opened.settings.tenant, name)
    url = f"{base.rstrip('/')}{PATH}{name}"
    if json:
        print_json({"source": name, "url": url, "secret": secret})
        return
    tell("Alamat webhook: {url} (POST)", url=url)
    tell("Kepala permintaan: Authorization: Bearer {secret}", secret=secret)
    tell("Sumber yang diberi isyarat ditarik oleh: jpbridge pull-due")


@source_app.command("off")
def source_off(name: str, json: Json = False) -> None:
    """Jangan tarik sumber ini lagi; bukti dan kreditnya tetap. (Pull it no more; its evidence and credits stay.)"""
    _switch(name, enabled=False, json=json)


@source_app.command("on")
def source_on(name: str, json: Json = False) -> None:
    """Tarik lagi sumber yang dimatikan. (Pull a source again that was switched off.)"""
    _switch(name, enabled=True, json=json)


def _switch(name: str, *, enabled: bool, json: bool) -> None:
    with context(quiet=True) as ctx:
        row = replace(source_named(ctx, name), enabled=enabled)
        with unit(ctx.store) as connection:
            store_source(connection, ctx.office.tenant, row, ctx.clock())
    if json:
        print_json({"source": name, "enabled": enabled})
    elif enabled:
        tell("Sumber {name} ditarik lagi mulai malam ini.", name=name)
    else:
        tell(
            "Sumber {name} tidak ditarik lagi; bukti dan kreditnya tetap. Nyalakan: jpbridge source on {name}",
            name=name,
        )


@app.command("pull-due")
def pull_due_command(json: Json = False) -> None:
    """Tarik sumber yang mengirim isyarat lewat webhook. (Pull the sources that sent a hint.)"""
    with context(quiet=json) as ctx, recorded_run(ctx, "pull", started_by=started_by()) as record:
        reports = pull_due(ctx)
        record.counts["pull"] = pull_facts(reports)
    if json:
        print_json({"pull": pull_facts(reports)})
    elif not reports:
        tell("Tidak ada sumber yang memberi isyarat.")
    else:
        print_pulls(reports)
    raise typer.Exit(pull_exit_code(reports))
