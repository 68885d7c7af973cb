"""HTML tables that call themselves .xls: portals export them, Excel opens them."""

from __future__ import annotations

import re

from lxml import etree, html

from bridge.attendance.cells import Cell, Grid, Span
from bridge.attendance.container import Limits, too_big, unreadable
from bridge.attendance.delimited import decode

_LARGEST_SPAN = 500
_CHARSET = re.compile(rb"""charset\s*=\s*["']?([a-zA-Z0-9_\-]{3,20})""")


def read_html(content: bytes, file_name: str, limits: Limits) -> list[Grid]:
    """Each outermost table is a grid named `table N`; rows are its `<tr>`. Spans become merged areas."""
    parser = html.HTMLParser(no_network=True, huge_tree=False, recover=True)
    try:
        document = html.document_fromstring(_text(content), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as broken:
        raise unreadable(file_name, "tabel HTML rusak", "its HTML table is broken") from broken
    tables = [table for table in document.iter("table") if not any(table.iterancestors("table"))]
    return [
        _grid(f"table {number}", table, file_name, limits) for number, table in enumerate(tables, start=1)
    ]


def _text(content: bytes) -> str:
    if (declared := _CHARSET.search(content[:4096])) and declared.group(1).lower() not in (b"utf-8", b"utf8"):
        try:
            text = content.decode(declared.group(1).decode("ascii"), errors="replace")
        except LookupError:
            text = decode(content)
    else:
        text = decode(content)
    # lxml refuses text that declares an encoding of its own
    return re.sub(r"^\s*<\?xml[^>]*\?>", "", text)


def _grid(name: str, table: html.HtmlElement, file_name: str, limits: Limits) -> Grid:
    rows: list[list[Cell]] = []
    spans: list[Span] = []
    taken: set[tuple[int, int]] = set()
    lines = [line for line in table.iter("tr") if next(line.iterancestors("table"), None) is table]
    if len(lines) > limits.rows:
        raise too_big(file_name, f"lebih dari {limits.rows} baris", f"more than {limits.rows} rows")
    for at, line in enumerate(lines):
        row: list[Cell] = []
        for element in line.iterchildren("td", "th"):
            while (at, len(row)) in taken:
                row.append(None)
            down, across = _span(element, "rowspan"), _span(element, "colspan")
            left = len(row)
            row.extend([_words(element), *([None] * (across - 1))])
            if len(row) > limits.columns or len(taken) > limits.cells:
                raise too_big(
                    file_name, f"lebih dari {limits.columns} kolom", f"over {limits.columns} columns"
                )
            if down > 1 or across > 1:
                spans.append(Span(at, left, at + down - 1, left + across - 1))
                taken.update((at + i, left + j) for i in range(1, down) for j in range(across))
        rows.append(row)
    return Grid(name, rows, spans=tuple(spans))


def _span(element: html.HtmlElement, attribute: str) -> int:
    value = str(element.get(attribute, "1")).strip()
    return max(1, min(int(value), _LARGEST_SPAN)) if value.isascii() and value.isdigit() else 1


def _words(element: html.HtmlElement) -> str:
    """The text of a cell with `<br>` as line breaks."""
    parts: list[str] = []
    for node in element.iter():
        if node.tag == "br":
            parts.append("\n")
        elif isinstance(node.tag, str) and node.tag not in ("script", "style") and node.text:
            parts.append(node.text)
        if node is not element and node.tail:
            parts.append(node.tail)
    return "".join(parts).replace("\xa0", " ").strip()
