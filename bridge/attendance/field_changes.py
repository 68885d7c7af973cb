"""What happened to an event's sessions since it was made, read from their versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bridge.domain.field import FieldSession, SessionState, SessionVersion


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to a session: `what` is `added`, `moved`, `renamed`, `confirmed`, `opened` or `cancelled`."""

    what: str
    before: FieldSession | None
    after: FieldSession
    who: str
    at: datetime


_STATE_WORDS = {
    SessionState.CONFIRMED: "confirmed",
    SessionState.OPEN: "opened",
    SessionState.CANCELLED: "cancelled",
}


def changes_of(versions: Sequence[SessionVersion], made_at: datetime) -> list[Change]:
    """Newest first; the sessions of the event's first day are no change."""
    standing: dict[int, FieldSession] = {}
    found: list[Change] = []
    for one in versions:
        after = one.session
        before = standing.get(after.number)
        standing[after.number] = after
        if before is None:
            if one.changed_at > made_at:
                found.append(Change("added", None, after, one.changed_by, one.changed_at))
            continue
        if before.state is not after.state or after.state is SessionState.CONFIRMED:
            found.append(Change(_STATE_WORDS[after.state], before, after, one.changed_by, one.changed_at))
        elif (before.starts_at, before.ends_at) != (after.starts_at, after.ends_at):
            found.append(Change("moved", before, after, one.changed_by, one.changed_at))
        else:
            found.append(Change("renamed", before, after, one.changed_by, one.changed_at))
    return found[::-1]
