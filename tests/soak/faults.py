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
    moment: float  # 0..1, of what such a night usually takes
    days: int = 0


SHORT = {
    2: Fault("source-down", 0.5),
    3: Fault("clock-jumped", 0.5, 3),
    4: Fault("killed", 0.3),
    6: Fault("power-off", 0.5),
    7: Fault("source-cut", 0.5),
    8: Fault("watch-killed", 0.2),
    12: Fault("disk-full", 0.1),
    13: Fault("clock-jumped", 0.5, 40),
    16: Fault("database", 0.3),
}
"""Every kind within three weeks, and what breaks a night in nights that have something to write."""


def short(nights: int) -> list[Fault]:
    return [SHORT.get(night, Fault("none", 0.0)) for night in range(nights)]


def drawn(nights: int, seed: int) -> list[Fault]:
    chance = random.Random(seed)
    found: list[Fault] = []
    for _night in range(nights):
        kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
        # never more than three nights in a row without evidence: the ledger's entries must come out the same
        blind = sum(one.kind in ("source-down", "source-cut", "power-off") for one in found[-3:])
        if blind >= 2 and kind in ("source-down", "source-cut", "power-off"):
            kind = "killed"
        days = chance.choice(JUMPS) if kind == "clock-jumped" else 1
        found.append(Fault(kind, chance.random(), days))
    return found
