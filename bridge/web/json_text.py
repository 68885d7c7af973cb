"""JSON laid out for reading without reading it: every value stays as it was written (`1.0` stays `1.0`)."""

from __future__ import annotations

from collections.abc import Iterator

_STEP = "  "


def _marks(text: str) -> Iterator[str]:
    """Strings and scalars whole, punctuation one by one, white space between them dropped."""
    place = 0
    while place < len(text):
        mark = text[place]
        if mark.isspace():
            place += 1
            continue
        end = place + 1
        if mark == '"':
            while end < len(text) and text[end] != '"':
                end += 2 if text[end] == "\\" else 1
            end += 1
        elif mark not in "{}[],:":
            while end < len(text) and text[end] not in '{}[],:"' and not text[end].isspace():
                end += 1
        yield text[place:end]
        place = end


def indented(text: str) -> str:
    """The same JSON, one member a line. Empty objects and arrays stay on theirs."""
    lines: list[str] = []
    depth, line, opened = 0, "", False
    for mark in _marks(text):
        if mark in ("}", "]"):
            depth -= 1
            if not opened:
                lines.append(line)
                line = _STEP * depth
            line += mark
        else:
            if opened:
                lines.append(line)
                line = _STEP * depth
            if mark in ("{", "["):
                line += mark
                depth += 1
            elif mark == ",":
                lines.append(line + ",")
                line = _STEP * depth
            else:
                line += ": " if mark == ":" else mark
        opened = mark in ("{", "[")
    return "\n".join([*lines, line])
