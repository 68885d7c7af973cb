"""`make bench-store`: end to end, from the store's evidence to the committed ledger, with each stage's share.

    python -m benchmarks.store [--learners 1000000] [--on sqlite,postgresql] [--home F] [--bucket 120000]

The made-up civil service of benchmarks/engine is loaded into a new store (not counted). Then: the first night
(everybody, an empty ledger), everybody again (nothing changes), three nights that each touch another hundredth of the
learners (the median is told; PostgreSQL has swept up before them), and the explanation of one learner. A stage's
seconds are wall time in this process; a reading that runs ahead in SQLite's own process is in the stage that waits for
it.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, text

from benchmarks.engine.__main__ import generate, ledger_of, say
from benchmarks.store.load import NOW, TENANT, load
from bridge.flows import inputs
from bridge.flows import reconcile as flow
from bridge.flows.context import Context, Office, Silent
from bridge.flows.explain import explain_learner
from bridge.store.buckets import Buckets
from bridge.store.connect import open_store
from bridge.store.migrate import upgrade
from bridge.store.touched import touch
from tests.postgres_server import postgres_server

HERE = Path(__file__).parent


class Stages:
    """Wall seconds by stage, taken around the flow's own functions."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def around(self, owner: Any, name: str, stage: str) -> None:
        inner: Callable[..., Any] = getattr(owner, name)

        def timed(*given: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return inner(*given, **named)
            finally:
                self.seconds[stage] += time.perf_counter() - began

        setattr(owner, name, timed)

    def shares(self, wall: float) -> dict[str, dict[str, float]]:
        told = dict(self.seconds)
        told["rest (findings, commit)"] = wall - sum(told.values())
        self.seconds.clear()
        return {
            name: {"seconds": round(seconds, 2), "share": round(seconds / wall, 3)}
            for name, seconds in told.items()
        }


def context(store: Engine, home: Path) -> Context:
    key = Ed25519PrivateKey.generate()
    return Context(
        store=store,
        clock=lambda: NOW,
        office=Office(TENANT, "Asia/Jayapura", "https://example.invalid", "https://example.invalid", 20),
        home=home,
        adapters={},
        secret=lambda _name: "",
        statements=None,  # type: ignore[arg-type]  # nothing is published here
        signing_key=lambda: key,
        version="benchmark",
        progress=Silent(),
    )


def cpu() -> float:
    mine, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return mine.ru_utime + mine.ru_stime + children.ru_utime + children.ru_stime


def night(ctx: Context, stages: Stages, name: str, *, everybody: bool) -> dict[str, Any]:
    stages.seconds.clear()
    wall_before, cpu_before = time.perf_counter(), cpu()
    report = flow.reconcile(ctx, f"bench-{name}", everybody=everybody)
    wall = time.perf_counter() - wall_before
    told = {
        "wall_seconds": round(wall, 2),
        "cpu_seconds_without_database_server": round(cpu() - cpu_before, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "learners": report.learners,
        "evidence": report.completions + report.attendances,
        "entries": report.entries,
        "findings_opened": report.findings.opened,
        "stages": stages.shares(wall),
    }
    say(f"{name}: {told}")
    return told


def touch_one_in_a_hundred(ctx: Context, learners: int, first: int) -> None:
    with ctx.store.begin() as connection:
        touch(connection, TENANT, [f"learner:{number}" for number in range(first, learners, 100)])


def upkeep(store: Engine) -> None:
    """What PostgreSQL does by itself before the next night comes (autovacuum), so that it is not done during it."""
    if store.dialect.name == "postgresql":
        with store.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM (ANALYZE)")


def small_nights(ctx: Context, stages: Stages, learners: int) -> list[dict[str, Any]]:
    """Three, each of another hundredth, by their wall time."""
    told = []
    for first in (7, 38, 69):
        touch_one_in_a_hundred(ctx, learners, first)
        told.append(night(ctx, stages, "1 in 100 touched", everybody=False))
    return sorted(told, key=lambda one: float(one["wall_seconds"]))


def explained(ctx: Context, learners: int) -> float:
    """Median milliseconds over 15 learners, the first (which loads code) left out."""
    told = []
    for number in range(16):
        began = time.perf_counter()
        explain_learner(ctx, 1 + number * (learners // 17), year=2026, language="id")
        told.append((time.perf_counter() - began) * 1000)
    return statistics.median(told[1:])


def measured(
    url: str, bench: Path, learners: int, home: Path, stages: Stages, *, standing: bool, loaded: bool
) -> dict[str, Any]:
    began = time.perf_counter()
    if loaded:
        store = open_store(url)
        upgrade(store)
    else:
        store = load(url, bench, standing=standing, told=say)
        say(f"loaded in {time.perf_counter() - began:.0f} s")
    ctx = context(store, home)
    first = night(ctx, stages, "full night, 98 of 100 stand" if standing else "first night", everybody=True)
    again = first if standing else night(ctx, stages, "everybody again", everybody=True)
    upkeep(store)
    small = small_nights(ctx, stages, learners)
    touched = small[1]
    told = {
        "full_night_98_of_100_stand" if standing else "first_night": first,
        **({} if standing else {"everybody_again": again}),
        "one_in_100_touched": touched,
        "one_in_100_touched_wall_seconds": [one["wall_seconds"] for one in small],
        "touched_to_full": round(touched["wall_seconds"] / again["wall_seconds"], 3),
        "explain_one_learner_ms": round(explained(ctx, learners)),
    }
    with store.connect() as connection:
        told["ledger_entries"] = connection.execute(text("SELECT count(*) FROM ledger_entry")).scalar_one()
    store.dispose()
    return told


@contextmanager
def store_url(name: str, home: Path) -> Iterator[str]:
    if name == "sqlite":
        yield f"sqlite+pysqlite:///{home / 'store.db'}"
        return
    with postgres_server() as admin:
        yield admin


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--learners", type=int, default=1_000_000)
    parser.add_argument("--bucket", type=int, default=120_000)
    parser.add_argument("--on", default="sqlite,postgresql")
    parser.add_argument(
        "--standing", action="store_true", help="98 of 100 credits stand in the ledger already (see load.py)"
    )
    parser.add_argument(
        "--loaded", default="", help="address of a store that is loaded already (with --standing)"
    )
    parser.add_argument(
        "--home", type=Path, default=None, help="where the store is made (default: temporary)"
    )
    arguments = parser.parse_args()
    bench = Path(gettempdir()) / f"jpbridge-bench-{os.getuid()}-{arguments.learners}"
    generate(bench, arguments.learners, arguments.bucket)
    if arguments.standing:
        ledger_of(bench)
    stages = Stages()
    stages.around(Buckets, "fill", "store to Parquet in buckets")
    stages.around(Buckets, "inputs", "bucket to Arrow")
    for owner in (flow, inputs):
        stages.around(owner, "engine_inputs", "store to Arrow")
    stages.around(flow, "scope_of", "who is touched")
    stages.around(flow, "standing_of", "findings that stand")
    stages.around(flow, "compute", "engine")
    stages.around(flow.BucketRun, "_write", "difference to ledger")
    result: dict[str, Any] = {
        "benchmark": "store",
        "learners": arguments.learners,
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 1),
        "day": time.strftime("%Y-%m-%d", time.gmtime()),
    }
    for name in arguments.on.split(","):
        with (
            TemporaryDirectory(prefix="jpbridge-bench-", dir=arguments.home) as home,
            store_url(name, Path(home)) as url,
        ):
            result[name] = measured(
                arguments.loaded or url, bench, arguments.learners, Path(home), stages,
                standing=arguments.standing, loaded=bool(arguments.loaded),
            )  # fmt: skip
    ledger = "-standing" if arguments.standing else ""
    target = HERE / "results" / f"{arguments.learners}{ledger}-{arguments.on.replace(',', '-')}.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    print(json.dumps(result))


if __name__ == "__main__":
    sys.exit(main())
