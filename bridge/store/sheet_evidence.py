"""A whole sheet as evidence: what it brings, what it changes and what it no longer says, in one pass.

The sheet's earlier version is read once, without its records; rows that say the same are not written again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from bridge.domain.evidence import Attendance, OfflineEvent, Standing
from bridge.domain.keys import attendance_key, digest
from bridge.store.among import in_parts
from bridge.store.bulk import column_writers, insert_tuples
from bridge.store.evidence import (
    ATTENDANCE_KEY,
    ReadIdentity,
    Stored,
    late_text,
    record_text,
    store_attendances,
    withdraw_rows,
)
from bridge.store.tables import attendance
from bridge.store.touched import touch

NAMES = (
    "tenant", "source", "event_ref", "attendee", "version", "evidence_hash", "standing", "nip", "nip_problem",
    "learner_name", "sheet", "row", "sessions_attended", "sessions_total", "minutes", "day",
    "certificate_no", "problem", "late", "record", "batch_id", "stored_at",
)  # fmt: skip
PART = 2_000


@dataclass(slots=True)
class Known:
    """The newest version of one row of the sheet."""

    row_id: int
    version: int
    evidence_hash: str
    nip: str | None
    withdrawn: bool


def known_rows(connection: Connection, tenant: str, source: str) -> dict[tuple[str, str], Known]:
    """(event_ref, attendee) -> its newest version, withdrawn or not."""
    query = (
        select(
            attendance.c.event_ref,
            attendance.c.attendee,
            attendance.c.attendance_id,
            attendance.c.version,
            attendance.c.evidence_hash,
            attendance.c.nip,
            attendance.c.standing,
        )
        .where(attendance.c.tenant == tenant, attendance.c.source == source)
        .order_by(attendance.c.version)
    )
    return {
        (event_ref, attendee): Known(row_id, version, known_hash, nip, standing == Standing.WITHDRAWN)
        for event_ref, attendee, row_id, version, known_hash, nip, standing in connection.execute(query)
    }


def store_sheet(
    connection: Connection,
    tenant: str,
    source: str,
    events: Iterable[OfflineEvent],
    records: Iterable[tuple[Attendance, ReadIdentity]],
    *,
    batch_id: int | None,
    now: datetime,
) -> Stored:
    """Store the sheet as its newest version: a row that differs is a new version, a row that is gone is
    withdrawn, and everybody concerned is touched. A second row with the same key is left out."""
    counts = store_attendances(connection, tenant, events, (), batch_id=batch_id, now=now)
    known = known_rows(connection, tenant, source)
    seen: set[tuple[str, str]] = set()
    subjects: set[str] = set()
    rows = _fresh(connection, (tenant, source, batch_id, now), records, known, seen, subjects, counts)
    insert_tuples(connection, attendance, NAMES, rows, unique=("tenant", *ATTENDANCE_KEY, "version"))
    gone = [row.row_id for key, row in known.items() if key not in seen and not row.withdrawn]
    counts.withdrawn = withdraw_rows(connection, tenant, gone, now)
    touch(connection, tenant, subjects)
    return counts


Constants = tuple[str, str, int | None, datetime]


def _fresh(
    connection: Connection,
    constants: Constants,
    records: Iterable[tuple[Attendance, ReadIdentity]],
    known: dict[tuple[str, str], Known],
    seen: set[tuple[str, str]],
    subjects: set[str],
    counts: Stored,
) -> Iterator[tuple[Any, ...]]:
    """Each record that differs from its newest version, as the driver's own values. Fills `seen`, `subjects`
    and `counts` on the way."""
    tenant, source, batch_id, moment = constants
    writers = dict(zip(NAMES, column_writers(connection, attendance, NAMES), strict=True))
    write_instant, write_day = writers["stored_at"], writers["day"]
    now = write_instant(moment) if write_instant else moment
    for record, identity in records:
        key = (record.event_ref, record.attendee)
        if key in seen:
            continue
        seen.add(key)
        text = record_text(record)
        fingerprint = digest(text)
        before = known.get(key)
        if before is not None and before.evidence_hash == fingerprint:
            counts.same += 1
            continue
        if before is None:
            counts.new += 1
        else:
            counts.changed += 1
            if before.nip:
                subjects.add(f"nip:{before.nip}")
        nip = identity.nip
        subjects.add(f"nip:{nip}" if nip else f"evidence:{attendance_key(source, *key)}")
        day = record.day
        yield (
            tenant, source, *key, before.version + 1 if before else 1, fingerprint, record.standing.value,
            nip, identity.problem, record.learner_name, record.sheet, record.row, record.sessions_attended,
            record.sessions_total, record.minutes, write_day(day) if day and write_day else day,
            record.certificate_no, record.problem, late_text(record), text, batch_id, now,
        )  # fmt: skip


def current_records(
    connection: Connection, tenant: str, source: str
) -> dict[tuple[str, str], dict[str, Any]]:
    """(event_ref, attendee) -> the record of each row of the sheet that stands now."""
    standing = {
        known.row_id: key
        for key, known in known_rows(connection, tenant, source).items()
        if not known.withdrawn
    }
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for part in in_parts(sorted(standing), PART):
        query = select(attendance.c.attendance_id, attendance.c.record).where(
            attendance.c.attendance_id.in_(part)
        )
        for row_id, record in connection.execute(query):
            found[standing[row_id]] = record
    return found
