"""Events in the field and their sessions, rosters and devices. Works on the caller's connection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, Select, insert, select, update

from bridge.domain.field import Device, FieldEvent, FieldSession, Participant
from bridge.domain.learner import Scheme
from bridge.store.field_sessions import add_session, sessions_of
from bridge.store.tables import account, identifier, learner, metadata
from bridge.store.upsert import insert_for

field_event = metadata.tables["field_event"]
field_participant = metadata.tables["field_participant"]
field_device = metadata.tables["field_device"]
_CHUNK = 400


def add_event(connection: Connection, tenant: str, event: FieldEvent, start_on: date, end_on: date) -> int:
    """Insert the event with its sessions and participants; returns its id. The code must be new."""
    values = {
        "tenant": tenant,
        "code": event.code,
        "title": event.title,
        "form": event.form,
        "scope": event.scope,
        "organiser": event.organiser,
        "place": event.place,
        "jp_stated": event.jp_stated,
        "programme_code": event.programme_code,
        "account_id": event.owner_id,
        "start_on": start_on,
        "end_on": end_on,
        "created_at": event.created_at,
    }
    statement = insert(field_event).values(values).returning(field_event.c.event_id)
    event_id = int(connection.execute(statement).scalar_one())
    for one in event.sessions:
        add_session(connection, event_id, one, event.owner, event.created_at)
    add_participants(connection, event_id, event.participants, event.created_at)
    return event_id


def add_participants(
    connection: Connection, event_id: int, people: Iterable[Participant], now: datetime
) -> int:
    """Those who were not on the roster yet; returns how many."""
    rows = [
        {"event_id": event_id, "nip": one.nip, "name": one.name, "office": one.office, "added_at": now}
        for one in people
    ]
    known = set(
        connection.execute(
            select(field_participant.c.nip).where(field_participant.c.event_id == event_id)
        ).scalars()
    )
    fresh = list({row["nip"]: row for row in rows if row["nip"] not in known}.values())
    if fresh:
        connection.execute(insert_for(connection, field_participant).on_conflict_do_nothing(), fresh)
    return len(fresh)


def _events() -> Select[tuple[object, ...]]:
    return select(field_event, account.c.name.label("owner")).join(
        account, account.c.account_id == field_event.c.account_id
    )


def events_of(connection: Connection, tenant: str, owner_id: int | None) -> list[FieldEvent]:
    """Newest first, with sessions and without participants; `owner_id` None means everybody's."""
    query = _events().where(field_event.c.tenant == tenant)
    if owner_id is not None:
        query = query.where(field_event.c.account_id == owner_id)
    rows = connection.execute(query.order_by(field_event.c.event_id.desc()).limit(500)).all()
    sessions = sessions_of(connection, [row.event_id for row in rows])
    return [_event(row, sessions.get(row.event_id, ()), ()) for row in rows]


def tenants_with_event(connection: Connection, code: str) -> list[str]:
    """The tenants that have an event of this code: one, since codes are drawn by lot."""
    query = select(field_event.c.tenant).where(field_event.c.code == code).order_by(field_event.c.tenant)
    return [str(row.tenant) for row in connection.execute(query)]


def event_by_code(connection: Connection, tenant: str, code: str) -> FieldEvent | None:
    """The event with its sessions and participants, in the order of names."""
    row = connection.execute(
        _events().where(field_event.c.tenant == tenant, field_event.c.code == code)
    ).first()
    if row is None:
        return None
    people = connection.execute(
        select(field_participant.c.nip, field_participant.c.name, field_participant.c.office)
        .where(field_participant.c.event_id == row.event_id)
        .order_by(field_participant.c.office, field_participant.c.name, field_participant.c.nip)
    )
    sessions = sessions_of(connection, [row.event_id]).get(row.event_id, ())
    return _event(row, sessions, tuple(Participant(one.nip, one.name, one.office) for one in people))


def _event(row: object, sessions: tuple[FieldSession, ...], people: tuple[Participant, ...]) -> FieldEvent:
    names = (
        "event_id", "code", "title", "form", "scope", "organiser", "place", "jp_stated", "programme_code",
        "owner", "created_at",
    )  # fmt: skip
    return FieldEvent(
        **{name: getattr(row, name) for name in names},
        owner_id=getattr(row, "account_id"),  # noqa: B009  a Row's columns are not known to the type checker
        sessions=sessions,
        participants=people,
    )


