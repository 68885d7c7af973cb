"""Finding the header: which rows hold it, what each column means, and why that was chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bridge.attendance.cells import Cell, Grid, Span, folded, is_blank, text_of
from bridge.attendance.columns import WORDS, Role, is_session, plain_heading, role_of
from bridge.identity.nip import read_nip

SEARCHED_ROWS = 60
DEEPEST_HEADER = 4
IDENTIFYING = frozenset({Role.NIP, Role.NAME, Role.NIK, Role.ACCOUNT})


ColumnMapping = Mapping[str, Role | None]
"""What a sender's headings mean, by `heading_key`; None: the column says nothing that we need."""

NOTHING_SAID: ColumnMapping = {}


def heading_key(heading: str, nth: int = 1) -> str:
    """A heading for comparison; the second column of the same heading is told apart by `#2`."""
    plain = plain_heading(heading)
    return f"{plain}#{nth}" if plain and nth > 1 else plain


def column_keys(headings: Sequence[str]) -> list[str]:
    """The key of each column; empty where it has no heading."""
    seen: Counter[str] = Counter()
    keys = []
    for heading in headings:
        plain = plain_heading(heading)
        seen[plain] += 1
        keys.append(heading_key(heading, seen[plain]))
    return keys


@dataclass(frozen=True, slots=True)
class MarkColumn:
    """A column with one mark per person; `path` are its headings from the group down."""

    column: int
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Zero-based rows `top` to `bottom` are the header of `sheet`.

    `columns` gives the first column of each role; `marks` the columns to sign in. `confident` is False
    where a person should confirm the mapping: fewer than three known columns, or two columns that claim
    the same role. `why` and `why_english` say what spoke for these rows.
    """

    sheet: str
    top: int
    bottom: int
    headings: tuple[str, ...]
    columns: dict[Role, int]
    marks: tuple[MarkColumn, ...]
    confident: bool
    why: str
    why_english: str

    def has(self, *roles: Role) -> bool:
        return all(role in self.columns for role in roles)

    def value(self, row: Sequence[Cell], role: Role) -> Cell:
        column = self.columns.get(role)
        return row[column] if column is not None and column < len(row) else None

    def text(self, row: Sequence[Cell], role: Role) -> str:
        return text_of(self.value(row, role))

    def roles(self) -> list[Role | None]:
        """Each column's role, in order."""
        by_column: dict[int, Role] = {column: role for role, column in self.columns.items()}
        by_column |= {mark.column: Role.MARK for mark in self.marks}
        return [by_column.get(column) for column in range(len(self.headings))]


def find_header(grid: Grid, mapping: ColumnMapping = NOTHING_SAID) -> Layout | None:
    """The header of a sheet, or None where no row names a person and something else. What `mapping` says of a
    heading goes before what we would take it for."""
    best, best_score = -1, 0.0
    for at, row in enumerate(grid.rows[:SEARCHED_ROWS]):
        score = _score(row, mapping)
        if score > best_score:
            best, best_score = at, score
    if best < 0:
        return None
    bottom = _bottom(grid, best)
    paths = _paths(grid, best, bottom)
    columns: dict[Role, int] = {}
    marks: list[MarkColumn] = []
    repeated: list[str] = []
    keys = column_keys([" – ".join(path) for path in paths])
    roles = [mapping[key] if key in mapping else _role(path) for key, path in zip(keys, paths, strict=True)]
    for column, path in enumerate(paths):
        role = roles[column]
        if role is Role.MARK:
            marks.append(MarkColumn(column, path))
        elif role is not None and role in columns:
            repeated.append(path[-1])
        elif role is not None:
            columns[role] = column
    known = len(columns) + bool(marks)
    guessed = _nip_by_content(grid, bottom, paths, roles, keys, mapping)
    if guessed is not None:
        columns[Role.NIP], roles[guessed] = guessed, Role.NIP
    told = [(path[-1], role) for path, role in zip(paths, roles, strict=True) if path and role]
    words, named = _named(told, len(marks))
    known += guessed is not None
    why = f"baris {best + 1}–{bottom + 1}: {known} kolom dikenali ({words})"
    english = f"rows {best + 1}–{bottom + 1}: {known} columns recognised ({named})"
    if repeated:
        why += f"; kolom berulang: {', '.join(repeated)}"
        english += f"; columns that occur twice: {', '.join(repeated)}"
    if guessed is not None:
        why += f"; kolom “{paths[guessed][-1]}” diambil sebagai NIP karena isinya"
        english += f"; the column “{paths[guessed][-1]}” was taken for the NIP because of what it holds"
    taught = sum(key in mapping for key in keys)
    if taught:
        why += f"; {taught} kolom menurut pemetaan yang dikonfirmasi"
        english += f"; {taught} columns by the mapping that was confirmed"
    return Layout(
        sheet=grid.name,
        top=best,
        bottom=bottom,
        headings=tuple(" – ".join(path) for path in paths),
        columns=columns,
        marks=tuple(marks),
        confident=(known >= 3 and not repeated and guessed is None)
        or all(key in mapping for key in keys if key),
        why=why,
        why_english=english,
    )


