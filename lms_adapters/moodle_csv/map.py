"""Row of a downloaded CSV -> Completion. Pure.

Three downloads were recorded on a real 4.5 (tests/recordings/moodle-csv): a custom report, a course's completion
report, and a course's activity report, which says nothing of the course itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from zoneinfo import ZoneInfo

from bridge.domain.evidence import Completion
from bridge.domain.learner import Identifier, Scheme
from bridge.errors import SkipRecord

# Moodle's own English and Indonesian headings, and ours (docs/adapters/moodle.md)
NAMES: Mapping[str, str] = {
    "username": "username",
    "nama pengguna": "username",
    "id number": "user_idnumber",
    "nomor id": "user_idnumber",
    "user_idnumber": "user_idnumber",
    "nip": "profile_nip",
    "profile_nip": "profile_nip",
    "email": "email",
    "email address": "email",
    "alamat surel": "email",
    "suspended": "user_suspended",
    "user_suspended": "user_suspended",
    "course short name": "course_shortname",
    "nama singkat kursus": "course_shortname",
    "course_shortname": "course_shortname",
    "course id number": "course_idnumber",
    "course_idnumber": "course_idnumber",
    "course full name": "course_fullname",
    "course_fullname": "course_fullname",
    "jam pelajaran (jp)": "jp",
    "jp": "jp",
    "category": "category",
    "category name": "category",
    "time completed": "timecompleted",
    "waktu selesai": "timecompleted",
    "timecompleted": "timecompleted",
    "grade": "grade",
    "completed": "completed",
    "id": "id",
    "name": "name",
    "full name": "name",
    "course complete": "course_complete",
    "kursus selesai": "course_complete",
}
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "januari"), ("february", "februari"), ("march", "maret"), ("april",), ("may", "mei"),
            ("june", "juni"), ("july", "juli"), ("august", "agustus"), ("september",), ("october", "oktober"),
            ("november",), ("december", "desember"),
        ),
        start=1,
    )
    for name in names
}  # fmt: skip
_LONG = re.compile(
    r"(?:\w+,\s*)?(?P<day>\d{1,2}) (?P<month>\w+) (?P<year>\d{4}),?\s*(?P<hour>\d{1,2})[:.](?P<minute>\d{2})"
    r"\s*(?P<half>[AP]M)?",
    re.IGNORECASE,
)
Cell = Callable[[str], str]
"""The text of a row in a known column."""
YES = frozenset({"yes", "ya"})


class Kind(Enum):
    """Which download a file is."""

    REPORT = "report"
    COURSE = "course"
    ACTIVITIES = "activities"  # completion of activities, not of the course
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Layout:
    """The kind of a file and where its known columns stand."""

    kind: Kind
    places: Mapping[str, int]

    @classmethod
    def read(cls, headings: Sequence[str]) -> Layout:
        places: dict[str, int] = {}
        for place, heading in enumerate(headings):
            name = NAMES.get(heading.strip().casefold())
            if name is not None:
                places.setdefault(name, place)
        if "course_complete" in places and "id" in places:
            return cls(Kind.COURSE, places)
        if {"username", "course_shortname", "timecompleted"} <= places.keys():
            return cls(Kind.REPORT, places)
        nameless = bool(headings) and not headings[0].strip() and "email" in places
        return cls(Kind.ACTIVITIES if nameless else Kind.UNKNOWN, places)


def moment(text: str, zone: ZoneInfo) -> tuple[datetime, str] | None:
    """(aware UTC, precision) of a time as the CSV writes it, None where it is none."""
    flat = " ".join(text.split())
    try:
        return datetime.strptime(flat, "%Y-%m-%d %H:%M:%S").replace(tzinfo=zone).astimezone(UTC), "second"
    except ValueError:
        found = _LONG.fullmatch(flat)
    month = MONTHS.get(found["month"].casefold()) if found else None
    if found is None or month is None:
        return None
    hour = int(found["hour"])
    if found["half"]:
        hour = hour % 12 + (12 if found["half"].upper() == "PM" else 0)
    try:
        day = datetime(int(found["year"]), month, int(found["day"]), hour, int(found["minute"]), tzinfo=zone)
    except ValueError:
        return None
    return day.astimezone(UTC), "minute"


def to_completion(
    row: Sequence[str], layout: Layout, *, source: str, course: str, zone: ZoneInfo, ref: str
) -> Completion | None:
    """None where the row says that the course is not completed. `course` is the file's own, for a course's
    completion report, which does not name it. Raises SkipRecord where the row can't be read."""

    def cell(name: str) -> str:
        place = layout.places.get(name)
        return row[place].strip() if place is not None and place < len(row) else ""

    by_course = layout.kind is Kind.COURSE
    written = cell("course_complete" if by_course else "timecompleted")
    if not written or (cell("completed") and cell("completed").casefold() not in YES):
        return None
    learner = cell("id") if by_course else cell("username")
    number = course if by_course else cell("course_shortname")
    if not learner or not number:
        raise _unreadable(ref, "pengguna atau kursusnya kosong", "its user or its course is empty")
    when = moment(written, zone)
    if when is None:
        raise _unreadable(
            ref, f"waktu selesai {written!r} tidak dikenal", f"the completion time {written!r} is unknown"
        )
    return Completion(
        source=source,
        external_learner=learner,
        external_course=number,
        completed_at=when[0],
        precision=when[1],
        identifiers=_identifiers(source, cell),
        learner_name=cell("name"),
        learner_suspended=cell("user_suspended").casefold() in YES,
        course_code=number,
        course_idnumber=cell("course_idnumber"),
        course_title=cell("course_fullname") or number,
        category=cell("category"),
        jp_stated=cell("jp") or None,
        score=_score(cell("grade")),
    )


def _identifiers(source: str, cell: Cell) -> tuple[Identifier, ...]:
    found = [Identifier(Scheme.ACCOUNT, cell("username"), source)] if cell("username") else []
    candidates = dict.fromkeys(cell(name) for name in ("profile_nip", "user_idnumber", "username"))
    found += [Identifier(Scheme.NIP, text) for text in candidates if text]
    return (*found, Identifier(Scheme.EMAIL, cell("email"))) if cell("email") else tuple(found)


def _score(text: str) -> Decimal | None:
    """Points of the course; a grade in words is no score."""
    try:
        score = Decimal(text)
    except InvalidOperation:
        return None
    return score if score.is_finite() else None


def _unreadable(ref: str, what: str, what_english: str) -> SkipRecord:
    return SkipRecord(
        "ROW-UNREADABLE",
        f"Baris {ref} tidak dapat dibaca: {what}. Unduh ulang berkasnya dari Moodle.",
        f"The row {ref} can't be read: {what_english}. Download the file from Moodle again.",
        where=ref,
    )
