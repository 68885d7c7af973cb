"""`jpbridge doctor`: each check says what is, and what to do where it is not as it should be."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bridge.bootstrap import Installation, open_installation
from bridge.cli.doctor_operations import looks
from bridge.config import load_settings
from bridge.errors import BridgeError
from bridge.store.migrate import current_revision, newest_revision
from bridge.store.people import count_learners
from bridge.store.runs import last_run
from bridge.store.sources import load_sources
from bridge.store.unit import reading

FREE_BYTES = 500 * 1024 * 1024
STALE = timedelta(hours=36)


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    ok: bool
    sentence: str
    english: str
    advice: str = ""
    advice_english: str = ""


def _folder(home: Path) -> Iterator[Check]:
    if not home.is_dir():
        yield Check(
            "folder",
            False,
            f"{home} belum ada",
            f"{home} does not exist yet",
            "Jalankan: jpbridge init",
            "Run: jpbridge init",
        )
        return
    writable = os.access(home, os.W_OK)
    yield Check(
        "folder",
        writable,
        f"{home} {'dapat' if writable else 'tidak dapat'} ditulis",
        f"{home} {'can' if writable else 'can not'} be written",
        "" if writable else f"Beri izin tulis: chown -R $(whoami) {home}",
        "" if writable else f"Give write permission: chown -R $(whoami) {home}",
    )
    secrets = home / "secrets"
    exposed = [
        path.name
        for path in (secrets.iterdir() if secrets.is_dir() else [])
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    ]
    yield Check(
        "secrets",
        not exposed,
        "rahasia hanya terbaca pemiliknya" if not exposed else f"terbuka: {', '.join(exposed)}",
        "secrets readable by their owner only" if not exposed else f"exposed: {', '.join(exposed)}",
        "" if not exposed else f"Jalankan: chmod 600 {secrets}/*",
        "" if not exposed else f"Run: chmod 600 {secrets}/*",
    )
    free = shutil.disk_usage(home).free
    yield Check(
        "disk",
        free > FREE_BYTES,
        f"{free // 2**20:,} MB kosong",
        f"{free // 2**20:,} MB free",
        "" if free > FREE_BYTES else "Kosongkan ruang disk (perlu 500 MB)",
        "" if free > FREE_BYTES else "Free some disk space (500 MB are needed)",
    )


def _store(opened: Installation) -> Iterator[Check]:
    revision, newest = current_revision(opened.store), newest_revision()
    yield Check(
        "database",
        revision == newest,
        f"skema {revision}",
        f"schema {revision}",
        "" if revision == newest else "Jalankan: jpbridge init (memperbarui skema)",
        "" if revision == newest else "Run: jpbridge init (it upgrades the schema)",
    )
    now = opened.clock()
    local = now.astimezone(ZoneInfo(opened.settings.zone))
    yield Check(
        "clock",
        now.year >= 2026,
        f"{local:%Y-%m-%d %H:%M} {opened.settings.zone}",
        f"{local:%Y-%m-%d %H:%M} {opened.settings.zone}",
        "" if now.year >= 2026 else "Setel jam komputer (NTP)",
        "" if now.year >= 2026 else "Set the computer's clock (NTP)",
    )
    with reading(opened.store) as connection:
        people = count_learners(connection, opened.settings.tenant)
        sources = load_sources(connection, opened.settings.tenant)
        night = last_run(connection, opened.settings.tenant, "night")
    yield Check(
        "roster",
        people > 0,
        f"{people} pegawai",
        f"{people} learners",
        "" if people else "Jalankan: jpbridge import roster BERKAS",
        "" if people else "Run: jpbridge import roster FILE",
    )
    for row in sources:
        try:
            for reference in row.secret_refs.values():
                opened.secret(reference)
        except BridgeError as error:
            yield Check(f"source {row.name}", False, "-", "-", error.sentence, error.english)
        else:
            yield Check(f"source {row.name}", True, row.address, row.address)
    fresh = night is not None and night["state"] == "done" and now - night["started_at"] < STALE
    when = "-" if night is None else f"{night['started_at']:%Y-%m-%d %H:%M}Z {night['state']}"
    yield Check(
        "night",
        fresh,
        when,
        when,
        "" if fresh else "Jalankan: jpbridge night, dan biarkan jpbridge serve menyala",
        "" if fresh else "Run: jpbridge night, and keep jpbridge serve running",
    )
    for look in looks(opened):
        yield Check(look.name, look.ok, look.sentence, look.english, look.advice, look.advice_english)


def examine(home: Path) -> list[Check]:
    """Every check that can be made; the first broken foundation ends the list."""
    checks = list(_folder(home))
    if not all(check.ok for check in checks if check.name == "folder"):
        return checks
    steps: list[Callable[[], Iterator[Check]]] = [lambda: _configuration(home), lambda: _opened(home)]
    for step in steps:
        found = list(step())
        checks += found
        if found and not found[0].ok:
            break
    return checks


def _configuration(home: Path) -> Iterator[Check]:
    try:
        load_settings(home)
    except BridgeError as error:
        yield Check("configuration", False, error.where, error.where, error.sentence, error.english)
    else:
        yield Check("configuration", True, "terbaca", "readable")


def _opened(home: Path) -> Iterator[Check]:
    try:
        opened = open_installation(home)
    except BridgeError as error:
        yield Check("database", False, error.where, error.where, error.sentence, error.english)
        return
    try:
        yield from _store(opened)
    finally:
        opened.close()
