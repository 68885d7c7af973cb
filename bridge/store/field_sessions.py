"""An event's sessions: what stands, and every version of it. Works on the caller's connection."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Connection, insert, select, update

from bridge.domain.field import FieldSession, SessionState, SessionVersion
from bridge.store.tables import metadata

field_event = metadata.tables["field_event"]
field_session = metadata.tables["field_session"]
field_session_version = metadata.tables["field_session_version"]
_CHUNK = 400


def sessions_of(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[FieldSession, ...]]:
    """event id -> its sessions in the order of time."""
    found: dict[int, list[FieldSession]] = {}
    table = field_session
    for start in range(0, len(ids), _CHUNK):
        query = select(table).where(table.c.event_id.in_(ids[start : start + _CHUNK]))
        for row in connection.execute(query.order_by(table.c.event_id, table.c.starts_at, table.c.number)):
            found.setdefault(row.event_id, []).append(
                FieldSession(
                    row.number,
                    row.title,
                    row.starts_at,
                    row.ends_at,
                    SessionState(row.state),
                    row.confirmed_at,
                    row.confirmed_by,
                )
            )
    return {key: tuple(rows) for key, rows in found.items()}


def add_session(
    connection: Connection, event_id: int, session: FieldSession, who: str, now: datetime
) -> None:
    """Raises IntegrityError where the event has the number already: the constraint decides a race."""
    values = {
        "event_id": event_id,
        "number": session.number,
        "title": session.title,
        "starts_at": session.starts_at,
        "ends_at": session.ends_at,
        "state": session.state.value,
        "confirmed_at": None,
        "confirmed_by": "",
    }
    connection.execute(insert(field_session).values(values))
    _keep_version(connection, event_id, session, who, now)


def change_session(
    connection: Connection, event_id: int, session: FieldSession, who: str, now: datetime
) -> None:
    """Title, times and state to those of `session`; who confirmed and when follows the state."""
    confirmed = session.state is SessionState.CONFIRMED
    connection.execute(
        update(field_session)
        .where(field_session.c.event_id == event_id, field_session.c.number == session.number)
        .values(
            title=session.title,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            state=session.state.value,
            confirmed_at=now if confirmed else None,
            confirmed_by=who if confirmed else "",
        )
    )
    _keep_version(connection, event_id, session, who, now)


def _keep_version(
    connection: Connection, event_id: int, session: FieldSession, who: str, now: datetime
) -> None:
    values = {
        "event_id": event_id,
        "number": session.number,
        "title": session.title,
        "starts_at": session.starts_at,
        "ends_at": session.ends_at,
        "state": session.state.value,
        "changed_by": who,
        "changed_at": now,
    }
    connection.execute(insert(field_session_version).values(values))


def session_versions(connection: Connection, event_id: int) -> list[SessionVersion]:
    """Oldest first."""
    table = field_session_version
    query = select(table).where(table.c.event_id == event_id).order_by(table.c.version_id)
    return [
        SessionVersion(
            FieldSession(row.number, row.title, row.starts_at, row.ends_at, SessionState(row.state)),
            row.changed_by,
            row.changed_at,
        )
        for row in connection.execute(query)
    ]


def set_event_days(connection: Connection, event_id: int, start_on: date, end_on: date) -> None:
    """The event's first and last day, after its sessions changed."""
    connection.execute(
        update(field_event).where(field_event.c.event_id == event_id).values(start_on=start_on, end_on=end_on)
    )
