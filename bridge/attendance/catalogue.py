"""The programme catalogue: programmes and their components from CSV or a workbook."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from bridge.attendance.cells import folded
from bridge.attendance.dates import parse_date
from bridge.attendance.fields import FieldRow, RowProblem, read_fields
from bridge.attendance.forms import form_code
from bridge.attendance.quantities import parse_jp
from bridge.domain.jp import to_hundredths
from bridge.domain.programme import Component, Programme

FIELDS = {
    "kode": ("kode program", "kode programme", "kode diklat", "code", "programme code"),
    "judul": ("judul program", "nama program", "nama diklat", "nama kegiatan", "title"),
    "bentuk": ("kode bentuk", "kode jenis pengembangan", "jenis pengembangan", "form", "form code"),
    "JP": ("total jp", "jumlah jp", "jam pelajaran", "total jam pelajaran", "hours"),
    "lingkup": ("cakupan", "scope"),
    "sebagian": ("boleh sebagian", "partial"),
    "penyelenggara": ("penyelenggara kegiatan", "organiser", "organizer"),
    "berlaku_dari": ("berlaku dari", "mulai berlaku", "valid from"),
    "berlaku_sampai": ("berlaku sampai", "berakhir", "valid to", "valid until"),
    "moda": ("mode", "metode", "mode of delivery"),
    "sumber": ("sumber lms", "lms", "source"),
    "kursus_lms": ("kursus lms", "kode kursus", "kursus", "course", "external course", "lms course"),
    "jp_komponen": ("jp komponen", "component jp", "component hours"),
    "judul_komponen": ("judul komponen", "nama komponen", "component title"),
}
T = TypeVar("T")

REQUIRED = ("kode", "judul", "bentuk")

_MODES = {
    "online": "online",
    "daring": "online",
    "e-learning": "online",
    "elearning": "online",
    "lms": "online",
}
_MODES |= dict.fromkeys(("offline", "luring", "klasikal", "tatap muka", "classical"), "offline")
_SCOPES = {"": "national", "nasional": "national", "national": "national"}
_SCOPES |= dict.fromkeys(("internasional", "international"), "international")
_YES_NO = dict.fromkeys(("ya", "y", "yes", "true", "1", "boleh"), True)
_YES_NO |= dict.fromkeys(("", "tidak", "t", "no", "n", "false", "0"), False)


@dataclass(slots=True)
class _Rejected(Exception):
    field: str
    remedy: str
    english: str


def read_catalogue(content: Path | str | bytes, file_name: str) -> tuple[list[Programme], list[RowProblem]]:
    """Programmes in the order of the file, with what was wrong with rows.

    Several rows of one `kode` are several components of one programme; the first row states the programme,
    later ones may leave its columns empty. A row with a problem is left out whole. Raises RefuseInput where
    the file or its header can't be read.
    """
    programmes: dict[str, Programme] = {}
    problems: list[RowProblem] = []
    for row in read_fields(content, file_name, FIELDS, REQUIRED):
        code = row.text("kode")
        try:
            known = programmes.get(code)
            programme = _programme(row) if known is None else _same(known, row)
            component = _component(row)
        except _Rejected as rejected:
            problems.append(_problem(row, rejected))
            continue
        if component is not None:
            programme = replace(programme, components=(*programme.components, component))
        programmes[code] = programme
    return list(programmes.values()), problems


def _problem(row: FieldRow, rejected: _Rejected) -> RowProblem:
    shown = row.text(rejected.field)
    return RowProblem(
        row.row,
        "CATALOGUE-ROW",
        f"Baris {row.row}: {rejected.field} “{shown}” {rejected.remedy}.",
        f"Row {row.row}: {rejected.field} “{shown}” {rejected.english}.",
    )


def _programme(row: FieldRow) -> Programme:
    if not row.text("kode"):
        raise _Rejected("kode", "kosong; isi kode program", "is empty; fill in the programme's code")
    if not row.text("judul"):
        raise _Rejected("judul", "kosong; isi judul program", "is empty; fill in the programme's title")
    form = form_code(row.text("bentuk"))
    if form is None:
        raise _Rejected("bentuk", "bukan kode SIASN 1–25", "is no SIASN code from 1 to 25")
    start, end = parse_date(row.cell("berlaku_dari")), parse_date(row.cell("berlaku_sampai"))
    for field, day in (("berlaku_dari", start), ("berlaku_sampai", end)):
        if day is None and row.text(field):
            raise _Rejected(field, "bukan tanggal", "is no date")
    if start is not None and end is not None and end < start:
        raise _Rejected("berlaku_sampai", "mendahului berlaku_dari", "is before berlaku_dari")
    return Programme(
        code=row.text("kode"),
        title=row.text("judul"),
        form=int(form),
        jp=_hundredths(row, "JP"),
        scope=_word(
            row, "lingkup", _SCOPES, "isi nasional atau internasional", "must be nasional/internasional"
        ),
        partial=_word(row, "sebagian", _YES_NO, "isi ya atau tidak", "must be ya or tidak"),
        organiser=row.text("penyelenggara"),
        valid_from=start,
        valid_to=end,
    )


def _same(known: Programme, row: FieldRow) -> Programme:
    """The programme again, where a further row doesn't contradict what the first one stated."""
    stated: Sequence[tuple[str, Callable[[], object], object]] = (
        ("judul", lambda: folded(row.text("judul")), folded(known.title)),
        ("bentuk", lambda: int(form_code(row.text("bentuk")) or 0), known.form),
        ("JP", lambda: _hundredths(row, "JP"), known.jp),
    )
    for field, read, value in stated:
        if row.text(field) and read() != value:
            raise _Rejected(
                field,
                f"berbeda dari baris pertama program {known.code}",
                f"differs from the first row of {known.code}",
            )
    return known


def _component(row: FieldRow) -> Component | None:
    if not any(
        row.text(field) for field in ("moda", "sumber", "kursus_lms", "jp_komponen", "judul_komponen")
    ):
        return None
    default = "online" if row.text("kursus_lms") else ""
    mode = _word(row, "moda", _MODES | {"": default}, "isi daring atau luring", "must be daring or luring")
    if not mode:
        raise _Rejected("moda", "kosong; isi daring atau luring", "is empty; fill in daring or luring")
    if mode == "online" and not row.text("kursus_lms"):
        raise _Rejected("kursus_lms", "kosong untuk komponen daring", "is empty for an online component")
    return Component(
        mode=mode,
        source=row.text("sumber"),
        external_course=row.text("kursus_lms"),
        title=row.text("judul_komponen"),
        jp=_hundredths(row, "jp_komponen"),
    )


def _hundredths(row: FieldRow, field: str) -> int | None:
    if not row.text(field):
        return None
    jp = parse_jp(row.cell(field))
    if jp is None or not 0 < jp <= Decimal(2000):
        raise _Rejected(field, "bukan jumlah JP yang wajar", "is no plausible number of JP")
    return to_hundredths(jp)


def _word(row: FieldRow, field: str, words: Mapping[str, T], remedy: str, english: str) -> T:
    word = folded(row.text(field))
    if word not in words:
        raise _Rejected(field, remedy, english)
    return words[word]
