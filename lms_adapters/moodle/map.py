"""Report row -> Completion. Pure. A row that can't be read raises SkipRecord; a report that lacks a heading
says which."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from bridge.domain.evidence import Completion
from bridge.domain.learner import Identifier, Scheme
from bridge.errors import SkipRecord

NEEDED = ("username", "course_shortname", "course_fullname", "timecompleted", "user_link", "course_link")
WANTED = (  # a site may have no field for them: their absence is reported, not refused
    "user_idnumber",
    "profile_nip",
    "email",
    "user_suspended",
    "course_idnumber",
    "jp",
    "category",
    "grade",
    "timeenrolled",
)
USER_PATHS = ("/user/profile.php", "/user/view.php")
COURSE_PATHS = ("/course/view.php",)
MONTHS = {
    "January": 1,
    "February": 2,
    "March": 3,
    "April": 4,
    "May": 5,
    "June": 6,
    "July": 7,
    "August": 8,
    "September": 9,
    "October": 10,
    "November": 11,
    "December": 12,
}
# English `strftimedaydatetime` of core_langconfig: "Tuesday, 30 September 2025, 5:08 PM"
_MOMENT = re.compile(
    r"(?:[A-Za-z]+,\s*)?(?P<day>\d{1,2})\s+(?P<month>[A-Za-z]+)\s+(?P<year>\d{4}),\s*"
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})\s*(?P<half>[AP]M)"
)
_ANCHOR = re.compile(r'<a\b[^>]*\bhref="(?P<href>[^"]*)"[^>]*>(?P<text>.*?)</a>', re.DOTALL | re.IGNORECASE)
_MARKUP = re.compile(r"<[^>]+>")


@dataclass(frozen=True, slots=True)
class Headings:
    """Where each known heading stands in this report; columns may come in any order."""

    places: dict[str, int]
    missing: tuple[str, ...]  # needed and not there: the report can't be used
    drift: tuple[str, ...]  # `+name` unknown and ignored, `-name` wanted and not there, `=name` there twice

    @classmethod
    def read(cls, headers: Sequence[str]) -> Headings:
        places: dict[str, int] = {}
        drift: list[str] = []
        for place, header in enumerate(headers):
            name = html.unescape(header).strip().casefold()
            if name in places:
                drift.append(f"={name}")
            elif name in NEEDED or name in WANTED:
                places[name] = place
            else:
                drift.append(f"+{header}")
        drift.extend(f"-{name}" for name in WANTED if name not in places)
        return cls(places, tuple(name for name in NEEDED if name not in places), tuple(drift))


@dataclass(frozen=True, slots=True)
class Extras:
    """What other functions of the site tell about courses and certificates, looked up beforehand: course id ->
    JP as typed, (user id, course id) -> certificate number. `lacks` is drift: what the service offers and the
    token may not have."""

    jp: Mapping[str, str] = field(default_factory=dict)
    certificates: Mapping[tuple[str, str], str] = field(default_factory=dict)
    lacks: tuple[str, ...] = ()


NO_EXTRAS = Extras()


def unreadable(ref: str, what: str, what_english: str) -> SkipRecord:
    return SkipRecord(
        "ROW-UNREADABLE",
        f"Baris {ref} tidak dapat dibaca: {what}. Perbaiki datanya di Moodle; baris lain tetap dipakai.",
        f"The row {ref} can't be read: {what_english}. Mend it in Moodle; the other rows are "
        "used all the same.",
        where=ref,
    )


def columns_of(row: Any, width: int, ref: str) -> list[str]:
    """The row's texts, HTML entities still in. Raises SkipRecord where it is not one text per heading."""
    columns = row.get("columns") if isinstance(row, dict) else None
    if not isinstance(columns, list):
        raise unreadable(ref, "bukan daftar kolom", "it is not a list of columns")
    if len(columns) != width:
        raise unreadable(
            ref,
            f"berisi {len(columns)} kolom, bukan {width}",
            f"it has {len(columns)} columns instead of {width}",
        )
    texts: list[str] = []
    for column in columns:
        if isinstance(column, dict | list):
            raise unreadable(ref, "sebuah kolom bukan teks", "a column is not a text")
        texts.append("" if column is None else str(column))
    return texts


