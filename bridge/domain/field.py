"""Events in the field: sessions, who is on the roster, and the records of who was there.

A record is what one device, phone or account said about one person at one session, once and for good. Whether
somebody was present is computed from all records; nothing is overwritten.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Act(StrEnum):
    SCAN = "scan"  # the QR of a card, read by the organiser's device
    TICK = "tick"  # the organiser's hand
    UNTICK = "untick"  # the organiser takes a mark back
    SELF = "self"  # the learner's own phone, with the rotating code

    @property
    def present(self) -> bool:
        return self is not Act.UNTICK


class Carried(StrEnum):
    """How a record reached us."""

    LINK = "link"
    FILE = "file"
    CONSOLE = "console"  # made here, by a signed-in organiser
    PHONE = "phone"  # made here, by a learner's check-in


class SessionState(StrEnum):
    OPEN = "open"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class FieldSession:
    """`number` counts from 1 within the event; instants are aware."""

    number: int
    title: str
    starts_at: datetime
    ends_at: datetime
    state: SessionState = SessionState.OPEN
    confirmed_at: datetime | None = None
    confirmed_by: str = ""

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds()) // 60


@dataclass(frozen=True, slots=True)
class SessionVersion:
    """What a session was from `changed_at` on, until the next version of the same number."""

    session: FieldSession
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Participant:
    nip: str
    name: str
    office: str = ""


@dataclass(frozen=True, slots=True)
class FieldEvent:
    """`code` names the event in addresses, files and evidence (`acara:<code>`). `form` is a SIASN code.
    `owner_id` is the account that may see and change it. `sessions` stand in the order of time; their numbers are
    names, given once, and need not."""

    event_id: int
    code: str
    title: str
    form: int
    scope: str
    organiser: str
    place: str
    jp_stated: str
    programme_code: str
    owner_id: int
    owner: str
    created_at: datetime
    sessions: tuple[FieldSession, ...] = ()
    participants: tuple[Participant, ...] = ()

    @property
    def source(self) -> str:
        return f"acara:{self.code}"

    def session(self, number: int) -> FieldSession | None:
        return next((one for one in self.sessions if one.number == number), None)

    @property
    def counted_sessions(self) -> tuple[FieldSession, ...]:
        return tuple(one for one in self.sessions if one.state is not SessionState.CANCELLED)

    @property
    def settled(self) -> bool:
        """Every session is confirmed or cancelled, and at least one was held."""
        counted = self.counted_sessions
        return bool(counted) and all(one.state is SessionState.CONFIRMED for one in counted)


@dataclass(frozen=True, slots=True)
class Device:
    """An enrolled device: `key_id` is the SHA-256 of its public key (first 16 hexadecimal digits)."""

    device_id: int
    key_id: str
    label: str
    account_id: int
    public_key: str
    enrolled_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FieldRecord:
    """`nip` is None where `typed` can't be read as one (`nip_problem` says why). `device_at` is what the
    device's clock said, `at` what is believed, between `earliest` and `latest`, which no setting of a clock can
    move. `maker` is `device:<key_id>`, `account:<name>` or `phone:<mark>`."""

    nonce: str
    session: int
    act: Act
    typed: str
    nip: str | None
    nip_problem: str | None
    name: str
    maker: str
    counter: int | None
    device_at: datetime | None
    at: datetime
    earliest: datetime
    latest: datetime
    clock_doubt: str
    carried: Carried
    received_at: datetime

    @property
    def person(self) -> str:
        """What records of the same person share."""
        return self.nip or f"?{' '.join(self.typed.split()).casefold()}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that was not taken: its nonce as stated, why, and when."""

    nonce: str
    key_id: str
    reason: str
    received_at: datetime
    fingerprint: str
