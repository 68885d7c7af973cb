"""A folder of CSV files downloaded from Moodle by hand: the last resort, where there is no web service at all.

A course's completion report does not name its course: the file's name does (`DIK-20.csv`). A file is a snapshot:
what is no longer in it has gone. A file that is no longer there says nothing.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from bridge.domain.evidence import Completion
from bridge.errors import SkipRecord, StopSource
from lms_adapters.moodle_csv.map import Kind, Layout, to_completion
from lms_adapters.settings import refused, time_zone
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

STREAM = "completions"
LARGEST = 64 * 1024 * 1024
ROWS_A_PAGE = 2000

SPEC = AdapterSpec(
    kind="moodle-csv",
    title="Moodle, unduhan CSV (completion report, Report Builder)",
    since=Since.NONE,
    sweep=True,
    person_identifiers=("username", "user_idnumber", "profile_nip", "email"),
    settings={"zone": "Zona waktu orang yang mengunduh, misalnya Asia/Jayapura (wajib)."},
)


class MoodleCsvAdapter:
    """Implements lms_adapters.spec.Adapter over a folder."""

    spec = SPEC

    def __init__(self, source: str, folder: Path, zone: ZoneInfo) -> None:
        self._source = source
        self._folder = folder
        self._zone = zone

    def close(self) -> None:
        """Nothing is held open."""

    def check(self) -> Iterator[CheckStep]:
        try:
            files = self._files()
        except StopSource as error:
            yield CheckStep("folder", False, error.sentence, error.english)
            return
        yield CheckStep("folder", True, f"{len(files)} berkas CSV.", f"{len(files)} CSV files.")
        for path in files:
            layout, _ = _opened(path.read_bytes())
            good = layout.kind in (Kind.REPORT, Kind.COURSE)
            yield CheckStep(
                path.name,
                good,
                f"Jenis: {layout.kind.value}.",
                f"Kind: {layout.kind.value}.",
                "" if good else "Unduh Laporan penyelesaian kursus, bukan laporan aktivitas.",
                "" if good else "Download the course completion report, not the activity report.",
            )

    def pull(self, cursors: Mapping[str, Mapping[str, Any]], *, full: bool) -> Iterator[Page | SweepEnd]:
        """Every file, in the order of names. Complete where no file is missing that was there before and each
        could be used."""
        files = self._files()
        doubts: list[str] = []
        rows = 0
        number = 0
        for path in files:
            if path.stat().st_size > LARGEST:
                doubts.append(f"{path.name} is larger than {LARGEST // 2**20} MB")
                continue
            for page in self._pages(path, number, doubts):
                rows += len(page.completions) + len(page.quarantined)
                number += 1
                yield page
        names = [path.name for path in files]
        before = cursors.get(STREAM, {}).get("files", [])
        gone = [name for name in before if name not in names]
        if gone:
            doubts.append(f"the file {gone[0]} is no longer there")
        cursor = {"files": sorted({*before, *names}) if doubts else names}
        yield SweepEnd(STREAM, not doubts, rows, "; ".join(doubts), cursor, "downloaded CSV files")

    def _files(self) -> list[Path]:
        if not self._folder.is_dir():
            raise StopSource(
                "CSV-FOLDER",
                f"Sumber {self._source}: folder {self._folder} tidak ada. Buat foldernya, atau perbaiki alamat.",
                f"Source {self._source}: the folder {self._folder} is missing. Make it, or mend the address.",
                where=str(self._folder),
            )
        return sorted(
            path for path in self._folder.iterdir() if path.suffix.lower() == ".csv" and path.is_file()
        )

    def _pages(self, path: Path, number: int, doubts: list[str]) -> Iterator[Page]:
        try:
            body = path.read_bytes()
        except OSError as fault:
            doubts.append(f"{path.name} can't be read ({fault.strerror})")
            return
        layout, rows = _opened(body)
        raw = RawPayload("text/csv", body)
        if layout.kind not in (Kind.REPORT, Kind.COURSE):
            doubts.append(f"{path.name} is no completion report ({layout.kind.value})")
            return
        if not body.endswith(b"\n"):  # every writer of CSV ends its last row
            doubts.append(f"{path.name} ends in the middle of a row")
        numbered = enumerate(rows, start=2)
        parts = iter(lambda: list(islice(numbered, ROWS_A_PAGE)), [])
        part_number = -1
        for part_number, part in enumerate(parts):
            completions: dict[tuple[str, str], Completion] = {}
            bad: list[Quarantined] = []
            for line, row in part:
                ref = f"{path.name} row {line}"
                try:
                    found = to_completion(
                        row, layout, source=self._source, course=path.stem, zone=self._zone, ref=ref
                    )
                except SkipRecord as skipped:
                    bad.append(Quarantined(ref, skipped.code, skipped.english, ",".join(row)[:4000]))
                    continue
                if found is not None:
                    completions[found.external_learner, found.external_course] = found
            if bad:
                doubts.append(f"{path.name}: {len(bad)} rows could not be read")
            yield Page(STREAM, tuple(completions.values()), tuple(bad), raw, {}, number=number + part_number)
        if part_number < 0:
            doubts.append(f"{path.name} has no row")


def _opened(body: bytes) -> tuple[Layout, Iterator[list[str]]]:
    """Layout and rows. Moodle writes UTF-8, with a byte order mark for Excel; the separator may be a semicolon or
    a tab (a choice of the download)."""
    text = body.decode("utf-8-sig", "replace")
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    rows = iter(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    return Layout.read(next(rows, [])), (row for row in rows if any(cell.strip() for cell in row))


def make(config: SourceConfig) -> Adapter:
    """Raises RefuseInput where the zone is not stated: a CSV's times have none."""
    zone = time_zone(config.settings, "zone", config.name)
    if zone is None:
        raise refused(
            config.name,
            "zone",
            "belum diisi; jam dalam CSV adalah jam orang yang mengunduhnya, misalnya Asia/Jayapura",
            "is not set; a CSV's times are those of who downloaded it, for example Asia/Jayapura",
        )
    parts = urlsplit(config.address)
    place = unquote(parts.path) if parts.scheme == "file" else config.address
    return MoodleCsvAdapter(config.name, Path(place).expanduser(), zone)