def linked_id(cell: str, paths: tuple[str, ...]) -> tuple[str, str]:
    """(numeric id, shown text) of a link cell; ("", text) where it is not a link to one of `paths`."""
    anchor = _ANCHOR.search(cell)
    if anchor is None:
        return "", plain_text(cell)
    link = urlsplit(html.unescape(anchor["href"]))
    number = (parse_qs(link.query).get("id") or [""])[0]
    known = link.path.endswith(paths) and number.isascii() and number.isdigit() and int(number) > 0
    return (str(int(number)) if known else ""), plain_text(anchor["text"])


def moment(text: str, zone: ZoneInfo) -> datetime | None:
    """A report time, read in `zone`, as aware UTC to the minute. None where it is no such time."""
    found = _MOMENT.fullmatch(" ".join(text.split()))
    month = MONTHS.get(found["month"].capitalize()) if found else None
    if found is None or month is None or not 1 <= int(found["hour"]) <= 12:
        return None
    hour = int(found["hour"]) % 12 + (12 if found["half"] == "PM" else 0)
    try:
        local = datetime(
            int(found["year"]), month, int(found["day"]), hour, int(found["minute"]), tzinfo=zone
        )
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def row_ref(report: int, page: int, place: int) -> str:
    """A row without readable ids is known by where it stood, counted from one."""
    return f"report {report} page {page + 1} row {place + 1}"


def to_completion(
    columns: Sequence[str],
    headings: Headings,
    *,
    source: str,
    zone: ZoneInfo,
    ref: str,
    extras: Extras = NO_EXTRAS,
) -> Completion:
    """One completion. Absent is None: an empty grade is no grade, an empty JP is no JP."""

    def cell(name: str) -> str:
        place = headings.places.get(name)
        return "" if place is None else columns[place]

    user, name = linked_id(cell("user_link"), USER_PATHS)
    if not user:
        raise unreadable(ref, "user_link tidak memuat nomor pengguna", "user_link holds no user id")
    course, _ = linked_id(cell("course_link"), COURSE_PATHS)
    if not course:
        raise unreadable(ref, "course_link tidak memuat nomor kursus", "course_link holds no course id")
    completed_at = moment(plain_text(cell("timecompleted")), zone)
    if completed_at is None:
        shown = plain_text(cell("timecompleted")) or "-"
        raise unreadable(
            ref, f"waktu selesai {shown!r} tidak dikenal", f"the completion time {shown!r} is unknown"
        )
    return Completion(
        source=source,
        external_learner=user,
        external_course=course,
        completed_at=completed_at,
        precision="minute",
        identifiers=identifiers_of(
            source,
            *(plain_text(cell(name)) for name in ("username", "profile_nip", "user_idnumber", "email")),
        ),
        learner_name=name,
        learner_suspended=plain_text(cell("user_suspended")).casefold() == "yes",
        course_code=plain_text(cell("course_shortname")),
        course_idnumber=plain_text(cell("course_idnumber")),
        course_title=plain_text(cell("course_fullname")),
        category=plain_text(cell("category")),
        jp_stated=plain_text(cell("jp")) or extras.jp.get(course),
        score=_score(plain_text(cell("grade"))),
        certificate_no=extras.certificates.get((user, course)),
    )


def plain_text(cell: str) -> str:
    return html.unescape(_MARKUP.sub("", cell)).strip()


def _score(text: str) -> Decimal | None:
    """Points of the course, never per cent. A grade in words (a scale) is no number, so no score."""
    try:
        score = Decimal(text)
    except InvalidOperation:
        return None
    return score if score.is_finite() else None


def identifiers_of(
    source: str, username: str, profile_nip: str, idnumber: str, email: str
) -> tuple[Identifier, ...]:
    """The account, then each text that may be a NIP as it was typed (the profile field is the likeliest),
    then the e-mail. bridge.identity cleans and judges them; the same text is given once."""
    found = [Identifier(Scheme.ACCOUNT, username, source)] if username else []
    candidates = dict.fromkeys((profile_nip, idnumber, username))
    found.extend(Identifier(Scheme.NIP, text) for text in candidates if text)
    if email:
        found.append(Identifier(Scheme.EMAIL, email))
    return tuple(found)
