"""A filled report as HTML, CSV and XLSX.

Formulas are neutralised: a text that a spreadsheet would run (it starts with `=`, `+`, `-`, `@`, a tab or a
return) is written with an apostrophe in CSV and as a text cell in XLSX (OWASP, CSV Injection). A NIP is text
everywhere, since Excel keeps 15 digits and would round the last three away.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from markupsafe import Markup

from bridge.domain import jp
from bridge.reports.report import Column, Filled, Kind, Reading
from bridge.reports.shown import cell_shown
from bridge.reports.words import word
from bridge.wording import translate

_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")
_BOM = "\ufeff"
_CSV_ROWS_A_PIECE = 500


def neutral(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would run it."""
    return f"'{text}" if text.lstrip(" ").startswith(_RUNS) else text


def _csv_cell(value: Any, column: Column, reading: Reading) -> str:
    if value is None:
        return ""
    match column.kind:
        case Kind.NIP:
            return f"'{value}" if value else ""
        case Kind.JP:
            return _decimal(jp.from_hundredths(value), reading)
        case Kind.PERCENT:
            return _decimal(Decimal(value) / 100, reading)
        case Kind.COUNT | Kind.YEAR:
            return str(value)
        case Kind.CODE:
            return neutral(word(str(value), reading.language))
        case Kind.DAY:
            return str(value.isoformat())
        case Kind.INSTANT:
            return str(value.astimezone(ZoneInfo(reading.zone)).isoformat(timespec="seconds"))
        case _:
            return neutral(str(value))


def _decimal(number: Decimal, reading: Reading) -> str:
    text = f"{number:.2f}".rstrip("0").rstrip(".")
    return text.replace(".", ",") if reading.language == "id" else text


def csv_pieces(filled: Filled, reading: Reading) -> Iterator[bytes]:
    """UTF-8 with a BOM, so that Excel reads it right. The separator follows the language as Excel's does:
    `;` where the decimal sign is a comma."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";" if reading.language == "id" else ",", lineterminator="\r\n")
    buffer.write(_BOM)
    writer.writerow([translate(column.heading, reading.language) for column in filled.report.columns])
    for number, row in enumerate(filled.rows, start=1):
        writer.writerow([_csv_cell(getattr(row, c.field), c, reading) for c in filled.report.columns])
        if number % _CSV_ROWS_A_PIECE == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


_XLSX_FORMATS = {
    Kind.NIP: "@",
    Kind.TEXT: "@",
    Kind.CODE: "@",
    Kind.COUNT: "#,##0",
    Kind.YEAR: "0",
    Kind.JP: "#,##0.##",
    Kind.PERCENT: "0.0%",
    Kind.DAY: "yyyy-mm-dd",
    Kind.INSTANT: "yyyy-mm-dd hh:mm",
}
_WIDTHS = {Kind.NIP: 21, Kind.TEXT: 34, Kind.INSTANT: 18, Kind.DAY: 13}


def xlsx_bytes(filled: Filled, reading: Reading) -> bytes:
    """One sheet with a frozen, filterable heading; numbers are numbers, texts are never formulas or links."""
    import xlsxwriter

    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(target, options)
    sheet = book.add_worksheet(translate(filled.report.title, reading.language)[:31].replace("/", "-"))
    heading = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    formats = {kind: book.add_format({"num_format": shape}) for kind, shape in _XLSX_FORMATS.items()}
    for place, column in enumerate(filled.report.columns):
        sheet.write_string(0, place, translate(column.heading, reading.language), heading)
        sheet.set_column(place, place, _WIDTHS.get(column.kind, 12), formats[column.kind])
    for line, row in enumerate(filled.rows, start=1):
        for place, column in enumerate(filled.report.columns):
            _write(sheet, (line, place), getattr(row, column.field), column.kind, formats, reading)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(filled.rows), 1), len(filled.report.columns) - 1)
    book.close()
    return target.getvalue()


def _write(
    sheet: Any, place: tuple[int, int], value: Any, kind: Kind, formats: dict[Kind, Any], reading: Reading
) -> None:
    if value is None:
        sheet.write_blank(*place, None, formats[kind])
        return
    match kind:
        case Kind.JP:
            sheet.write_number(*place, float(jp.from_hundredths(value)), formats[kind])
        case Kind.PERCENT:
            sheet.write_number(*place, value / 10_000, formats[kind])
        case Kind.COUNT | Kind.YEAR:
            sheet.write_number(*place, value, formats[kind])
        case Kind.DAY:
            sheet.write_datetime(*place, value, formats[kind])
        case Kind.INSTANT:
            local = value.astimezone(ZoneInfo(reading.zone)).replace(tzinfo=None)
            sheet.write_datetime(*place, local, formats[kind])
        case Kind.CODE:
            sheet.write_string(*place, word(str(value), reading.language), formats[kind])
        case _:
            sheet.write_string(*place, str(value), formats[kind])


def html_table(filled: Filled, reading: Reading, root: str = "") -> Markup:
    """An accessible table: caption, column scopes, and the first column as each row's heading. `root` is the
    path under which the console lives."""
    columns = tuple(column for column in filled.report.columns if column.on_screen)
    head = Markup().join(
        Markup('<th scope="col" class="{}">{}</th>').format(_css(c), translate(c.heading, reading.language))
        for c in columns
    )
    body = Markup().join(_html_row(row, columns, reading, root) for row in filled.rows)
    caption = translate(filled.report.title, reading.language)
    return Markup(
        '<div class="table" tabindex="0" role="region" aria-label="{}"><table>'
        '<caption class="hidden">{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>'
    ).format(caption, caption, head, body)


def bar(percent: float) -> Markup:
    """A bar of 0 to 100 as SVG: its width is an attribute, which a strict style policy allows."""
    return Markup(
        '<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" width="100" height="6"/><rect class="fill" width="{}" height="6"/></svg>'
    ).format(f"{min(max(percent, 0.0), 100.0):.1f}")


def _css(column: Column) -> str:
    return f"{column.alignment} {column.kind.value}"


def _html_row(row: Any, columns: tuple[Column, ...], reading: Reading, root: str) -> Markup:
    cells = []
    for place, column in enumerate(columns):
        text: str | Markup = cell_shown(getattr(row, column.field), column.kind, reading)
        if column.kind is Kind.PERCENT and getattr(row, column.field) is not None:
            text = Markup("{}<span>{}</span>").format(bar(getattr(row, column.field) / 100), text)
        if column.link:
            text = Markup('<a href="{}">{}</a>').format(root + _filled_path(column.link, row), text)
        tag = Markup('<th scope="row" class="{}">{}</th>') if place == 0 else Markup('<td class="{}">{}</td>')
        cells.append(tag.format(_css(column), text))
    return Markup("<tr>{}</tr>").format(Markup().join(cells))


def _filled_path(template: str, row: Any) -> str:
    fields = type(row).__dataclass_fields__
    return template.format_map({name: quote(str(getattr(row, name)), safe="") for name in fields})
