"""Hostile uploads by kind, each made here: what must happen to it is part of it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter

HOSTILE = Path(__file__).parent / "samples" / "attendance" / "hostile"
MARIA = "198507151999031002"
_HEAD = ("NIP", "Nama", "Kegiatan", "Kode Jenis", "Penyelenggara", "Tanggal Mulai", "Tanggal Selesai", "JP")
_ROW = (MARIA, "Maria Felle", "Seminar Arsip", "9", "BPSDM", "03-08-2026", "03-08-2026", "4")


@dataclass(frozen=True, slots=True)
class HostileFile:
    """`code` of the refusal, empty where it is read; `words` that the Indonesian sentence must have."""

    name: str
    make: Callable[[], bytes]
    code: str = ""
    words: str = ""


def _workbook(fill: Callable[[xlsxwriter.Workbook, xlsxwriter.worksheet.Worksheet], None]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        page = book.add_worksheet("Impor")
        page.write_row(0, 0, _HEAD)
        page.write_row(1, 0, _ROW)
        fill(book, page)
    return buffer.getvalue()


def with_formulas() -> bytes:
    """A JP that is a formula with a stored value, one that calls a program, and one that asks another workbook."""

    def fill(_book: object, page: xlsxwriter.worksheet.Worksheet) -> None:
        page.write_formula(1, 7, "=2+2", None, "4")
        page.write_formula(1, 8, "=cmd|'/C calc'!A0", None, "")
        page.write_formula(1, 9, "='[lain.xlsx]Sheet1'!A1", None, "")

    return _workbook(fill)


def with_macros() -> bytes:
    """A workbook that brings a macro project: nothing of it is run, its cells are read."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(_workbook(lambda _book, _page: None))) as source,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out,
    ):
        for name in source.namelist():
            body = source.read(name)
            if name == "[Content_Types].xml":
                body = body.replace(
                    b"spreadsheetml.sheet.main+xml",
                    b"ms-excel.sheet.macroEnabled.main+xml",
                )
            out.writestr(name, body)
        out.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"Auto_Open" * 200)
    return packed.getvalue()


def csv_injection() -> bytes:
    """A name and a title that a spreadsheet program would run."""
    row = (MARIA, '"=HYPERLINK(""http://x"",""y"")"', "@SUM(1+1)*cmd", *_ROW[3:])
    return "\n".join((";".join(_HEAD), ";".join(row))).encode()


def million_rows_csv() -> bytes:
    return b"NIP;Nama\n" + f"{MARIA};Maria\n".encode() * 1_000_000


def million_rows_workbook() -> bytes:
    """A sheet of a million rows: a few hundred kilobytes on disk."""
    row = b'<row r="%d"><c r="A%d" t="inlineStr"><is><t>x</t></is></c></row>'
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(_workbook(lambda _book, _page: None))) as source,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out,
    ):
        for name in source.namelist():
            body = source.read(name)
            if name.endswith("sheet1.xml"):
                rows = b"".join(row % (n, n) for n in range(3, 1_000_003))
                body = body.replace(b"</sheetData>", rows + b"</sheetData>")
            out.writestr(name, body)
    return packed.getvalue()


def encrypted() -> bytes:
    """What Excel writes for a workbook with a password is an OLE file; its streams can't be read without it."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 16 + "EncryptedPackage".encode("utf-16-le") * 64


FILES: tuple[HostileFile, ...] = (
    HostileFile("bom.xlsx", (HOSTILE / "bom-zip.xlsx").read_bytes, "SHEET-TOO-BIG", "terlalu besar"),
    HostileFile("sejuta.xlsx", million_rows_workbook, "SHEET-TOO-BIG", "terlalu besar"),
    HostileFile("sejuta.csv", million_rows_csv, "SHEET-TOO-BIG", "terlalu besar"),
    HostileFile("rusak.xlsx", (HOSTILE / "rusak-terpotong.xlsx").read_bytes, "SHEET-UNREADABLE", "rusak"),
    HostileFile("foto.xlsx", (HOSTILE / "foto-daftar-hadir.xlsx").read_bytes, "SHEET-WRONG-TYPE", "bukan"),
    HostileFile("sandi.xlsx", encrypted, "SHEET-UNREADABLE", "kata sandi"),
    HostileFile("kosong.xlsx", lambda: b"", "SHEET-EMPTY", "kosong"),
    HostileFile("rumus.xlsx", with_formulas),
    HostileFile("makro.xlsm", with_macros),
    HostileFile("suntikan.csv", csv_injection),
)