def _named(told: Sequence[tuple[str, Role]], marks: int) -> tuple[str, str]:
    """Headings with what they mean, in both languages; the columns to sign in are counted, not listed."""
    single = [(heading, role) for heading, role in told if role is not Role.MARK]
    words = [f"{heading} = {WORDS[role]}" for heading, role in single]
    named = [f"{heading} = {role.value}" for heading, role in single]
    if marks:
        words.append(f"{marks} kolom = {WORDS[Role.MARK]}")
        named.append(f"{marks} columns = {Role.MARK.value}")
    return ", ".join(words), ", ".join(named)


_LOOKED_AT = 40


def _nip_by_content(
    grid: Grid,
    bottom: int,
    paths: Sequence[tuple[str, ...]],
    roles: Sequence[Role | None],
    keys: Sequence[str],
    mapping: ColumnMapping,
) -> int | None:
    """Where no heading says NIP: the one column that nobody knows and that holds well-formed NIPs. A person confirms
    it before anything is stored."""
    if Role.NIP in roles or not ({Role.NAME, Role.ACCOUNT} & set(roles)):
        return None
    rows = grid.rows[bottom + 1 : bottom + 1 + _LOOKED_AT]
    found = []
    for column, path in enumerate(paths):
        if not path or roles[column] is not None or keys[column] in mapping:
            continue
        cells = [row[column] for row in rows if column < len(row) and not is_blank(row[column])]
        formed = sum(isinstance(cell, str) and read_nip(cell).value is not None for cell in cells)
        if formed and formed * 2 >= len(cells):
            found.append(column)
    return found[0] if len(found) == 1 else None


def _score(row: Sequence[Cell], mapping: ColumnMapping) -> float:
    texts = [text_of(cell) for cell in row if isinstance(cell, str)]
    roles = {
        role
        for text in texts
        if text
        and len(text) < 60
        and (role := mapping[key] if (key := heading_key(text)) in mapping else role_of(text))
    }
    if not roles & IDENTIFYING or len(roles) < 2:
        return 0.0
    numbers = sum(1 for cell in row if isinstance(cell, int | float) and not isinstance(cell, bool))
    return len(roles) + 0.25 * sum(is_session(text) for text in texts if text) - numbers


def _bottom(grid: Grid, top: int) -> int:
    """The last row of the header: merged cells reach down to it, or it holds sub-headings only."""
    reach = max((span.bottom for span in grid.spans if span.top == top), default=top)
    bottom = min(reach, top + DEEPEST_HEADER - 1)
    identity = [column for column, cell in enumerate(grid.rows[top]) if role_of(text_of(cell)) in IDENTIFYING]
    while bottom + 1 < len(grid.rows) and bottom + 1 < top + DEEPEST_HEADER:
        row = grid.rows[bottom + 1]
        filled = [cell for cell in row if not is_blank(cell)]
        if not filled or any(not is_blank(grid.cell(bottom + 1, column)) for column in identity):
            break
        if not all(isinstance(cell, str) and (role_of(cell) or is_session(cell)) for cell in filled):
            break
        bottom += 1
    return bottom


def _paths(grid: Grid, top: int, bottom: int) -> list[tuple[str, ...]]:
    """Each column's headings from the top down, merged cells spread over their columns."""
    width = max(len(row) for row in grid.rows[top : bottom + 1])
    paths: list[list[str]] = [[] for _ in range(width)]
    for at in range(top, bottom + 1):
        texts = [text_of(grid.cell(at, column)) for column in range(width)]
        for column, text in enumerate(_spread(texts, at, bottom, grid)):
            if text and (not paths[column] or folded(paths[column][-1]) != folded(text)):
                paths[column].append(text)
    return [tuple(path) for path in paths]


def _spread(texts: list[str], at: int, bottom: int, grid: Grid) -> list[str]:
    spread = list(texts)
    spans: list[Span] = [span for span in grid.spans if span.top == at and span.right > span.left]
    for span in spans:
        for column in range(span.left, min(span.right + 1, len(spread))):
            spread[column] = texts[span.left]
    if not grid.spans and at < bottom:
        # A CSV knows no merged cells: a group's heading stands over its first column only.
        for column in range(1, len(spread)):
            below = any(not is_blank(grid.cell(row, column)) for row in range(at + 1, bottom + 1))
            if not spread[column] and below:
                spread[column] = spread[column - 1]
    return spread


def _role(path: tuple[str, ...]) -> Role | None:
    if not path:
        return None
    leaf = path[-1]
    role = role_of(leaf)
    if role is not None and not (role is Role.DAY and len(path) > 1):
        return role
    if is_session(leaf):
        return Role.MARK
    if len(path) > 1:
        return role_of(" ".join(path)) or (Role.MARK if is_session(path[0]) else None)
    return None


def is_header_again(layout: Layout, grid: Grid, row: Sequence[Cell]) -> bool:
    """Whether the row repeats one of the header's rows, as at a page break."""
    texts = [folded(text_of(cell)) for cell in row]
    if sum(map(bool, texts)) < 2:
        return False
    for at in range(layout.top, layout.bottom + 1):
        header = [folded(text_of(cell)) for cell in grid.rows[at]]
        if texts[: len(header)] == header[: len(texts)]:
            return True
    return False


def is_column_numbers(row: Sequence[Cell]) -> bool:
    """Whether the row counts the columns: 1, 2, 3 …, at least four of them."""
    filled = [text_of(cell).strip("()") for cell in row if not is_blank(cell)]
    return len(filled) >= 4 and filled == [str(number) for number in range(1, len(filled) + 1)]
