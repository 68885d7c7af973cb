"""`jpbridge doctor`: each check says what is, and what to do where it is not as it should be."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bridge.bootstrap import Installation, open_installation
from bridge.cli.doctor_operations import looks
from bridge.cli.doctor_sources import source_looks
from bridge.config import load_settings
from bridge.errors import BridgeError
from bridge.reports.words import word
from bridge.store.migrate import current_revision, newest_revision
from bridge.store.people import count_learners
from bridge.store.runs import last_run, newest_moment
from bridge.store.unit import reading

FREE_BYTES = 500 * 1024 * 1024
STALE = timedelta(hours=36)


NAMES = {
    "folder": "folder pemasangan",
    "secrets": "berkas rahasia",
    "disk": "ruang disk",
    "configuration": "pengaturan",
    "database": "basis data",
    "clock": "jam",
    "clock by source": "jam terhadap sumber",
    "roster": "daftar pegawai",
    "night": "malam terakhir",
    "zone": "zona waktu",
    "signing key": "kunci buku kredit",
    "integrity": "keutuhan berkas",
    "backup": "cadangan",
    "alerts": "peringatan",
    "scheduler": "penjadwal",
}
"""A check's name in Indonesian; in English, and for machines, it is the name itself."""


def name_shown(name: str, *, indonesian: bool) -> str:
    kind, _, rest = name.partition(" ")
    if not indonesian:
        return name
    return f"sumber {rest}" if kind == "source" else NAMES.get(name, name)


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
        f"{free // 2**20:,} MB kosong".replace(",", "."),
        f"{free // 2**20:,} MB free",
        "" if free > FREE_BYTES else "Kosongkan ruang disk (perlu 500 MB)",
        "" if free > FREE_BYTES else "Free some disk space (500 MB are needed)",
    )


def _store(opened: Installation, online: bool) -> Iterator[Check]:
    revision, newest = current_revision(opened.store), newest_revision()
    yield Check(
        "database",
        revision == newest,
        f"skema {revision}",
        f"schema {revision}",
        "" if revision == newest else "Jalankan: jpbridge init (memperbarui skema)",
        "" if revision == newest else "Run: jpbridge init (it upgrades the schema)",
    )
    yield _clock(opened)
    with reading(opened.store) as connection:
        people = count_learners(connection, opened.settings.tenant)
        night = last_run(connection, opened.settings.tenant, "night")
    yield Check(
        "roster",
        people > 0,
        f"{people} pegawai",
        f"{people} learners",
        "" if people else "Jalankan: jpbridge import roster BERKAS",
        "" if people else "Run: jpbridge import roster FILE",
    )
    yield _night(opened, night)
    for look in (*source_looks(opened, online=online), *looks(opened)):
        yield Check(look.name, look.ok, look.sentence, look.english, look.advice, look.advice_english)


def _clock(opened: Installation) -> Check:
    """A clock behind what is on record was set back, or its battery is dead."""
    now = opened.clock()
    with reading(opened.store) as connection:
        newest = newest_moment(connection)
    back = newest is not None and now < newest - timedelta(minutes=5)
    good = now.year >= 2026 and not back
    local = f"{now.astimezone(ZoneInfo(opened.settings.zone)):%Y-%m-%d %H:%M} {opened.settings.zone}"
    return Check(
        "clock",
        good,
        f"{local}, padahal sudah ada catatan dari {newest:%Y-%m-%d %H:%M} UTC" if back else local,
        f"{local}, though there is a record of {newest:%Y-%m-%d %H:%M} UTC" if back else local,
        "" if good else "Setel jam komputer (NTP): timedatectl set-ntp true",
        "" if good else "Set the computer's clock (NTP): timedatectl set-ntp true",
    )


def _night(opened: Installation, night: Mapping[str, Any] | None) -> Check:
    if night is None:
        return Check(
            "night",
            False,
            "belum pernah berjalan",
            "has never run",
            "Jalankan: jpbridge night, dan biarkan jpbridge serve menyala",
            "Run: jpbridge night, and keep jpbridge serve running",
        )
    fresh = opened.clock() - night["started_at"] < STALE
    when = f"{night['started_at'].astimezone(ZoneInfo(opened.settings.zone)):%Y-%m-%d %H:%M}"
    told = (f"{when} {word(night['state'], 'id')}", f"{when} {word(night['state'], 'en')}")
    if not fresh:
        keep = ("Biarkan jpbridge serve menyala: systemctl start jpbridge", "Keep jpbridge serve running")
        return Check(
            "night", False, *told, f"{keep[0]}, lalu: jpbridge night", f"{keep[1]}; then: jpbridge night"
        )
    if night["state"] == "failed":
        first = dict(night["errors"][0]) if night["errors"] else {}
        where = f"{first['source']}: " if first.get("source") else ""
        english = str(first.get("english", ""))
        why = (where + str(first.get("sentence", english)), where + english)
        return Check("night", False, *told, f"{why[0]} Lihat: jpbridge runs", f"{why[1]} See: jpbridge runs")
    return Check("night", night["state"] in ("done", "running"), *told, "", "")


def examine(home: Path, *, online: bool = True) -> list[Check]:
    """Every check that can be made; the first broken foundation ends the list. `online` asks the sources too."""
    checks = list(_folder(home))
    if not all(check.ok for check in checks if check.name == "folder"):
        return checks
    steps: list[Callable[[], Iterator[Check]]] = [lambda: _configuration(home), lambda: _opened(home, online)]
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


def _opened(home: Path, online: bool) -> Iterator[Check]:
    try:
        opened = open_installation(home)
    except BridgeError as error:
        yield Check("database", False, error.where, error.where, error.sentence, error.english)
        return
    try:
        yield from _store(opened, online)
    except BridgeError as error:
        yield Check("database", False, error.where, error.where, error.sentence, error.english)
    finally:
        opened.close()
