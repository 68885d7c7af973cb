"""`python -m tests.fuzz --seconds 1800`: the record store under random requests, on both databases in turn.

Ends at the first answer that must not be (the request is printed, as small as it could be made); else prints
counts, as one JSON object on the last line. Exit code 1 where something was found.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conformance.server import RunningLrs, running_lrs
from tests.fuzz.calls import Call, calls
from tests.fuzz.damage import bodies
from tests.fuzz.judge import Judge, survive
from tests.postgres_server import restartable_server
from xapi.lrs.settings import LrsSettings
from xapi.model.version import Version

ROUND = 200
"""Cases in a row before the next target's turn."""
# Wrong keys are part of it: the door must not be shut to everybody else here.
PATIENT = LrsSettings(failures_allowed=10**9)


def tell(text: str) -> None:
    sys.stderr.write(text + "\n")


def http_round(judge: Judge, cases: int = ROUND) -> Callable[[], None]:
    """A round of requests to one server."""

    @settings(max_examples=cases, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(call=calls())
    def one_round(call: Call) -> None:
        judge.put_to_test(call)

    return one_round


def parser_round(counts: Counter[bool], cases: int = 5 * ROUND) -> Callable[[], None]:
    """A round of bodies for the parser alone, without the network."""

    @settings(max_examples=cases, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(body=bodies, version=st.sampled_from(list(Version)))
    def one_round(body: bytes, version: Version) -> None:
        counts[survive(body, version)] += 1

    return one_round


def fuzz(servers: dict[str, RunningLrs], seconds: float) -> dict[str, Any]:
    """Whole rounds in turn until the time is up. Returns counts; raises at the first answer that must not be."""
    began = time.monotonic()
    until = began + seconds
    judges = {name: Judge(one) for name, one in servers.items()}
    parsed: Counter[bool] = Counter()
    rounds = [http_round(judge) for judge in judges.values()]
    rounds.append(parser_round(parsed))
    told = began
    while time.monotonic() < until:
        for one in rounds:
            if time.monotonic() < until:
                one()
        if time.monotonic() - told > 60:
            told = time.monotonic()
            done = sum(judge.counts.total() for judge in judges.values())
            tell(f"{told - began:.0f} s: {done} requests, {parsed.total()} bodies")
    return {
        "seconds": round(time.monotonic() - began),
        "requests": {name: _counted(judge.counts) for name, judge in judges.items()},
        "parser": {"accepted": parsed[True], "refused": parsed[False]},
    }


def _counted(counts: Counter[tuple[str, str, int]]) -> dict[str, Any]:
    by_status: Counter[str] = Counter()
    by_resource: Counter[str] = Counter()
    for (_, path, status), number in counts.items():
        by_status[str(status)] += number
        by_resource[path] += number
    return {
        "all": counts.total(),
        "by_status": dict(sorted(by_status.items())),
        "by_resource": dict(by_resource.most_common(9)),
        "server_faults": sum(number for status, number in by_status.items() if status >= "500"),
    }


def main() -> None:
    reading = argparse.ArgumentParser(description=__doc__)
    reading.add_argument("--seconds", type=float, default=1800)
    seconds = reading.parse_args().seconds
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="jpbridge-fuzz-")))
        urls = {
            "sqlite": f"sqlite+pysqlite:///{folder / 'lrs.db'}",
            "postgres": stack.enter_context(restartable_server()).database("fuzz"),
        }
        servers = {name: stack.enter_context(running_lrs(url, PATIENT)) for name, url in urls.items()}
        sys.stdout.write(json.dumps(fuzz(servers, seconds)) + "\n")


if __name__ == "__main__":
    main()
