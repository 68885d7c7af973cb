"""What `jpbridge doctor` looks at for those who operate: zone, keys, integrity, backups, alerts, the watch."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.engine import make_url

from bridge.bootstrap import Installation
from bridge.bootstrap.installation import LEDGER_KEY, store_url
from bridge.bootstrap.tenants import backup_folder, lrs_url, tenant_codes, tenant_rows
from bridge.errors import BridgeError
from bridge.flows.backup import NAME, listed_backups
from bridge.flows.tell import channels_of
from bridge.store.alert_rows import open_alerts
from bridge.store.copies import check_sqlite
from bridge.store.ticks import last_ticks
from bridge.store.unit import reading
from scheduler.jobs import job_named

BACKUP_OLD = timedelta(days=3)
WATCH_SILENT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Look:
    """One thing looked at. `sentence` says what is, `advice` what to do where it is not good."""

    name: str
    ok: bool
    sentence: str
    english: str
    advice: str = ""
    advice_english: str = ""


def looks(opened: Installation) -> Iterator[Look]:
    """In the order in which they are worth mending."""
    yield _zone(opened)
    yield _signing_key(opened)
    yield _integrity(opened)
    yield _backup(opened)
    yield _alerts(opened)
    yield _watch(opened)


def _zone(opened: Installation) -> Look:
    kept = {row.code: row.zone for row in tenant_rows(opened.store)}.get(opened.settings.tenant, "-")
    zone = opened.settings.zone
    same = kept == zone
    return Look(
        "zone",
        same,
        zone if same else f"pengaturan {zone}, basis data {kept}",
        zone if same else f"setting {zone}, database {kept}",
        "" if same else "Jalankan: jpbridge init (batas hari mengikuti zona pengaturan)",
        "" if same else "Run: jpbridge init (days follow the setting's zone)",
    )


def _signing_key(opened: Installation) -> Look:
    try:
        opened.signing_key()
    except (BridgeError, OSError) as error:
        path = opened.home / "secrets" / LEDGER_KEY
        if path.exists() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            return Look(
                "signing key",
                False,
                "bisa dibaca orang lain",
                "can be read by others",
                f"Jalankan: chmod 600 {path}",
                f"Run: chmod 600 {path}",
            )
        return Look(
            "signing key",
            False,
            error.sentence if isinstance(error, BridgeError) else f"{path} tidak terbaca",
            error.english if isinstance(error, BridgeError) else f"{path} can't be read",
            "Pulihkan secrets/ledger.key dari cadangan; jangan membuat yang baru",
            "Restore secrets/ledger.key from a backup; do not make a new one",
        )
    return Look("signing key", True, "ada dan terbaca", "there and readable")


def _integrity(opened: Installation) -> Look:
    """SQLite's own check of every file; PostgreSQL looks after its pages itself."""
    urls = [store_url(opened.home, opened.main)]
    urls += [lrs_url(opened.home, opened.main, code) for code in tenant_codes(opened.store)]
    files = [Path(make_url(url).database or "") for url in urls if url.startswith("sqlite")]
    for path in files:
        try:
            with closing(sqlite3.connect(path, timeout=10)) as connection:
                check_sqlite(connection, path)
        except (BridgeError, sqlite3.Error) as error:
            told = error.sentence if isinstance(error, BridgeError) else f"{path.name} rusak: {error}"
            english = error.english if isinstance(error, BridgeError) else f"{path.name} is damaged: {error}"
            return Look("integrity", False, told, english, "jpbridge restore", "jpbridge restore")
    count = len(files)
    return Look("integrity", True, f"{count} berkas utuh", f"{count} files whole")


def _backup(opened: Installation) -> Look:
    backups = listed_backups(backup_folder(opened.home, opened.main))
    taken = NAME.fullmatch(backups[0].name) if backups else None
    moment = datetime.strptime(f"{taken[1]}{taken[2]}+0000", "%Y%m%d%H%M%S%z") if taken else None
    fresh = moment is not None and opened.clock() - moment < BACKUP_OLD
    return Look(
        "backup",
        fresh,
        backups[0].name if backups else "belum ada",
        backups[0].name if backups else "none yet",
        "" if fresh else "Jalankan: jpbridge backup, lalu jpbridge drill",
        "" if fresh else "Run: jpbridge backup, then jpbridge drill",
    )


def _alerts(opened: Installation) -> Look:
    reference = opened.main.alerts
    try:
        channels = len(channels_of(opened.secret(reference))) if reference else 0
    except BridgeError:
        channels = 0
    with reading(opened.store) as connection:
        standing = len(open_alerts(connection, opened.settings.tenant))
    advice = english = ""
    if not channels:
        advice, english = "Jalankan: jpbridge alerts channel", "Run: jpbridge alerts channel"
    elif standing:
        advice, english = "Jalankan: jpbridge alerts list", "Run: jpbridge alerts list"
    return Look(
        "alerts",
        not advice,
        f"{channels} saluran, {standing} peringatan",
        f"{channels} channels, {standing} alerts",
        advice,
        english,
    )


def _watch(opened: Installation) -> Look:
    """The job `watch` ticks three times an hour: without it nothing is scheduled at all."""
    name = job_named("watch").name
    with reading(opened.store) as connection:
        ticks = [row for row in last_ticks(connection, opened.settings.tenant, 500) if row.job == name]
    newest = ticks[0].claimed_at if ticks else None
    alive = newest is not None and abs(opened.clock() - newest) < WATCH_SILENT
    zone = ZoneInfo(opened.settings.zone)
    when = "" if newest is None else f"{newest.astimezone(zone):%Y-%m-%d %H:%M}"
    return Look(
        "scheduler",
        alive,
        when or "belum pernah berjalan",
        when or "has never run",
        "" if alive else "Nyalakan: systemctl start jpbridge (atau jpbridge serve)",
        "" if alive else "Start it: systemctl start jpbridge (or jpbridge serve)",
    )
