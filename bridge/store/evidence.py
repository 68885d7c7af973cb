"""Evidence in, once and for good: a new version only where the record differs from the newest one."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import Column, Connection, Table, func, null, select

from bridge.domain.evidence import Attendance, Completion, OfflineEvent, Standing
from bridge.domain.keys import attendance_key, completion_key, digest
from bridge.store.among import among, in_parts
from bridge.store.moves import note_moves
from bridge.store.tables import attendance, completion, offline_event, raw_payload
from bridge.store.touched import touch
from bridge.store.upsert import insert_for

CHUNK = 400
"""Keys a query: four bound values each stay below SQLite's limit of 32,766 and PostgreSQL's of 65,535."""


@dataclass(frozen=True, slots=True)
class ReadIdentity:
    """What bridge.identity read from a record's identifiers."""

    nip: str | None
    problem: str | None


@dataclass(slots=True)
class Stored:
    """Counts of one store call."""

    new: int = 0
    changed: int = 0
    same: int = 0
    withdrawn: int = 0
    keys: list[str] = field(default_factory=list)
    changed_keys: list[tuple[str, ...]] = field(default_factory=list)  # of one call; sums do not keep them

    def __iadd__(self, other: Stored) -> Stored:
        self.new += other.new
        self.changed += other.changed
        self.same += other.same
        self.withdrawn += other.withdrawn
        return self


def _plain(value: Any) -> Any:
    """What orjson can't write by itself: Decimal as text, so that 1.50 stays 1.50."""
    return str(value)


def record_text(record: Completion | Attendance | OfflineEvent) -> str:
    """The normalised record as JSON in the order of its fields: instants in ISO, decimals as text. The same
    record gives the same text, which is what its hash is taken from."""
    text = orjson.dumps(record, default=_plain, option=orjson.OPT_SORT_KEYS).decode()
    if isinstance(record, Attendance) and not record.late:
        # Nobody late is not written: such a record says what it said before lateness was read, and keeps its hash.
        return text[: -len(_NOBODY_LATE)] + "}"
    return text


_NOBODY_LATE = ',"late":[]}'  # `late` is the last field of an Attendance


def late_text(record: Attendance) -> str | None:
    """`late` as the column holds it: `5,40`."""
    return ",".join(map(str, record.late)) or None


def keep_raw(
    connection: Connection, tenant: str, source: str, media_type: str, body: bytes, now: datetime
) -> int:
    """Keep a body as it arrived; the same body again is the same row. Returns its payload_id."""
    fingerprint = sha256(body).hexdigest()
    statement = (
        insert_for(connection, raw_payload)
        .values(
            tenant=tenant,
            source=source,
            sha256=fingerprint,
            media_type=media_type,
            body=zlib.compress(body, 1 if body.startswith(b"PK") else 6),  # a workbook is packed already
            received_at=now,
        )
        .on_conflict_do_nothing(index_elements=["tenant", "source", "sha256"])
    )
    connection.execute(statement)
    query = select(raw_payload.c.payload_id).where(
        raw_payload.c.tenant == tenant,
        raw_payload.c.source == source,
        raw_payload.c.sha256 == fingerprint,
    )
    return int(connection.execute(query).scalar_one())


def newest_versions(
    connection: Connection,
    table: Table,
    tenant: str,
    key_columns: Sequence[Column[Any]],
    keys: Sequence[tuple[str, ...]],
) -> dict[tuple[str, ...], tuple[int, str, str | None]]:
    """key -> (version, evidence_hash, nip) of the newest version of each key that is there."""
    found: dict[tuple[str, ...], tuple[int, str, str | None]] = {}
    nip = table.c.nip if "nip" in table.c else null().label("nip")
    for part in in_parts(keys, CHUNK):
        newest = (
            select(*key_columns, func.max(table.c.version).label("version"))
            .where(table.c.tenant == tenant, among(key_columns, part))
            .group_by(*key_columns)
            .subquery()
        )
        join = (table.c.version == newest.c.version) & (table.c.tenant == tenant)
        for column in key_columns:
            join &= column == newest.c[column.name]
        query = select(*key_columns, table.c.version, table.c.evidence_hash, nip).join(newest, join)
        for row in connection.execute(query):
            found[tuple(row[:-3])] = (row[-3], row[-2], row[-1])
    return found


def _insert_versions(
    connection: Connection,
    table: Table,
    tenant: str,
    key_names: Sequence[str],
    rows: Mapping[tuple[str, ...], dict[str, Any]],
) -> tuple[Stored, list[tuple[str, ...]], set[str]]:
    """Insert each row as the next version of its key unless its hash is that of the newest version.
    Returns the counts, the keys that are new or changed, and the NIPs that their earlier versions bore; the
    changed ones are also in `counts.changed_keys`."""
    counts = Stored()
    columns = [table.c[name] for name in key_names]
    newest = newest_versions(connection, table, tenant, columns, list(rows))
    fresh: list[dict[str, Any]] = []
    touched_keys: list[tuple[str, ...]] = []
    former_nips: set[str] = set()
    for key, row in rows.items():
        version, known_hash, known_nip = newest.get(key, (0, "", None))
        if known_hash == row["evidence_hash"]:
            counts.same += 1
            continue
        if version:
            counts.changed += 1
            counts.changed_keys.append(key)
            former_nips |= {known_nip} if known_nip else set()
        else:
            counts.new += 1
        touched_keys.append(key)
        fresh.append({**row, "version": version + 1})
    if fresh:
        # A second writer with the same version loses here, by the constraint, and its evidence comes again
        # with the next pull.
        statement = insert_for(connection, table).on_conflict_do_nothing(
            index_elements=["tenant", *key_names, "version"]
        )
        connection.execute(statement, fresh)
    return counts, touched_keys, former_nips


