"""What needs a person at an event: computed anew from its records each time, so that it closes by itself.

The subjects begin with `source:acara:<code>:`, which keeps them out of the engine's hands: the engine finds what
holds a credit, from the confirmed evidence; this finds what the organiser has to look at before that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bridge.attendance.device_clock import CLOCK_WRONG
from bridge.attendance.field_roll import Roll, roll_of
from bridge.domain.field import Act, FieldEvent, FieldRecord, FieldSession, Refusal, SessionState
from bridge.domain.finding import Finding
from bridge.store.field_events import device_labels, people_of_nips
from bridge.store.field_records import DeviceCount, devices_with_holes, records_of_event, refusals_of_event
from bridge.store.finding_rows import FindingCounts, sync_findings

OUTSIDE = timedelta(hours=2)
"""A scan farther from its session than this is remarked."""
_TAMPERED = frozenset({"signature", "nonce"})


def refresh_findings(connection: Connection, tenant: str, event: FieldEvent, now: datetime) -> FindingCounts:
    """Bring the stored findings of the event to what its records say now."""
    records = records_of_event(connection, event.event_id)
    roll = roll_of(records)
    known = people_of_nips(connection, tenant, (one.nip for one in records if one.nip))
    refusals = refusals_of_event(connection, event.event_id)
    keys = {one.maker.partition(":")[2] for one in records} | {one.key_id for one in refusals}
    labels = device_labels(connection, tenant, keys)
    found = [
        *_of_clocks(event, records, labels),
        *_of_conflicts(event, roll),
        *_of_cancelled(event, roll),
        *_of_refusals(event, refusals, labels),
        *_of_holes(event, devices_with_holes(connection, tenant, event.event_id)),
        *_of_sessions(event, records),
        *_of_people(event, records, set(known)),
        *_of_phones(event, records),
    ]
    mine = f"source:{event.source}:"
    return sync_findings(
        connection, tenant, found, in_scope=lambda row: row.subject.startswith(mine), now=now
    )


def _finding(code: str, event: FieldEvent, about: str, **params: object) -> Finding:
    filled = {name: str(value) for name, value in params.items()} | {"title": event.title}
    return Finding(code, f"source:{event.source}:{about}", params=filled)


def _minutes(span: timedelta) -> int:
    return round(abs(span).total_seconds() / 60)


def _called(labels: Mapping[str, str], key_id: str) -> str:
    """A device as its owner calls it, with the key that tells two of one name apart."""
    label = labels.get(key_id, "")
    return f"{label} ({key_id[:6]})" if label else key_id


def _of_clocks(
    event: FieldEvent, records: Iterable[FieldRecord], labels: Mapping[str, str]
) -> Iterator[Finding]:
    groups: dict[tuple[str, bool], list[FieldRecord]] = defaultdict(list)
    for one in records:
        if one.clock_doubt:
            groups[(one.maker, one.clock_doubt == CLOCK_WRONG)].append(one)
    for (maker, corrected), group in sorted(groups.items()):
        device = maker.partition(":")[2]
        if corrected:
            off = max((abs(one.device_at - one.at) for one in group if one.device_at), default=timedelta(0))
            yield _finding(
                "FIELD-CLOCK-SKEW",
                event,
                f"clock:{device}",
                device=_called(labels, device),
                count=len(group),
                minutes=_minutes(off),
            )
        else:
            yield _finding(
                "FIELD-CLOCK-UNSURE",
                event,
                f"clock:{device}",
                device=_called(labels, device),
                count=len(group),
            )


def _of_conflicts(event: FieldEvent, roll: Roll) -> Iterator[Finding]:
    for number, person, mark in roll.conflicts():
        session = event.session(number)
        if session is not None and session.state is not SessionState.OPEN:
            continue  # the engine speaks of the confirmed evidence
        yield _finding(
            "FIELD-CONFLICT",
            event,
            f"conflict:{number}:{person}",
            name=mark.newest.name or mark.newest.typed,
            place=f"sesi {number}",
        )


def _of_refusals(
    event: FieldEvent, refusals: Sequence[Refusal], labels: Mapping[str, str]
) -> Iterator[Finding]:
    confirmed = [one.confirmed_at for one in event.sessions if one.confirmed_at is not None]
    seen = max(confirmed) if event.settled else None
    for one in refusals:
        if seen is not None and one.received_at <= seen:
            continue  # the organiser has confirmed the event with this before the eyes
        code = "FIELD-SIGNATURE" if one.reason in _TAMPERED else "FIELD-REFUSED"
        yield _finding(
            code,
            event,
            f"refused:{one.fingerprint[:16]}",
            device=_called(labels, one.key_id),
            nonce=one.nonce,
            reason=one.reason,
        )


def _of_holes(event: FieldEvent, devices: Iterable[DeviceCount]) -> Iterator[Finding]:
    for one in devices:
        yield _finding("FIELD-GAP", event, f"gap:{one.key_id}", device=one.label, count=one.missing)


def _late(session: FieldSession, record: FieldRecord) -> bool:
    return session.confirmed_at is not None and record.received_at > session.confirmed_at


def _outside(session: FieldSession, record: FieldRecord) -> bool:
    if record.act not in (Act.SCAN, Act.SELF):
        return False  # a hand may tick a list in the evening
    return record.latest < session.starts_at - OUTSIDE or record.at > session.ends_at + OUTSIDE


def _of_sessions(event: FieldEvent, records: Sequence[FieldRecord]) -> Iterator[Finding]:
    for session in event.sessions:
        mine = [one for one in records if one.session == session.number]
        for code, about, test in (("FIELD-LATE", "late", _late), ("FIELD-OUTSIDE", "outside", _outside)):
            count = sum(test(session, one) for one in mine)
            if count:
                yield _finding(code, event, f"{about}:{session.number}", count=count, session=session.number)


def _of_cancelled(event: FieldEvent, roll: Roll) -> Iterator[Finding]:
    """The office cancelled it, a device in the field did not know: either may be right."""
    for session in event.sessions:
        if session.state is SessionState.CANCELLED:
            count = sum(mark.present for (number, _), mark in roll.marks.items() if number == session.number)
            if count:
                about = f"cancelled:{session.number}"
                yield _finding("FIELD-CANCELLED", event, about, count=count, session=session.number)


def _of_people(event: FieldEvent, records: Iterable[FieldRecord], known: set[str]) -> Iterator[Finding]:
    listed = {one.nip for one in event.participants}
    newest = {one.person: one for one in records}
    for person, one in sorted(newest.items()):
        name = one.name or "–"
        if one.nip is None or one.nip not in known:
            if not event.settled:  # afterwards the engine says it of the evidence
                yield _finding("FIELD-NIP-UNKNOWN", event, f"unknown:{person}", name=name, typed=one.typed)
        elif listed and one.nip not in listed:
            yield _finding("FIELD-NOT-LISTED", event, f"unlisted:{person}", name=name, nip=one.nip)


def _of_phones(event: FieldEvent, records: Iterable[FieldRecord]) -> Iterator[Finding]:
    people: dict[tuple[int, str], set[str]] = defaultdict(set)
    for one in records:
        if one.act is Act.SELF:
            people[(one.session, one.maker)].add(one.person)
    for (session, maker), group in sorted(people.items()):
        if len(group) > 1:
            about = f"phone:{session}:{maker.partition(':')[2]}"
            yield _finding("FIELD-SAME-PHONE", event, about, count=len(group), session=session)
