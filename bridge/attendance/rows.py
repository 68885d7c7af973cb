"""Which rows below a header are people, and why the others are not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bridge.attendance.cells import Cell, Grid, folded, is_blank, text_of
from bridge.attendance.columns import Role
from bridge.attendance.header import Layout, is_column_numbers, is_header_again
from bridge.identity.nip import NIP_MISSING, read_nip

PREAMBLE = "kop, judul, dan data kegiatan"
HEADER = "kepala tabel"
HEADER_AGAIN = "kepala tabel berulang"
COLUMN_NUMBERS = "nomor kolom"
BLANK = "baris kosong"
EMPTY_NUMBER = "nomor tanpa peserta"
SUBHEADING = "subjudul"
TOTAL = "jumlah"
FOOTER = "kaki lembar: jumlah, keterangan, atau tanda tangan pejabat"

_TOTAL = re.compile(r"(?:sub\s*)?(?:jumlah|jml|total|rata-rata|grand total)\b")
_FOOTER = re.compile(
    r"(?:keterangan|ket|catatan|legenda)\s*\.?\s*:|mengetahui|menyetujui|mengesahkan|dicetak|diunduh|printed"
    r"|(?:plt\.?|plh\.?|a\.?n\.?)\s|(?:kepala|ketua|sekretaris|moderator|narasumber|panitia|koordinator|pejabat)\b[^:]*,?\Z"
    r"|nip\b\.?\s*:?\s*\d"
)
_OFFICIAL = re.compile(f"{_TOTAL.pattern}|{_FOOTER.pattern}")
_SIGNED_AT = re.compile(r"[a-z .'\-]{3,30}, \d{1,2} [a-z]+ \d{4}\Z")


@dataclass(frozen=True, slots=True)
class Sorted:
    """The people's rows (row number from 1, cells) in order, and the other rows with the reason."""

    people: tuple[tuple[int, Sequence[Cell]], ...]
    ignored: tuple[tuple[int, str], ...]


def sort_rows(grid: Grid, layout: Layout) -> Sorted:
    """Every row of the sheet is in exactly one of the two lists.

    Below a total, a legend or a signature block only a row with a well-formed NIP in its own column is a
    person again: officials sign under their names, with their NIP in another cell.
    """
    people: list[tuple[int, Sequence[Cell]]] = []
    ignored = [(number, PREAMBLE) for number in range(1, layout.top + 1)]
    ignored += [(number, HEADER) for number in range(layout.top + 1, layout.bottom + 2)]
    footer = False
    for number, row in _below(grid, layout):
        why = _no_person(grid, layout, row)
        if why in (TOTAL, FOOTER):
            footer = True
        if why is None and footer and not _certain(layout, row):
            why = FOOTER
        if why is None:
            people.append((number, row))
            footer = False
        else:
            ignored.append((number, FOOTER if footer and why in (TOTAL, SUBHEADING) else why))
    return Sorted(tuple(people), tuple(ignored))


def _below(grid: Grid, layout: Layout) -> Iterator[tuple[int, Sequence[Cell]]]:
    for at in range(layout.bottom + 1, len(grid.rows)):
        yield at + 1, grid.rows[at]


def _certain(layout: Layout, row: Sequence[Cell]) -> bool:
    cell = layout.value(row, Role.NIP)
    named = bool(layout.text(row, Role.NAME)) or Role.NAME not in layout.columns
    return named and isinstance(cell, str | int | float) and read_nip(cell).value is not None


def _no_person(grid: Grid, layout: Layout, row: Sequence[Cell]) -> str | None:
    if _certain(layout, row) and not _OFFICIAL.match(folded(layout.text(row, Role.NAME))):
        return None
    filled = [(column, cell) for column, cell in enumerate(row) if not is_blank(cell)]
    if not filled:
        return BLANK
    first = folded(text_of(filled[0][1]))
    texts = [folded(text_of(cell)) for _, cell in filled[:6]]
    if _states_total(texts):
        return TOTAL
    if len(filled) <= 4 and any(_FOOTER.match(text) or _SIGNED_AT.match(text) for text in texts):
        return FOOTER
    if first and is_column_numbers(row):
        return COLUMN_NUMBERS
    if is_header_again(layout, grid, row):
        return HEADER_AGAIN
    return _without_identity(layout, row, filled)


def _states_total(texts: list[str]) -> bool:
    return any(_TOTAL.match(text) for text in texts[:3]) or (
        len(texts) <= 3 and any(map(_TOTAL.match, texts))
    )


def _without_identity(layout: Layout, row: Sequence[Cell], filled: list[tuple[int, Cell]]) -> str | None:
    name = layout.text(row, Role.NAME)
    nip = layout.value(row, Role.NIP)
    number = layout.columns.get(Role.NUMBER)
    others = [column for column, _ in filled if column not in (number, layout.columns.get(Role.NAME))]
    if name and any(c.isalpha() for c in name):
        # A name alone, without a number or anything else, is a sub-heading or a signature.
        return SUBHEADING if not others and (number is None or is_blank(row[number])) else None
    if isinstance(nip, str | int | float) and read_nip(nip).problem != NIP_MISSING:
        return None
    if Role.NAME in layout.columns or len(filled) <= 2:
        if [column for column, _ in filled] == [number]:
            return EMPTY_NUMBER if text_of(filled[0][1]).strip(".").isdigit() else SUBHEADING
        return SUBHEADING if len(filled) == 1 else FOOTER
    return None
