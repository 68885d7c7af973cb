"""A folder of files for the contract of the adapters that read one: a file stands for a course, as it is downloaded or
copied there. `spoil` makes of a file's bytes what goes wrong with files."""

from __future__ import annotations

import csv
import io
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from lms_adapters.contract_site import Held
from lms_adapters.spec import SourceConfig

ZONE = ZoneInfo("Asia/Jayapura")
Spoil = Callable[[bytes], bytes | None]
"""The bytes of a file -> what stands there instead; None: the file is gone."""


class FolderSite:
    """`kept` is what the files hold the next time they are written, which is before every pull."""

    kind = ""
    settings: dict[str, str | int] = {}  # noqa: RUF012 - read only

    def __init__(self, kept: Iterable[Held]) -> None:
        self.kept = list(kept)
        self.folder = Path(tempfile.mkdtemp(prefix="jpbridge-folder-"))
        self.spoilt: dict[str, Spoil] = {}
        self.extra: dict[str, bytes] = {}
        self.data_calls = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder)

    def source(self) -> SourceConfig:
        return SourceConfig("uji", self.kind, str(self.folder), self.settings, {})

    def heal(self) -> None:
        self.spoilt.clear()
        self.extra.clear()

    def key_of(self, row: Held) -> tuple[str, str]:
        raise NotImplementedError

    def cells(self, row: Held) -> dict[str, str]:
        """One row of a file, by heading."""
        raise NotImplementedError

    def name_of(self, course: str) -> str:
        return f"DIK-{course}.csv"

    def rows_of(self, course: str) -> list[Held]:
        return sorted(
            (row for row in self.kept if row.course == course), key=lambda row: (row.at, row.learner)
        )

    def table(self, rows: Iterable[Held]) -> bytes:
        listed = [self.cells(row) for row in rows]
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, listed[0].keys())
        writer.writeheader()
        writer.writerows(listed)
        return out.getvalue().encode("utf-8-sig")

    def write(self) -> None:
        """The folder as it is now; files are settled."""
        wanted: dict[str, bytes | None] = dict(self.extra)
        for course in sorted({row.course for row in self.kept}):
            wanted[self.name_of(course)] = self.table(self.rows_of(course))
        for name, spoil in self.spoilt.items():
            wanted[name] = spoil(wanted[name] or b"")
        for path in self.folder.iterdir():
            if wanted.get(path.name) is None:
                path.unlink()
        settled = time.time() - 60
        for name, body in wanted.items():
            if body is not None:
                (self.folder / name).write_bytes(body)
                os.utime(self.folder / name, (settled, settled))


class MoodleCsvSite(FolderSite):
    """A course's completion report: the file's name is the course's."""

    kind = "moodle-csv"
    settings = {"zone": ZONE.key}  # noqa: RUF012 - read only

    def key_of(self, row: Held) -> tuple[str, str]:
        return row.learner, f"DIK-{row.course}"

    def cells(self, row: Held) -> dict[str, str]:
        return {
            "ID": row.learner,
            "Name": f"Pegawai {row.learner}",
            "NIP": row.nip,
            "Email address": f"p{row.learner}@example.go.id",
            "Course complete": moodle_time(row.at),
        }


class FilesSite(FolderSite):
    """Tables as an office makes them; each completion has its own number, so that its date may be corrected."""

    kind = "files"
    settings = {"zone": ZONE.key, "settle": 5}  # noqa: RUF012 - read only

    def __init__(self, kept: Iterable[Held]) -> None:
        super().__init__(kept)
        self.taken_back: list[Held] = []

    def key_of(self, row: Held) -> tuple[str, str]:
        return row.nip, f"KI-{row.course}"

    def rows_of(self, course: str) -> list[Held]:
        return super().rows_of(course) + [row for row in self.taken_back if row.course == course]

    def cells(self, row: Held) -> dict[str, str]:
        return {
            "NIP": row.nip,
            "Nama": f"Pegawai {row.learner}",
            "Kode Kursus": f"KI-{row.course}",
            "Judul Kursus": f"Kursus {row.course}",
            "Tanggal Selesai": row.at.isoformat(),
            "Percobaan": "1",
            "Status": "batal" if row in self.taken_back else "selesai",
        }


def moodle_time(at: datetime) -> str:
    """As the completion report writes it (tests/recordings/moodle-csv)."""
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}"
