"""What a file really is, by its content, and whether it may be opened: limits against bombs.

A spreadsheet is a ZIP whose directory may lie about sizes, and whose sheets may place one cell at the far
corner so that a dense reader fills the whole plane. Everything is measured in a stream before a reader
sees the file.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from bridge.errors import RefuseInput


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes, counts and a ratio; the defaults let 200,000 rows of 12 columns pass with room to spare."""

    file_bytes: int = 40 * 2**20
    expanded_bytes: int = 400 * 2**20
    ratio: int = 150  # spreadsheet XML packs 5 to 40 to 1; a bomb about 1,000 to 1
    ratio_from: int = 8 * 2**20  # small members may pack as they like
    members: int = 5_000
    rows: int = 300_000
    columns: int = 400
    cells: int = 8_000_000


DEFAULT_LIMITS = Limits()


class Kind(StrEnum):
    WORKBOOK = "workbook"  # XLSX, XLSM, ODS, XLS: read by calamine
    HTML = "html"
    TEXT = "text"


def refuse(file_name: str, code: str, sentence: str, english: str) -> RefuseInput:
    return RefuseInput(code, sentence, english, where=file_name)


def too_big(file_name: str, what: str, english: str) -> RefuseInput:
    return refuse(
        file_name,
        "SHEET-TOO-BIG",
        f"Berkas “{file_name}” terlalu besar ({what}). Bagi menjadi beberapa berkas, lalu unggah satu-satu.",
        f"The file “{file_name}” is too big ({english}). Split it into several files and upload each.",
    )


def unreadable(file_name: str, what: str, english: str) -> RefuseInput:
    return refuse(
        file_name,
        "SHEET-UNREADABLE",
        f"Berkas “{file_name}” tidak dapat dibaca: {what}."
        " Buka di Excel, simpan ulang sebagai .xlsx, lalu unggah lagi.",
        f"The file “{file_name}” can't be read: {english}."
        " Open it in Excel, save it again as .xlsx and upload it.",
    )


