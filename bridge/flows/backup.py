"""Backup: one file with every database as of one moment each, taken while everything runs.

The operational store is copied first and the record stores after it, so that what the copy's outbox calls
published is in the copy's record store; what came in between is published again and is the same statement.
"""

from __future__ import annotations

import gzip
import io
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, cast

import orjson
from sqlalchemy.engine import make_url

from bridge.domain.clock import Clock
from bridge.errors import RefuseInput, StopRun
from bridge.flows.sealed import SealingWriter, check_passphrase
from bridge.store.copies import copy_sqlite, dump_postgres

FORMAT = 1
NAME = re.compile(r"jpbridge-(\d{8})T(\d{6})Z(-[a-z0-9-]+)?\.tar\.gz(\.sealed)?")
CONFIG = "jpbridge.toml"


@dataclass(frozen=True, slots=True)
class BackupParts:
    """What there is to save. `lrs_urls` by tenant; `passphrase` empty: not encrypted, and then without the
    secrets (tokens, signing key), which must be kept elsewhere."""

    home: Path
    store_url: str
    lrs_urls: Mapping[str, str]
    folder: Path
    passphrase: str
    version: str
    clock: Clock
    main_tenant: str


@dataclass(frozen=True, slots=True)
class BackupReport:
    """`bytes` of the file; `databases` by name with their bytes; `removed` older backups."""

    path: Path
    bytes: int
    sealed: bool
    databases: dict[str, int]
    removed: tuple[str, ...] = ()

    def counts(self) -> dict[str, Any]:
        return {
            "file": self.path.name,
            "bytes": self.bytes,
            "sealed": self.sealed,
            "databases": self.databases,
            "removed": len(self.removed),
        }


def make_backup(parts: BackupParts, *, label: str = "") -> BackupReport:
    """Raises StopRun where the disk is full, RefuseInput where a tool or the key is missing. A backup that
    fails leaves no file behind."""
    if parts.passphrase:
        check_passphrase(parts.passphrase)
    taken = parts.clock()
    sealed = ".sealed" if parts.passphrase else ""
    name = f"jpbridge-{taken:%Y%m%dT%H%M%SZ}{'-' + label if label else ''}.tar.gz{sealed}"
    try:
        parts.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(prefix=".sedang-", dir=parts.folder) as scratch:
            databases = _copies(parts, Path(scratch))
            fresh = Path(scratch) / name
            _pack(parts, Path(scratch), databases, taken, fresh)
            fresh.replace(parts.folder / name)
    except OSError as error:
        raise StopRun(
            "BACKUP-FAILED",
            f"Cadangan gagal ditulis ({error.strerror}). Kosongkan ruang disk atau pilih folder lain.",
            f"The backup can't be written ({error.strerror}). Free some disk space or choose another folder.",
            where=str(parts.folder),
        ) from error
    path = parts.folder / name
    sizes = {item["name"]: item["bytes"] for item in databases}
    return BackupReport(path, path.stat().st_size, bool(sealed), sizes)


def _copies(parts: BackupParts, scratch: Path) -> list[dict[str, Any]]:
    """A copy of each database in `scratch/db`. On PostgreSQL one dump holds every schema of a database."""
    (scratch / "db").mkdir()
    names = {parts.store_url: "store"}
    for tenant, url in sorted(parts.lrs_urls.items()):
        parsed = make_url(url)
        bare = parsed.difference_update_query(["options"]).render_as_string(hide_password=False)
        names.setdefault(bare if parsed.get_backend_name() == "postgresql" else url, f"lrs-{tenant}")
    found = []
    for url, name in names.items():
        parsed = make_url(url)
        if parsed.get_backend_name() == "postgresql":
            path = scratch / "db" / f"{name}.dump"
            dump_postgres(url, path)
        else:
            path = scratch / "db" / f"{name}.sqlite"
            copy_sqlite(Path(parsed.database or ""), path)
        found.append(
            {"name": path.name, "role": name, "bytes": path.stat().st_size, "sha256": digest_of(path)}
        )
    return found


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    made = sha256()
    with path.open("rb") as handle:
        while piece := handle.read(1024 * 1024):
            made.update(piece)
    return made.hexdigest()


def _pack(
    parts: BackupParts, scratch: Path, databases: list[dict[str, Any]], taken: datetime, target: Path
) -> None:
    manifest = {
        "format": FORMAT,
        "version": parts.version,
        "taken_at": taken.isoformat(),
        "main_tenant": parts.main_tenant,
        "tenants": sorted(parts.lrs_urls),
        "databases": databases,
        "secrets": bool(parts.passphrase),
    }
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        writer = SealingWriter(file, parts.passphrase) if parts.passphrase else None
        stream = cast(BinaryIO, writer or file)
        with (
            gzip.GzipFile(filename="", mode="wb", fileobj=stream, compresslevel=6, mtime=0) as packed,
            tarfile.open(mode="w|", fileobj=packed) as tar,
        ):
            _add_bytes(tar, "manifest.json", orjson.dumps(manifest, option=orjson.OPT_INDENT_2), taken)
            if (parts.home / CONFIG).exists():
                _add_bytes(tar, CONFIG, (parts.home / CONFIG).read_bytes(), taken)
            secrets = parts.home / "secrets"
            for path in sorted(secrets.iterdir()) if parts.passphrase and secrets.is_dir() else ():
                _add_bytes(tar, f"secrets/{path.name}", path.read_bytes(), taken)
            for item in databases:
                tar.add(scratch / "db" / item["name"], f"db/{item['name']}", filter=_plain)
        if writer is not None:
            writer.close()
        file.flush()
        os.fsync(file.fileno())


def _plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    info.mode = 0o600
    return info


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes, taken: datetime) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = len(content), 0o600, int(taken.timestamp())
    tar.addfile(info, io.BytesIO(content))


def listed_backups(folder: Path) -> list[Path]:
    """Newest first."""
    if not folder.is_dir():
        return []
    return sorted((path for path in folder.iterdir() if NAME.fullmatch(path.name)), reverse=True)


def prune_backups(folder: Path, keep: int) -> list[str]:
    """Keep the newest `keep` and the oldest of each of the last twelve months; delete the rest, and what an
    interrupted backup left. Returns the names of the backups that went."""
    backups = listed_backups(folder)
    months: dict[str, Path] = {}
    for path in backups:
        months[path.name[9:15]] = path  # the oldest of its month is seen last
    kept = set(backups[:keep]) | set(list(months.values())[:12])
    gone = [path for path in backups if path not in kept]
    for path in gone:
        path.unlink()
    for left in folder.glob(".sedang-*"):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
    return [path.name for path in gone]


def newest_backup(folder: Path) -> Path:
    """Raises RefuseInput where there is none."""
    backups = listed_backups(folder)
    if not backups:
        raise RefuseInput(
            "BACKUP-NONE",
            f"Belum ada cadangan di {folder}. Jalankan: jpbridge backup",
            f"There is no backup in {folder} yet. Run: jpbridge backup",
            where=str(folder),
        )
    return backups[0]
