"""Somebody who signed for another: `a.n. Maria`, `diwakili Sdr. Yulius`, `(pengganti)`, or a column for it. Who was
there is for a person to say; the words only tell that the question is open."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bridge.attendance.cells import Cell, folded, text_of
from bridge.attendance.columns import Role
from bridge.attendance.header import Layout

_STANDS_IN = re.compile(
    r"(?:^|[\s(/,;])(?:a\s?\.\s?n\s?\.|a/n\b|u\.b\.|(?:di|me)wakil(?:i|kan)\b|(?:di|meng)gantikan\b|pengganti\b"
    r"|on behalf of\b|substitute\b)"
)

_SMALL_AN = re.compile(r"(?:^|[\s(/,;])an\.\s")  # `an. Kepala Dinas`; `An. Kambuaya` is a name
_NOBODY = frozenset({"", "-", "--", "–", "0", "tidak", "tdk", "tidak ada", "nihil", "no", "none"})


def stands_in(text: str) -> bool:
    """Whether the words say that somebody stood in for somebody. `Wakil Bupati` is an office, no substitution."""
    return _STANDS_IN.search(folded(text)) is not None or _SMALL_AN.search(text) is not None


def substitute_finder(layout: Layout) -> Callable[[Sequence[Cell]], bool]:
    """Whether a row's name, note, status or signatures say so, or its column for whoever stood in is filled."""
    columns = [
        layout.columns[role] for role in (Role.NAME, Role.NOTE, Role.STATUS) if role in layout.columns
    ] + [mark.column for mark in layout.marks]
    named = layout.columns.get(Role.STANDS_IN)
    known: dict[str, bool] = {}

    def found(row: Sequence[Cell]) -> bool:
        if named is not None and named < len(row) and folded(text_of(row[named])) not in _NOBODY:
            return True
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
