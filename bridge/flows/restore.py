"""Restore: a backup becomes an installation again, checked before anything that stands is touched."""

from __future__ import annotations

import re
import shutil
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

import orjson

from bridge.errors import RefuseInput
from bridge.flows.backup import FORMAT, digest_of
from bridge.flows.sealed import SealedReader, is_sealed
from bridge.store.copies import check_sqlite, restore_postgres

MEMBER = re.compile(r"manifest\.json|jpbridge\.toml|secrets/[\w.-]{1,120}|db/[\w.-]{1,120}")


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """`before` is where what stood there went, None where nothing did."""

    home: Path
    taken_at: datetime
    version: str
    databases: tuple[str, ...]
    secrets: bool
    before: Path | None


def unpack(archive: Path, into: Path, passphrase: str) -> dict[str, Any]:
    """The archive's files into an empty folder, each database checked against the manifest's digest and by
    SQLite's own check. Returns the manifest. Raises RefuseInput, StopRun."""
    if not archive.is_file():
        raise RefuseInput(
            "BACKUP-MISSING",
            f"Cadangan {archive} tidak ditemukan.",
            f"The backup {archive} was not found.",
            where=str(archive),
        )
    with archive.open("rb") as file:
        sealed = is_sealed(file.read(16))
        file.seek(0)
        if sealed and not passphrase:
            raise RefuseInput(
                "BACKUP-KEY-MISSING",
                "Cadangan ini terenkripsi. Beri kuncinya dengan --key-env NAMA atau --key-file BERKAS.",
                "This backup is encrypted. Give its key with --key-env NAME or --key-file FILE.",
                where=str(archive),
            )
        stream = SealedReader(file, passphrase, where=str(archive)) if sealed else file
        try:
            _extract(cast(BinaryIO, stream), into)
        except (tarfile.TarError, EOFError, OSError) as error:
            raise _damaged(archive, str(error)) from error
    return _checked(archive, into)


def _extract(stream: BinaryIO, into: Path) -> None:
    """Only names that a backup has, as plain files: an archive from elsewhere can write nowhere else."""
    with tarfile.open(mode="r|gz", fileobj=stream) as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isreg() and MEMBER.fullmatch(member.name) else None
            if content is None or ".." in member.name:
                raise tarfile.TarError(f"unexpected member {member.name[:80]!r}")
            target = into / member.name
            target.parent.mkdir(mode=0o700, exist_ok=True)
            with target.open("xb") as file:
                target.chmod(0o600)
                shutil.copyfileobj(content, file, 1024 * 1024)
    while stream.read(1024 * 1024):  # to the end, so that a cut or lengthened stream is noticed
        continue


def _checked(archive: Path, into: Path) -> dict[str, Any]:
    try:
        manifest = orjson.loads((into / "manifest.json").read_bytes())
        if manifest["format"] != FORMAT:
            raise _damaged(archive, f"format {manifest['format']}")
        for item in manifest["databases"]:
            path = into / "db" / item["name"]
            if digest_of(path) != item["sha256"]:
                raise _damaged(archive, item["name"])
            if path.suffix == ".sqlite":
                with closing(sqlite3.connect(path)) as connection:
                    check_sqlite(connection, path)
    except (OSError, KeyError, ValueError) as error:
        raise _damaged(archive, type(error).__name__) from error
    return dict(manifest)


def _damaged(archive: Path, what: str) -> RefuseInput:
    return RefuseInput(
        "BACKUP-DAMAGED",
        f"Cadangan rusak atau bukan cadangan JP Bridge ({what}). Pakai cadangan lain.",
        f"The backup is damaged or is none of JP Bridge ({what}). Use another one.",
        where=str(archive),
    )


def restore_backup(
    archive: Path,
    home: Path,
    passphrase: str,
    *,
    database_url: str,
    replace: bool,
    now: datetime,
) -> RestoreReport:
    """Make `home` what the backup holds. A folder that is in use is refused unless `replace`, and is then
    moved aside, never deleted. A dump of PostgreSQL goes into the empty database `database_url`."""
    taken = home.exists() and any(home.iterdir())
    if taken and not replace:
        raise RefuseInput(
            "RESTORE-FOLDER-TAKEN",
            f"Folder {home} sudah berisi pemasangan. Pakai --into FOLDER, atau --replace untuk menyisihkannya.",
            f"The folder {home} holds an installation. Use --into FOLDER, or --replace to move it aside.",
            where=str(home),
        )
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".pulih-", dir=home.parent) as scratch:
        folder = Path(scratch) / "home"
        folder.mkdir(mode=0o700)
        manifest = unpack(archive, folder, passphrase)
        names = _place(folder, manifest, database_url)
        before = home.with_name(f"{home.name}.sebelum-{now:%Y%m%dT%H%M%SZ}") if taken else None
        if before is not None:
            home.rename(before)
        elif home.exists():
            home.rmdir()
        folder.rename(home)
    return RestoreReport(
        home,
        datetime.fromisoformat(manifest["taken_at"]),
        manifest["version"],
        names,
        manifest["secrets"],
        before,
    )


def _place(folder: Path, manifest: dict[str, Any], database_url: str) -> tuple[str, ...]:
    """Databases to where an installation looks for them."""
    for item in manifest["databases"]:
        path = folder / "db" / item["name"]
        if path.suffix == ".dump":
            if not database_url:
                raise RefuseInput(
                    "RESTORE-DATABASE-UNNAMED",
                    "Cadangan ini dari PostgreSQL. Sebut basis data kosong dengan --database-url.",
                    "This backup is of PostgreSQL. Name an empty database with --database-url.",
                )
            restore_postgres(path, database_url)
            path.unlink()
        else:
            path.rename(folder / _home_name(item["role"], manifest["main_tenant"]))
    (folder / "db").rmdir()
    (folder / "manifest.json").unlink()
    return tuple(item["name"] for item in manifest["databases"])


def _home_name(role: str, main_tenant: str) -> str:
    if role == "store":
        return "jpbridge.db"
    tenant = role.removeprefix("lrs-")
    return "lrs.db" if tenant == main_tenant else f"lrs-{tenant}.db"
