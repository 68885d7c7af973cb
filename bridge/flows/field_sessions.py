"""Sessions after the event was made: another one, a moved one, another title. Devices learn of it at their next
contact; what they recorded in the meantime names the session's number, which never changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from bridge.domain.clock import day_in_zone
from bridge.domain.field import FieldEvent, FieldSession, SessionState
from bridge.errors import RefuseInput, RetryLater
from bridge.flows.field_confirm import Confirmed, restated
from bridge.flows.field_desk import Desk, event_missing
from bridge.flows.field_events import read_session, refuse_overlap
from bridge.store.field_events import event_by_code
from bridge.store.field_sessions import add_session, change_session, set_event_days
from bridge.store.unit import unit

MOST_SESSIONS = 60
ROW = 1
"""The form of one session names its fields `sesi1_tanggal` and so on, as the form of a new event does."""


@dataclass(frozen=True, slots=True)
class Changed:
    """The session as it now stands, and what that did to the evidence."""

    session: FieldSession
    done: Confirmed


def _event(connection: Connection, desk: Desk, code: str) -> FieldEvent:
    event = event_by_code(connection, desk.tenant, code)
    if event is None:
        raise event_missing(code)
    return event


def _read(desk: Desk, form: Mapping[str, str], number: int) -> FieldSession:
    session = read_session(form, ROW, number, ZoneInfo(desk.zone))
    if session is None:
        raise RefuseInput(
            "EVENT-INVALID",
            "Tanggal sesi belum diisi. Isi tanggal dan jamnya lalu simpan lagi.",
            "The session's date is empty. Fill in its date and times.",
            where="sesi",
        )
    return session


def _settle(
    connection: Connection, desk: Desk, event: FieldEvent, session: FieldSession, who: str, now: datetime
) -> Changed:
    days = [
        day_in_zone(one.starts_at, desk.zone) for one in _event(connection, desk, event.code).counted_sessions
    ]
    if days:
        set_event_days(connection, event.event_id, min(days), max(days))
    return Changed(session, restated(connection, desk, event.code, who, now))


def add_one(desk: Desk, code: str, form: Mapping[str, str], who: str) -> Changed:
    """Another session. An event that was settled is not any more: its evidence waits for the new session too.

    Raises RefuseInput: fields, overlap, too many; RetryLater where somebody else adds one at this moment.
    """
    now = desk.clock()
    with unit(desk.engine) as connection:
        event = _event(connection, desk, code)
        if len(event.sessions) >= MOST_SESSIONS:
            raise RefuseInput(
                "EVENT-SESSIONS",
                f"Satu acara paling banyak {MOST_SESSIONS} sesi. Buat acara baru untuk selebihnya.",
                f"An event takes {MOST_SESSIONS} sessions at most. Make another event for the rest.",
            )
        number = max(one.number for one in event.sessions) + 1
        session = _read(desk, form, number)
        refuse_overlap([*event.counted_sessions, session])
        try:
            with connection.begin_nested():
                add_session(connection, event.event_id, session, who, now)
        except IntegrityError as fault:
            raise RetryLater(
                "EVENT-BUSY",
                "Sesi lain baru saja ditambahkan pada acara ini. Muat ulang halamannya lalu simpan lagi.",
                "Another session was added to this event just now. Reload the page and save again.",
            ) from fault
        return _settle(connection, desk, event, session, who, now)


def change_one(desk: Desk, code: str, number: int, form: Mapping[str, str], who: str) -> Changed:
    """Another time or title of a session that is open. Records stay with it: where their times no longer fit, a
    finding says so. Raises RefuseInput."""
    now = desk.clock()
    with unit(desk.engine) as connection:
        event = _event(connection, desk, code)
        before = event.session(number)
        if before is None:
            raise event_missing(code)
        if before.state is not SessionState.OPEN:
            raise RefuseInput(
                "SESSION-NOT-OPEN",
                f"Sesi {number} sudah dikonfirmasi atau dibatalkan. Buka kembali dahulu, lalu ubah waktunya.",
                f"Session {number} was confirmed or cancelled. Open it again first, then change it.",
                where=code,
            )
        wanted = _read(desk, form, number)
        after = replace(before, title=wanted.title, starts_at=wanted.starts_at, ends_at=wanted.ends_at)
        others = [one for one in event.counted_sessions if one.number != number]
        refuse_overlap([*others, after])
        if after != before:
            change_session(connection, event.event_id, after, who, now)
        return _settle(connection, desk, event, after, who, now)
