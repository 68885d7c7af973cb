"""Taking in what was recorded in the field: over the link, from a file, at the console, from a learner's phone.

Every record is answered: taken, taken before, or refused with the reason. Nothing is dropped without a word, and
a refusal is kept with what arrived. All of one delivery is one transaction.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import Connection

from bridge.attendance.device_clock import Contact, believe
from bridge.attendance.field_record import (
    Body,
    Carriage,
    Sent,
    Unreadable,
    read_body,
    signature_is_right,
)
from bridge.domain.field import (
    Act,
    Carried,
    Device,
    FieldEvent,
    FieldRecord,
    Participant,
    Refusal,
    SessionState,
)
from bridge.domain.finding import Finding
from bridge.flows.field_desk import Desk, sees_all
from bridge.flows.field_findings import refresh_findings
from bridge.identity.nip import read_nip
from bridge.store.console import Account
from bridge.store.field_events import device_by_key, event_by_code, people_of_nips
from bridge.store.field_records import (
    KnownRecord,
    insert_record,
    insert_refusals,
    record_by_nonce,
    records_by_nonces,
)
from bridge.store.finding_rows import sync_findings
from bridge.store.unit import unit

REASONS = {
    "body": "catatan rusak",
    "signature": "tanda tangan tidak cocok",
    "device": "perangkat tidak terdaftar atau sudah dicabut",
    "event": "acara tidak ada, atau bukan acara akun perangkat ini",
    "session": "sesi tidak ada",
    "nonce": "nomor catatan dipakai catatan lain",
}
"""Why a record is refused, in the words of page and command line."""


class Answer(StrEnum):
    TAKEN = "taken"
    REPEAT = "repeat"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to one record. `receipt` is empty for a refusal; `remarks` are finding codes and NIP problems;
    `reason` is a refusal's (`body`, `signature`, `device`, `event`, `session`, `nonce`); `event`, `session` and
    `typed` are what the record itself says, empty where it can't be read."""

    nonce: str
    answer: Answer
    receipt: str = ""
    reason: str = ""
    name: str = ""
    remarks: tuple[str, ...] = ()
    happened_at: datetime | None = None
    event: str = ""
    session: int = 0
    typed: str = ""


@dataclass(slots=True)
class Intake:
    receipts: list[Receipt] = field(default_factory=list)
    events: set[str] = field(default_factory=set)

    def count(self, answer: Answer) -> int:
        return sum(one.answer is answer for one in self.receipts)


@dataclass(slots=True)
class _Delivery:
    """What one delivery has looked up already."""

    desk: Desk
    connection: Connection
    carried: Carried
    contact: Contact | None
    account: Account | None
    now: datetime
    devices: dict[str, Device | None] = field(default_factory=dict)
    events: dict[str, FieldEvent | None] = field(default_factory=dict)
    rosters: dict[str, dict[str, str]] = field(default_factory=dict)
    people: dict[str, Participant | None] = field(default_factory=dict)
    records: dict[str, KnownRecord] = field(default_factory=dict)
    refused: list[tuple[int | None, Refusal, str, str]] = field(default_factory=list)

    def device(self, key_id: str) -> Device:
        if key_id not in self.devices:
            self.devices[key_id] = device_by_key(self.connection, self.desk.tenant, key_id)
        found = self.devices[key_id]
        if found is None or found.revoked_at is not None:
            raise Unreadable("device")
        return found

    def event(self, code: str) -> FieldEvent:
        if code not in self.events:
            self.events[code] = event_by_code(self.connection, self.desk.tenant, code)
        found = self.events[code]
        if found is None:
            raise Unreadable("event")
        return found

    def look_up(self, bodies: Iterable[Body | Unreadable]) -> None:
        """What is known of the records and the people of a whole delivery, in a few questions."""
        read = [one for one in bodies if isinstance(one, Body)]
        tenant = self.desk.tenant
        self.records = records_by_nonces(self.connection, tenant, (one.u for one in read))
        nips = {nip for one in read if (nip := read_nip(one.p).value) is not None}
        self.people = dict.fromkeys(nips) | people_of_nips(self.connection, tenant, nips)

    def person(self, nip: str) -> Participant | None:
        """Who the roster of employees says that is."""
        if nip not in self.people:
            self.people[nip] = people_of_nips(self.connection, self.desk.tenant, [nip]).get(nip)
        return self.people[nip]

    def listed(self, event: FieldEvent) -> dict[str, str]:
        """NIP -> name of the event's participants."""
        if event.code not in self.rosters:
            self.rosters[event.code] = {one.nip: one.name for one in event.participants}
        return self.rosters[event.code]

    def may_bring(self, device: Device, event: FieldEvent) -> bool:
        """A device records at its own account's events. Who brings the records must be allowed there too; on the
        command line nobody is signed in, the one who has the installation is trusted."""
        if device.account_id != event.owner_id:
            return False
        return self.account is None or sees_all(self.account) or self.account.account_id == event.owner_id


