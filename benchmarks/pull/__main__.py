"""`make bench-pull`: what a pull costs, against the straightforward script of the same run.

1. All 8,090 recorded completions over loopback with 50 ms of latency a request: our pull (adapter, flow and store)
   against one `requests.post` per person and course, as scripts on moodlepy do. The script's calls are made for
   real on a sample (SAMPLE calls, one at a time) and its time scaled to all its calls; both numbers are shown.
2. Memory: a first pull of 100,000 and of 1,000,000 rows, each in a process of its own, peak RSS.
3. A light pull after 0, 10, 100 and 1,000 new completions on a site of 20,000.

JPBRIDGE_BENCH_ROWS makes the large pull smaller, for a try.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from benchmarks.pull.site import TOKEN, GeneratedMoodle, PerPersonMoodle
from lms_adapters.moodle.replay import MoodleReplay

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "bridge" / "data" / "demo" / "moodle"
LATENCY = 0.05
SAMPLE = 600
LIGHT_SITE = 20_000
SCRIPT_CALLS = 14_584  # 14,563 enrolments of the recorded site, 20 lists of people, 1 list of courses
LARGE = int(os.environ.get("JPBRIDGE_BENCH_ROWS", "1000000"))


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def one_pull(site: str, database: Path, page_size: int, mode: str, token: str = TOKEN) -> dict[str, Any]:
    words = [
        sys.executable,
        "-m",
        "benchmarks.pull.one_pull",
        site,
        str(database),
        str(page_size),
        mode,
        token,
    ]
    done = subprocess.run(words, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout))


def script_on_moodlepy(url: str, pairs: list[tuple[int, int]]) -> int:
    """What such a script does: one POST a person and course, a connection each. Returns how many are done."""
    done = 0
    for user, course in pairs:
        answer = requests.post(
            f"{url}/webservice/rest/server.php",
            data={
                "wstoken": TOKEN,
                "wsfunction": "core_completion_get_course_completion_status",
                "moodlewsrestformat": "json",
                "userid": user,
                "courseid": course,
            },
            timeout=60,
        ).json()
        done += bool(answer["completionstatus"]["completed"])
    return done


def against_the_script(folder: Path) -> dict[str, Any]:
    with MoodleReplay(RECORDED, latency=LATENCY) as replay:
        ours = one_pull(replay.url, folder / "recorded.db", 1000, "full", replay.token)
    if ours["rows"] != 8090 or not ours["complete"]:
        raise SystemExit(f"the pull is not whole: {ours}")
    say(f"  ours: {ours['requests']} requests, {ours['seconds']} s")
    with PerPersonMoodle(RECORDED / "truth.csv", latency=LATENCY) as site:
        pairs = site.enrolments(SCRIPT_CALLS - 21)
        sample = pairs[:: max(1, len(pairs) // SAMPLE)][:SAMPLE]
        began = time.perf_counter()
        done = script_on_moodlepy(site.url, sample)
        took = time.perf_counter() - began
        if done != sum(pair in site.done for pair in sample):
            raise SystemExit("the script read something else than the site holds")
    scaled = took / len(sample) * SCRIPT_CALLS
    say(f"  script: {len(sample)} calls in {took:.1f} s, so {SCRIPT_CALLS} in {scaled:.0f} s")
    return {
        "ours": ours,
        "script": {
            "calls_needed": SCRIPT_CALLS,
            "calls_measured": len(sample),
            "seconds_measured": round(took, 2),
            "seconds_scaled": round(scaled, 1),
        },
        "fewer_requests": round(SCRIPT_CALLS / ours["requests"], 1),
        "less_time": round(scaled / ours["seconds"], 1),
    }


def memory(folder: Path) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for rows in (min(100_000, LARGE), LARGE):
        database = folder / f"large-{rows}.db"
        with GeneratedMoodle(rows) as site:
            figures[str(rows)] = one_pull(site.url, database, 2000, "full")
        database.unlink()
        say(f"  {rows} rows: {figures[str(rows)]}")
    return figures


def increments(folder: Path) -> list[dict[str, Any]]:
    database = folder / "increments.db"
    figures = []
    with GeneratedMoodle(LIGHT_SITE, latency=LATENCY) as site:
        full = one_pull(site.url, database, 1000, "full")
        say(f"  full: {full}")
        figures.append({"changed": None, **full})
        for recent in (0, 10, 100, 1000):
            site.rows, site.recent = LIGHT_SITE + recent, recent
            light = one_pull(site.url, database, 1000, "light")
            if light["new"] > recent:
                raise SystemExit(f"a light pull found more than there is: {light}")
            say(f"  light, {recent} recent: {light}")
            figures.append({"changed": recent, **light})
    return figures


def main() -> None:
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="bench-pull-") as name:
        folder = Path(name)
        say("1. the recorded site, 50 ms a request")
        versus = against_the_script(folder)
        say("2. light pulls")
        light = increments(folder)
        say("3. memory")
        large = memory(folder)
    most = large[str(LARGE)]
    result = {
        "benchmark": "pull",
        "recorded_at": f"{datetime.now(UTC):%Y-%m-%d}",
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_average": round(os.getloadavg()[0], 1),
        "recorded_site": versus,
        "large": large,
        "light": light,
        "checks": {
            "at least 100 times fewer requests": versus["fewer_requests"] >= 100,
            "at least 50 times less time": versus["less_time"] >= 50,
            f"{LARGE} rows under 300 MB": most["peak_rss_mb"] < 300,
        },
        "seconds": round(time.perf_counter() - began),
    }
    target = Path(__file__).parent / "results" / "pull.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    print(json.dumps(result))
    if not all(result["checks"].values()):  # type: ignore[attr-defined]
        sys.exit(1)


if __name__ == "__main__":
    main()
