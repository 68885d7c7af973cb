"""A table of the command line as a CSV file for Excel, or one sentence on why it can't be written."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bridge.cli.output import say
from bridge.errors import RefuseInput
from bridge.reports.formats import neutral


def not_writable(path: Path, fault: OSError) -> RefuseInput:
    return RefuseInput(
        "FILE-NOT-WRITABLE",
        f"Berkas {path} tidak dapat ditulis ({fault.strerror}). Pilih tempat lain.",
        f"The file {path} can't be written ({fault.strerror}). Choose another place.",
        where=str(path),
    )


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """UTF-8 with a mark, so that Excel reads it; headings in the reader's language. Texts that begin like a formula
    get an apostrophe (titles come from strangers' sheets), and so does a NIP, of which Excel would keep 15 digits.
    Raises RefuseInput where the file can't be written."""
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([say(column) for column in columns])
            writer.writerows([_cell(value) for value in row] for row in rows)
    except OSError as fault:
        raise not_writable(path, fault) from fault


def _cell(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return f"'{value}" if len(value) > 15 and value.isdigit() else neutral(value)
