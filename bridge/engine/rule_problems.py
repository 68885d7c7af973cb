"""What is wrong in a rule file: each problem with its line, in words for the person who keeps the rules.

The validator's own words are English and speak of inputs and strings; an administrator needs the key, what stands
there, and what may stand there, in Indonesian with English beside it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from bridge.errors import RefuseInput

MOST_TOLD = 10
NUMBER, WHOLE, DAY, TRUTH, TEXT, LIST, TABLE = (
    ("harus bilangan seperti 4 atau 2.5", "must be a number like 4 or 2.5"),
    ("harus bilangan bulat", "must be a whole number"),
    ("harus tanggal seperti 2026-01-01, tanpa tanda kutip", "must be a date like 2026-01-01, without quotes"),
    ("harus true atau false", "must be true or false"),
    ("harus teks di antara tanda kutip", "must be text between quotes"),
    ("harus daftar seperti [1, 2]", "must be a list like [1, 2]"),
    ("harus satu bagian dengan kurung siku yang benar", "must be one section with the right brackets"),
)
"""(Indonesian, English) of what a value must be."""
KINDS = {
    "decimal": NUMBER,
    "finite": NUMBER,
    "int": WHOLE,
    "date": DAY,
    "datetime": DAY,
    "bool": TRUTH,
    "string": TEXT,
    "tuple": LIST,
    "list": LIST,
    "model": TABLE,
    "dict": TABLE,
}
"""The beginning of the validator's type of error -> what the value must be."""
BOUNDS = {
    "greater_than": ("harus lebih dari {gt}", "must be more than {gt}"),
    "greater_than_equal": ("harus paling sedikit {ge}", "must be at least {ge}"),
    "less_than_equal": ("harus paling banyak {le}", "must be at most {le}"),
    "decimal_max_places": (
        "harus paling banyak {decimal_places} angka di belakang titik",
        "must have at most {decimal_places} digits after the point",
    ),
    "string_too_short": (
        "harus paling sedikit {min_length} huruf",
        "must have at least {min_length} letters",
    ),
}
PATTERNS = {
    "name": ("hanya huruf kecil, angka dan tanda hubung", "takes small letters, digits and hyphens only"),
    "words": ("hanya huruf kecil dan spasi", "takes small letters and blanks only"),
}


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """`line` of the file, from 1; the words begin with the key's place and say what may stand there."""

    line: int
    indonesian: str
    english: str


def refused(where: str, problems: Sequence[RuleProblem]) -> RefuseInput:
    """All problems in one sentence, in the order of the lines: who mends a file wants to see them at once."""
    ordered = sorted(problems, key=lambda one: one.line)
    told, more = ordered[:MOST_TOLD], len(ordered) - MOST_TOLD
    indonesian = "; ".join(f"baris {one.line}: {one.indonesian}" for one in told)
    english = "; ".join(f"line {one.line}: {one.english}" for one in told)
    if more > 0:
        indonesian, english = f"{indonesian}; dan {more} lagi", f"{english}; and {more} more"
    return RefuseInput(
        "RULES-INVALID",
        f"Berkas aturan {where}, {indonesian}. Perbaiki berkas itu; aturan lama tetap berlaku.",
        f"Rule file {where}, {english}. Correct the file; the old rules stay in force.",
        where=f"{where}:{ordered[0].line}",
    )


def unreadable(document: str, problem: str) -> RuleProblem:
    """What the TOML reader says of a file that is no TOML."""
    found = re.search(r"line (\d+)", problem)
    line = int(found[1]) if found else last_line(document)
    what = re.sub(r" \(at .*\)$", "", problem)
    return RuleProblem(
        line,
        f"susunannya bukan TOML; periksa tanda kutip, kurung, dan titik desimal ({what})",
        f"this is no TOML; look at quotes, brackets and the decimal point ({what})",
    )


def problem_of(document: str, error: Mapping[str, Any], known: Mapping[str, Sequence[str]]) -> RuleProblem:
    """The validator's error in our words. `known`: the keys of each section ("" for the top)."""
    place = error["loc"]
    keys = [str(part) for part in place if not isinstance(part, int)]
    indonesian, english = _words(error, keys, known)
    name = ".".join(keys)
    return RuleProblem(line_of(document, place), f"{name}: {indonesian}", f"{name}: {english}")


def _words(
    error: Mapping[str, Any], keys: Sequence[str], known: Mapping[str, Sequence[str]]
) -> tuple[str, str]:
    kind, limits = error["type"], error.get("ctx") or {}
    if kind == "missing":
        return "belum ada; tambahkan", "is missing; add it"
    if kind == "extra_forbidden":
        return _unknown(keys, known)
    if kind == "rule":  # our own validators say it in both languages
        return str(limits["indonesian"]), str(limits["english"])
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", str(limits.get("expected", "")))
        return f"harus salah satu dari {', '.join(allowed)}", f"must be one of {', '.join(allowed)}"
    if kind == "string_pattern_mismatch":
        return PATTERNS.get(keys[-1], TEXT)
    bound = BOUNDS.get(kind)
    if bound is not None:
        return bound[0].format_map(limits), bound[1].format_map(limits)
    return KINDS.get(kind.split("_")[0], (error["msg"], error["msg"]))


def _unknown(keys: Sequence[str], known: Mapping[str, Sequence[str]]) -> tuple[str, str]:
    near = get_close_matches(keys[-1], known.get(keys[0] if len(keys) > 1 else "", ()), n=1)
    if near:
        return f"tidak dikenal; maksudnya {near[0]}?", f"is unknown; is {near[0]} meant?"
    return "tidak dikenal; hapus, atau lihat docs/rules.md", "is unknown; remove it, or see docs/rules.md"


def last_line(document: str) -> int:
    return max(1, document.count("\n"))


def line_of(document: str, place: Sequence[int | str]) -> int:
    """The line of `place` (("form", 3, "code")): that of the key, else of its table, else the first."""
    table = str(place[0]) if place else ""
    index = place[1] if len(place) > 1 and isinstance(place[1], int) else 0
    keys = [part for part in place[1:] if isinstance(part, str)]
    header = re.compile(rf"^\s*\[\[?\s*{re.escape(table)}\s*\]?\]")
    seen, table_line = -1, 0
    for number, line in enumerate(document.splitlines(), start=1):
        if re.match(r"^\s*\[", line):
            if table_line:
                return table_line
            seen += bool(header.match(line))
            table_line = number if seen == index and header.match(line) else 0
        wanted = keys[0] if table_line and keys else table
        if (table_line or seen < 0) and re.match(rf"^\s*{re.escape(wanted)}\s*=", line):
            return number
    return table_line or 1
