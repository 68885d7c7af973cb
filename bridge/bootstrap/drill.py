"""The restore drill: a backup that was never restored is a hope. Restore it into a scratch place, recompute
everything, compare with the ledger, check the Merkle log's signature and the record store, and say so."""

from __future__ import annotations

import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import make_url

from bridge.bootstrap.installation import LEDGER_KEY, Installation, open_with
from bridge.bootstrap.tenants import tenant_codes
from bridge.config import load_settings
from bridge.errors import BridgeError
from bridge.flows.checkup import check_everything
from bridge.flows.context import Progress
from bridge.flows.recorded import recorded_run
from bridge.flows.restore import restore_backup
from bridge.store.connect import open_store
from bridge.store.ledger_rows import count_entries, published_awards
from bridge.store.migrate import upgrade
from bridge.store.unit import reading


@dataclass(frozen=True, slots=True)
class TenantDrill:
    """`missing` are statements that the ledger calls published and the copy's record store lacks."""

    tenant: str
    entries: int
    learners: int
    differences: int
    log_problem: str
    missing: int

    @property
    def sound(self) -> bool:
        return not (self.differences or self.log_problem or self.missing)


@dataclass(frozen=True, slots=True)
class DrillReport:
    archive: str
    taken_at: datetime
    version: str
    seconds: float
    tenants: tuple[TenantDrill, ...]
    problem: str = ""

    @property
    def sound(self) -> bool:
        return not self.problem and bool(self.tenants) and all(item.sound for item in self.tenants)

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"sound": self.sound}


@contextmanager
def scratch_database(live_url: str) -> Iterator[str]:
    """An empty PostgreSQL database beside the live one, gone afterwards; '' for SQLite."""
    parsed = make_url(live_url)
    if parsed.get_backend_name() != "postgresql":
        yield ""
        return
    name = f"jpbridge_drill_{uuid.uuid4().hex[:12]}"
    server = open_store(live_url).execution_options(isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        yield parsed.set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        server.dispose()


def drill(
    live: Installation, live_url: str, archive: Path, passphrase: str, progress: Progress
) -> DrillReport:
    """Nothing of the living installation is touched. Raises RefuseInput or StopRun where the archive can't
    even be restored."""
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="jpbridge-drill-") as scratch,
        scratch_database(live_url) as database,
    ):
        home = Path(scratch) / "home"
        progress.stage("restore", None)
        restored = restore_backup(
            archive, home, passphrase, database_url=database, replace=False, now=live.clock()
        )
        _own_key(live, home)
        # never where the configuration points: that is the living database
        settings = load_settings(home).model_copy(update={"database_url": database, "lrs_database_url": ""})
        copy = open_with(home, settings)
        copy.clock = lambda: restored.taken_at  # what is due depends on the day: that day's
        try:
            upgrade(copy.store)
            codes = tenant_codes(copy.store)
            told = tuple(_of_tenant(copy, code, progress) for code in codes)
        finally:
            copy.close()
    seconds = round(time.monotonic() - began, 1)
    return DrillReport(archive.name, restored.taken_at, restored.version, seconds, told)


def _own_key(live: Installation, home: Path) -> None:
    """A backup without secrets has no key to check the signature with: it is ours."""
    secrets = home / "secrets"
    if not (secrets / LEDGER_KEY).exists():
        secrets.mkdir(mode=0o700, exist_ok=True)
        shutil.copy2(live.home / "secrets" / LEDGER_KEY, secrets / LEDGER_KEY)


def _of_tenant(copy: Installation, code: str, progress: Progress) -> TenantDrill:
    one = copy.of_tenant(code)
    try:
        ctx = one.context(progress)
        with reading(one.store) as connection:
            entries = count_entries(connection, code)
            told = published_awards(connection, code)
        missing = len(one.records.store.absent(told))
        try:
            with recorded_run(ctx, "recompute", started_by="drill") as record:
                found, log = check_everything(ctx, record)
        except BridgeError as error:
            return TenantDrill(code, entries, 0, 0, error.english, missing)
        return TenantDrill(code, entries, found.learners, found.differences, log.problem, missing)
    finally:
        one.records.close()
