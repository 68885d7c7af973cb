"""Who was there: all records of a session together, and where they contradict each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from bridge.attendance.device_clock import CLOCK_WRONG
from bridge.domain.field import Act, Carried, FieldRecord


@dataclass(frozen=True, slots=True)
class Mark:
    """What the records say of one person at one session. `newest` decides; `conflict` names the two makers where
    another one said the opposite and no person at the console has settled it since."""

    newest: FieldRecord
    conflict: tuple[FieldRecord, FieldRecord] | None = None

    @property
    def present(self) -> bool:
        return self.newest.act.present


@dataclass(slots=True)
class Roll:
    """(session, person) -> Mark."""

    marks: dict[tuple[int, str], Mark] = field(default_factory=dict)
    arrivals: dict[tuple[int, str], datetime] = field(default_factory=dict)

    def mark(self, session: int, person: str) -> Mark | None:
        return self.marks.get((session, person))

    def present(self, session: int, person: str) -> bool:
        mark = self.marks.get((session, person))
        return mark is not None and mark.present

    def arrival(self, session: int, person: str) -> datetime | None:
        """The first scan or check-in whose clock is not in doubt."""
        return self.arrivals.get((session, person))

    def people(self) -> set[str]:
        return {person for _, person in self.marks}

    def conflicts(self) -> list[tuple[int, str, Mark]]:
        return [(session, who, mark) for (session, who), mark in sorted(self.marks.items()) if mark.conflict]


def roll_of(records: Iterable[FieldRecord]) -> Roll:
    grouped: dict[tuple[int, str], list[FieldRecord]] = {}
    for record in records:
        grouped.setdefault((record.session, record.person), []).append(record)
    arrivals = {
        key: min(moments)
        for key, group in grouped.items()
        if (moments := [one.at for one in group if one.act in _ARRIVING and one.clock_doubt in _TRUSTED])
    }
    return Roll({key: _mark(group) for key, group in grouped.items()}, arrivals)


_ARRIVING = frozenset({Act.SCAN, Act.SELF})
_TRUSTED = frozenset({"", CLOCK_WRONG})  # a clock that was wrong has been put right


def _mark(group: list[FieldRecord]) -> Mark:
    """The console is where a person has seen everything that had come in: from its newest word on, only what
    happened and arrived later speaks against it."""
    group.sort(key=lambda one: (one.at, one.counter or 0, one.received_at, one.nonce))
    settled = [one for one in group if one.carried is Carried.CONSOLE]
    if settled:
        word = max(settled, key=lambda one: one.received_at)
        group = [word, *(one for one in group if one.received_at > word.received_at and one is not word)]
        group.sort(key=lambda one: (one.at, one.counter or 0, one.received_at, one.nonce))
    newest = group[-1]
    against = [one for one in group if one.act.present != newest.act.present and one.maker != newest.maker]
    # An earlier tick that another device takes back later is a contradiction of two people all the same.
    return Mark(newest, (against[-1], newest) if against else None)
