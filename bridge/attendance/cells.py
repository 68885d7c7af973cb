"""What a cell may hold, and its text as a person would read it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

Cell = str | int | float | bool | date | datetime | time | timedelta | None

_SPACE = re.compile(r"[\s\u200b-\u200f\ufeff]+")
_FORMULA_TEXT = re.compile(r'=\s*"([^"]*)"\Z')


@dataclass(frozen=True, slots=True)
class Span:
    """A merged area, zero-based and inclusive; only its first cell holds the value."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet: rows of cells as the file holds them, nothing calculated.

    `rows[0]` is row 1 of the spreadsheet program (record 1 of a CSV, line 1 of a tab-separated text, the
    first `<tr>` of an HTML table). Rows may differ in length. `name` is empty where the format has no sheets.
    """

    name: str
    rows: Sequence[Sequence[Cell]]
    visible: bool = True
    spans: tuple[Span, ...] = ()

    def cell(self, row: int, column: int) -> Cell:
        """The cell at zero-based coordinates, None outside of the grid."""
        line = self.rows[row] if 0 <= row < len(self.rows) else ()
        return line[column] if 0 <= column < len(line) else None


def text_of(cell: Cell) -> str:
    """The cell as one line of text: whole floats without `.0`, dates ISO, `="x"` as x, blanks collapsed."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        if not cell:
            return ""
        text = " ".join(cell.split()) if cell.isascii() else _SPACE.sub(" ", cell).strip()
        if text.startswith("=") and (wrapped := _FORMULA_TEXT.match(text)):
            return wrapped.group(1).strip()
        return text
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    return str(cell)


def lines_of(cell: Cell) -> list[str]:
    """The lines of a text cell, each trimmed, without empty ones."""
    if not isinstance(cell, str):
        return [text_of(cell)] if text_of(cell) else []
    return [line for part in cell.splitlines() if (line := text_of(part))]


def is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not text_of(cell))


def folded(text: str) -> str:
    """For comparisons: case-folded, typographic signs made plain, blanks collapsed."""
    if text.isascii():
        return " ".join(text.split()).lower()
    plain = text.replace("’", "'").replace("‘", "'").replace("–", "-").replace("—", "-")
    return _SPACE.sub(" ", plain).strip().casefold()
