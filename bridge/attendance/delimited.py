"""Text tables: any delimiter, encoding and line ending, with quotes and line breaks in fields."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import Literal

from bridge.attendance.cells import Grid
from bridge.attendance.container import Limits, too_big, unreadable

_DELIMITERS = (";", ",", "\t", "|")


def decode(content: bytes) -> str:
    """UTF-8 (with or without BOM), UTF-16 by its BOM, otherwise Windows-1252, as Excel writes it here."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def find_delimiter(text: str) -> str:
    """The delimiter under which most records have the same number of fields, above one."""

    def score(delimiter: str) -> tuple[float, int]:
        try:
            counts = Counter(len(record) for record in _records(text[:200_000], delimiter, 400) if record)
        except csv.Error:
            return (0.0, 0)
        wide = {fields: number for fields, number in counts.items() if fields > 1}
        if not wide:
            return (0.0, 0)
        fields, number = max(wide.items(), key=lambda item: (item[1] * item[0], item[0]))
        return (number * (fields - 1) / sum(counts.values()), fields)

    return max(_DELIMITERS, key=score)


def _records(
    text: str, delimiter: str, most: int, quoting: Literal[0, 1, 2, 3] = csv.QUOTE_MINIMAL
) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting)
    records: list[list[str]] = []
    for record in reader:
        records.append(record)
        if len(records) > most:
            break
    return records


def _swallowed(records: list[list[str]], delimiter: str) -> bool:
    """Whether a quote that is never closed took whole records into one field."""
    width = Counter(len(record) for record in records[:200]).most_common(1)
    most = max(2, width[0][0] - 1) if width else 2
    return any(
        line.count(delimiter) >= most
        for record in records
        for cell in record
        if "\n" in cell
        for line in cell.splitlines()[1:]
    )


def read_delimited(content: bytes, file_name: str, limits: Limits) -> Grid:
    """One grid; rows are records as a CSV reader counts them, blank lines included."""
    text = decode(content)
    if text.count("\ufffd") > len(text) // 100:
        raise unreadable(file_name, "isinya bukan teks", "it is not text")
    delimiter = find_delimiter(text)
    try:
        records = _records(text, delimiter, limits.rows)
        swallowed = _swallowed(records, delimiter)
    except csv.Error:
        swallowed = True
    if swallowed:
        records = _records(text, delimiter, limits.rows, csv.QUOTE_NONE)
    if len(records) > limits.rows:
        raise too_big(file_name, f"lebih dari {limits.rows} baris", f"more than {limits.rows} rows")
    if max((len(record) for record in records), default=0) > limits.columns:
        raise too_big(file_name, f"lebih dari {limits.columns} kolom", f"more than {limits.columns} columns")
    return Grid("", records)
