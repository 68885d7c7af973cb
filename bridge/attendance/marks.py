"""Marks of presence: signatures, ticks, letters, words; the sheet's own legend decides first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from bridge.attendance.cells import Cell, folded, text_of
from bridge.attendance.lateness import clock_of, late_words

PRESENT, ABSENT, UNKNOWN = "present", "absent", "unknown"

_PRESENT = frozenset(
    {"v", "√", "✓", "✔", "☑", "✅", "h", "hdr", "hadir", "ttd", "paraf", "ada", "ya", "y", "ok", "1"}
)
_PRESENT_WORDS = frozenset(
    {"present", "attended", "yes", "lulus", "selesai", "ikut", "terlambat", "hadir terlambat", "daring"}
)
_ABSENT = frozenset(
    {"", "-", "--", "–", "s", "i", "a", "tk", "th", "dl", "c", "ct", "cuti", "0", "✗", "✘", "☐", "n"}
)
_ABSENT_WORDS = frozenset(
    {
        "sakit",
        "izin",
        "ijin",
        "alpa",
        "alpha",
        "absen",
        "absent",
        "dinas luar",
        "tugas luar",
        "tanpa keterangan",
        "tidak hadir",
        "tidak_hadir",
        "tdk hadir",
        "tidak masuk",
        "no",
        "tidak",
        "mengundurkan diri",
        "batal",
        "gugur",
        "tidak lulus",
        "tidak ikut",
    }
)
_LEGEND_ENTRY = re.compile(r"([^=;]{1,40})=([^=;]{2,60})")

Legend = Mapping[str, str]


def read_legend(texts: Iterable[str]) -> dict[str, str]:
    """`v / √ / H = hadir ; x = tidak hadir ; S = sakit` -> mark (folded) to PRESENT or ABSENT."""
    legend: dict[str, str] = {}
    for text in texts:
        for marks, meaning in _LEGEND_ENTRY.findall(text):
            verdict = _meaning(folded(meaning))
            if verdict is None:
                continue
            marks = re.sub(
                r"^\s*(?:keterangan|ket|legenda|catatan)\s*\.?\s*:", "", marks, flags=re.IGNORECASE
            )
            for mark in re.split(r"[/,]|\batau\b", marks):
                if 0 < len(mark.strip()) <= 12:
                    legend[folded(mark)] = verdict
    return legend


def _meaning(words: str) -> str | None:
    words = words.strip(" .,")
    if words.startswith("hadir") or words in _PRESENT_WORDS:
        return PRESENT
    if words in _ABSENT_WORDS or words.startswith(("tidak", "tanpa", "sakit", "izin", "dinas luar")):
        return ABSENT
    return None


def read_mark(cell: Cell, legend: Legend = {}) -> str:  # noqa: B006 - an empty mapping that nobody writes to
    """PRESENT, ABSENT or UNKNOWN. A blank is no signature, so absent. An `x` means what the legend says;
    without a legend it is UNKNOWN, because half of the offices tick with it."""
    if isinstance(cell, bool):
        return PRESENT if cell else ABSENT
    mark = folded(text_of(cell)).strip(" .")
    if mark in legend:
        return legend[mark]
    if mark in _PRESENT or mark in _PRESENT_WORDS:
        return PRESENT
    if mark in _ABSENT or mark in _ABSENT_WORDS:
        return ABSENT
    if clock_of(cell) is not None or late_words(mark) is not None:
        return PRESENT  # a time of arrival, or how late it was
    return _meaning(mark) or UNKNOWN


def read_status(cell: Cell, legend: Legend = {}) -> str:  # noqa: B006 - an empty mapping that nobody writes to
    """A status column: as a mark, but a blank means present (domain.md, Sheets that people use)."""
    return PRESENT if not text_of(cell) else read_mark(cell, legend)
