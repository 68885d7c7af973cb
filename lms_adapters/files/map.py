"""A row of a table → Completion: pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from bridge.domain.evidence import Completion, Standing
from bridge.domain.learner import Identifier, Scheme
from bridge.errors import SkipRecord
from lms_adapters.files.tables import Line

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("januari", "january", "jan"), ("februari", "february", "feb"), ("maret", "march", "mar"),
            ("april", "apr"), ("mei", "may"), ("juni", "june", "jun"), ("juli", "july", "jul"),
            ("agustus", "august", "agu", "aug"), ("september", "sep", "sept"),
            ("oktober", "october", "okt", "oct"), ("november", "nov"), ("desember", "december", "des", "dec"),
        ),
        1,
    )
    for name in names
}  # fmt: skip
_DAY = re.compile(
    r"(?P<day>\d{1,2})[\s./-]+(?P<month>\d{1,2}|[A-Za-z]+)[\s./-]+(?P<year>\d{4})"
    r"(?:[,\sT]+(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.]\d{2})?)?(?:\s*WIT|\s*WIB|\s*WITA)?"
)
_DONE = frozenset(("", "selesai", "lulus", "tuntas", "completed", "complete", "passed", "100%", "ya", "1"))
_NOT_DONE = frozenset(
    (
        "belum",
        "belumselesai",
        "tidaklulus",
        "gagal",
        "incomplete",
        "inprogress",
        "failed",
        "notpassed",
        "tidak",
        "0",
    )
)
_WITHDRAWN = frozenset(("batal", "dibatalkan", "ditarik", "dicabut", "withdrawn", "revoked", "cancelled"))


def to_completion(line: Line, *, source: str, zone: ZoneInfo, ref: str) -> Completion | None:
    """None where the row says that it is not completed. Raises SkipRecord with what has to be mended. Two
    completions of one course are told apart by the column attempt, else by their day."""
    standing = _standing(line, ref)
    if standing is None:
        return None
    nip, account = line.text("nip"), line.text("account")
    course = line.text("course") or line.text("title")
    if not (nip or account):
        raise _bad(ref, "NIP dan akun kosong", "NIP and account are empty")
    if not course:
        raise _bad(ref, "kode dan judul kursus kosong", "course code and title are empty")
    told = line.cells.get("completed")
    at, precision = moment(told, zone)
    if at is None:
        shown = line.text("completed") or "-"
        raise _bad(
            ref, f"tanggal selesai {shown!r} tidak dikenal", f"the completion date {shown!r} is unknown"
        )
    return Completion(
        source=source,
        external_learner=account or nip,
        external_course=course,
        completed_at=at,
        attempt=(line.text("attempt") or at.astimezone(zone).date().isoformat())[:64],
        standing=standing,
        precision=precision,
        identifiers=_identifiers(source, nip, account, line.text("email")),
        learner_name=line.text("name"),
        course_code=line.text("course"),
        course_title=line.text("title"),
        jp_stated=line.text("jp") or None,
        score=_number(line.text("score")),
        minutes=_whole(line.text("minutes")),
        certificate_no=line.text("certificate") or None,
    )


def moment(told: Any, zone: ZoneInfo) -> tuple[datetime | None, str]:
    """(aware UTC, precision `second`, `minute` or `day`); a day is its midnight in the zone."""
    if isinstance(told, datetime):
        aware = told if told.tzinfo else told.replace(tzinfo=zone)
        return aware.astimezone(UTC), "second"
    if isinstance(told, date):
        return datetime.combine(told, time(), zone).astimezone(UTC), "day"
    text = str(told or "").strip()
    if not text:
        return None, ""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return _spoken(text, zone)
    precision = "second" if ":" in text else "day"
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC), precision


def _spoken(text: str, zone: ZoneInfo) -> tuple[datetime | None, str]:
    """`3-8-2026`, `3/8/2026 14.30`, `3 Agustus 2026`: the day stands first, as it does in Indonesia."""
    found = _DAY.fullmatch(text)
    if found is None:
        return None, ""
    named = found["month"]
    month = int(named) if named.isdigit() else MONTHS.get(named.casefold(), 0)
    try:
        at = datetime(
            int(found["year"]),
            month,
            int(found["day"]),
            int(found["hour"] or 0),
            int(found["minute"] or 0),
            tzinfo=zone,
        )
    except ValueError:
        return None, ""
    return at.astimezone(UTC), "minute" if found["hour"] else "day"


def _standing(line: Line, ref: str) -> Standing | None:
    told = re.sub(r"[^a-z0-9%]", "", line.text("status").casefold())
    if told in _DONE:
        return Standing.COMPLETED
    if told in _WITHDRAWN:
        return Standing.WITHDRAWN
    if told in _NOT_DONE:
        return None
    shown = line.text("status")
    raise _bad(ref, f"status {shown!r} tidak dikenal", f"the status {shown!r} is unknown")


def _identifiers(source: str, nip: str, account: str, email: str) -> tuple[Identifier, ...]:
    found = [Identifier(Scheme.ACCOUNT, account, source)] if account else []
    found += [Identifier(Scheme.NIP, nip)] if nip else []
    return (*found, Identifier(Scheme.EMAIL, email)) if email else tuple(found)


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _whole(text: str) -> int | None:
    number = _number(text)
    return None if number is None else int(number)


def _bad(ref: str, what: str, what_english: str) -> SkipRecord:
    return SkipRecord(
        "ROW-UNREADABLE",
        f"{ref}: {what}. Perbaiki di berkasnya; baris lain tetap dipakai.",
        f"{what_english}",
        where=ref,
    )
