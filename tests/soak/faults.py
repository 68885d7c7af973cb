"""What goes wrong on which night: drawn from a seed, so that a run can be repeated."""

from __future__ import annotations

import random
from dataclasses import dataclass

KINDS = {
    "none": 40,
    "killed": 14,  # the night's process, somewhere in the middle
    "watch-killed": 9,  # the scheduler with it
    "source-down": 9,
    "source-cut": 4,
    "disk-full": 9,
    "clock-jumped": 8,
    "database": 5,  # restarted (PostgreSQL) or locked by another process for a while (SQLite)
    "power-off": 2,  # for up to three nights nothing runs
}
JUMPS = (3, 40, 400, -2, -30)
"""Days."""


@dataclass(frozen=True, slots=True)
class Fault:
    kind: str
    moment: float  # 0..1, of the night's usual length
    days: int = 0


def drawn(nights: int, seed: int) -> list[Fault]:
    chance = random.Random(seed)
    found: list[Fault] = []
    for night in range(nights):
        kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
        # never more than three nights in a row without evidence: the ledger's entries must come out the same
        blind = sum(one.kind in ("source-down", "source-cut", "power-off") for one in found[-3:])
        if blind >= 2 and kind in ("source-down", "source-cut", "power-off"):
            kind = "killed"
        # every kind comes up, however few the nights
        if night and night <= len(KINDS) - 1 and nights < 60:
            kind = list(KINDS)[night]
        days = chance.choice(JUMPS) if kind == "clock-jumped" else 1
        found.append(Fault(kind, chance.random(), days))
    return found