def participants_of_offices(connection: Connection, tenant: str, offices: Sequence[str]) -> list[Participant]:
    """Everybody active in the offices who has a NIP, once each, with the newest NIP."""
    newest: dict[int, Participant] = {}
    query = (
        select(learner.c.learner_id, learner.c.name, learner.c.office_name, identifier.c.value)
        .join(identifier, identifier.c.learner_id == learner.c.learner_id)
        .where(
            learner.c.tenant == tenant,
            learner.c.active.is_(True),
            learner.c.office_code.in_(list(offices)),
            identifier.c.scheme == Scheme.NIP.value,
        )
        .order_by(identifier.c.identifier_id)
    )
    for row in connection.execute(query):
        newest[row.learner_id] = Participant(row.value, row.name, row.office_name)
    return list(newest.values())


def people_of_nips(connection: Connection, tenant: str, nips: Iterable[str]) -> dict[str, Participant]:
    """nip -> who the roster says that is; a NIP that nobody has is absent."""
    wanted, found = sorted(set(nips)), {}
    for start in range(0, len(wanted), _CHUNK):
        query = (
            select(learner.c.name, learner.c.office_name, identifier.c.value)
            .join(identifier, identifier.c.learner_id == learner.c.learner_id)
            .where(
                learner.c.tenant == tenant,
                identifier.c.tenant == tenant,
                identifier.c.scheme == Scheme.NIP.value,
                identifier.c.value.in_(wanted[start : start + _CHUNK]),
            )
        )
        for row in connection.execute(query):
            found[row.value] = Participant(row.value, row.name, row.office_name)
    return found


def offices_known(connection: Connection, tenant: str) -> list[tuple[str, str]]:
    """(code, name) of every office on the roster, in the order of names."""
    query = (
        select(learner.c.office_code, learner.c.office_name)
        .where(learner.c.tenant == tenant, learner.c.active.is_(True))
        .distinct()
        .order_by(learner.c.office_name, learner.c.office_code)
    )
    return [(row.office_code, row.office_name) for row in connection.execute(query)]


# -- devices -----------------------------------------------------------------------------------------------


def enrol_device(
    connection: Connection,
    tenant: str,
    account_id: int,
    key_id: str,
    label: str,
    public_key: str,
    now: datetime,
) -> Device | None:
    """The device; enrolling the same key again is the same device. None where the key is another account's."""
    statement = insert_for(connection, field_device).values(
        tenant=tenant,
        account_id=account_id,
        key_id=key_id,
        label=label,
        public_key=public_key,
        enrolled_at=now,
    )
    connection.execute(statement.on_conflict_do_nothing(index_elements=["tenant", "key_id"]))
    found = device_by_key(connection, tenant, key_id)
    return found if found is not None and found.account_id == account_id else None


def device_by_key(connection: Connection, tenant: str, key_id: str) -> Device | None:
    query = select(field_device).where(field_device.c.tenant == tenant, field_device.c.key_id == key_id)
    row = connection.execute(query).first()
    return None if row is None else _device(row)


def devices_of(connection: Connection, tenant: str, account_id: int) -> list[Device]:
    query = select(field_device).where(
        field_device.c.tenant == tenant, field_device.c.account_id == account_id
    )
    return [_device(row) for row in connection.execute(query.order_by(field_device.c.device_id.desc()))]


def device_labels(connection: Connection, tenant: str, key_ids: Iterable[str]) -> dict[str, str]:
    """Key id -> what its owner called the device, of those that are enrolled."""
    query = select(field_device.c.key_id, field_device.c.label).where(
        field_device.c.tenant == tenant, field_device.c.key_id.in_(sorted(set(key_ids)))
    )
    return {row.key_id: row.label for row in connection.execute(query)}


def _device(row: object) -> Device:
    names = ("device_id", "key_id", "label", "account_id", "public_key", "enrolled_at", "revoked_at")
    return Device(**{name: getattr(row, name) for name in names})


def revoke_device(connection: Connection, tenant: str, account_id: int, key_id: str, now: datetime) -> bool:
    """Whether such a device stood. What it sent before stays."""
    changed = connection.execute(
        update(field_device)
        .where(
            field_device.c.tenant == tenant,
            field_device.c.account_id == account_id,
            field_device.c.key_id == key_id,
            field_device.c.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
    return changed.rowcount == 1
