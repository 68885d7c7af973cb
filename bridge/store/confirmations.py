"""Organisers' confirmations of who was there: one mechanism for sheets and for events in the field.

What is confirmed is the roll of one event, named by a hash of what it says of each person. A roll that changes is
not what was confirmed: its confirmation lapses. The newest word on an event holds; none is ever changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import Connection, Select, and_, exists, insert, select

from bridge.domain.evidence import Standing
from bridge.store.evidence import people_of_event
from bridge.store.tables import attendance, event_confirmation, offline_event
from bridge.store.touched import touch


class Word(StrEnum):
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"  # the organiser, or who recorded it, took it back
    LAPSED = "lapsed"  # the roll is no longer the one that was confirmed


@dataclass(frozen=True, slots=True)
class Confirmation:
    source: str
    event_ref: str
    state: Word
    roll_hash: str
    people: int
    confirmed_by: str
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class EventRoll:
    """One event with what its roll says now: rows, how many of them present, and the last word on it."""

    event_ref: str
    title: str
    organiser: str
    start: date | None
    end: date | None
    form_stated: str | None
    roll_hash: str
    people: int
    present: int
    word: Confirmation | None = None

    @property
    def confirmed(self) -> bool:
        return self.word is not None and self.word.state is Word.CONFIRMED


_COLUMNS = (
    event_confirmation.c.source,
    event_confirmation.c.event_ref,
    event_confirmation.c.state,
    event_confirmation.c.roll_hash,
    event_confirmation.c.people,
    event_confirmation.c.confirmed_by,
    event_confirmation.c.recorded_by,
    event_confirmation.c.recorded_at,
)


def _newest_words(tenant: str) -> Select[Any]:
    newer = event_confirmation.alias("newer")
    same = and_(
        newer.c.tenant == event_confirmation.c.tenant,
        newer.c.source == event_confirmation.c.source,
        newer.c.event_ref == event_confirmation.c.event_ref,
        newer.c.confirmation_id > event_confirmation.c.confirmation_id,
    )
    return select(*_COLUMNS).where(event_confirmation.c.tenant == tenant, ~exists().where(same))


def standing_confirmations(tenant: str) -> Select[Any]:
    """What the engine sees: the events whose newest word is a confirmation."""
    return _newest_words(tenant).where(event_confirmation.c.state == Word.CONFIRMED.value)


def words_on(connection: Connection, tenant: str, sources: Iterable[str]) -> list[Confirmation]:
    """The newest word on each event of these sheets, whatever it says."""
    query = _newest_words(tenant).where(event_confirmation.c.source.in_(sorted(set(sources))))
    return [
        Confirmation(row[0], row[1], Word(row[2]), *row[3:])
        for row in connection.execute(query.order_by(event_confirmation.c.confirmation_id))
    ]


def rolls_of(connection: Connection, tenant: str, source: str) -> list[EventRoll]:
    """The events of a sheet that have people on them now, by day and title."""
    rolls = _standing_rows(connection, tenant, source)
    words = {word.event_ref: word for word in words_on(connection, tenant, [source])}
    newer = offline_event.alias("newer")
    query = select(offline_event).where(
        offline_event.c.tenant == tenant,
        offline_event.c.source == source,
        ~exists().where(
            newer.c.tenant == offline_event.c.tenant,
            newer.c.source == offline_event.c.source,
            newer.c.event_ref == offline_event.c.event_ref,
            newer.c.version > offline_event.c.version,
        ),
    )
    found = []
    for row in connection.execute(query):
        people = rolls.get(row.event_ref)
        if not people:
            continue
        facts = [row.title, row.organiser, row.start_on, row.end_on, row.jp_stated, row.form_stated]
        text = orjson.dumps([facts, sorted(people, key=orjson.dumps)])
        found.append(
            EventRoll(
                row.event_ref,
                row.title,
                row.organiser,
                row.start_on,
                row.end_on,
                row.form_stated,
                sha256(text).hexdigest(),
                len(people),
                sum(person[_ATTENDED] != 0 for person in people),
                words.get(row.event_ref),
            )
        )
    return sorted(found, key=lambda roll: (roll.start or date.max, roll.title, roll.event_ref))


_ROLL = ("attendee", "nip", "sessions_attended", "sessions_total", "minutes", "day", "late", "problem")
"""What a roll says of a person, and so what an organiser confirms; the place of a row on the paper is not in it."""
_ATTENDED = _ROLL.index("sessions_attended")


def _standing_rows(connection: Connection, tenant: str, source: str) -> dict[str, list[list[Any]]]:
    """event_ref -> what the newest version of each attendance that stands says."""
    query = (
        select(attendance.c.event_ref, attendance.c.standing, *(attendance.c[name] for name in _ROLL))
        .where(attendance.c.tenant == tenant, attendance.c.source == source)
        .order_by(attendance.c.version)
    )
    newest: dict[tuple[str, str], tuple[str, list[Any]]] = {}
    for event_ref, standing, *facts in connection.execute(query):
        newest[event_ref, facts[0]] = (standing, facts)
    rolls: dict[str, list[list[Any]]] = {}
    for (event_ref, _), (standing, facts) in newest.items():
        if standing != Standing.WITHDRAWN:
            rolls.setdefault(event_ref, []).append(facts)
    return rolls


def record_confirmation(
    connection: Connection,
    tenant: str,
    source: str,
    rolls: Sequence[EventRoll],
    *,
    by: str,
    recorded_by: str,
    now: datetime,
) -> int:
    """Confirm these rolls; one that the same organiser has confirmed already stays as it is. Returns how many
    are new. Everybody on them is recomputed."""
    fresh = [roll for roll in rolls if not _said_already(roll, by)]
    _record(
        connection,
        tenant,
        source,
        Word.CONFIRMED,
        {roll.event_ref: roll for roll in fresh},
        by,
        recorded_by,
        now,
    )
    return len(fresh)


def _said_already(roll: EventRoll, by: str) -> bool:
    word = roll.word
    return roll.confirmed and word is not None and (word.roll_hash, word.confirmed_by) == (roll.roll_hash, by)


def take_back_confirmation(
    connection: Connection, tenant: str, source: str, rolls: Sequence[EventRoll], *, who: str, now: datetime
) -> int:
    """Take the word on these events back. Returns how many had one."""
    gone = {roll.event_ref: roll for roll in rolls if roll.confirmed}
    _record(connection, tenant, source, Word.WITHDRAWN, gone, who, who, now)
    return len(gone)


def lapse_confirmations(connection: Connection, tenant: str, source: str, who: str, now: datetime) -> int:
    """After the evidence of a source changed: what was confirmed and is no longer so lapses. Returns how many."""
    standing = [word for word in words_on(connection, tenant, [source]) if word.state is Word.CONFIRMED]
    if not standing:
        return 0
    rolls = {roll.event_ref: roll for roll in rolls_of(connection, tenant, source)}
    gone = [
        word for word in standing
        if word.event_ref not in rolls or rolls[word.event_ref].roll_hash != word.roll_hash
    ]  # fmt: skip
    _record(
        connection, tenant, source, Word.LAPSED,
        {word.event_ref: rolls.get(word.event_ref) for word in gone}, who, who, now,
    )  # fmt: skip
    return len(gone)


def _record(
    connection: Connection,
    tenant: str,
    source: str,
    state: Word,
    rolls: Mapping[str, EventRoll | None],
    by: str,
    recorded_by: str,
    now: datetime,
) -> None:
    rows = [
        {
            "tenant": tenant,
            "source": source,
            "event_ref": event_ref,
            "state": state.value,
            "roll_hash": roll.roll_hash if roll else "",
            "people": roll.people if roll else 0,
            "confirmed_by": by,
            "recorded_by": recorded_by,
            "recorded_at": now,
        }
        for event_ref, roll in rolls.items()
    ]
    if not rows:
        return
    connection.execute(insert(event_confirmation), rows)
    subjects: set[str] = set()
    for event_ref in rolls:
        subjects |= people_of_event(connection, tenant, source, event_ref)
    touch(connection, tenant, subjects)
