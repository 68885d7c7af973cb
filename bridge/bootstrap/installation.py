"""Opening and making an installation: settings, secrets, the two stores, and a use case's context."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from bridge.bootstrap.record_store import RecordStore
from bridge.config import CONFIG_NAME, Settings, kept_secret, load_settings, resolve_secret
from bridge.domain.clock import Clock, system_clock
from bridge.domain.jp import to_hundredths
from bridge.engine.rules import default_rule_document, read_rules
from bridge.errors import RefuseInput, StopRun
from bridge.flows.context import Context, Office, Progress
from bridge.ledger.checkpoint import create_signing_key, read_signing_key
from bridge.store.catalogue import store_rule_set
from bridge.store.connect import open_store, sqlite_url
from bridge.store.migrate import current_revision, newest_revision, upgrade
from bridge.store.sources import store_tenant
from bridge.store.unit import translated, unit
from lms_adapters import moodle
from lms_adapters.registry import Registered, registry
from xapi.store.store import Store

ADAPTERS = registry((Registered(moodle.SPEC, moodle.make),))
VERSION = version("jpbridge")
WEB_KEY = "web.key"
LEDGER_KEY = "ledger.key"


@dataclass(slots=True)
class Installation:
    """One opened installation. Close it when done."""

    home: Path
    settings: Settings
    store: Engine
    records: RecordStore
    clock: Clock = system_clock

    def secret(self, reference: str) -> str:
        return resolve_secret(reference, self.home)

    def web_secret(self) -> bytes:
        """Signs sessions and links; made at first use."""
        return kept_secret(WEB_KEY, self.home).encode()

    def signing_key(self) -> Ed25519PrivateKey:
        """Signs the ledger's checkpoints; made once by `initialise`."""
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
            adapters=ADAPTERS,
            secret=self.secret,
            statements=self.records,
            signing_key=self.signing_key,
            version=VERSION,
            progress=progress,
            statement=self.records.document,
        )

    def close(self) -> None:
        self.records.close()
        self.store.dispose()


def _store_url(home: Path, settings: Settings) -> str:
    return settings.database_url or sqlite_url(home / "jpbridge.db")


def _lrs_url(home: Path, settings: Settings) -> str:
    """The record store has its own SQLite file (one writer each); on PostgreSQL it shares the database."""
    if settings.lrs_database_url:
        return settings.lrs_database_url
    return settings.database_url or sqlite_url(home / "lrs.db")


def _open(home: Path) -> Installation:
    settings = load_settings(home)
    store = open_store(_store_url(home, settings))
    records = RecordStore(Store(_lrs_url(home, settings)), settings.activity_base)
    return Installation(home, settings, store, records)


def open_installation(home: Path) -> Installation:
    """Raises RefuseInput where `jpbridge init` has not been run, StopRun on another schema than ours."""
    if not (home / CONFIG_NAME).exists():
        raise RefuseInput(
            "NOT-INITIALISED",
            f"Belum ada pemasangan di {home}. Jalankan: jpbridge init",
            f"There is no installation in {home}. Run: jpbridge init",
            where=str(home),
        )
    opened = _open(home)
    try:
        revision = current_revision(opened.store)
    except DBAPIError as error:
        raise translated(error, opened.store) from error
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
    return opened


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
        f'nightly = "{Settings().nightly}"\n',
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


def _prepare(opened: Installation) -> dict[str, Any]:
    upgrade(opened.store)
    opened.records.store.create_schema()
    opened.web_secret()
    ledger_key = opened.home / "secrets" / LEDGER_KEY
    if not ledger_key.exists():
        create_signing_key(ledger_key)
    document = default_rule_document()
    rules = read_rules(document)
    now = opened.clock()
    settings = opened.settings
    with unit(opened.store) as connection:
        store_tenant(connection, settings.tenant, settings.office_name, settings.zone, now)
        store_rule_set(
            connection,
            settings.tenant,
            version=rules.version,
            effective_from=rules.effective_from,
            document=document,
            now=now,
        )
    return {
        "home": str(opened.home),
        "rules": rules.version,
        "schema": newest_revision(),
        "database": opened.store.url.render_as_string(hide_password=True),
    }
