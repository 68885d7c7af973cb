"""Mutation testing of the engine's SQL: `make sql-mutants`. Each mutant is one step with one token changed.

A mutant is killed where its outputs on random worlds differ from those of the steps as they are (which agree with
the oracle on the same worlds: that is asserted first), or where it fails or runs away. Those that survive are listed on
standard output, one JSON object a line, the last line with the counts; docs/decisions-and-proof.md explains them.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import duckdb
import pyarrow as pa

from bridge.engine.dialect import Step, steps, steps_for
from bridge.engine.relations import OUTPUTS
from bridge.engine.run import output, prepared, reconcile
from tests.property.checks import assert_agrees, balance_of, corrected, in_order
from tests.property.worlds import World, tables, world

SWAPS = {
    "<=": "<", "<": "<=", ">=": ">", ">": ">=", "=": "<>", "<>": "=", "AND": "OR", "OR": "AND", "NOT ": "",
    "LEFT JOIN": "JOIN", "min(": "max(", "max(": "min(", "TRUE": "FALSE", "FALSE": "TRUE", "+": "-", "-": "+",
    "UNION ALL": "UNION", "greatest(": "least(", "least(": "greatest(",
}  # fmt: skip
TOKEN = re.compile(
    r"(?P<text>'(?:[^']|'')*')|(?P<word>LEFT JOIN|UNION ALL|\bAND\b|\bOR\b|\bNOT |\bTRUE\b|\bFALSE\b|"
    r"\bmin\(|\bmax\(|\bgreatest\(|\bleast\(|<=|>=|<>|->|<|>|=|\+|(?<=[\w)] )-(?= [\w(]))|"
    r"(?P<number>(?<![\w.])\d+(?!\w))"
)
SECONDS = 30.0
WORLDS = ((7, 60), (11, 250), (13, 250), *((seed, 20) for seed in range(20, 44)))
"""(seed, learners): a small one first, which kills most. The last are many catalogues and many handfuls of events, of
which each world has one."""

Outcome = dict[str, list[str]]

SAME_ROWS = "survived, the relation unchanged"
OTHER_ROWS = "survived, the relation changed and no output"
SHOWN = "changes what an explanation shows and nothing else"
OF_CREDITS = frozenset(step.name for step in steps_for(frozenset(OUTPUTS)))
"""The relations that the outputs are made of. The others are there for explanations."""


@dataclass(frozen=True, slots=True)
class Mutant:
    step: str
    number: int
    line: str  # as it was
    change: str
    sql: str


def mutants_of(step: Step) -> Iterator[Mutant]:
    """Texts in quotes stay as they are; BETWEEN's AND can't be an OR and is left out."""
    for number, found in enumerate(TOKEN.finditer(step.sql)):
        old = found[0]
        if found["text"] or old == "->" or re.search(r"BETWEEN [^\n]{0,60}$", step.sql[: found.start()]):
            continue
        new = str(int(old) + 1) if found["number"] else SWAPS[old]
        begin = step.sql.rfind("\n", 0, found.start()) + 1
        line = step.sql[begin:].split("\n", 1)[0].strip()
        sql = step.sql[: found.start()] + new + step.sql[found.end() :]
        yield Mutant(step.name, number, line, f"{old.strip()} -> {new.strip() or '(nothing)'}", sql)


class Night:
    """A world with all relations as the steps make them, each kept as a table, and the outputs."""

    def __init__(self, inputs: dict[str, pa.Table]) -> None:
        self.inputs = inputs
        self.expected = outcome(inputs, steps("duckdb"))
        self.connection = prepared(inputs, memory_limit="1GB", threads=1)
        for step in steps("duckdb"):
            self.connection.execute(f"CREATE TABLE {step.name} AS {step.sql}")

    def alters(self, mutant: Mutant) -> bool:
        """Whether the mutant's own relation has other rows: most that survive end here, in milliseconds."""
        sides = f"SELECT * FROM ({mutant.sql}) AS one", f"SELECT * FROM {mutant.step}"
        with within(self.connection):
            differing = " UNION ALL ".join(
                f"(SELECT count(*) AS n FROM ({one} EXCEPT ALL {other}) AS left_over)"
                for one, other in (sides, sides[::-1])
            )
            [(rows,)] = self.connection.execute(f"SELECT sum(n) FROM ({differing}) AS sides").fetchall()
        return bool(rows)


@contextmanager
def within(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """SECONDS at most, then DuckDB's InterruptException."""
    clock = threading.Timer(SECONDS, connection.interrupt)
    clock.start()
    try:
        yield
    finally:
        clock.cancel()


def outcome(inputs: Mapping[str, pa.Table], chain: Sequence[Step]) -> Outcome:
    with prepared(inputs, memory_limit="1GB", threads=1) as connection, within(connection):
        for step in chain:
            connection.execute(f"CREATE {'VIEW' if step.view else 'TABLE'} {step.name} AS {step.sql}")
        return {name: in_order(output(connection, name)) for name in OUTPUTS}


def worlds() -> list[dict[str, pa.Table]]:
    """Each with a ledger of the night before, so that the difference has something to do."""
    made = []
    for seed, learners in WORLDS:
        rng = random.Random(seed)
        rows = world(rng.choice, learners=learners, most=7)
        assert_agrees(rows)
        before: World = corrected(rng, rows)
        made.append(tables({**rows, "balance": balance_of(reconcile(tables(before), threads=1))}))
    return made


def fate(mutant: Mutant, nights: Sequence[Night]) -> str:
    """What killed it; where it survives, whether its own relation ever had other rows."""
    chain = [replace(s, sql=mutant.sql) if s.name == mutant.step else s for s in steps("duckdb")]
    altered = False
    for night in nights:
        try:
            if not night.alters(mutant):
                continue
            altered = True
            found = outcome(night.inputs, chain)
        except duckdb.InterruptException:
            return "ran away"
        except (duckdb.Error, pa.ArrowInvalid) as error:
            return f"failed: {type(error).__name__}"
        if found != night.expected:
            return "differs: " + ", ".join(name for name in OUTPUTS if found[name] != night.expected[name])
    if not altered:
        return SAME_ROWS
    return OTHER_ROWS if mutant.step in OF_CREDITS else SHOWN


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.sql_mutants", description=__doc__)
    parser.add_argument("--step", default="", help="only this step")
    parser.add_argument("--every", type=int, default=1, help="only every n-th mutant")
    parser.add_argument("--first", type=int, default=0, help="from this one on (of 0, 1, ...)")
    asked = parser.parse_args()
    nights = [Night(inputs) for inputs in worlds()]
    every = [m for step in steps("duckdb") if asked.step in ("", step.name) for m in mutants_of(step)][
        asked.first :: asked.every
    ]
    tally: Counter[str] = Counter()
    for done, mutant in enumerate(every, start=1):
        why = fate(mutant, nights)
        tally[why.split(":")[0]] += 1
        if why in (SAME_ROWS, OTHER_ROWS, SHOWN):
            told = {"step": mutant.step, "change": mutant.change, "line": mutant.line, "fate": why}
            sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
            sys.stdout.flush()
        if done % 50 == 0:
            sys.stderr.write(f"{done} of {len(every)}: {dict(tally)}\n")
            sys.stderr.flush()
    sys.stdout.write(json.dumps({"mutants": len(every), **tally}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
