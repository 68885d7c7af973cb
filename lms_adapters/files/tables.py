"""Tables out of CSV and workbooks: the rows below the first header that names enough columns."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

WORKBOOKS = (".xlsx", ".xls", ".ods")
TEXTS = (".csv", ".txt", ".tsv")
SEARCHED = 20  # rows in which the header is looked for
MOST_ROWS = 200_000

# field -> headings, compared without case, blanks and punctuation
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "nip": ("nip", "nippeserta", "nipnippppk", "idnumber", "identifier"),
    "name": ("nama", "namapeserta", "namalengkap", "fullname", "name"),
    "account": ("akun", "username", "namapengguna", "userid", "account", "login"),
    "email": ("email", "surel", "emailaddress"),
    "course": ("kodekursus", "kode", "kursus", "coursecode", "courseid", "shortname", "contentid", "kodediklat"),
    "title": (
        "judul", "judulkursus", "namakursus", "namadiklat", "course", "coursetitle", "contenttitle", "coursename",
    ),
    "completed": (
        "tanggalselesai", "selesai", "waktuselesai", "completed", "completedat", "completiondate",
        "timeofcompletion", "completedon",
    ),
    "jp": ("jp", "jumlahjp", "jampelajaran", "totaljp"),
    "score": ("nilai", "score", "grade", "skor"),
    "minutes": ("menit", "minutes", "durasimenit"),
    "certificate": ("nomorsertifikat", "nosertifikat", "certificate", "certificateno", "certificatenumber"),
    "attempt": ("percobaan", "attempt", "registrasi", "registration"),
    "status": ("status", "keterangan", "completionstatus"),
}  # fmt: skip


class NoTable(Exception):
    """The file holds no table of completions; `args` are the sentence in Indonesian and in English."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row, numbered as in the spreadsheet program. Cells as the file has them: text, number, date."""

    sheet: str
    row: int
    cells: Mapping[str, Any]

    def text(self, field: str) -> str:
        return written(self.cells.get(field))


def written(cell: Any) -> str:
    """A cell as text. An 18-digit number has lost its last digits in a spreadsheet: it is written so that it is
    seen (domain.md: unrecoverable)."""
    if cell is None or cell == "":
        return ""
    if isinstance(cell, bool):
        return "ya" if cell else "tidak"
    if isinstance(cell, float):
        return f"{cell:.5E}" if abs(cell) >= 2**53 else f"{cell:.15g}"
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(cell).strip()


def lines_of(name: str, body: bytes) -> Iterator[Line]:
    """Raises NoTable where the file can't be read or no sheet has the columns."""
    missing = {"nip", "completed", "course"}
    for sheet, rows in _sheets(name, body):
        for at, header in enumerate(rows[:SEARCHED]):
            places = _places(header)
            lacking = _lacking(places)
            if not lacking:
                yield from _below(sheet, rows, at, places)
                return
            missing = min(missing, lacking, key=len)
    words = ", ".join(sorted(missing))
    raise NoTable(
        f"tidak ada tabel dengan kolom NIP atau akun, kode atau judul kursus, dan tanggal selesai (kurang: {words})",
        f"there is no table with NIP or account, course code or title, and completion date (missing: {words})",
    )


def _places(header: Sequence[Any]) -> dict[str, int]:
    known = {_key(heading): field for field, headings in COLUMNS.items() for heading in headings}
    places: dict[str, int] = {}
    for column, cell in enumerate(header):
        field = known.get(_key(cell)) if isinstance(cell, str) else None
        if field is not None:
            places.setdefault(field, column)
    return places


def _key(heading: str) -> str:
    return re.sub(r"[^a-z0-9]", "", heading.casefold())


def _lacking(places: Mapping[str, int]) -> set[str]:
    lacking = set() if {"nip", "account"} & set(places) else {"nip"}
    lacking |= set() if {"course", "title"} & set(places) else {"course"}
    return lacking | (set() if "completed" in places else {"completed"})


def _below(sheet: str, rows: Sequence[Sequence[Any]], at: int, places: Mapping[str, int]) -> Iterator[Line]:
    for number in range(at + 1, len(rows)):
        cells = rows[number]
        if any(written(cell) for cell in cells):
            found = {field: cells[column] for field, column in places.items() if column < len(cells)}
            yield Line(sheet, number + 1, found)


def _sheets(name: str, body: bytes) -> Iterator[tuple[str, list[list[Any]]]]:
    if name.casefold().endswith(WORKBOOKS):
        try:
            workbook = CalamineWorkbook.from_filelike(io.BytesIO(body))
            for sheet in workbook.sheet_names:
                yield (
                    sheet,
                    workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False, nrows=MOST_ROWS),
                )
        except (CalamineError, OSError, ValueError) as fault:
            raise NoTable("buku kerja tidak terbaca", "the workbook can't be read") from fault
        return
    if b"\x00" in body[:4096]:
        raise NoTable("isinya bukan teks CSV", "it is no CSV text")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("cp1252", "replace")
    delimiter = max(";,\t|", key=text[:10_000].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    yield "", [list(row) for row in islice(reader, MOST_ROWS)]
