"""The offices that one installation serves. People, sources, rules and ledger carry the tenant in every row;
each tenant's record store is a database (SQLite) or a schema (PostgreSQL) of its own, since xAPI knows no
tenants (docs/decisions/0012-tenants.md)."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from bridge.config import Settings
from bridge.errors import RefuseInput, StopRun
from bridge.store.catalogue import store_rule_set
from bridge.store.connect import sqlite_url
from bridge.store.schedules import TenantRow, keep_tenant_facts, load_tenants
from bridge.store.sources import store_tenant
from bridge.store.unit import reading, unit
from xapi.errors import SchemaMismatch, StoreUnavailable
from xapi.store.store import Store

CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")


def tenant_rows(store: Engine) -> list[TenantRow]:
    with reading(store) as connection:
        return load_tenants(connection)


def tenant_codes(store: Engine) -> list[str]:
    """Empty where the store has no schema yet."""
    with store.connect().execution_options(reading=True) as connection:
        there = store.dialect.has_table(connection, "tenant")
    return [row.code for row in tenant_rows(store)] if there else []


def settings_of(store: Engine, main: Settings, code: str) -> Settings:
    """The installation's settings as they hold for a tenant. Raises RefuseInput where there is none."""
    if code == main.tenant:
        return main
    rows = {row.code: row for row in tenant_rows(store)}
    if code not in rows:
        raise RefuseInput(
            "TENANT-UNKNOWN",
            f"Instansi {code!r} tidak ada. Yang ada: {', '.join(sorted(rows))}.",
            f"There is no tenant {code!r}. There are: {', '.join(sorted(rows))}.",
            where=code,
        )
    row = rows[code]
    return main.model_copy(update={"tenant": code, "office_name": row.name, "zone": row.zone})


def lrs_url(home: Path, main: Settings, code: str) -> str:
    """The main tenant's record store stands in `lrs.db` beside SQLite, or in PostgreSQL's own schema; another
    tenant's in `lrs-<code>.db`, or in the schema `lrs_<code>`."""
    base = main.lrs_database_url or main.database_url or sqlite_url(home / "lrs.db")
    if code == main.tenant:
        return base
    url = make_url(base)
    if url.get_backend_name() == "postgresql":
        return url.update_query_dict({"options": f"-csearch_path={lrs_schema(code)}"}).render_as_string(
            hide_password=False
        )
    path = Path(url.database or "")
    return sqlite_url(path.with_name(f"{path.stem}-{code}{path.suffix}"))


def lrs_schema(code: str) -> str:
    """No code has an underscore, so no two codes share a schema."""
    return "lrs_" + code.replace("-", "_")


def lrs_is_behind(home: Path, main: Settings, code: str) -> bool:
    """Whether the tenant's record store has tables of an older version."""
    store = Store(lrs_url(home, main, code))
    try:
        return store.is_behind()
    except StoreUnavailable:
        return False  # what can't be opened now is told by who needs it
    finally:
        store.close()


def prepare_lrs(home: Path, main: Settings, code: str) -> None:
    """The record store's tables, where they are missing or older. Raises StopRun on newer ones."""
    store = Store(lrs_url(home, main, code))
    try:
        if code != main.tenant and store.database.postgres:
            with store.database.engine.connect() as connection:
                connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{lrs_schema(code)}"'))
        store.create_schema()
    except SchemaMismatch as error:
        raise other_schema(error, str(home)) from error
    finally:
        store.close()


def other_schema(error: SchemaMismatch, where: str) -> StopRun:
    """What a record store of another version means, with the next step."""
    if error.code == "schema_newer":
        return StopRun(
            "LRS-SCHEMA-NEWER",
            f"{error.sentence} Atau pulihkan cadangan sebelum pembaruan.",
            f"{error.english} Or restore the backup made before the upgrade.",
            where=where,
        )
    return StopRun(
        "LRS-SCHEMA-OTHER",
        f"{error.sentence} Jalankan: jpbridge init",
        f"{error.english} Run: jpbridge init",
        where=where,
    )


def backup_folder(home: Path, main: Settings) -> Path:
    return Path(main.backup_folder).expanduser() if main.backup_folder else home / "backups"


def add_tenant(home: Path, store: Engine, main: Settings, row: TenantRow) -> None:
    """Register an office with the default rules; a repeat changes its name and zone. Raises RefuseInput."""
    if not CODE.fullmatch(row.code):
        raise RefuseInput(
            "TENANT-CODE",
            f"Kode {row.code!r} tidak dapat dipakai. Pakai huruf kecil, angka dan tanda hubung, misalnya biak.",
            f"The code {row.code!r} can't be used. Use small letters, digits and hyphens, for example biak.",
            where=row.code,
        )
    from bridge.engine.rules import default_rule_document, read_rules

    Settings(zone=row.zone)  # refuses a zone that does not exist
    document = default_rule_document()
    rules = read_rules(document)
    with unit(store) as connection:
        store_tenant(connection, row.code, row.name, row.zone, row.created_at)
        keep_tenant_facts(connection, row.code, row.name, row.zone)
        store_rule_set(
            connection,
            row.code,
            version=rules.version,
            effective_from=rules.effective_from,
            document=document,
            now=row.created_at,
        )
    prepare_lrs(home, main, row.code)