COMPLETION_KEY = ("source", "external_learner", "external_course", "attempt")
ATTENDANCE_KEY = ("source", "event_ref", "attendee")
EVENT_KEY = ("source", "event_ref")


def completion_row(
    tenant: str, record: Completion, identity: ReadIdentity, payload_id: int | None, now: datetime
) -> dict[str, Any]:
    text = record_text(record)
    return {
        "tenant": tenant,
        "source": record.source,
        "external_learner": record.external_learner,
        "external_course": record.external_course,
        "attempt": record.attempt,
        "evidence_hash": digest(text),
        "standing": record.standing.value,
        "completed_at": record.completed_at,
        "precision": record.precision,
        "nip": identity.nip,
        "nip_problem": identity.problem,
        "identifiers": orjson.Fragment(orjson.dumps(record.identifiers)),
        "learner_name": record.learner_name,
        "learner_suspended": record.learner_suspended,
        "course_code": record.course_code,
        "course_title": record.course_title,
        "jp_stated": record.jp_stated,
        "form_stated": record.form_stated,
        "score": None if record.score is None else str(record.score),
        "score_max": None if record.score_max is None else str(record.score_max),
        "minutes": record.minutes,
        "certificate_no": record.certificate_no,
        "record": orjson.Fragment(text),
        "payload_id": payload_id,
        "stored_at": now,
    }


def store_completions(
    connection: Connection,
    tenant: str,
    records: Iterable[tuple[Completion, ReadIdentity]],
    *,
    payload_id: int | None,
    now: datetime,
) -> Stored:
    """Store completions, touch the persons. A record given twice counts once (the last)."""
    rows: dict[tuple[str, ...], dict[str, Any]] = {
        (r.source, r.external_learner, r.external_course, r.attempt): completion_row(
            tenant, r, identity, payload_id, now
        )
        for r, identity in records
    }
    counts, keys, former = _insert_versions(connection, completion, tenant, COMPLETION_KEY, rows)
    note_moves(connection, tenant, counts.changed_keys, now)
    counts.keys = [completion_key(*key) for key in rows]
    subjects = {_subject(rows[key]["nip"], completion_key(*key)) for key in keys}
    touch(connection, tenant, subjects | {f"nip:{nip}" for nip in former})
    return counts


def _subject(nip: str | None, key: str) -> str:
    return f"nip:{nip}" if nip else f"evidence:{key}"


def _event_row(tenant: str, event: OfflineEvent, batch_id: int | None, now: datetime) -> dict[str, Any]:
    text = record_text(event)
    return {
        "tenant": tenant,
        "source": event.source,
        "event_ref": event.event_ref,
        "evidence_hash": digest(text),
        "title": event.title,
        "organiser": event.organiser,
        "place": event.place,
        "form_stated": event.form_stated,
        "scope": event.scope,
        "start_on": event.start,
        "end_on": event.end,
        "jp_stated": event.jp_stated,
        "programme_code": event.programme_code,
        "lms_course_code": event.lms_course_code,
        "record": orjson.Fragment(text),
        "batch_id": batch_id,
        "stored_at": now,
    }


def _attendance_row(
    tenant: str, record: Attendance, identity: ReadIdentity, batch_id: int | None, now: datetime
) -> dict[str, Any]:
    text = record_text(record)
    return {
        "tenant": tenant,
        "source": record.source,
        "event_ref": record.event_ref,
        "attendee": record.attendee,
        "evidence_hash": digest(text),
        "standing": record.standing.value,
        "nip": identity.nip,
        "nip_problem": identity.problem,
        "learner_name": record.learner_name,
        "sheet": record.sheet,
        "row": record.row,
        "sessions_attended": record.sessions_attended,
        "sessions_total": record.sessions_total,
        "minutes": record.minutes,
        "day": record.day,
        "certificate_no": record.certificate_no,
        "problem": record.problem,
        "late": late_text(record),
        "record": orjson.Fragment(text),
        "batch_id": batch_id,
        "stored_at": now,
    }


