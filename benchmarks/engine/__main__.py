"""`make bench-engine`: the engine beside hand-written DuckDB, Polars and pandas, in one run on the same relations.

    python -m benchmarks.engine [--learners 1000000] [--bucket 120000] [--only engine,duckdb] [--folder F]

`engine` is the whole: difference, findings, proposals, with as many threads as a full night gives it (one less than there
are processors, the writer's), `engine_all_processors` the same with all of them; `engine_difference` only the steps that the difference needs, which is what the scripts compute. Each contender runs in a process of its own over the same buckets of learners;
reading the buckets from Parquet is counted for none. The ledger holds what was due but for 2 in 100 entries, which is what a full night meets; with
`--first` it is empty. Where the engine holds credit back for a reason that the scripts do not know (a name that
is another's, two places at once), its learners are left out of the comparison of results.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import duckdb

from benchmarks.engine.evidence import write_bucket

HERE = Path(__file__).parent
CONTENDERS = ("engine", "engine_all_processors", "engine_difference", "duckdb", "polars", "pandas")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def generate(folder: Path, learners: int, bucket: int) -> int:
    count = -(-learners // bucket)
    for number in range(count):
        target = folder / f"bucket-{number:04d}"
        if not (target / "done").exists():
            write_bucket(target, number * bucket, min(learners, (number + 1) * bucket))
            (target / "done").touch()
            say(f"written: bucket {number + 1} of {count}")
    return count


def run(name: str, folder: Path, *more: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.engine.contender", name, str(folder), *more]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    say(f"{name}: {figures}")
    return figures


def ledger_of(folder: Path) -> None:
    """What the engine finds due becomes the ledger, but for 2 in 100, where there is none yet."""
    if all((bucket / "balance.parquet").exists() for bucket in folder.glob("bucket-*")):
        return
    run("engine", folder, "--keep-desired")
    with duckdb.connect() as connection:
        for bucket in sorted(folder.glob("bucket-*")):
            connection.execute(
                "COPY (SELECT learner_id, activity_key, year, CAST(jp AS BIGINT) AS jp, CAST(1 AS INT) AS entries, "
                "rule_version, form, title, organiser, started_on, ended_on "
                f"FROM read_parquet('{bucket}/desired.parquet.out') "
                "WHERE hash(activity_key, learner_id) % 50 > 0) "
                f"TO '{bucket}/balance.parquet' (FORMAT parquet, COMPRESSION zstd)"
            )


def differing(folder: Path, name: str) -> int:
    """Learners for whom a script and the engine disagree, among those whom no such reason holds."""
    with duckdb.connect() as connection:
        [(count,)] = connection.execute(
            f"""
            WITH held AS (
                SELECT DISTINCT learner_id FROM read_parquet('{folder}/*/finding.parquet.out')
                WHERE code IN ('NAME-MISMATCH', 'OVERLAP', 'DUPLICATE-ACTIVITY')),
            told AS (
                SELECT learner_id, activity_key, year, jp FROM read_parquet('{folder}/*/found-engine.parquet.out')
                UNION ALL
                SELECT learner_id, activity_key, year, -jp FROM read_parquet('{folder}/*/found-{name}.parquet.out'))
            SELECT count(DISTINCT t.learner_id) FROM (
                SELECT learner_id, activity_key, year FROM told GROUP BY ALL HAVING sum(jp) <> 0) AS t
            WHERE t.learner_id NOT IN (SELECT learner_id FROM held)"""
        ).fetchall()
    return int(count)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--learners", type=int, default=1_000_000)
    parser.add_argument("--bucket", type=int, default=120_000)
    parser.add_argument("--only", default=",".join(CONTENDERS))
    parser.add_argument("--first", action="store_true", help="an empty ledger")
    parser.add_argument("--folder", type=Path, default=None)
    arguments = parser.parse_args()
    folder = arguments.folder or Path(gettempdir()) / f"jpbridge-bench-{os.getuid()}-{arguments.learners}"
    buckets = generate(folder, arguments.learners, arguments.bucket)
    if arguments.first:
        for old in folder.glob("*/balance.parquet"):
            old.unlink()
    else:
        ledger_of(folder)
    figures = {name: run(name, folder) for name in arguments.only.split(",")}
    engine = figures["engine"]
    result: dict[str, Any] = {
        "benchmark": "engine",
        "learners": arguments.learners,
        "buckets": buckets,
        "ledger": "empty" if arguments.first else "98 of 100 credits stand",
        "cores": os.cpu_count(),
        "busy_machine": max(one["load"] for one in figures.values()) > (os.cpu_count() or 1),
        "contenders": figures,
        "engine_cpu_microseconds_a_learner": round(engine["cpu_seconds"] / arguments.learners * 1e6, 1),
        "cpu_ratio": {
            name: round(engine["cpu_seconds"] / one["cpu_seconds"], 2)
            for name, one in figures.items()
            if name != "engine"
        },
        "cpu_ratio_of_the_difference": {
            name: round(figures["engine_difference"]["cpu_seconds"] / one["cpu_seconds"], 2)
            for name, one in figures.items()
            if "engine_difference" in figures and not name.startswith("engine")
        },
        "learners_that_differ": {name: differing(folder, name) for name in figures if name != "engine"},
        "day": time.strftime("%Y-%m-%d", time.gmtime()),
    }
    target = HERE / "results" / f"{arguments.learners}{'-first' if arguments.first else ''}.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
