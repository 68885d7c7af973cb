"""Forms of development: SIASN codes (domain.md) and the words that stand for them."""

from __future__ import annotations

import re

from bridge.attendance.cells import folded

CODES = range(1, 26)

# Only words that name exactly one form; "pelatihan" alone may be five of them.
_WORDS: tuple[tuple[str, str], ...] = (
    (r"bimtek|bimbingan teknis", "8"),
    (r"sosialisasi", "7"),
    (r"seminar|webinar|konferensi", "9"),
    (r"workshop|lokakarya", "4"),
    (r"kursus", "11"),
    (r"magang", "10"),
    (r"coaching", "14"),
    (r"mentoring", "15"),
    (r"outbound", "19"),
    (r"benchmarking|studi banding", "20"),
    (r"komunitas belajar|community of practices?", "23"),
    (r"detasering", "18"),
    (r"pelatihan penyegaran", "12"),
)
_NAMED = tuple((re.compile(rf"(?:{words})\b"), code) for words, code in _WORDS)


def form_code(text: str) -> str | None:
    """`8`, `8.0`, `08`, `Bimtek` -> `8`; None where it is no form of the table."""
    plain = folded(text)
    if number := re.fullmatch(r"0?(\d{1,2})(?:[.,]0+)?", plain):
        return number[1] if int(number[1]) in CODES else None
    return next((code for pattern, code in _NAMED if pattern.match(plain)), None)


def form_in_title(title: str) -> str | None:
    """The form that a title begins with (`Bimtek …`, `Sosialisasi …`), None where it names none."""
    return form_code(title) if title and not title.strip()[:1].isdigit() else None
