"""Credits that ought to stand, and the ledger entries that bring the ledger there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class EntryKind(StrEnum):
    AWARD = "award"
    ADJUSTMENT = "adjustment"
    REVERSAL = "reversal"


@dataclass(frozen=True, slots=True)
class DesiredCredit:
    """One activity of one learner in one year, as the engine computes it. `jp` is hundredths after caps;
    `jp_before_caps` what the rule gave before them. `reason` is a stable code, `evidence` the keys of all the
    evidence that counted (completion and attendance keys), in sorted order."""

    learner_id: int
    activity_key: str
    year: int
    rule_version: str
    form: int
    jp: int
    jp_before_caps: int
    title: str
    organiser: str
    started_on: date
    ended_on: date
    reason: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A row of the append-only ledger. `jp` is signed hundredths: the difference that this entry makes."""

    entry_key: str
    learner_id: int
    person_key: str
    activity_key: str
    year: int
    rule_version: str
    kind: EntryKind
    ordinal: int
    form: int
    jp: int
    title: str
    organiser: str
    started_on: date
    ended_on: date
    reason: str
    evidence: tuple[str, ...]
    recorded_at: datetime
