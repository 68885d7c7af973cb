"""The record store against others: the same load for all, in one run, as ratios. See README.md beside this.

    make bench-lrs
    JPBRIDGE_BENCH_XAPI_LRS=http://user:password@127.0.0.1:8081/xapi \
    JPBRIDGE_BENCH_RALPH=http://user:password@127.0.0.1:8086/xAPI make bench-lrs

Durability is on everywhere: our SQLite commits with synchronous=FULL, our PostgreSQL with fsync.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.lrs import population
from benchmarks.lrs.stores import Running, load, postgres, served
from benchmarks.lrs.wrk import HERE, Measured, Target, get, post, queries, write_bodies

CONNECTIONS = 8
WRITERS = 64
PEERS = {"xapi_lrs": "JPBRIDGE_BENCH_XAPI_LRS", "ralph": "JPBRIDGE_BENCH_RALPH"}


def tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def number(name: str, otherwise: int) -> int:
    return int(os.environ.get(f"JPBRIDGE_BENCH_{name}", otherwise))


def peers() -> list[Target]:
    return [Target.of(name, os.environ[setting]) for name, setting in PEERS.items() if setting in os.environ]


def _middle(runs: Sequence[Measured]) -> dict[str, float]:
    """The median of each figure, the sum of the faults."""
    return {
        "per_second": round(statistics.median(one.per_second for one in runs), 1),
        "p50_ms": round(statistics.median(one.p50 for one in runs), 2),
        "p99_ms": round(statistics.median(one.p99 for one in runs), 2),
        "faults": sum(one.faults for one in runs),
    }


def writing(targets: Sequence[Target], bodies: Path) -> dict[str, Any]:
    """Targets take turns within each round, so that what else the machine does falls on all of them."""
    rounds, seconds = number("ROUNDS", 3), number("SECONDS", 6)
    found: dict[str, Any] = {}
    for target in targets:  # once before it counts: caches, prepared statements, compiled code
        post(target, bodies, batch=1, connections=CONNECTIONS, seconds=2)
    # A peer may be unable to take batches from several connections at once: so batches from one as well.
    for kind, batch, connections in (("post_1", 1, 8), ("post_100", 100, 8), ("post_100_alone", 100, 1)):
        runs: dict[str, list[Measured]] = {target.name: [] for target in targets}
        for at in range(rounds):
            for target in targets:
                one = post(target, bodies, batch=batch, connections=connections, seconds=seconds)
                runs[target.name].append(one)
                tell(f"round {at + 1}, {kind}: {target.name} {one.per_second * batch:.0f}/s")
        for name, each in runs.items():
            told = _middle(each)
            found.setdefault(name, {})[kind] = {
                **told,
                "statements_per_second": round(told["per_second"] * batch, 1),
            }
    return found


def reading(sizes: Sequence[int], folder: Path) -> dict[str, Any]:
    """Each kind of query at each size of the store; sizes take turns within a kind."""
    seconds, found = number("SECONDS", 6), {}
    with ExitStack() as stack:
        running: dict[int, tuple[Running, str]] = {}
        for size in sizes:
            url = f"sqlite+pysqlite:///{folder / f'{size}.db'}"
            since = load(url, size, _loading(size))
            running[size] = (stack.enter_context(served(f"sqlite_{size}", url, 1)), since)
        paths = {size: queries("/xapi", since) for size, (_, since) in running.items()}
        singles = {size: queries("/xapi", since, limit=1) for size, (_, since) in running.items()}
        for kind in paths[sizes[0]]:
            for size, (one, _) in running.items():
                file = folder / f"paths-{size}.txt"
                file.write_text("\n".join(paths[size][kind]) + "\n", "utf-8")
                get(one.target, file, connections=CONNECTIONS, seconds=2)
                alone = get(one.target, file, connections=1, seconds=seconds)
                # A small store has less to tell about one learner: what the search costs shows where both sizes
                # answer with the same, one statement.
                file.write_text("\n".join(singles[size][kind]) + "\n", "utf-8")
                single = get(one.target, file, connections=1, seconds=seconds)
                file.write_text("\n".join(paths[size][kind]) + "\n", "utf-8")
                used = one.cpu_seconds()
                measured = get(one.target, file, connections=CONNECTIONS, seconds=seconds)
                used = one.cpu_seconds() - used
                # What the load of the machine does not change: with a core to itself, the median at eight
                # connections is about eight times this.
                each = round(used / max(1.0, measured.per_second * seconds) * 1000, 3)
                told = {
                    "one_connection": _middle([alone]),
                    "one_statement": _middle([single]),
                    "eight_connections": {**_middle([measured]), "cpu_ms_each": each},
                }
                found.setdefault(kind, {})[str(size)] = told
                tell(f"{kind} at {size}: p50 {alone.p50:.2f} ms, p99 {alone.p99:.2f} ms alone")
        largest = running[sizes[-1]][0]
        found["worker_megabytes"] = round(largest.worker_megabytes(), 1)
    return found


def cold_starts(name: str, url: str, workers: int, times: int = 5) -> dict[str, float]:
    """Until the first answer: seconds by the clock, and of processor time."""
    clock, used = [], []
    for _ in range(times):
        with served(name, url, workers) as one:
            clock.append(one.cold_start)
            used.append(one.cpu_seconds())
    told = {
        "median": round(statistics.median(clock), 2),
        "best": round(min(clock), 2),
        "cpu": round(min(used), 2),
    }
    tell(f"cold start, {name}: {told}")
    return told


def _loading(size: int) -> Callable[[int], None]:
    def told(there: int) -> None:
        if there % 50_000 == 0:
            tell(f"loading {there} of {size}")

    return told


def hot_writers(target: Target, folder: Path) -> dict[str, Any]:
    """64 connections that all write about three learners and one course."""
    lines = []
    for at, line in enumerate(write_bodies(folder / "all.jsonl").read_text("utf-8").splitlines()):
        one = json.loads(line)
        one["actor"]["account"]["name"] = f"u0000{at % 3}"
        one["object"]["id"] = population.module(0, 0)
        lines.append(population.spelt(one))
    hot = folder / "hot.jsonl"
    hot.write_text("\n".join(lines) + "\n", "utf-8")
    batch = {
        str(size): asdict(post(target, hot, batch=size, connections=WRITERS, seconds=8)) for size in (1, 20)
    }
    tell(f"64 hot writers, {target.name}: {batch}")
    return batch


def ratios(figures: dict[str, Any]) -> dict[str, Any]:
    written, found = figures["writing"], {}
    for peer in PEERS:
        for ours in ("sqlite", "postgres"):
            if peer in written and ours in written:
                for kind in ("post_1", "post_100", "post_100_alone"):
                    theirs = written[peer][kind]["per_second"]
                    mine = written[ours][kind]["per_second"]
                    # A peer that answers nothing at all has no ratio.
                    found[f"{kind}_{ours}_to_{peer}"] = round(mine / theirs, 2) if theirs else None
    sizes = figures["sizes"]
    for kind, told in figures["reading"].items():
        if isinstance(told, dict):
            for what, name in (("one_statement", "p50"), ("one_connection", "page_p50")):
                small, large = (told[str(size)][what]["p50_ms"] for size in (sizes[0], sizes[-1]))
                found[f"get_{kind}_{name}_{sizes[-1]}_to_{sizes[0]}"] = round(large / small, 2)
    return found


def main() -> None:
    if shutil.which("wrk") is None:
        raise SystemExit("this benchmark needs wrk (Debian: apt-get install wrk)")
    sizes = [int(one) for one in os.environ.get("JPBRIDGE_BENCH_SIZES", "10000,100000").split(",")]
    load_before = os.getloadavg()[0]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="jpbridge-bench-lrs-")))
        kept = Path(os.environ.get("JPBRIDGE_BENCH_FOLDER", folder))  # loaded stores, for the next run
        bodies = write_bodies(folder / "bodies.jsonl")
        figures: dict[str, Any] = {"connections": CONNECTIONS, "cores": os.cpu_count(), "sizes": sizes}
        starts = figures["cold_start_seconds"] = {
            "sqlite_1_process": cold_starts("sqlite", f"sqlite+pysqlite:///{folder / 'cold.db'}", 1)
        }
        with ExitStack() as servers:
            lite = servers.enter_context(served("sqlite", f"sqlite+pysqlite:///{folder / 'lrs.db'}", 1))
            targets = [lite.target]
            address = servers.enter_context(postgres())
            if address is not None:
                starts["postgres_1_process"] = cold_starts("postgres", address, 1)
                starts["postgres_several"] = cold_starts("postgres", address, number("WORKERS", 2))
                grand = servers.enter_context(served("postgres", address, number("WORKERS", 2)))
                targets.append(grand.target)
            figures["writing"] = writing([*targets, *peers()], bodies)
            figures["hot_writers"] = {one.name: hot_writers(one, folder) for one in targets}
            figures["megabytes_after_writing"] = {
                "sqlite": round(lite.worker_megabytes(), 1),
                **({"postgres": round(grand.worker_megabytes(), 1)} if address is not None else {}),
            }
        figures["reading"] = reading(sizes, kept)
    figures["load_average"] = [round(load_before, 1), round(os.getloadavg()[0], 1)]
    figures["ratios"] = ratios(figures)
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    (results / f"{time.strftime('%Y-%m-%d')}.json").write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
