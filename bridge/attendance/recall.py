"""Reading a column whose cells repeat: each different cell is read once.

A sheet of 200,000 rows has a few hundred different dates, titles and organisers, and reading a cell costs ten
times as much as finding it in a dictionary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from bridge.attendance.cells import Cell
from bridge.attendance.columns import Role
from bridge.attendance.header import Layout

T = TypeVar("T")
MOST = 50_000  # cells remembered a column; a column that never repeats must not fill the memory


class Recall(dict[Cell, T], Generic[T]):
    """`recall[cell]` is `read(cell)`, remembered. Not for True and False: they would find 1 and 0."""

    def __init__(self, read: Callable[[Cell], T]) -> None:
        super().__init__()
        self.read = read

    def __missing__(self, cell: Cell) -> T:
        if len(self) >= MOST:
            self.clear()
        value = self[cell] = self.read(cell)
        return value


def column(layout: Layout, role: Role, read: Callable[[Cell], T]) -> Callable[[Sequence[Cell]], T]:
    """A reader of the role's cell in a row; where the sheet has no such column it reads an empty cell."""
    at = layout.columns.get(role)
    if at is None:
        nothing = read(None)
        return lambda _row: nothing
    recalled, place = Recall(read), at

    def of(row: Sequence[Cell]) -> T:
        cell = row[place] if place < len(row) else None
        return read(cell) if cell.__class__ is bool else recalled[cell]

    return of


def together(
    layout: Layout, roles: Sequence[Role], read: Callable[[tuple[Cell, ...]], T]
) -> Callable[[Sequence[Cell]], T]:
    """A reader of several roles' cells in a row at once, an empty one where the sheet has no such column: rows of one
    activity share them all, so the whole is read once an activity."""
    places = tuple(layout.columns.get(role, -1) for role in roles)
    recalled: Recall[T] = Recall(read)  # type: ignore[arg-type]  # a tuple of cells is a key like a cell

    def of(row: Sequence[Cell]) -> T:
        width = len(row)
        cells = tuple([row[place] if -1 < place < width else None for place in places])
        return read(cells) if bool in map(type, cells) else recalled[cells]  # type: ignore[index]

    return of
