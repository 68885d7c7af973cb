"""Opening and making an installation: settings, secrets, the two stores, and a use case's context."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from bridge.bootstrap.adapters import Adapters
from bridge.bootstrap.record_store import RecordStore
from bridge.bootstrap.tenants import (
    backup_folder,
    lrs_is_behind,
    lrs_url,
    other_schema,
    prepare_lrs,
    settings_of,
    tenant_codes,
)
from bridge.config import (
    CONFIG_NAME,
    Settings,
    chosen_tenant,
    kept_secret,
    load_settings,
    resolve_secret,
)
from bridge.domain.clock import Clock, day_in_zone, system_clock
from bridge.domain.jp import to_hundredths
from bridge.errors import RefuseInput, StopRun
from bridge.flows.context import Context, Office, Progress
from bridge.flows.live import Live
from bridge.store.catalogue import load_rule_documents, rule_set_rows, store_rule_set
from bridge.store.connect import open_store, sqlite_url
from bridge.store.migrate import newest_revision, refuse_newer, upgrade
from bridge.store.schedules import keep_tenant_facts, load_tenants
from bridge.store.sources import store_tenant
from bridge.store.unit import translated, unit
from xapi.errors import SchemaMismatch, StoreUnavailable
from xapi.store.store import Store

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from bridge.flows.backup import BackupParts

VERSION = version("jpbridge")
WEB_KEY = "web.key"
LEDGER_KEY = "ledger.key"
KEPT_OF_AN_UPGRADE = 3
"""Backups before one and the same upgrade: one that fails is tried anew at each start of the service."""


@dataclass(slots=True)
class Installation:
    """One opened installation, as one of its tenants. Close it when done."""

    home: Path
    settings: Settings
    store: Engine
    records: RecordStore
    main: Settings
    clock: Clock = system_clock

    @property
    def is_main(self) -> bool:
        """Whether this is the tenant that the configuration file names."""
        return self.settings.tenant == self.main.tenant

    def of_tenant(self, code: str) -> Installation:
        """The same installation as another tenant: its zone, its people, its record store. The operational
        store is shared. Raises RefuseInput where there is no such tenant."""
        settings = settings_of(self.store, self.main, code)
        records = RecordStore(Store(lrs_url(self.home, self.main, code)), settings.activity_base)
        return Installation(self.home, settings, self.store, records, self.main, self.clock)

    def secret(self, reference: str) -> str:
        return resolve_secret(reference, self.home)

    def web_secret(self) -> bytes:
        """Signs sessions and links; made at first use."""
        return kept_secret(WEB_KEY, self.home).encode()

    def signing_key(self) -> Ed25519PrivateKey:
        """Signs the ledger's checkpoints; made once by `initialise`."""
        from bridge.ledger.checkpoint import read_signing_key

        return read_signing_key(self.home / "secrets" / LEDGER_KEY)

    def context(self, progress: Progress) -> Context:
        return Context(
            store=self.store,
            clock=self.clock,
            office=Office(
                tenant=self.settings.tenant,
                zone=self.settings.zone,
                activity_base=self.settings.activity_base,
                agent_home_page=self.settings.agent_home_page,
                withdraw_limit_percent=self.settings.withdraw_limit_percent,
                approval_jp=to_hundredths(self.settings.approval_jp),
            ),
            home=self.home,
            adapters=Adapters(self.records.store, self.records.authority),
            secret=self.secret,
            statements=self.records,
            signing_key=self.signing_key,
            version=VERSION,
            progress=Live(progress, self.home),
            statement=self.records.document,
        )

    def close(self) -> None:
        self.records.close()
        self.store.dispose()


def store_url(home: Path, settings: Settings) -> str:
    """Of the operational store."""
    return settings.database_url or sqlite_url(home / "jpbridge.db")


def _open(home: Path) -> Installation:
    return open_with(home, load_settings(home))


def open_with(home: Path, settings: Settings) -> Installation:
    """With these settings, whatever the file and the environment say; nothing is checked."""
    store = open_store(store_url(home, settings))
    records = RecordStore(Store(lrs_url(home, settings, settings.tenant)), settings.activity_base)
    return Installation(home, settings, store, records, settings)


def open_installation(home: Path, tenant: str = "") -> Installation:
    """The installation as `tenant`, else as JPBRIDGE_TENANT, else as its main tenant. Raises RefuseInput where
    `jpbridge init` has not been run or there is no such tenant, StopRun on another schema than ours."""
    if not (home / CONFIG_NAME).exists():
        raise RefuseInput(
            "NOT-INITIALISED",
            f"Belum ada pemasangan di {home}. Jalankan: jpbridge init",
            f"There is no installation in {home}. Run: jpbridge init",
            where=str(home),
        )
    opened = _open(home)
    try:
        revision = refuse_newer(opened.store)
    except DBAPIError as error:
        opened.close()
        raise translated(error, opened.store) from error
    except StopRun:
        opened.close()
        raise
    if revision != newest_revision():
        opened.close()
        raise StopRun(
            "SCHEMA-OTHER",
            f"Skema basis data ({revision}) bukan skema versi ini ({newest_revision()}). "
            "Buat cadangan, lalu jalankan: jpbridge init",
            f"The database's schema ({revision}) is not this version's ({newest_revision()}). "
            "Make a backup, then run: jpbridge init",
            where=str(home),
        )
    wanted = tenant or chosen_tenant()
    if wanted not in ("", opened.settings.tenant):
        opened.records.close()
        opened = opened.of_tenant(wanted)
    _check_records(opened)
    return opened


