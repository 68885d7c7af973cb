"""Which step takes how long: `python -m benchmarks.engine.profile FOLDER [BUCKETS] [--threads N]`.

FOLDER is one that `make bench-engine` has filled. Prints, for each step that takes time, its CPU seconds, its rows
and its share, the slowest first, and what the outputs take.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from pathlib import Path

from benchmarks.engine.contender import bucket_folders, read_bucket
from bridge.engine.dialect import steps
from bridge.engine.run import output, prepared, title_proposals


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("buckets", type=int, nargs="?", default=1)
    parser.add_argument("--threads", type=int, default=None)
    asked = parser.parse_args()
    seconds: dict[str, float] = defaultdict(float)
    rows: dict[str, int] = defaultdict(int)
    for bucket in bucket_folders(asked.folder, asked.buckets):
        inputs = read_bucket(bucket)
        began = time.process_time()

        def lap(name: str) -> None:
            nonlocal began
            seconds[name] += time.process_time() - began
            began = time.process_time()

        with prepared(inputs, threads=asked.threads) as connection:
            lap("(inputs)")
            for step in steps("duckdb"):
                kind = "VIEW" if step.view else "TABLE"
                made = connection.execute(f"CREATE {kind} {step.name} AS {step.sql}").fetchall()
                rows[step.name] += 0 if step.view else int(made[0][0])
                lap(step.name)
            for name in ("difference", "finding"):
                rows[f"({name} out)"] += output(connection, name).num_rows
                lap(f"({name} out)")
            title_proposals(connection)
            lap("(title proposals)")
    whole = sum(seconds.values())
    for name, spent in sorted(seconds.items(), key=lambda item: -item[1]):
        if spent > whole / 500:
            sys.stdout.write(f"{name:24} {spent:7.3f} s {spent / whole:6.1%} {rows[name]:>10}\n")
    sys.stdout.write(f"{'together':24} {whole:7.3f} s\n")


if __name__ == "__main__":
    main()