def take_in(desk: Desk, carriage: Carriage, carried: Carried, account: Account | None) -> Intake:
    """Every record of the delivery, in its order. `account` is who brings it, None on the command line."""
    intake = Intake()
    now = desk.clock()
    contact = None
    if carried is Carried.LINK and carriage.now is not None:
        contact = Contact(now, carriage.now.reading())
    with unit(desk.engine) as connection:
        delivery = _Delivery(desk, connection, carried, contact, account, now)
        bodies = [_read(sent) for sent in carriage.records]
        delivery.look_up(bodies)
        intake.receipts = [
            _take(delivery, sent, body) for sent, body in zip(carriage.records, bodies, strict=True)
        ]
        insert_refusals(connection, desk.tenant, delivery.refused)
        _tell_of_strays(delivery)
        for code, event in delivery.events.items():
            if event is not None:
                intake.events.add(code)
                refresh_findings(connection, desk.tenant, event, now)
    return intake


def _read(sent: Sent) -> Body | Unreadable:
    try:
        return read_body(sent)
    except Unreadable as fault:
        return fault


def _take(delivery: _Delivery, sent: Sent, body: Body | Unreadable) -> Receipt:
    if isinstance(body, Unreadable):
        return _refuse(delivery, sent, None, None, body.reason)
    event: FieldEvent | None = None
    try:
        event = delivery.event(body.e)
        device = delivery.device(body.k)
        if not signature_is_right(sent, device.public_key):
            raise Unreadable("signature")
        if not delivery.may_bring(device, event):
            raise Unreadable("event")
        if event.session(body.s) is None:
            raise Unreadable("session")
        return _keep(delivery, sent, body, device, event)
    except Unreadable as fault:
        return _refuse(delivery, sent, body, event, fault.reason)


def _keep(delivery: _Delivery, sent: Sent, body: Body, device: Device, event: FieldEvent) -> Receipt:
    tenant, connection = delivery.desk.tenant, delivery.connection
    known = delivery.records.get(body.u)
    if known is not None:
        return _repeat(delivery, sent, event, known)
    record = _record_of(delivery, body, device, event)
    taken = insert_record(
        connection,
        tenant,
        event.event_id,
        record,
        device_id=device.device_id,
        body=sent.body,
        signature=sent.sig,
    )
    if not taken:  # twice in this delivery, or another one was faster
        known = record_by_nonce(connection, tenant, body.u)
        if known is not None:
            return _repeat(delivery, sent, event, known)
    return _answer(delivery, event, record, Answer.TAKEN)


def _repeat(delivery: _Delivery, sent: Sent, event: FieldEvent, known: KnownRecord) -> Receipt:
    if known.body != sent.body:
        raise Unreadable("nonce")  # the nonce of another record: copied, or tampered with
    return _answer(delivery, event, known.record, Answer.REPEAT)


def _record_of(delivery: _Delivery, body: Body, device: Device, event: FieldEvent) -> FieldRecord:
    reading = body.c.reading()
    anchor = None if body.h is None else body.h.contact()
    believed = believe(reading, anchor, delivery.contact, delivery.now)
    nip = read_nip(body.p)
    return FieldRecord(
        nonce=body.u,
        session=body.s,
        act=body.a,
        typed=body.p[:200],
        nip=nip.value,
        nip_problem=nip.problem,
        name=_name(delivery, event, nip.value) or body.n[:120],
        maker=f"device:{device.key_id}",
        counter=body.i,
        device_at=reading.wall,
        at=believed.at,
        earliest=believed.earliest,
        latest=believed.latest,
        clock_doubt=believed.doubt,
        carried=delivery.carried,
        received_at=delivery.now,
    )


