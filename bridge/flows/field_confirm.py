"""The organiser's confirmation: records become evidence, by the same way as a sheet's rows.

Evidence of an event stands when every session is confirmed or cancelled; of a form that counts by session
(coaching, mentoring, guidance) each confirmed session stands by itself. Opening a session again withdraws it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import Connection

from bridge.attendance.field_roll import Roll, roll_of
from bridge.domain.clock import day_in_zone
from bridge.domain.evidence import Attendance, OfflineEvent
from bridge.domain.field import FieldEvent, FieldSession, Participant, SessionState
from bridge.domain.learner import Identifier, Scheme
from bridge.flows.field_desk import Desk, event_missing
from bridge.flows.field_findings import refresh_findings
from bridge.store.batches import newest_batch, record_batch
from bridge.store.catalogue import load_rule_documents
from bridge.store.confirmations import lapse_confirmations, record_confirmation, rolls_of
from bridge.store.evidence import (
    ReadIdentity,
    Stored,
    record_text,
    store_attendances,
    withdraw_attendances,
)
from bridge.store.field_events import event_by_code
from bridge.store.field_records import records_of_event
from bridge.store.field_sessions import change_session
from bridge.store.unit import unit

CONFLICT = "FIELD-CONFLICT"


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a confirmation (or its taking back) did to the evidence."""

    event: FieldEvent
    stored: Stored
    withdrawn: int


def set_state(desk: Desk, code: str, number: int, state: SessionState, who: str) -> Confirmed:
    """Confirm, cancel or reopen a session and bring the evidence to what then stands. Raises RefuseInput where
    there is no such event or session."""
    now = desk.clock()
    with unit(desk.engine) as connection:
        event = event_by_code(connection, desk.tenant, code)
        session = event.session(number) if event is not None else None
        if event is None or session is None:
            raise event_missing(code)
        change_session(connection, event.event_id, replace(session, state=state), who, now)
        return restated(connection, desk, code, who, now)


def restated(connection: Connection, desk: Desk, code: str, who: str, now: datetime) -> Confirmed:
    """Bring evidence and findings to what the event's sessions and records say now."""
    event = event_by_code(connection, desk.tenant, code)
    if event is None:
        raise event_missing(code)
    done = _bring_evidence(connection, desk, event, who, now)
    refresh_findings(connection, desk.tenant, event, now)
    return done


def _per_session(connection: Connection, tenant: str, form: int) -> bool:
    """Whether the newest rule set counts the form by session."""
    documents = load_rule_documents(connection, tenant)
    if not documents:
        return False
    from bridge.engine.rules import read_rules

    return any(rule.code == form and rule.basis == "per_session" for rule in read_rules(documents[-1]).forms)


def _bring_evidence(
    connection: Connection, desk: Desk, event: FieldEvent, who: str, now: datetime
) -> Confirmed:
    tenant = desk.tenant
    by_session = _per_session(connection, tenant, event.form)
    roll = roll_of(records_of_event(connection, event.event_id))
    rows: list[tuple[Attendance, ReadIdentity]] = []
    if by_session:
        rows = list(_rows_by_session(desk, event, roll))
    elif event.settled:
        rows = list(_rows_of_event(event, roll))
    before = newest_batch(connection, tenant, event.source)
    if not rows and before is None:
        return Confirmed(event, Stored(), 0)
    text = "\n".join(record_text(record) for record, _ in rows)
    fingerprint = sha256(text.encode()).hexdigest()
    if before is not None and before["sha256"] == fingerprint and before["undone_at"] is None:
        return Confirmed(event, Stored(same=len(rows)), 0)
    batch_id = record_batch(
        connection,
        tenant,
        source=event.source,
        kind="field",
        file_name=event.title[:200],
        sha256=fingerprint,
        rows_read=len(rows),
        rows_with_problem=sum(record.problem is not None for record, _ in rows),
        imported_by=who,
        now=now,
    )
    offline = [_offline_event(desk, event)] if rows else []
    stored = store_attendances(connection, tenant, offline, rows, batch_id=batch_id, now=now)
    keep = {(record.event_ref, record.attendee) for record, _ in rows}
    withdrawn = withdraw_attendances(connection, tenant, event.source, keep, now)
    # What stands now is what the organiser has confirmed: the same word as under a sheet (flows/confirm.py)
    lapse_confirmations(connection, tenant, event.source, who, now)
    rolls = rolls_of(connection, tenant, event.source)
    record_confirmation(connection, tenant, event.source, rolls, by=who, recorded_by=who, now=now)
    return Confirmed(event, stored, withdrawn)


