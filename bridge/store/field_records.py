"""What was recorded in the field. The unique nonce decides: a repeat is the same record, never a second one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from bridge.domain.field import Act, Carried, FieldRecord, Refusal
from bridge.store.field_events import field_device, field_event, field_participant
from bridge.store.field_sessions import field_session_version
from bridge.store.tables import finding, metadata
from bridge.store.upsert import insert_for

field_record = metadata.tables["field_record"]
field_refusal = metadata.tables["field_refusal"]
_CHUNK = 400


@dataclass(frozen=True, slots=True)
class KnownRecord:
    """Enough of a stored record to tell a repeat from another one that bears its nonce."""

    event_code: str
    record: FieldRecord
    body: str
    signature: str


def insert_record(
    connection: Connection,
    tenant: str,
    event_id: int,
    record: FieldRecord,
    *,
    device_id: int | None = None,
    body: str = "",
    signature: str = "",
) -> bool:
    """False where the nonce is taken: the constraint decides."""
    statement = insert_for(connection, field_record).values(
        tenant=tenant,
        event_id=event_id,
        session=record.session,
        nonce=record.nonce,
        act=record.act.value,
        typed=record.typed,
        nip=record.nip,
        nip_problem=record.nip_problem,
        name=record.name,
        maker=record.maker,
        device_id=device_id,
        counter=record.counter,
        device_at=record.device_at,
        happened_at=record.at,
        earliest=record.earliest,
        latest=record.latest,
        clock_doubt=record.clock_doubt,
        carried=record.carried.value,
        received_at=record.received_at,
        body=body,
        signature=signature,
    )
    once = statement.on_conflict_do_nothing(index_elements=["tenant", "nonce"])
    # a row that came back was inserted; PostgreSQL's driver counts no rows of an INSERT that returns its key
    return connection.execute(once.returning(field_record.c.record_id)).first() is not None


def record_by_nonce(connection: Connection, tenant: str, nonce: str) -> KnownRecord | None:
    return records_by_nonces(connection, tenant, [nonce]).get(nonce)


def records_by_nonces(connection: Connection, tenant: str, nonces: Iterable[str]) -> dict[str, KnownRecord]:
    """Nonce -> the record that bears it, of those that are there."""
    wanted, found = sorted(set(nonces)), {}
    for start in range(0, len(wanted), _CHUNK):
        query = (
            select(field_record, field_event.c.code.label("event_code"))
            .join(field_event, field_event.c.event_id == field_record.c.event_id)
            .where(field_record.c.tenant == tenant, field_record.c.nonce.in_(wanted[start : start + _CHUNK]))
        )
        for row in connection.execute(query):
            found[row.nonce] = KnownRecord(row.event_code, _record(row), row.body, row.signature)
    return found


def event_marks(connection: Connection, event_ids: Sequence[int], but_of: str) -> dict[int, tuple[str, int]]:
    """Event id -> (what changes with roster and sessions, the newest record that `but_of` did not make).

    A device compares both with what it holds and asks for what is new, and for nothing else."""
    people = select(
        field_participant.c.event_id,
        func.count().label("count"),
        func.max(field_participant.c.participant_id).label("newest"),
    ).where(field_participant.c.event_id.in_(event_ids))
    versions = select(
        field_session_version.c.event_id, func.max(field_session_version.c.version_id).label("newest")
    ).where(field_session_version.c.event_id.in_(event_ids))
    others = select(field_record.c.event_id, func.max(field_record.c.record_id).label("newest")).where(
        field_record.c.event_id.in_(event_ids), field_record.c.maker != but_of
    )
    rosters = {
        row.event_id: f"{row.count}.{row.newest}"
        for row in connection.execute(people.group_by(field_participant.c.event_id))
    }
    sessions = {
        row.event_id: row.newest
        for row in connection.execute(versions.group_by(field_session_version.c.event_id))
    }
    newest = {
        row.event_id: row.newest for row in connection.execute(others.group_by(field_record.c.event_id))
    }
    return {one: (f"{rosters.get(one, '0')}.{sessions.get(one, 0)}", newest.get(one, 0)) for one in event_ids}


def records_of_event(connection: Connection, event_id: int) -> list[FieldRecord]:
    query = select(field_record).where(field_record.c.event_id == event_id)
    return [_record(row) for row in connection.execute(query.order_by(field_record.c.record_id))]


def records_of_maker(connection: Connection, event_id: int, session: int, maker: str) -> list[FieldRecord]:
    """What one maker recorded at a session, oldest first."""
    query = select(field_record).where(
        field_record.c.event_id == event_id,
        field_record.c.session == session,
        field_record.c.maker == maker,
    )
    return [_record(row) for row in connection.execute(query.order_by(field_record.c.record_id))]


def _record(row: object) -> FieldRecord:
    names = (
        "nonce", "session", "typed", "nip", "nip_problem", "name", "maker", "counter", "device_at", "earliest",
        "latest", "clock_doubt", "received_at",
    )  # fmt: skip
    values = {name: getattr(row, name) for name in names}
    moment, act, carried = (getattr(row, name) for name in ("happened_at", "act", "carried"))
    return FieldRecord(**values, at=moment, act=Act(act), carried=Carried(carried))


def insert_refusals(
    connection: Connection,
    tenant: str,
    refused: Iterable[tuple[int | None, Refusal, str, str]],
) -> None:
    """(event_id, refusal, body, signature) each; the same bytes again are the same refusal."""
    rows = [
        {
            "tenant": tenant,
            "event_id": event_id,
            "key_id": refusal.key_id,
            "nonce": refusal.nonce,
            "reason": refusal.reason,
            "fingerprint": refusal.fingerprint,
            "body": body,
            "signature": signature,
            "received_at": refusal.received_at,
        }
        for event_id, refusal, body, signature in refused
    ]
    if rows:
        statement = insert_for(connection, field_refusal)
        connection.execute(statement.on_conflict_do_nothing(index_elements=["tenant", "fingerprint"]), rows)


def refusals_of_event(connection: Connection, event_id: int) -> list[Refusal]:
    query = select(field_refusal).where(field_refusal.c.event_id == event_id)
    return [
        Refusal(row.nonce, row.key_id, row.reason, row.received_at, row.fingerprint)
        for row in connection.execute(query.order_by(field_refusal.c.refusal_id))
    ]


@dataclass(frozen=True, slots=True)
class DeviceCount:
    """A device whose running numbers have holes: `missing` records were made and have not come in."""

    key_id: str
    label: str
    missing: int


def devices_with_holes(connection: Connection, tenant: str, event_id: int) -> list[DeviceCount]:
    """Of the devices that recorded at this event. A device numbers all its records from 1, over all events."""
    mine = select(field_record.c.device_id).where(field_record.c.event_id == event_id).distinct()
    counted = (
        select(
            field_record.c.device_id,
            func.max(field_record.c.counter).label("highest"),
            func.count(field_record.c.counter.distinct()).label("there"),
        )
        .where(field_record.c.tenant == tenant, field_record.c.device_id.in_(mine))
        .group_by(field_record.c.device_id)
        .subquery()
    )
    query = select(field_device.c.key_id, field_device.c.label, counted.c.highest, counted.c.there).join(
        counted, counted.c.device_id == field_device.c.device_id
    )
    return [
        DeviceCount(row.key_id, row.label, row.highest - row.there)
        for row in connection.execute(query)
        if row.highest > row.there
    ]


def open_findings_of_event(
    connection: Connection, tenant: str, source: str
) -> list[tuple[str, dict[str, str]]]:
    """(code, params) of what needs a person at the event, the gravest groups' order left to the reader."""
    query = select(finding.c.code, finding.c.params).where(
        finding.c.tenant == tenant,
        finding.c.closed_at.is_(None),
        finding.c.subject.startswith(f"source:{source}:", autoescape=True),
    )
    return [
        (row.code, row.params)
        for row in connection.execute(query.order_by(finding.c.code, finding.c.subject))
    ]
