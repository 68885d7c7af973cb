"""When something happened, by a clock that nobody can trust: the device's, corrected by what can't be set.

A phone without a network may stand in 2015. Three facts are known all the same: the *anchor* (the server's time
at the device's last contact, with the device's clocks of that moment), the *contact* now, and the monotonic
counter of the page, which no setting moves, which stops while the phone sleeps, and never runs fast. So

- a record is not earlier than its anchor plus the monotonic time since, and
- not later than the contact minus the monotonic time until.

Inside these bounds the wall clock, put right by its offset at the contact (or at the anchor), is believed;
outside them it is not, and the nearer bound is taken. The time of synchronisation never stands for the time of
the scan.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

LIMIT = timedelta(minutes=5)
"""Beyond it a clock's error is a finding."""
_TOLERANCE = timedelta(seconds=30)  # a slow answer of the network, between reading the clock and its arrival

CLOCK_WRONG = "wrong"  # the device's clock was off by more than LIMIT; the offset put it right
CLOCK_CHANGED = "changed"  # it was set between two contacts, and the bounds leave more than LIMIT open
CLOCK_UNPROVEN = "unproven"  # no contact said how far it is off (a file from a device that never had one)


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a device's clocks. `life` names the page's life, within which `mono` counts."""

    wall: datetime
    mono: timedelta
    life: str


@dataclass(frozen=True, slots=True)
class Contact:
    """A moment at which the server's time and the device's clocks are both known."""

    server: datetime
    reading: Reading

    @property
    def offset(self) -> timedelta:
        return self.server - self.reading.wall


@dataclass(frozen=True, slots=True)
class Believed:
    """`doubt` is empty or one of the words above; `skew` is how far the device's clock was ahead."""

    at: datetime
    earliest: datetime
    latest: datetime
    skew: timedelta
    doubt: str


def believe(
    reading: Reading, anchor: Contact | None, contact: Contact | None, received_at: datetime
) -> Believed:
    """The time of a record. `contact` is None for a file, which brings no clock with it."""
    latest = received_at
    if contact is not None:
        latest = contact.server
        if contact.reading.life == reading.life:
            latest -= max(contact.reading.mono - reading.mono, timedelta(0))
    if anchor is not None and anchor.server > latest + _TOLERANCE:
        anchor = None  # a contact of the future is none of ours
    earliest = latest - timedelta(days=366)
    if anchor is not None:
        earliest = anchor.server
        if anchor.reading.life == reading.life:
            earliest += max(reading.mono - anchor.reading.mono, timedelta(0))
    earliest = min(earliest, latest)
    offsets = [known.offset for known in (contact, anchor) if known is not None]
    candidates = [reading.wall + offset for offset in offsets] or [reading.wall]
    fitting = [one for one in candidates if earliest - _TOLERANCE <= one <= latest + _TOLERANCE]
    chosen = fitting[0] if fitting else _nearer(candidates[0], earliest, latest)
    at = min(max(chosen, earliest), latest)
    skew = reading.wall - at
    return Believed(at, earliest, latest, skew, _doubt(fitting, offsets, skew, latest - earliest))


def _nearer(moment: datetime, earliest: datetime, latest: datetime) -> datetime:
    return earliest if moment < earliest else latest


def _doubt(fitting: list[datetime], offsets: list[timedelta], skew: timedelta, open_for: timedelta) -> str:
    if not offsets:
        return CLOCK_UNPROVEN
    disagree = len(offsets) == 2 and abs(offsets[0] - offsets[1]) > LIMIT
    if open_for > LIMIT and (not fitting or (disagree and _apart(fitting))):
        return CLOCK_CHANGED
    return CLOCK_WRONG if abs(skew) > LIMIT else ""


def _apart(fitting: list[datetime]) -> bool:
    return max(fitting) - min(fitting) > LIMIT