def _check_records(opened: Installation) -> None:
    """A record store that can't be opened now, or was lost, is no reason to stop: what it is to be told waits,
    and the doctor says so."""
    try:
        opened.records.store.check_schema()
    except SchemaMismatch as error:
        if error.code == "schema_missing":
            return
        opened.close()
        raise other_schema(error, str(opened.home)) from error
    except StoreUnavailable:
        return


def _write_config(home: Path, office: str) -> None:
    """The first configuration file; one that is there stays as it is."""
    path = home / CONFIG_NAME
    if path.exists():
        return
    name = (office or Settings().office_name).replace("\\", " ").replace('"', "'")
    path.write_text(
        "# JP Bridge. Rahasia tidak ditulis di sini. (No secrets here.)\n"
        f'office_name = "{name}"\n'
        f'zone = "{Settings().zone}"\n'
        f'nightly = "{Settings().nightly}"\n'
        + (f'tenant = "{chosen_tenant()}"\n' if chosen_tenant() else ""),
        "utf-8",
    )


def initialise(home: Path, office: str = "") -> dict[str, Any]:
    """Make or upgrade an installation; a repeat changes nothing. Returns what stands."""
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_config(home, office)
    except OSError as error:
        raise StopRun(
            "HOME-NOT-WRITABLE",
            f"Folder {home} tidak dapat ditulis ({error.strerror}). Pilih folder lain dengan JPBRIDGE_HOME.",
            f"The folder {home} can't be written ({error.strerror}). Choose another with JPBRIDGE_HOME.",
            where=str(home),
        ) from error
    opened = _open(home)
    try:
        return _prepare(opened)
    except DBAPIError as error:
        raise translated(error, opened.store) from error
    finally:
        opened.close()


def _backup_first(opened: Installation) -> str:
    """An upgrade of the schema begins with a backup: where it goes wrong, yesterday is still there. Returns
    the backup's path, empty where there was nothing to upgrade."""
    revision = refuse_newer(opened.store)
    if revision is None:
        return ""
    behind = any(lrs_is_behind(opened.home, opened.main, code) for code in tenant_codes(opened.store))
    if revision == newest_revision() and not behind:
        return ""
    from bridge.flows.backup import listed_backups, make_backup

    label = f"sebelum-skema-{newest_revision()}"
    made = make_backup(parts_of(opened), label=label)
    for path in [one for one in listed_backups(made.path.parent) if label in one.name][KEPT_OF_AN_UPGRADE:]:
        path.unlink()
    return str(made.path)


def parts_of(opened: Installation) -> BackupParts:
    """What a backup of this installation consists of."""
    from bridge.flows.backup import BackupParts

    return BackupParts(
        home=opened.home,
        store_url=store_url(opened.home, opened.main),
        lrs_urls={code: lrs_url(opened.home, opened.main, code) for code in tenant_codes(opened.store)},
        folder=backup_folder(opened.home, opened.main),
        passphrase=opened.secret(opened.main.backup_key) if opened.main.backup_key else "",
        version=VERSION,
        clock=opened.clock,
        main_tenant=opened.main.tenant,
    )


def _prepare(opened: Installation) -> dict[str, Any]:
    from bridge.engine.rules import default_rule_document, read_rules
    from bridge.flows.inputs import active_rules
    from bridge.ledger.checkpoint import create_signing_key

    saved = _backup_first(opened)
    upgrade(opened.store)
    for code in {opened.settings.tenant, *tenant_codes(opened.store)}:
        prepare_lrs(opened.home, opened.main, code)
    opened.web_secret()
    ledger_key = opened.home / "secrets" / LEDGER_KEY
    if not ledger_key.exists():
        create_signing_key(ledger_key)
    document = default_rule_document()
    rules = read_rules(document)
    now = opened.clock()
    settings = opened.settings
    today = day_in_zone(now, settings.zone)
    with unit(opened.store) as connection:
        store_tenant(connection, settings.tenant, settings.office_name, settings.zone, now)
        keep_tenant_facts(connection, settings.tenant, settings.office_name, settings.zone)
        # Only where there is none: a newer version's rules must not replace an office's own by an upgrade.
        if not load_rule_documents(connection, settings.tenant):
            store_rule_set(
                connection,
                settings.tenant,
                version=rules.version,
                effective_from=rules.effective_from,
                document=document,
                now=now,
            )
        sets = active_rules(connection, settings.tenant)
        shipped = rules.version in {row["version"] for row in rule_set_rows(connection, settings.tenant)}
        tenants = load_tenants(connection)
    for row in tenants:  # a new version may bring a newer schema of the record store
        prepare_lrs(opened.home, opened.main, row.code)
    return {
        "backup": saved,
        "home": str(opened.home),
        "rules": max(sets, key=lambda one: (one.effective_from <= today, one.effective_from)).version,
        "rules_shipped": "" if shipped else rules.version,
        "schema": newest_revision(),
        "database": opened.store.url.render_as_string(hide_password=True),
    }