def _day(desk: Desk, session: FieldSession) -> date:
    return day_in_zone(session.starts_at, desk.zone)


def _offline_event(desk: Desk, event: FieldEvent) -> OfflineEvent:
    days = [_day(desk, one) for one in event.counted_sessions]
    return OfflineEvent(
        source=event.source,
        event_ref=event.code,
        title=event.title,
        organiser=event.organiser,
        place=event.place,
        form_stated=str(event.form),
        scope=event.scope,
        start=min(days, default=None),
        end=max(days, default=None),
        jp_stated=event.jp_stated or None,
        programme_code=event.programme_code,
    )


def _people(event: FieldEvent, roll: Roll) -> Iterator[tuple[int, str, Participant, ReadIdentity, str]]:
    """(row, person, who, identity, as typed): the roster first, then those who came without being on it."""
    named = {who: mark.newest for (_, who), mark in sorted(roll.marks.items())}
    listed = {one.nip: one for one in event.participants}
    extra = sorted(who for who in named if who not in listed)
    for row, who in enumerate([*listed, *extra], 1):
        record = named.get(who)
        if who in listed:
            yield row, who, listed[who], ReadIdentity(who, None), who
        elif record is not None:
            person = Participant(record.nip or "", record.name)
            yield row, who, person, ReadIdentity(record.nip, record.nip_problem), record.typed


def _minutes_late(roll: Roll, session: FieldSession, who: str) -> int:
    """Whole minutes between the session's start and the first scan or check-in; 0 where there is none, or its clock
    is in doubt. A tick is made when the organiser has time, so it tells nothing."""
    came = roll.arrival(session.number, who)
    return 0 if came is None else max(0, int((came - session.starts_at).total_seconds()) // 60)


def _conflict(roll: Roll, sessions: tuple[FieldSession, ...], who: str) -> bool:
    marks = (roll.mark(one.number, who) for one in sessions)
    return any(mark is not None and mark.conflict is not None for mark in marks)


def _rows_of_event(event: FieldEvent, roll: Roll) -> Iterator[tuple[Attendance, ReadIdentity]]:
    counted = event.counted_sessions
    for row, who, person, identity, typed in _people(event, roll):
        attended = [one for one in counted if roll.present(one.number, who)]
        conflict = _conflict(roll, counted, who)
        if not attended and not conflict and not any(one.nip == who for one in event.participants):
            continue  # not on the roster, and every mark was taken back: nobody
        problem = identity.problem or (CONFLICT if conflict else None)
        record = Attendance(
            source=event.source,
            event_ref=event.code,
            attendee=who,
            sheet=f"Acara {event.code}",
            row=row,
            identifiers=(Identifier(Scheme.NIP, typed),),
            learner_name=person.name,
            office=person.office,
            sessions_attended=len(attended),
            sessions_total=len(counted),
            minutes=sum(one.minutes for one in attended),
            problem=problem,
            late=tuple(minutes for one in attended if (minutes := _minutes_late(roll, one, who))),
        )
        yield record, identity


def _rows_by_session(desk: Desk, event: FieldEvent, roll: Roll) -> Iterator[tuple[Attendance, ReadIdentity]]:
    for session in event.sessions:
        if session.state is not SessionState.CONFIRMED:
            continue
        for row, who, person, identity, typed in _people(event, roll):
            conflict = _conflict(roll, (session,), who)
            if not roll.present(session.number, who) and not conflict:
                continue
            record = Attendance(
                source=event.source,
                event_ref=event.code,
                attendee=f"{who}:{session.number}",
                sheet=f"Acara {event.code}, sesi {session.number}",
                row=row,
                identifiers=(Identifier(Scheme.NIP, typed),),
                learner_name=person.name,
                office=person.office,
                minutes=session.minutes,
                day=_day(desk, session),
                problem=identity.problem or (CONFLICT if conflict else None),
                late=(minutes,) if (minutes := _minutes_late(roll, session, who)) else (),
            )
            yield record, identity
