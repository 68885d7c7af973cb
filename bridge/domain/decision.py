"""Decisions of people are evidence too: they survive every night and reopen only if what they were made on
changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DecisionKind(StrEnum):
    ACCEPT = "accept"
    REJECT = "reject"
    LINK = "link"
    OVERRIDE_JP = "override_jp"


@dataclass(frozen=True, slots=True)
class Decision:
    """`subject` is an evidence key or an activity key; `made_on` the evidence hash it was made on."""

    kind: DecisionKind
    subject: str
    made_on: str
    made_by: str
    made_at: datetime
    reason: str
    learner_id: int | None = None
    jp: int | None = None
