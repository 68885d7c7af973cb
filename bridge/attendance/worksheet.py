"""The worksheet: findings as a workbook that an officer fills in, and its answers read back.

A row carries a signed key in a hidden column: what it is about and on which evidence. A key that was changed,
copied to another office or typed is refused; what the officer sees beside it is for reading only.
"""

from __future__ import annotations

import base64
import hmac
import io
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any

import orjson

from bridge.attendance.cells import Cell, Grid, folded, text_of
from bridge.attendance.container import refuse
from bridge.attendance.grid import read_grids
from bridge.domain.jp import to_hundredths
from bridge.identity.nip import NipReading, read_nip
from bridge.wording import translate

ACCEPT, REJECT, LINK, OVERRIDE = "accept", "reject", "link", "override_jp"
DECISIONS = {"terima": ACCEPT, "tolak": REJECT, "tautkan": LINK, "tetapkan JP": OVERRIDE}
"""Words of the dropdown, Indonesian msgids, to the kind of decision."""

KEY = "Kunci baris (jangan diubah)"
DECISION, NIP, REASON = "Keputusan Anda", "NIP yang benar", "Alasan"
TITLE = "Lembar kerja temuan"
HINT = (
    "Isi kolom kuning: pilih terima, tolak, tautkan (dengan NIP yang benar), atau tetapkan JP (dengan JP-nya). "
    "Simpan, lalu unggah berkas ini kembali. Kolom lain hanya untuk dibaca."
)
TOLD = ("Kode", "Temuan", "Langkah berikutnya", "Nama pada bukti", "NIP pada bukti", "Usulan pegawai")
MOST_ROWS = 20_000
JP = "JP yang ditetapkan"


