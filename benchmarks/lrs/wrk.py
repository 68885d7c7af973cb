"""Requests by wrk (a C program, so that the load costs little beside the store): POST and GET."""

from __future__ import annotations

import base64
import json
import os
import random
import subprocess
import urllib.parse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.lrs import population

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Target:
    """A record store under `url` (to which /statements is appended), with Basic credentials."""

    name: str
    url: str
    user: str
    password: str

    @staticmethod
    def of(name: str, address: str) -> Target:
        """From `http://user:password@host:port/path`."""
        parts = urllib.parse.urlsplit(address)
        place = f"{parts.hostname}:{parts.port}"
        url = parts._replace(netloc=place).geturl().rstrip("/")
        return Target(name, url, parts.username or "", parts.password or "")


@dataclass(frozen=True, slots=True)
class Measured:
    """Answered requests a second and their times in milliseconds; `faults` are answers of 400 and above,
    time-outs and broken connections."""

    per_second: float
    p50: float
    p99: float
    faults: int


def _run(target: Target, script: str, connections: int, seconds: int, values: dict[str, str]) -> Measured:
    login = base64.b64encode(f"{target.user}:{target.password}".encode()).decode()
    environment = {**os.environ, **values, "AUTH": f"Basic {login}", "XVER": "1.0.3"}
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "--timeout",
        "30s",
        "-s",
        str(HERE / script),
    ]
    # Ralph redirects a POST without the last slash; the others take either.
    path = "/statements/" if target.name == "ralph" and script == "post.lua" else "/statements"
    done = subprocess.run(
        [*command, target.url + path],
        check=False,
        env=environment,
        capture_output=True,
        text=True,
        timeout=seconds + 120,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("JSON ")]
    if not lines:
        raise SystemExit(done.stdout + done.stderr)
    told: dict[str, Any] = json.loads(lines[0][5:])
    good = told["requests"] - told["status_errors"]
    return Measured(
        per_second=good / (told["us"] / 1e6),
        p50=told["p50"] / 1e3,
        p99=told["p99"] / 1e3,
        faults=told["status_errors"] + told["timeouts"] + told["sock"],
    )


def post(target: Target, bodies: Path, *, batch: int, connections: int, seconds: int) -> Measured:
    return _run(target, "post.lua", connections, seconds, {"BATCH": str(batch), "BODIES": str(bodies)})


def get(target: Target, paths: Path, *, connections: int, seconds: int) -> Measured:
    return _run(target, "get.lua", connections, seconds, {"PATHS": str(paths)})


def write_bodies(path: Path, count: int = 5000) -> Path:
    """Statements without an id, one a line; wrk gives each a fresh one."""
    dice = random.Random(77)
    lines = [population.spelt(population.statement(500_000 + n, dice, with_id=False)) for n in range(count)]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def _pairs(
    dice: random.Random,
    some: Sequence[dict[str, Any]],
    actor: Callable[[dict[str, Any]], str],
    asked: Callable[..., str],
) -> list[str]:
    """Two filters at once: frequent with frequent, frequent with rare, and some that match nothing."""
    paths: list[str] = []
    for one, other in zip(dice.sample(list(some), 100), dice.sample(list(some), 100), strict=True):
        course = one["context"]["contextActivities"]["parent"][0]["id"]
        paths += (
            asked(verb=other["verb"]["id"], activity=one["object"]["id"]),
            asked(agent=actor(one), verb=other["verb"]["id"]),
            asked(verb=other["verb"]["id"], activity=course, related_activities="true"),
            asked(agent=actor(other), activity=one["object"]["id"]),
        )
    return paths


def queries(base: str, since: str, limit: int = 50) -> dict[str, list[str]]:
    """Paths by kind of query; `since` is a moment after which a tenth of the statements was stored."""
    dice = random.Random(5)
    some = list(population.stream(2000))

    def asked(**values: Any) -> str:
        return f"{base}/statements?" + urllib.parse.urlencode({**values, "limit": limit})

    def actor(one: dict[str, Any]) -> str:
        return population.spelt({key: one["actor"][key] for key in ("objectType", "account")})

    agents = [population.spelt(population.agent(n)) for n in dice.sample(range(population.LEARNERS), 400)]
    courses = [population.course(number) for number in range(population.COURSES)]
    return {
        "latest": [asked()],
        "agent": [asked(agent=one) for one in agents],
        "activity": [asked(activity=one["object"]["id"]) for one in dice.sample(some, 300)],
        "course_related": [asked(activity=one, related_activities="true") for one in courses],
        "verb_since": [asked(verb=verb, since=since) for verb in population.VERBS],
        "registration": [
            asked(registration=one["context"]["registration"]) for one in dice.sample(some, 300)
        ],
        "agent_verb_activity": [
            asked(agent=actor(one), verb=one["verb"]["id"], activity=one["object"]["id"])
            for one in dice.sample(some, 300)
        ],
        "two_filters": _pairs(dice, some, actor, asked),
        "statement_id": [f"{base}/statements?statementId={one['id']}" for one in dice.sample(some, 500)],
    }