_FOREIGN = (
    (b"\x89PNG", "gambar PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "foto JPEG", "a JPEG photo"),
    (b"GIF8", "gambar GIF", "a GIF picture"),
    (b"BM", "gambar BMP", "a BMP picture"),
    (b"II*\x00", "gambar TIFF", "a TIFF picture"),
    (b"MM\x00*", "gambar TIFF", "a TIFF picture"),
    (b"%PDF", "dokumen PDF", "a PDF document"),
    (b"Rar!", "arsip RAR", "a RAR archive"),
    (b"7z\xbc\xaf", "arsip 7z", "a 7z archive"),
    (b"\x1f\x8b", "arsip GZIP", "a GZIP archive"),
    (b"MZ", "program", "a program"),
    (b"{\\rtf", "dokumen RTF", "an RTF document"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HTML = re.compile(rb"<\s*(?:!doctype\s+html|html|table|meta|body|head)\b", re.IGNORECASE)


def sniff(content: bytes, file_name: str, limits: Limits = DEFAULT_LIMITS) -> Kind:
    """What the content is, whatever the name's ending says. Raises RefuseInput on anything else."""
    if not content:
        raise refuse(
            file_name,
            "SHEET-EMPTY",
            f"Berkas “{file_name}” kosong (0 bita). Unggah ulang berkas yang lengkap.",
            f"The file “{file_name}” is empty (0 bytes). Upload the whole file again.",
        )
    if len(content) > limits.file_bytes:
        raise too_big(file_name, f"{len(content) // 2**20} MB", f"{len(content) // 2**20} MB")
    if content.startswith(b"PK"):
        _check_zip(content, file_name, limits)
        return Kind.WORKBOOK
    if content.startswith(_OLE):
        _check_ole(content, file_name)
        return Kind.WORKBOOK
    for magic, what, english in _FOREIGN:
        if content.startswith(magic):
            raise refuse(
                file_name,
                "SHEET-WRONG-TYPE",
                f"Berkas “{file_name}” bukan lembar kerja, melainkan {what}. Unggah Excel atau CSV-nya.",
                f"The file “{file_name}” is no spreadsheet but {english}. Upload its Excel or CSV file.",
            )
    head = content[:4096]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Kind.TEXT
    if b"\x00" in content[:65536]:
        raise unreadable(
            file_name, "isinya bukan teks atau lembar kerja", "it holds neither text nor a sheet"
        )
    if _HTML.search(head):
        return Kind.HTML
    if b"<?xml" in head[:100]:
        raise unreadable(file_name, "berkas XML tidak didukung", "XML files are not supported")
    return Kind.TEXT


def _check_ole(content: bytes, file_name: str) -> None:
    # [MS-OFFCRYPTO] 2.3.1: a workbook with a password is an OLE file that holds the stream EncryptedPackage.
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise unreadable(file_name, "berkas dilindungi kata sandi", "it is protected by a password")
    if not any(name.encode("utf-16-le") in content for name in ("Workbook", "Book")):
        raise unreadable(file_name, "bukan buku kerja Excel", "it is no Excel workbook")


def _check_zip(content: bytes, file_name: str, limits: Limits) -> None:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, struct.error, NotImplementedError) as broken:
        raise unreadable(file_name, "berkas rusak atau terpotong", "it is damaged or cut off") from broken
    names = {member.filename for member in members}
    if "xl/workbook.bin" in names:
        raise unreadable(file_name, "format .xlsb tidak didukung", "the .xlsb format is not supported")
    if not any(name.endswith("workbook.xml") for name in names) and "content.xml" not in names:
        raise refuse(
            file_name,
            "SHEET-WRONG-TYPE",
            f"Berkas “{file_name}” bukan lembar kerja. Unggah berkas Excel (.xlsx, .xls), .ods atau .csv.",
            f"The file “{file_name}” is no spreadsheet. Upload an Excel file (.xlsx, .xls), .ods or .csv.",
        )
    if len(members) > limits.members:
        raise too_big(file_name, "terlalu banyak bagian", "too many parts")
    if any(member.flag_bits & 0x1 for member in members):
        raise unreadable(file_name, "berkas dilindungi kata sandi", "it is protected by a password")
    declared = sum(member.file_size for member in members)
    if declared > limits.expanded_bytes or any(
        member.file_size > limits.ratio_from
        and member.file_size > limits.ratio * max(member.compress_size, 1)
        for member in members
    ):
        size = declared // 2**20
        raise too_big(file_name, f"isinya mengembang menjadi {size} MB", f"it expands to {size} MB")
    left = limits.expanded_bytes
    for member in members:
        left -= _measure(content, member, file_name, left, limits)


def _measure(content: bytes, member: zipfile.ZipInfo, file_name: str, left: int, limits: Limits) -> int:
    """Bytes that the member really expands to, whatever the directory says; raises beyond `left`."""
    plane = _Plane(file_name, limits) if _is_sheet(member.filename) else None
    expanded = 0
    try:
        for piece in _expanded(content, member):
            expanded += len(piece)
            if expanded > left or (expanded > limits.ratio_from and expanded > member.file_size):
                raise too_big(file_name, "isinya mengembang tanpa batas", "it expands without bounds")
            if plane is not None:
                plane.take(piece)
    except (zlib.error, struct.error, ValueError) as broken:
        raise unreadable(file_name, "berkas rusak atau terpotong", "it is damaged or cut off") from broken
    return expanded


def _is_sheet(name: str) -> bool:
    return name == "content.xml" or ("worksheets/" in name and name.endswith(".xml"))


def _expanded(content: bytes, member: zipfile.ZipInfo, step: int = 2**20) -> Iterator[bytes]:
    name_length, extra_length = struct.unpack_from("<HH", content, member.header_offset + 26)
    start = member.header_offset + 30 + name_length + extra_length
    packed = memoryview(content)[start : start + member.compress_size]
    if len(packed) < member.compress_size:
        raise ValueError("the member is cut off")
    if member.compress_type == zipfile.ZIP_STORED:
        yield from (bytes(packed[at : at + step]) for at in range(0, len(packed), step))
        return
    if member.compress_type != zipfile.ZIP_DEFLATED:
        raise ValueError("an unusual compression")
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    for at in range(0, len(packed), step):
        rest: bytes = bytes(packed[at : at + step])
        while rest:
            yield inflater.decompress(rest, step)
            rest = inflater.unconsumed_tail
    yield inflater.flush()


class _Plane:
    """The extent of a sheet, read from the coordinates in its XML while it streams by."""

    # A row's own number, and references to columns from AA on: ordinary sheets have few of either.
    _ROW = re.compile(rb"""\sr=["'](\d{1,9})["']""")
    _FAR = re.compile(rb"""\sr=["']([A-Z]{2,4})(\d{1,9})["']""")
    # ODS: a cell or row that stands for many
    _REPEAT = re.compile(rb"""number-columns-repeated=["'](\d{1,9})["'][^>]*value-type""")
    # ODS: a row with something in it that stands for many (programs fill the sheet with empty ones)
    _REPEATED_ROW = re.compile(
        rb"""number-rows-repeated=["'](\d{1,9})["'][^>]*>\s*(?:<[\w:]*cell[^>]*/>\s*)*<[\w:]*cell[^>]*value-type"""
    )

    def __init__(self, file_name: str, limits: Limits) -> None:
        self.file_name, self.limits = file_name, limits
        self.rows, self.columns, self.tail = 0, 26, b""

    def take(self, piece: bytes) -> None:
        text = self.tail + piece
        self.tail = text[-2_000:]
        self.rows = max(
            self.rows, *map(int, self._ROW.findall(text)), *map(int, self._REPEATED_ROW.findall(text)), 0
        )
        for letters, row in self._FAR.findall(text):
            self.rows = max(self.rows, int(row))
            self.columns = max(self.columns, _column_number(letters))
        repeated = max((int(count) for count in self._REPEAT.findall(text)), default=0)
        if self.rows > self.limits.rows:
            raise too_big(self.file_name, f"{self.rows} baris", f"{self.rows} rows")
        if max(self.columns, repeated) > self.limits.columns:
            wide = max(self.columns, repeated)
            raise too_big(self.file_name, f"{wide} kolom", f"{wide} columns")
        if self.rows * self.columns > self.limits.cells and self.columns > 26:
            raise too_big(self.file_name, "terlalu banyak sel", "too many cells")


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