@dataclass(frozen=True, slots=True)
class WorksheetLine:
    """One finding about a piece of evidence; `made_on` is the evidence hash that a decision will rest on."""

    subject: str
    made_on: str
    code: str
    sentence: str
    next_step: str
    name: str
    nip: str
    proposals: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A row that was filled in. `subject` is empty where the key is not one of ours."""

    row: int
    subject: str
    made_on: str
    code: str
    name: str
    kind: str  # ACCEPT, REJECT, LINK, OVERRIDE, or what was typed instead
    nip: NipReading
    nip_cell: str
    reason: str
    jp: int | None = None  # hundredths; None where the cell holds no JP
    jp_cell: str = ""


def row_key(secret: bytes, tenant: str, subject: str, made_on: str, code: str) -> str:
    told = base64.urlsafe_b64encode(orjson.dumps([subject, made_on, code])).decode()
    return f"{told}.{_seal(secret, tenant, told)}"


def _seal(secret: bytes, tenant: str, told: str) -> str:
    return hmac.new(secret, f"worksheet1:{tenant}:{told}".encode(), sha256).hexdigest()


def open_key(secret: bytes, tenant: str, key: str) -> tuple[str, str, str] | None:
    """(subject, made_on, code), or None: it is none of ours or was changed."""
    told, _, seal = key.strip().partition(".")
    if not hmac.compare_digest(_seal(secret, tenant, told).encode(), seal.encode()):
        return None
    subject, made_on, code = orjson.loads(base64.urlsafe_b64decode(told))
    return str(subject), str(made_on), str(code)


def write_worksheet(lines: Sequence[WorksheetLine], secret: bytes, tenant: str, language: str) -> bytes:
    """XLSX: hints on top, a frozen heading, the hidden key first, four columns to fill in. Every cell is text,
    so no name becomes a formula and no NIP a number."""

    def say(words: str) -> str:
        return translate(words, language)

    import xlsxwriter

    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        sheet = book.add_worksheet(say(TITLE)[:31])
        text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        heading = book.add_format({"bold": True, "bottom": 1, "num_format": "@", "bg_color": "#DDEBF7"})
        fill_in = book.add_format({"num_format": "@", "bg_color": "#FFF7D6", "border": 1, "valign": "top"})
        asked = book.add_format({"bold": True, "bottom": 1, "num_format": "@", "bg_color": "#FFE08A"})
        headings = (KEY, *TOLD, DECISION, NIP, JP, REASON)
        first_asked = 1 + len(TOLD)
        sheet.write_string(0, 1, say(HINT))
        for at, words in enumerate(headings):
            sheet.write_string(2, at, say(words), asked if at >= first_asked else heading)
        _arrange(sheet, text, fill_in, first_asked)
        for line_no, line in enumerate(lines, start=3):
            told = (line.code, line.sentence, line.next_step, line.name, line.nip, line.proposals)
            key = row_key(secret, tenant, line.subject, line.made_on, line.code)
            for at, value in enumerate((key, *told)):
                sheet.write_string(line_no, at, value, text)
            for at in range(first_asked, first_asked + 4):
                sheet.write_blank(line_no, at, None, fill_in)
        last = max(3, 2 + len(lines))
        choices = [say(word) for word in DECISIONS]
        sheet.data_validation(
            3,
            first_asked,
            last,
            first_asked,
            {
                "validate": "list",
                "source": choices,
                "error_title": say(DECISION),
                "error_message": ", ".join(choices),
            },
        )
        sheet.autofilter(2, 1, last, first_asked + 3)
    return buffer.getvalue()


def _arrange(sheet: Any, text: Any, fill_in: Any, first_asked: int) -> None:
    sheet.set_column(0, 0, 4, text, {"hidden": True})
    for at, width in enumerate((18, 60, 46, 26, 21, 40), start=1):
        sheet.set_column(at, at, width, text)
    for at, width in enumerate((14, 22, 12, 34), start=first_asked):
        sheet.set_column(at, at, width, fill_in)
    sheet.freeze_panes(3, 2)


def read_worksheet(content: bytes, file_name: str, secret: bytes, tenant: str) -> list[Answer]:
    """The rows with a decision. Raises RefuseInput where the file is no worksheet of ours or too large."""
    for grid in read_grids(content, file_name):
        found = _columns(grid)
        if found is not None:
            at, columns = found
            answers = [
                answer
                for number in range(at + 1, len(grid.rows))
                if (answer := _answer(grid.rows[number], number + 1, columns, secret, tenant)) is not None
            ]
            return answers[:MOST_ROWS]
    raise refuse(
        file_name,
        "WORKSHEET-UNKNOWN",
        f"Berkas “{file_name}” bukan lembar kerja temuan dari sistem ini. Unduh lembar kerjanya dari halaman "
        "Temuan, isi, lalu unggah kembali.",
        f"The file “{file_name}” is no worksheet of findings from this system. Download the worksheet from the "
        "page of findings, fill it in and upload it.",
    )


def _columns(grid: Grid) -> tuple[int, dict[str, int]] | None:
    wanted = {
        folded(translate(words, language)): words
        for words in (KEY, DECISION, NIP, JP, REASON, TOLD[3])
        for language in ("id", "en")
    }
    for at, row in enumerate(grid.rows[:20]):
        columns = {
            wanted[folded(text_of(cell))]: column
            for column, cell in enumerate(row)
            if isinstance(cell, str) and folded(text_of(cell)) in wanted
        }
        if {KEY, DECISION, NIP} <= set(columns):
            return at, columns
    return None


def _answer(
    row: Sequence[Cell], number: int, columns: dict[str, int], secret: bytes, tenant: str
) -> Answer | None:
    def cell(words: str) -> Cell:
        column = columns.get(words)
        return row[column] if column is not None and column < len(row) else None

    typed = folded(text_of(cell(DECISION)))
    written = cell(NIP)
    if not typed and not text_of(written):
        return None
    known = {folded(word): kind for word, kind in DECISIONS.items()}
    english = {folded(translate(word, "en")): kind for word, kind in DECISIONS.items()}
    subject, made_on, code = open_key(secret, tenant, text_of(cell(KEY))) or ("", "", "")
    return Answer(
        number,
        subject,
        made_on,
        code,
        text_of(cell(TOLD[3])),
        known.get(typed) or english.get(typed) or (typed or LINK),
        read_nip(written if isinstance(written, str | int | float) else text_of(written)),
        text_of(written),
        text_of(cell(REASON))[:500],
        _jp(cell(JP)),
        text_of(cell(JP)),
    )


def _jp(written: Cell) -> int | None:
    """A number cell, or `24` and `2,5` as text, in hundredths."""
    try:
        jp = Decimal(str(written).strip().replace(",", "."))
        return to_hundredths(jp) if jp.is_finite() and abs(jp) < 100_000 else None
    except InvalidOperation:
        return None