def _name(delivery: _Delivery, event: FieldEvent, nip: str | None) -> str:
    if nip is None:
        return ""
    listed = delivery.listed(event).get(nip, "")
    known = None if listed else delivery.person(nip)
    return known.name if known is not None else listed


def _answer(delivery: _Delivery, event: FieldEvent, record: FieldRecord, answer: Answer) -> Receipt:
    return Receipt(
        record.nonce,
        answer,
        receipt=delivery.desk.receipt_of(event.code, record),
        name=record.name,
        remarks=tuple(_remarks(delivery, event, record)),
        happened_at=record.at,
        event=event.code,
        session=record.session,
        typed=record.typed,
    )


def _remarks(delivery: _Delivery, event: FieldEvent, record: FieldRecord) -> Iterable[str]:
    if record.nip is None:
        yield record.nip_problem or "NIP-INVALID"
    elif record.nip not in delivery.listed(event):
        yield "FIELD-NOT-LISTED" if delivery.person(record.nip) else "FIELD-NIP-UNKNOWN"
    if record.clock_doubt:
        yield "FIELD-CLOCK-SKEW"
    session = event.session(record.session)
    if session is not None and session.confirmed_at is not None and record.received_at > session.confirmed_at:
        yield "FIELD-LATE"
    if session is not None and session.state is SessionState.CANCELLED:
        yield "FIELD-CANCELLED"


def _refuse(
    delivery: _Delivery, sent: Sent, body: Body | None, event: FieldEvent | None, reason: str
) -> Receipt:
    print_of_it = sha256(f"{sent.body}\x1f{sent.sig}".encode()).hexdigest()
    nonce = body.u if body is not None else ""
    key_id = body.k[:16] if body is not None else ""
    refusal = Refusal(nonce, key_id, reason, delivery.now, print_of_it)
    event_id = None if event is None else event.event_id
    delivery.refused.append((event_id, refusal, sent.body[:4000], sent.sig[:200]))
    if body is None:
        return Receipt("", Answer.REFUSED, reason=reason)
    return Receipt(
        nonce, Answer.REFUSED, reason=reason, event=body.e[:24], session=body.s, typed=body.p[:200]
    )


def _tell_of_strays(delivery: _Delivery) -> None:
    """Refusals that name no event of ours are findings too; nothing of theirs is ever closed by computing."""
    strays = [
        Finding(
            "FIELD-REFUSED",
            f"source:acara:-:{refusal.fingerprint[:16]}",
            params={"title": "?", "device": refusal.key_id, "nonce": refusal.nonce, "reason": refusal.reason},
        )
        for event_id, refusal, _, _ in delivery.refused
        if event_id is None
    ]
    if strays:
        tenant, now = delivery.desk.tenant, delivery.now
        sync_findings(delivery.connection, tenant, strays, in_scope=lambda _row: False, now=now)


def record_here(
    desk: Desk,
    event: FieldEvent,
    session: int,
    act: Act,
    typed: str,
    maker: str,
    carried: Carried,
    nonce: str = "",
    seen: tuple[datetime, datetime] | None = None,
) -> tuple[FieldRecord, str]:
    """A record made here: by the organiser at the console, or by a learner's phone. `seen` are the earliest moment
    and the believed one where it took its time to arrive; both are now otherwise. The same nonce again gives the
    record that stands. Returns it with its receipt."""
    now = desk.clock()
    earliest, at = seen or (now, now)
    nip = read_nip(typed)
    with unit(desk.engine) as connection:
        delivery = _Delivery(desk, connection, carried, None, None, now)
        record = FieldRecord(
            nonce=nonce or str(uuid.uuid4()),
            session=session,
            act=act,
            typed=typed[:200],
            nip=nip.value,
            nip_problem=nip.problem,
            name=_name(delivery, event, nip.value),
            maker=maker,
            counter=None,
            device_at=None,
            at=at,
            earliest=earliest,
            latest=now,
            clock_doubt="",
            carried=carried,
            received_at=now,
        )
        if not insert_record(connection, desk.tenant, event.event_id, record):
            known = record_by_nonce(connection, desk.tenant, record.nonce)
            if known is not None:
                record = known.record
        refresh_findings(connection, desk.tenant, event, now)
    return record, desk.receipt_of(event.code, record)
