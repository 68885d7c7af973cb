"""A watched folder: for systems that can only give a file. Whoever puts a table there has it taken in.

A file is read when it is settled, once: what was taken in is remembered by its content, so that the same file
under another name, or copied again, changes nothing. A corrected file is other content and is read again. A file
that is removed revokes nothing; a row with the status *batal* does.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bridge.domain.clock import WIT
from bridge.domain.evidence import Completion
from bridge.errors import RetryLater, SkipRecord, StopSource
from lms_adapters.files.map import to_completion
from lms_adapters.files.tables import TEXTS, WORKBOOKS, NoTable, lines_of
from lms_adapters.settings import number, time_zone
from lms_adapters.spec import (
    Adapter,
    AdapterSpec,
    CheckStep,
    Page,
    Quarantined,
    RawPayload,
    Since,
    SourceConfig,
    SweepEnd,
)

STREAM = "files"
SETTLED = 60
LARGEST_MB = 64
MOST_REMEMBERED = 20_000
_UNFINISHED = ("~$", ".", "_")
_MEDIA = {".csv": "text/csv", ".txt": "text/csv", ".tsv": "text/tab-separated-values"}
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

SPEC = AdapterSpec(
    kind="files",
    title="Folder berkas CSV/XLSX",
    since=Since.STORED_TIME,  # what is new in the folder is what changed
    sweep=False,  # a file that is no longer there proves nothing
    person_identifiers=("nip", "account", "email"),
    settings={
        "settle": f"Detik berkas harus diam sebelum dibaca (bawaan: {SETTLED}).",
        "zone": f"Zona waktu tanggal di berkas (bawaan: {WIT}).",
        "largest_mb": f"Berkas terbesar yang dibaca, MB (bawaan: {LARGEST_MB}).",
    },
)


@dataclass(frozen=True, slots=True)
class Found:
    path: Path
    size: int
    changed: float


class FilesAdapter:
    """Implements lms_adapters.spec.Adapter."""

    spec = SPEC

    def __init__(self, source: str, folder: Path, *, settle: float, zone: ZoneInfo, largest: int) -> None:
        self._source = source
        self._folder = folder
        self._settle = settle
        self._zone = zone
        self._largest = largest

    def close(self) -> None:
        """Nothing is held open between files."""

    def check(self) -> Iterator[CheckStep]:
        try:
            found = self._listed()
        except StopSource as error:
            yield CheckStep("folder", False, error.sentence, error.english)
            return
        where = self._folder
        yield CheckStep("folder", True, f"Folder {where} terbaca.", f"The folder {where} can be read.")
        ready = [one for one in found if self._is_settled(one)]
        yield CheckStep(
            "files",
            True,
            f"{len(ready)} berkas siap dibaca, {len(found) - len(ready)} masih berubah.",
            f"{len(ready)} files are ready, {len(found) - len(ready)} are still changing.",
        )

    def pull(self, cursors: Mapping[str, Mapping[str, Any]], *, full: bool) -> Iterator[Page | SweepEnd]:
        """One page a file, so that a kill loses at most the file in hand. Files with bad rows are read again
        every time: their findings stay open until the file is mended or removed."""
        known: dict[str, Any] = dict(cursors.get(STREAM, {}).get("files", {}))
        rows = 0
        for number_, one in enumerate(sorted(self._listed(), key=lambda one: (one.changed, one.path.name))):
            if not self._is_settled(one):
                continue
            body = self._content(one)
            if body is None:
                continue
            digest = hashlib.sha256(body).hexdigest()
            if known.get(digest, {}).get("bad") == 0:
                known[digest] = {**known[digest], "name": one.path.name}
                continue
            completions, bad, drift = self._read(one, body)
            # What this file held before is forgotten: put back, it is read again, or its undoing would be lost.
            known = {text: facts for text, facts in known.items() if facts.get("name") != one.path.name}
            known[digest] = {"name": one.path.name, "rows": len(completions), "bad": len(bad)}
            rows += len(completions) + len(bad)
            raw = RawPayload(_MEDIA.get(one.path.suffix.casefold(), _WORKBOOK), body)
            cursor = {"files": _newest(known)}
            yield Page(STREAM, tuple(completions), tuple(bad), raw, cursor, number=number_, drift=drift)
        yield SweepEnd(STREAM, False, rows, "a folder proves no disappearance", {"files": _newest(known)})

    def _listed(self) -> list[Found]:
        """Tables at the top of the folder. Raises StopSource where it can't be read."""
        found: list[Found] = []
        try:
            for path in self._folder.iterdir():
                kind = path.suffix.casefold()
                if kind in (*TEXTS, *WORKBOOKS) and not path.name.startswith(_UNFINISHED) and path.is_file():
                    facts = path.stat()
                    found.append(Found(path, facts.st_size, facts.st_mtime))
        except OSError as fault:
            raise StopSource(
                "FILES-FOLDER",
                f"Sumber {self._source}: folder {self._folder} tidak terbaca ({fault.strerror}). Buat foldernya "
                "atau perbaiki hak aksesnya.",
                f"Source {self._source}: the folder {self._folder} can't be read ({fault.strerror}). Make it, or "
                "mend its permissions.",
                where=str(self._folder),
            ) from fault
        return found

    def _is_settled(self, one: Found) -> bool:
        return time.time() - one.changed >= self._settle

    def _content(self, one: Found) -> bytes | None:
        """None where the file changed while it was read, or has gone: the next pull looks again."""
        if one.size > self._largest:
            return b""
        try:
            body = one.path.read_bytes()
            after = one.path.stat()
        except FileNotFoundError:
            return None
        except OSError as fault:
            raise RetryLater(
                "FILES-READ",
                f"Sumber {self._source}: berkas {one.path.name} tidak terbaca ({fault.strerror}). Coba lagi nanti.",
                f"Source {self._source}: the file {one.path.name} can't be read ({fault.strerror}). Try again later.",
                where=one.path.name,
            ) from fault
        return body if (after.st_size, after.st_mtime) == (one.size, one.changed) else None

    def _read(self, one: Found, body: bytes) -> tuple[list[Completion], list[Quarantined], tuple[str, ...]]:
        name = one.path.name
        if one.size > self._largest:
            megabytes = self._largest // 2**20
            return [], [Quarantined(name, "ROW-UNREADABLE", f"larger than {megabytes} MB", "")], ()
        kept: dict[tuple[str, str, str], Completion] = {}
        bad: list[Quarantined] = []
        try:
            for line in lines_of(name, body):
                sheet = f" {line.sheet}" if line.sheet else ""
                ref = f"{name}{sheet} baris {line.row}"
                try:
                    record = to_completion(line, source=self._source, zone=self._zone, ref=ref)
                except SkipRecord as skipped:
                    cells = "; ".join(line.text(field) for field in line.cells)
                    bad.append(Quarantined(ref, skipped.code, skipped.english, cells))
                    continue
                if record is not None:
                    kept[record.external_learner, record.external_course, record.attempt] = record
        except NoTable as fault:
            bad.append(Quarantined(name, "ROW-UNREADABLE", str(fault.args[1]), ""))
        return list(kept.values()), bad, ()


def _newest(known: Mapping[str, Any]) -> dict[str, Any]:
    """Bounded: after so many files the oldest are forgotten; reading one of them again would change nothing."""
    return dict(list(known.items())[-MOST_REMEMBERED:])


def make(config: SourceConfig) -> Adapter:
    """`address` is the folder. Raises RefuseInput on a setting that can't be used."""
    settings, where = config.settings, config.name
    return FilesAdapter(
        where,
        Path(config.address.removeprefix("file://")).expanduser(),
        settle=number(settings, "settle", SETTLED, 0, 86_400, where),
        zone=time_zone(settings, "zone", where) or ZoneInfo(WIT),
        largest=number(settings, "largest_mb", LARGEST_MB, 1, 1024, where) * 2**20,
    )
