"""Evidence: what a source says about a person and a training, normalised but never judged.

A Completion comes from an LMS, an Attendance from a sheet or a check-in. Both are immutable; a change at the
source is a new version of the same key. Raw payloads are kept beside them, byte for byte.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from bridge.domain.learner import Identifier


class Standing(StrEnum):
    """What the source says now."""

    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"  # it was there and is provably gone (reset, unenrolled, revoked)


@dataclass(frozen=True, slots=True)
class Completion:
    """One completion of one course by one account, as one source states it.

    Key: (source, external_learner, external_course, attempt). `jp_stated` and `form_stated` are the source's
    own text (`24 JP`, `16 Jam`, `900`), not yet believed. `completed_at` is an aware UTC datetime whose
    precision is `minute` where the source only shows minutes. Absent is None, never zero.
    """

    source: str
    external_learner: str
    external_course: str
    completed_at: datetime
    attempt: str = "1"
    standing: Standing = Standing.COMPLETED
    precision: str = "second"
    identifiers: tuple[Identifier, ...] = ()
    learner_name: str = ""
    learner_suspended: bool = False
    course_code: str = ""
    course_idnumber: str = ""
    course_title: str = ""
    category: str = ""
    jp_stated: str | None = None
    form_stated: str | None = None
    score: Decimal | None = None
    score_max: Decimal | None = None
    minutes: int | None = None
    certificate_no: str | None = None


@dataclass(frozen=True, slots=True)
class OfflineEvent:
    """An activity in class, as a sheet states it. Key: (source, event_ref)."""

    source: str
    event_ref: str
    title: str
    organiser: str = ""
    place: str = ""
    form_stated: str | None = None
    scope: str = "national"
    start: date | None = None
    end: date | None = None
    jp_stated: str | None = None
    lms_course_code: str = ""
    programme_code: str = ""


@dataclass(frozen=True, slots=True)
class Attendance:
    """One person at one offline event. Key: (source, event_ref, attendee).

    `attendee` is stable for the same person on the same sheet: the cleaned NIP, else the row.
    `sessions_attended`/`sessions_total` are None where the sheet says nothing (listed means attended).
    `day` is set where the sheet states one session's own day (coaching logs). `problem` is a reading problem
    (a finding code such as NIP-TRUNCATED) or None; a row with a problem is kept all the same.
    `late` has one number a session at which the person came after its start: minutes, above 0.
    """

    source: str
    event_ref: str
    attendee: str
    sheet: str
    row: int
    identifiers: tuple[Identifier, ...] = ()
    learner_name: str = ""
    office: str = ""
    sessions_attended: int | None = None
    sessions_total: int | None = None
    minutes: int | None = None
    day: date | None = None
    certificate_no: str | None = None
    standing: Standing = Standing.COMPLETED
    problem: str | None = None
    problem_params: dict[str, str] = field(default_factory=dict)
    late: tuple[int, ...] = ()
