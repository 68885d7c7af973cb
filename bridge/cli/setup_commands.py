"""Setting up: init, sources, keys, accounts, links."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from bridge.bootstrap import initialise
from bridge.cli.app import Json, app, context, installation
from bridge.cli.output import print_json, print_table, say, tell
from bridge.cli.sign_in import account_or_new, learner_link, sign_in_link
from bridge.config import chosen_tenant, home_folder, write_secret
from bridge.errors import RefuseInput
from bridge.flows.pull import source_config
from bridge.store.console import Role, add_account
from bridge.store.sources import SourceRow, load_sources, spelt_refs, store_source
from bridge.store.unit import reading, unit
from bridge.web.passwords import hash_password
from lms_adapters.registry import make_adapter
from lms_adapters.spec import AdapterSpec

source_app = typer.Typer(no_args_is_help=True, help="Sumber data LMS. (LMS sources.)")
key_app = typer.Typer(no_args_is_help=True, help="Kunci LRS. (Keys of the learning record store.)")
account_app = typer.Typer(no_args_is_help=True, help="Akun konsol. (Console accounts.)")
app.add_typer(source_app, name="source")
app.add_typer(key_app, name="key")
app.add_typer(account_app, name="account")


@app.command()
def init(
    office: Annotated[str, typer.Option(help="Nama kantor. (The office's name.)")] = "",
    json: Json = False,
) -> None:
    """Siapkan folder, basis data, aturan bawaan dan kunci. (Prepare folder, database, rules and keys.)"""
    done = initialise(home_folder(), office)
    if json:
        print_json(done)
        return
    tell("JP Bridge siap di {home}.", home=done["home"])
    if done["backup"]:
        tell("Cadangan dari sebelum pembaruan skema: {path}", path=done["backup"])
    tell("Aturan yang berlaku: {version}.", version=done["rules"])
    if done["rules_shipped"]:
        tell("Versi program ini membawa aturan bawaan lain, {version}; aturan Anda tetap berlaku. Bandingkan: "
             "jpbridge rules shipped > bawaan.toml, lalu jpbridge rules try bawaan.toml",
             version=done["rules_shipped"])  # fmt: skip
    tell("Berikutnya: jpbridge import roster BERKAS, lalu jpbridge source add NAMA.")


def _parsed_settings(pairs: list[str]) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign:
            raise RefuseInput(
                "SETTING-MALFORMED",
                f"Tulis pengaturan sebagai nama=nilai, bukan {pair!r}.",
                f"Write a setting as name=value, not {pair!r}.",
            )
        settings[name.strip()] = int(value) if value.strip().isdigit() else value.strip()
    return settings


def _secret_references(
    name: str, spec: AdapterSpec, token_env: str, secret_env: list[str], home: Path
) -> dict[str, str]:
    """Where each secret of the kind is: in the environment where a variable was named, else asked for, one by
    one, and kept in a file of its own. Raises RefuseInput on a secret that the kind does not have."""
    references = {"token": f"env:{token_env}"} if token_env else {}
    references |= {secret: f"env:{value}" for secret, value in _parsed_settings(secret_env).items()}
    unknown = sorted(set(references) - set(spec.secrets))
    if unknown:
        known = ", ".join(spec.secrets) or "-"
        raise RefuseInput(
            "SECRET-UNKNOWN",
            f"Sumber jenis {spec.kind} tidak memakai rahasia {unknown[0]!r}. Yang dipakai: {known}.",
            f"A source of kind {spec.kind} has no secret {unknown[0]!r}. It has: {known}.",
        )
    for secret, help_text in spec.secrets.items():
        if secret not in references:
            label = say("Token") if len(spec.secrets) == 1 else f"{secret} ({help_text})"
            value = typer.prompt(label, hide_input=True)
            of = f"{chosen_tenant()}." if chosen_tenant() else ""  # two tenants may both have an `lms`
            part = "" if len(spec.secrets) == 1 else f"-{secret}"
            file_name = f"source-{of}{name}{part}"
            references[secret] = write_secret(file_name, value, home)
    return references


@source_app.command("add")
def source_add(
    name: Annotated[str, typer.Argument(help="Nama pendek, misalnya lms-papua.")],
    address: Annotated[str, typer.Option(help="Alamat situs, https://… (atau folder, untuk files)")] = "",
    kind: Annotated[str, typer.Option(help="Jenis LMS.")] = "moodle",
    token_env: Annotated[str, typer.Option(help="Nama variabel lingkungan yang berisi token.")] = "",
    secret_env: Annotated[
        list[str] | None,
        typer.Option(help="rahasia=VARIABEL, boleh berulang. (secret=VARIABLE, repeatable.)"),
    ] = None,
    setting: Annotated[list[str] | None, typer.Option("--set", help="nama=nilai, boleh berulang.")] = None,
    json: Json = False,
) -> None:
    """Daftarkan sumber; token ditanyakan atau dibaca dari lingkungan, tidak pernah dari baris perintah.
    (Register a source; the token is asked for or read from the environment, never an argument.)"""
    with context(quiet=True) as ctx:
        entry = ctx.adapters.get(kind)
        if entry is None:
            known = ", ".join(sorted(ctx.adapters))
            raise RefuseInput(
                "SOURCE-KIND-UNKNOWN",
                f"Jenis sumber {kind!r} tidak dikenal. Pilih salah satu: {known}.",
                f"The source kind {kind!r} is unknown. Choose one of: {known}.",
            )
        settings = _parsed_settings(setting or [])
        unknown = sorted(set(settings) - set(entry.spec.settings))
        if unknown:
            known = ", ".join(sorted(entry.spec.settings))
            raise RefuseInput(
                "SETTING-UNKNOWN",
                f"Pengaturan {unknown[0]!r} tidak dikenal untuk {kind}. Yang ada: {known}.",
                f"The setting {unknown[0]!r} is unknown for {kind}. There are: {known}.",
            )
        if entry.spec.needs_address and not address:
            raise RefuseInput(
                "SOURCE-ADDRESS",
                f"Sumber jenis {kind} memerlukan alamat. Tambahkan --address.",
                f"A source of kind {kind} needs an address. Add --address.",
            )
        references = _secret_references(name, entry.spec, token_env, secret_env or [], ctx.home)
        row = SourceRow(0, name, kind, address, settings, spelt_refs(references), True)
        make_adapter(ctx.adapters, source_config(ctx, row)).close()  # refuses a bad address before it is kept
        with unit(ctx.store) as connection:
            store_source(connection, ctx.office.tenant, row, ctx.clock())
    if json:
        print_json({"source": name, "kind": kind, "address": address})
        return
    tell("Sumber {name} tersimpan. Periksa dengan: jpbridge source test {name}", name=name)


def source_named(ctx: Any, name: str) -> SourceRow:
    with reading(ctx.store) as connection:
        rows = {row.name: row for row in load_sources(connection, ctx.office.tenant)}
    if name not in rows:
        known = ", ".join(sorted(rows)) or "-"
        raise RefuseInput(
            "SOURCE-UNKNOWN",
            f"Sumber {name!r} tidak ada. Yang ada: {known}.",
            f"There is no source {name!r}. There are: {known}.",
        )
    return rows[name]


@source_app.command("test")
def source_test(name: str, json: Json = False) -> None:
    """Uji setiap langkah sambungan dan katakan mana yang kurang. (Test each step of the connection.)"""
    with context(quiet=True) as ctx:
        adapter = make_adapter(ctx.adapters, source_config(ctx, source_named(ctx, name)))
        try:
            steps = list(adapter.check())
        finally:
            adapter.close()
    english = say("Langkah") != "Langkah"
    if json:
        print_json(
            {
                "source": name,
                "ok": all(step.ok for step in steps),
                "steps": [
                    {"name": s.name, "ok": s.ok, "sentence": s.english, "advice": s.advice_english}
                    for s in steps
                ],
            }
        )
    else:
        rows = [
            (
                "✓" if step.ok else "✗",
                step.english if english else step.sentence,
                step.advice_english if english else step.advice,
            )
            for step in steps
        ]
        print_table("Uji sambungan", ["", "Langkah", "Yang harus dilakukan"], rows)
    if not all(step.ok for step in steps):
        raise typer.Exit(69)


@source_app.command("list")
def source_list(json: Json = False) -> None:
    """Daftar sumber. (The sources.)"""
    with context(quiet=True) as ctx, reading(ctx.store) as connection:
        rows = load_sources(connection, ctx.office.tenant)
    if json:
        print_json(
            [{"name": r.name, "kind": r.kind, "address": r.address, "enabled": r.enabled} for r in rows]
        )
        return
    print_table(
        "Sumber", ["Nama", "Jenis", "Alamat", "Aktif"], [(r.name, r.kind, r.address, r.enabled) for r in rows]
    )


@key_app.command("add")
def key_add(
    name: Annotated[str, typer.Argument(help="Untuk siapa kunci ini. (Whom it is for.)")],
    scopes: Annotated[
        str, typer.Option(help="Lingkup xAPI dipisah koma, misalnya statements/read. (xAPI scopes.)")
    ] = "statements/read",
    days: Annotated[int, typer.Option(min=0, help="Berlaku berapa hari; 0 tanpa batas.")] = 0,
    json: Json = False,
) -> None:
    """Buat kunci LRS; rahasianya hanya ditunjukkan sekali. (Make a key; its secret is shown once.)"""
    with installation() as opened:
        expires = opened.clock() + timedelta(days=days) if days else None
        key, secret = opened.records.add_key(name, [part.strip() for part in scopes.split(",")], expires)
    if json:
        print_json({"key": key, "secret": secret})
        return
    tell("Kunci: {key}", key=key)
    tell("Rahasia (simpan sekarang, tidak ditunjukkan lagi): {secret}", secret=secret)


@key_app.command("list")
def key_list(json: Json = False) -> None:
    """Daftar kunci tanpa rahasianya. (The keys, without their secrets.)"""
    with installation() as opened:
        rows = opened.records.keys()
    if json:
        print_json([row.as_json() for row in rows])
        return
    print_table(
        "Kunci LRS",
        ["Kunci", "Nama", "Lingkup", "Sampai", "Dicabut"],
        [(row.key, row.name, " ".join(row.scopes), row.expires_at, row.revoked_at) for row in rows],
    )


@key_app.command("revoke")
def key_revoke(key: str, json: Json = False) -> None:
    """Cabut kunci; berlaku seketika. (Revoke a key; it takes effect at once.)"""
    with installation() as opened:
        opened.records.revoke_key(key)
    if json:
        print_json({"revoked": key})
        return
    tell("Kunci {key} dicabut.", key=key)


@account_app.command("add")
def account_add(
    name: str,
    role: Annotated[Role, typer.Option(help="administrator, auditor atau organiser")] = Role.ADMINISTRATOR,
    json: Json = False,
) -> None:
    """Buat akun konsol dengan kata sandi. (Make a console account with a password.)"""
    password = typer.prompt(say("Kata sandi (minimal 12 huruf)"), hide_input=True, confirmation_prompt=True)
    hashed = hash_password(password)
    with installation() as opened, unit(opened.store) as connection:
        add_account(connection, opened.settings.tenant, name, role, opened.clock(), hashed)
    if json:
        print_json({"account": name, "role": role.value})
        return
    tell("Akun {name} dibuat.", name=name)


Base = Annotated[str, typer.Option(help="Alamat konsol. (The console's address.)")]


@account_app.command("link")
def account_link(
    name: str,
    role: Annotated[Role, typer.Option(help="peran akun baru")] = Role.ADMINISTRATOR,
    base: Base = "http://127.0.0.1:8765",
    json: Json = False,
) -> None:
    """Tautan masuk sekali pakai, berlaku beberapa menit. (A single-use sign-in link.)"""
    with installation() as opened:
        url = sign_in_link(opened, account_or_new(opened, name, role), base)
    if json:
        print_json({"account": name, "url": url})
        return
    tell("{url}", url=url)


@app.command("link")
def learner_page(nip: str, base: Base = "http://127.0.0.1:8765", json: Json = False) -> None:
    """Tautan JP Saya untuk seorang pegawai. (The link to a learner's own page.)"""
    with installation() as opened:
        url = learner_link(opened, nip, base)
    if json:
        print_json({"nip": nip, "url": url})
        return
    tell("{url}", url=url)
