"""`python -m tests.soak --nights 400 [--database postgres] [--seed 1]`: figures on the last line, as JSON.

Two installations go through the same nights side by side, one of them under faults, each in a process of its
own; then their ledgers are compared, entry by entry. Up to 32 nights have each kind of fault on a night of its own;
more have what is drawn from the seed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog

from tests.postgres_server import restartable_server
from tests.soak.faults import SHORT, Fault, drawn, short
from tests.soak.soak import Soak, soak_site

HALVES = ("faulted", "faultless")
QUIET_NIGHTS = 3
"""At the end, so that what the last fault held back arrives."""


@contextmanager
def database(kind: str) -> Iterator[Callable[[], None] | None]:
    """The half's own database server where it is PostgreSQL; yields what restarts it."""
    if kind == "sqlite":
        yield None
        return
    with restartable_server() as server:
        os.environ["JPBRIDGE_DATABASE_URL"] = server.database("soak")
        yield server.restart


def half(name: str, folder: Path, nights: int, seed: int, kind: str) -> dict[str, Any]:
    quiet = [Fault("none", 0.0)]
    drawn_or_short = drawn(nights, seed) if nights > 2 * max(SHORT) else short(nights)
    faults = drawn_or_short if name == "faulted" else quiet * nights
    with soak_site(nights + QUIET_NIGHTS) as site, database(kind) as restart:
        one = Soak(folder / name, site, restart)
        one.set_up()
        one.run([*faults, *quiet * QUIET_NIGHTS])
        facts = {
            "ledger": one.ledger(),
            "statements": one.statements(),
            "audit": one.audit(),
            "told": one.told.as_json(),
        }
        one.close()
    return facts


def soaked(folder: Path, nights: int, seed: int, kind: str = "sqlite") -> dict[str, Any]:
    """Both halves, compared."""
    common = ["--nights", str(nights), "--seed", str(seed), "--database", kind, "--folder", str(folder)]
    running = [
        subprocess.Popen([sys.executable, "-m", "tests.soak", "--half", name, *common]) for name in HALVES
    ]
    codes = [process.wait() for process in running]
    if any(codes):
        raise SystemExit(f"a half of the soak ended with {codes}")
    faulted, clean = (json.loads((folder / f"{name}.json").read_text("utf-8")) for name in HALVES)
    ledger, wanted = ({tuple(row) for row in one["ledger"]} for one in (faulted, clean))
    return {
        "nights": nights,
        "seed": seed,
        "database": kind,
        "faulted": faulted["told"] | faulted["audit"],
        "faultless": clean["told"] | clean["audit"],
        "ledger_equal": faulted["ledger"] == clean["ledger"],
        "statements_equal": faulted["statements"] == clean["statements"],
        "entries": len(clean["ledger"]),
        "only_in_faulted": len(ledger - wanted),
        "only_in_faultless": len(wanted - ledger),
    }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--nights", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--half", choices=HALVES)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    if asked.half:
        facts = half(asked.half, asked.folder, asked.nights, asked.seed, asked.database)
        (asked.folder / f"{asked.half}.json").write_text(json.dumps(facts), "utf-8")
        return 0
    with tempfile.TemporaryDirectory(prefix="jpbridge-soak-") as folder:
        facts = soaked(Path(folder), asked.nights, asked.seed, asked.database)
    sys.stdout.write(json.dumps(facts) + "\n")
    return 0 if facts["ledger_equal"] and facts["statements_equal"] else 1


if __name__ == "__main__":
    sys.exit(main())
