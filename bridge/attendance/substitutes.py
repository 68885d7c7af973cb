"""Somebody who signed for another: `a.n. Maria`, `diwakili Sdr. Yulius`, `(pengganti)`. Who was there is for a
person to say; the words only tell that the question is open."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bridge.attendance.cells import Cell, folded, text_of
from bridge.attendance.columns import Role
from bridge.attendance.header import Layout

_STANDS_IN = re.compile(
    r"(?:^|[\s(/,;])(?:a\.n\.|a/n\b|(?:di|me)wakil(?:i|kan)\b|(?:di|meng)gantikan\b|pengganti\b"
    r"|on behalf of\b|substitute\b)"
)


def stands_in(text: str) -> bool:
    """Whether the words say that somebody stood in for somebody. `Wakil Bupati` is an office, no substitution."""
    return _STANDS_IN.search(folded(text)) is not None


def substitute_finder(layout: Layout) -> Callable[[Sequence[Cell]], bool]:
    """Whether a row's name, note, status or signatures say so."""
    columns = [
        layout.columns[role] for role in (Role.NAME, Role.NOTE, Role.STATUS) if role in layout.columns
    ] + [mark.column for mark in layout.marks]
    known: dict[str, bool] = {}

    def found(row: Sequence[Cell]) -> bool:
        for column in columns:
            cell = row[column] if column < len(row) else None
            if not isinstance(cell, str) or len(cell) < 4:
                continue
            if cell not in known:
                if len(known) > 50_000:
                    known.clear()
                known[cell] = stands_in(text_of(cell))
            if known[cell]:
                return True
        return False

    return found
