"""Tenants: several offices in one installation. And the configuration: check and show."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bridge.bootstrap.tenants import add_tenant, tenant_rows
from bridge.cli.app import Json, app, installation
from bridge.cli.output import print_json, print_table, say, tell
from bridge.config import CONFIG_NAME, Settings, home_folder, load_settings, resolve_secret
from bridge.domain.clock import WIT
from bridge.errors import BridgeError
from bridge.store.schedules import TenantRow

tenant_app = typer.Typer(no_args_is_help=True, help="Instansi dalam satu pemasangan. (Tenants.)")
config_app = typer.Typer(no_args_is_help=True, help="Pengaturan. (Configuration.)")
app.add_typer(tenant_app, name="tenant")
app.add_typer(config_app, name="config")

SECRETS = ("alerts", "heartbeat", "backup_key", "metrics_token")
OPTIONAL = frozenset({"alerts"})
"""Secrets that may be absent though the setting names them by default."""


@tenant_app.command("add")
def tenant_add(
    code: Annotated[str, typer.Argument(help="Kode pendek, misalnya biak.")],
    name: Annotated[str, typer.Option(help="Nama kantor. (The office's name.)")],
    zone: Annotated[str, typer.Option(help="Zona waktu. (Time zone.)")] = WIT,
    json: Json = False,
) -> None:
    """Tambahkan instansi dengan aturan bawaan dan LRS sendiri. (Add an office of its own.)"""
    with installation() as opened:
        row = TenantRow(code, name, zone, opened.clock())
        add_tenant(opened.home, opened.store, opened.main, row)
    if json:
        print_json({"tenant": code, "name": name, "zone": zone})
        return
    tell("Instansi {code} siap. Berikutnya: jpbridge --tenant {code} import roster BERKAS", code=code)


@tenant_app.command("list")
def tenant_list(json: Json = False) -> None:
    """Semua instansi. (All tenants.)"""
    with installation() as opened:
        rows, main = tenant_rows(opened.store), opened.main.tenant
    if json:
        print_json([{"tenant": r.code, "name": r.name, "zone": r.zone, "main": r.code == main} for r in rows])
        return
    print_table(
        "Instansi",
        ["Kode", "Nama", "Zona", "Utama"],
        [(row.code, row.name, row.zone, row.code == main) for row in rows],
    )


def _secret_states(settings: Settings) -> list[dict[str, Any]]:
    """Whether each secret that a setting names is there; never the secret."""
    found = []
    for name in SECRETS:
        reference = str(getattr(settings, name))
        if not reference:
            continue
        try:
            resolve_secret(reference, home_folder())
        except BridgeError as error:
            absent = name in OPTIONAL and error.code == "SECRET-MISSING"
            found.append({"setting": name, "ok": absent, "text": error.sentence, "english": error.english})
        else:
            found.append({"setting": name, "ok": True, "text": reference, "english": reference})
    return found


@config_app.command("check")
def config_check(json: Json = False) -> None:
    """Baca berkas pengaturan dan lingkungan, dan katakan yang salah. (Exit code 65 where something is.)"""
    settings = load_settings(home_folder())
    states = _secret_states(settings)
    good = all(state["ok"] for state in states)
    if json:
        print_json({"ok": good, "file": str(home_folder() / CONFIG_NAME), "secrets": states})
    else:
        tell("Pengaturan {file} terbaca dan benar.", file=home_folder() / CONFIG_NAME)
        for state in states:
            if not state["ok"]:
                tell("{setting}: {text}", setting=state["setting"], text=state["text"])
    raise typer.Exit(0 if good else 65)


@config_app.command("show")
def config_show(json: Json = False) -> None:
    """Setiap pengaturan dengan nilainya sekarang; kata sandi disembunyikan. (Every setting as it holds.)"""
    settings = load_settings(home_folder())
    shown = {name: _shown(name, getattr(settings, name)) for name in Settings.model_fields}
    if json:
        print_json(shown)
        return
    defaults = Settings()
    rows = [
        (name, value, say("bawaan") if getattr(settings, name) == getattr(defaults, name) else say("diubah"))
        for name, value in shown.items()
    ]
    print_table("Pengaturan", ["Nama", "Nilai", "Asal"], [(n, str(v), o) for n, v, o in rows])


def _shown(name: str, value: Any) -> Any:
    if name.endswith("database_url") and value:
        from sqlalchemy.engine import make_url

        return make_url(value).render_as_string(hide_password=True)
    return value
