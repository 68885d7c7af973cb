"""Kolibri's log rows and rolls → Completion and Attendance: pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from bridge.domain.clock import day_in_zone
from bridge.domain.evidence import Attendance, Completion, OfflineEvent
from bridge.domain.learner import Identifier, Scheme
from bridge.errors import SkipRecord
from lms_adapters.json_api import unreadable
from lms_adapters.kolibri.wire import Classroom, Record, Session, User

# kolibri/core/logger/csv_export.py, labels in English
HEADINGS = (
    "Username", "Channel id", "Channel name", "Content id", "Content title", "Time of completion",
    "Time Spent (sec)", "Content kind",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LogTable:
    """The summary log: `rows` by heading. `whole` is false where the file ends in the middle of a row."""

    rows: list[dict[str, str]]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    whole: bool


def read_table(body: bytes) -> LogTable:
    """The exported CSV (UTF-8 with BOM, CRLF). Folder columns are known and not needed."""
    text = body.decode("utf-8-sig", "replace")
    reader = csv.reader(io.StringIO(text, newline=""))
    headings = next(reader, [])
    rows, whole = [], text.endswith("\n")
    for cells in reader:
        if len(cells) != len(headings):
            whole = False
            continue
        rows.append(dict(zip(headings, cells, strict=True)))
    missing = tuple(name for name in HEADINGS if name not in headings)
    known = {*HEADINGS, "Facility name", "User type", "Time of first interaction", "Time of last interaction"}
    known |= {"Progress (0-1)"}
    unknown = tuple(n for n in headings if n not in known and not n.startswith("Folder level"))
    return LogTable(rows, missing, unknown, whole)


def identifiers_of(user: User, source: str) -> tuple[Identifier, ...]:
    """The account, then what may be a NIP as it was typed: the ID number, the username."""
    found = [Identifier(Scheme.ACCOUNT, user.username, source)]
    candidates = dict.fromkeys((user.id_number or "", user.username))
    return (*found, *(Identifier(Scheme.NIP, text) for text in candidates if text))


def to_completion(
    row: Mapping[str, str], users: Mapping[str, User], *, source: str, ref: str
) -> Completion | None:
    """None where the content is not completed yet. Raises SkipRecord where it can't be told who or when."""
    told = row["Time of completion"].strip()
    if not told:
        return None
    completed_at = _moment(told)
    if completed_at is None:
        raise unreadable(ref, f"waktu selesai {told!r}", f"the time of completion {told!r}")
    user = users.get(row["Username"])
    if user is None:
        raise unreadable(
            ref,
            f"pengguna {row['Username']!r} sudah tidak ada di fasilitas",
            f"the user {row['Username']!r} is no longer in the facility",
        )
    return Completion(
        source=source,
        external_learner=user.id,
        external_course=row["Content id"],
        completed_at=completed_at,
        identifiers=identifiers_of(user, source),
        learner_name=user.full_name,
        course_title=row["Content title"],
        category=row["Channel name"],
        minutes=_minutes(row["Time Spent (sec)"]),
    )


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _minutes(text: str) -> int | None:
    try:
        return int(Decimal(text.strip()) // 60) if text.strip() else None
    except ArithmeticError:
        return None


def to_rolls(
    sessions: Sequence[Session],
    records: Iterable[Record],
    classrooms: Mapping[str, Classroom],
    users: Mapping[str, User],
    *,
    source: str,
    organiser: str,
    zone: ZoneInfo,
) -> tuple[tuple[OfflineEvent, ...], tuple[Attendance, ...], list[SkipRecord]]:
    """One event per class and calendar year, its meetings the sessions; one attendance per person on its roll.
    A person without a record in a session was not there."""
    event_of, events, meetings = _events(sessions, classrooms, source=source, organiser=organiser, zone=zone)
    present: dict[tuple[str, str], int] = {}
    for record in records:
        event = event_of.get(record.attendance_session)
        if event is not None:
            key = (event, record.user)
            present[key] = present.get(key, 0) + record.present
    attendances: list[Attendance] = []
    bad: list[SkipRecord] = []
    for number, ((event, user_id), count) in enumerate(sorted(present.items()), 1):
        user = users.get(user_id)
        if user is None:
            bad.append(
                unreadable(
                    f"attendance {event} user {user_id}",
                    "pengguna itu sudah tidak ada di fasilitas",
                    "that user is no longer in the facility",
                )
            )
            continue
        attendances.append(
            Attendance(
                source=source,
                event_ref=event,
                attendee=user.id,
                sheet="Kolibri",
                row=number,
                identifiers=identifiers_of(user, source),
                learner_name=user.full_name,
                sessions_attended=count,
                sessions_total=meetings[event],
            )
        )
    return events, tuple(attendances), bad


def _events(
    sessions: Sequence[Session],
    classrooms: Mapping[str, Classroom],
    *,
    source: str,
    organiser: str,
    zone: ZoneInfo,
) -> tuple[dict[str, str], tuple[OfflineEvent, ...], dict[str, int]]:
    """(session → event, the events, event → number of sessions)."""
    event_of: dict[str, str] = {}
    days: dict[str, list[datetime]] = {}
    titles: dict[str, str] = {}
    for session in sessions:
        year = day_in_zone(session.session_start_datetime, zone.key).year
        event = f"{session.collection}:{year}"
        classroom = classrooms.get(session.collection)
        titles[event] = classroom.name if classroom else session.collection
        event_of[session.id] = event
        days.setdefault(event, []).append(session.session_start_datetime)
    events = tuple(
        OfflineEvent(
            source=source,
            event_ref=event,
            title=titles[event],
            organiser=organiser,
            start=day_in_zone(min(moments), zone.key),
            end=day_in_zone(max(moments), zone.key),
        )
        for event, moments in sorted(days.items())
    )
    return event_of, events, {event: len(moments) for event, moments in days.items()}
