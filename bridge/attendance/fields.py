"""Plain import tables (roster, catalogue): named fields in any order, headings in either language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bridge.attendance.cells import Cell, folded, is_blank, text_of
from bridge.attendance.container import DEFAULT_LIMITS, Limits, refuse
from bridge.attendance.grid import content_of, read_grids

Vocabulary = Mapping[str, Sequence[str]]

_SEARCHED_ROWS = 20


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with one row, numbered as in the spreadsheet program. `kept` tells whether the row was
    taken all the same; a row that was not kept is in no result."""

    row: int
    code: str
    sentence: str
    english: str
    kept: bool = False


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One row's cells by field; a field without a column is None."""

    row: int
    cells: Mapping[str, Cell]

    def text(self, field: str) -> str:
        return text_of(self.cells.get(field))

    def cell(self, field: str) -> Cell:
        return self.cells.get(field)


def _key(heading: str) -> str:
    return re.sub(r"[^a-z0-9]", "", folded(heading))


def read_fields(
    content: Path | str | bytes,
    file_name: str,
    vocabulary: Vocabulary,
    required: Sequence[str],
    limits: Limits = DEFAULT_LIMITS,
) -> Iterator[FieldRow]:
    """The rows below the first header that has all required fields, from the first visible sheet that does.

    Raises RefuseInput where no sheet has them, naming the columns that are missing. Blank rows are left out.
    """
    fields = {_key(name): field for field, names in vocabulary.items() for name in (field, *names)}
    nearest: set[str] = set()
    for grid in read_grids(content_of(content, file_name, limits), file_name, limits):
        if not grid.visible:
            continue
        for at, header in enumerate(grid.rows[:_SEARCHED_ROWS]):
            columns: dict[str, int] = {}
            for column, cell in enumerate(header):
                field = fields.get(_key(text_of(cell))) if isinstance(cell, str) else None
                if field is not None:
                    columns.setdefault(field, column)
            if set(required) <= set(columns):
                return _rows(grid.rows, at, columns)
            nearest = max(nearest, set(columns) & set(required), key=len)
    missing = ", ".join(field for field in required if field not in nearest)
    raise refuse(
        file_name,
        "TABLE-COLUMNS-MISSING",
        f"Berkas “{file_name}” tidak memuat kolom: {missing}. Pakai berkas contoh, atau tambahkan kolomnya.",
        f"The file “{file_name}” lacks the columns: {missing}. Use the template or add the columns.",
    )


def _rows(rows: Sequence[Sequence[Cell]], header: int, columns: Mapping[str, int]) -> Iterator[FieldRow]:
    for at in range(header + 1, len(rows)):
        row = rows[at]
        if not all(is_blank(cell) for cell in row):
            cells = {field: row[column] for field, column in columns.items() if column < len(row)}
            yield FieldRow(at + 1, cells)
