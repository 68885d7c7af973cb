"""Template files for downloads: the CSV as it stands, or a workbook whose cells are all text.

In a workbook the NIP columns are formatted as text before anybody types, so that no digit is lost.
"""

from __future__ import annotations

import csv
import io
from importlib.resources import files

NAMES = ("roster", "catalogue", "activities")
_TEXT_ROWS = 2_000
_CHOICES = {
    "Jenis": ["PNS", "PPPK"],
    "Jabatan jenis": ["struktural", "fungsional", "pelaksana"],
    "lingkup": ["nasional", "internasional"],
    "sebagian": ["ya", "tidak"],
    "moda": ["daring", "luring"],
}


def template_csv(name: str) -> bytes:
    """The template as UTF-8 CSV. Raises KeyError on an unknown name."""
    if name not in NAMES:
        raise KeyError(name)
    return (files("bridge") / "data" / "templates" / f"{name}.csv").read_bytes()


def template_workbook(name: str) -> bytes:
    """The same template as XLSX: text cells, headings frozen, choices as dropdowns."""
    rows = list(csv.reader(io.StringIO(template_csv(name).decode())))
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(name)
        text = book.add_format({"num_format": "@"})
        heading = book.add_format({"bold": True, "num_format": "@", "bg_color": "#DDEBF7"})
        for column, title in enumerate(rows[0]):
            width = max(12, *(len(row[column]) + 2 for row in rows))
            sheet.set_column(column, column, min(width, 40), text)
            sheet.write_string(0, column, title, heading)
            if title in _CHOICES:
                sheet.data_validation(
                    1, column, _TEXT_ROWS, column, {"validate": "list", "source": _CHOICES[title]}
                )
        for at, row in enumerate(rows[1:], start=1):
            for column, value in enumerate(row):
                sheet.write_string(at, column, value, text)
        sheet.freeze_panes(1, 0)
    return buffer.getvalue()
