"""ODS workbooks: read like any other, and a repetition that stands for a million cells is refused."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest

from bridge.attendance.sheet import read_sheet
from bridge.errors import RefuseInput

TYPE = "application/vnd.oasis.opendocument.spreadsheet"
NAMES = "urn:oasis:names:tc:opendocument:xmlns"


def opendocument(rows: list[list[str]], repeated: int = 1, times: int = 1) -> bytes:
    cell = (
        '<table:table-cell table:number-columns-repeated="{}" office:value-type="string">'
        "<text:p>{}</text:p></table:table-cell>"
    )
    lines = "".join(
        f'<table:table-row table:number-rows-repeated="{times}">'
        + "".join(cell.format(repeated, text) for text in row)
        + "</table:table-row>"
        for row in rows
    )
    content = (
        f'<office:document-content xmlns:office="{NAMES}:office:1.0" xmlns:table="{NAMES}:table:1.0" '
        f'xmlns:text="{NAMES}:text:1.0"><office:body><office:spreadsheet><table:table table:name="Hadir">'
        f"{lines}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        f'<manifest:manifest xmlns:manifest="{NAMES}:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{TYPE}"/></manifest:manifest>'
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("mimetype", TYPE, zipfile.ZIP_STORED)
        out.writestr("META-INF/manifest.xml", manifest)
        out.writestr("content.xml", content)
    return packed.getvalue()


ROWS = [["NIP", "Nama", "Status"], ["19850715 199903 1 002", "Maria", "hadir"]]


def test_an_opendocument_sheet_is_read() -> None:
    reading = read_sheet(opendocument(ROWS), "hadir.ods", source="s", as_of=date(2026, 11, 24))
    (person,) = reading.attendances
    assert (person.attendee, person.sheet, person.row) == ("198507151999031002", "Hadir", 2)
    assert (person.sessions_attended, person.sessions_total) == (1, 1)


@pytest.mark.parametrize(("repeated", "times"), [(1_000_000, 1), (1, 1_000_000)])
def test_a_repetition_of_a_million_cells_is_refused(repeated: int, times: int) -> None:
    with pytest.raises(RefuseInput) as caught:
        read_sheet(opendocument(ROWS, repeated, times), "bom.ods", source="s", as_of=date(2026, 11, 24))
    assert caught.value.code == "SHEET-TOO-BIG"
