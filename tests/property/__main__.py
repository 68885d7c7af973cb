"""Many cases at once: `make property CASES=100000`. A case is one learner with evidence in every odd shape.

Each chunk of 250 learners is a world of its own, named by its seed: engine and oracle must agree, another order must
change nothing, and after corrections the difference must settle the ledger. A failure names the seed, which alone
makes it again: `python -m tests.property --cases 250 --first SEED`. The last line of stdout is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from dataclasses import dataclass

from tests.property.checks import (
    assert_agrees,
    assert_difference_settles,
    assert_order_changes_nothing,
    corrected,
)
from tests.property.worlds import world

CHUNK = 250


@dataclass(slots=True)
class Tally:
    cases: int = 0
    evidence: int = 0
    credits: int = 0
    findings: int = 0


def check(seed: int, tally: Tally) -> None:
    rng = random.Random(seed)
    rows = world(rng.choice, learners=CHUNK, most=7)
    result = assert_agrees(rows)
    assert_order_changes_nothing(rng, rows, result)
    assert_difference_settles(result, corrected(rng, rows))
    tally.cases += CHUNK
    tally.evidence += len(rows["completion"]) + len(rows["attendance"])
    tally.credits += result.desired.num_rows
    tally.findings += result.finding.num_rows


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.property", description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000, help="learners in all")
    parser.add_argument("--first", type=int, default=100_000, help="the first chunk's seed")
    asked = parser.parse_args()
    tally, began, failed = Tally(), time.monotonic(), None
    for seed in range(asked.first, asked.first + -(-asked.cases // CHUNK)):
        try:
            check(seed, tally)
        except AssertionError as error:
            failed = {"seed": seed, "why": str(error)[:2000]}
            break
        if (seed - asked.first) % 10 == 9:
            sys.stderr.write(f"{tally.cases} cases, {time.monotonic() - began:.0f} s\n")
            sys.stderr.flush()
    told = {name: getattr(tally, name) for name in tally.__slots__}
    seconds = round(time.monotonic() - began, 1)
    sys.stdout.write(json.dumps({**told, "seconds": seconds, "failed": failed}) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