def store_attendances(
    connection: Connection,
    tenant: str,
    events: Iterable[OfflineEvent],
    records: Iterable[tuple[Attendance, ReadIdentity]],
    *,
    batch_id: int | None,
    now: datetime,
) -> Stored:
    """Store events and attendances, touch the persons (of a changed event: everybody on it)."""
    event_rows: dict[tuple[str, ...], dict[str, Any]] = {
        (e.source, e.event_ref): _event_row(tenant, e, batch_id, now) for e in events
    }
    _, changed_events, _ = _insert_versions(connection, offline_event, tenant, EVENT_KEY, event_rows)
    rows: dict[tuple[str, ...], dict[str, Any]] = {
        (r.source, r.event_ref, r.attendee): _attendance_row(tenant, r, identity, batch_id, now)
        for r, identity in records
    }
    counts, keys, former = _insert_versions(connection, attendance, tenant, ATTENDANCE_KEY, rows)
    subjects = {_subject(rows[key]["nip"], attendance_key(*key)) for key in keys}
    subjects |= {f"nip:{nip}" for nip in former}
    for source, event_ref in changed_events:
        subjects |= people_of_event(connection, tenant, source, event_ref)
    touch(connection, tenant, subjects)
    return counts


def people_of_event(connection: Connection, tenant: str, source: str, event_ref: str) -> set[str]:
    """Whom a change of the event may concern, as `touch` names them."""
    query = select(attendance.c.nip, attendance.c.attendee).where(
        attendance.c.tenant == tenant,
        attendance.c.source == source,
        attendance.c.event_ref == event_ref,
    )
    return {
        _subject(row.nip, attendance_key(source, event_ref, row.attendee))
        for row in connection.execute(query)
    }


def withdraw_attendances(
    connection: Connection, tenant: str, source: str, keep: set[tuple[str, str]] | None, now: datetime
) -> int:
    """Add a withdrawn version for each attendance of the source whose (event_ref, attendee) is not kept.
    `keep=None` withdraws all (an import undone). Returns how many."""
    newest = (
        select(
            attendance.c.event_ref,
            attendance.c.attendee,
            func.max(attendance.c.version).label("version"),
        )
        .where(attendance.c.tenant == tenant, attendance.c.source == source)
        .group_by(attendance.c.event_ref, attendance.c.attendee)
        .subquery()
    )
    query = select(attendance).join(
        newest,
        (attendance.c.tenant == tenant)
        & (attendance.c.source == source)
        & (attendance.c.event_ref == newest.c.event_ref)
        & (attendance.c.attendee == newest.c.attendee)
        & (attendance.c.version == newest.c.version),
    )
    gone = [
        dict(row._mapping)
        for row in connection.execute(query)
        if row.standing != Standing.WITHDRAWN and (keep is None or (row.event_ref, row.attendee) not in keep)
    ]
    return _insert_withdrawn(connection, attendance, "attendance_id", gone, now)


def withdraw_rows(connection: Connection, tenant: str, row_ids: Sequence[int], now: datetime) -> int:
    """Add a withdrawn version for each of these attendances, which are the newest of their keys."""
    gone: list[dict[str, Any]] = []
    for part in in_parts(row_ids, CHUNK):
        query = select(attendance).where(attendance.c.tenant == tenant, attendance.c.attendance_id.in_(part))
        gone += [dict(row._mapping) for row in connection.execute(query)]
    return _insert_withdrawn(connection, attendance, "attendance_id", gone, now)


def _insert_withdrawn(
    connection: Connection, table: Table, id_name: str, gone: list[dict[str, Any]], now: datetime
) -> int:
    key_names = ATTENDANCE_KEY if table is attendance else COMPLETION_KEY
    spell_key = attendance_key if table is attendance else completion_key
    subjects = []
    for row in gone:
        row.pop(id_name)
        row["record"] = {**row["record"], "standing": Standing.WITHDRAWN.value}
        row |= {
            "version": row["version"] + 1,
            "standing": Standing.WITHDRAWN.value,
            "stored_at": now,
            "evidence_hash": digest(orjson.dumps(row["record"], option=orjson.OPT_SORT_KEYS).decode()),
        }
        subjects.append(_subject(row["nip"], spell_key(*(row[name] for name in key_names))))
    if gone:
        statement = insert_for(connection, table).on_conflict_do_nothing(
            index_elements=["tenant", *key_names, "version"]
        )
        connection.execute(statement, gone)
        touch(connection, gone[0]["tenant"], subjects)
    return len(gone)


def withdraw_completions(
    connection: Connection, tenant: str, source: str, gone: Sequence[tuple[str, str, str]], now: datetime
) -> int:
    """Add a withdrawn version for each (external_learner, external_course, attempt). Returns how many."""
    key_columns = [completion.c.external_learner, completion.c.external_course, completion.c.attempt]
    rows: list[dict[str, Any]] = []
    for part in in_parts(gone, CHUNK):
        query = select(completion).where(
            completion.c.tenant == tenant,
            completion.c.source == source,
            among(key_columns, part),
        )
        newest: dict[tuple[str, ...], dict[str, Any]] = {}
        for row in connection.execute(query.order_by(completion.c.version)):
            newest[(row.external_learner, row.external_course, row.attempt)] = dict(row._mapping)
        rows += [row for row in newest.values() if row["standing"] != Standing.WITHDRAWN]
    return _insert_withdrawn(connection, completion, "completion_id", rows, now)
