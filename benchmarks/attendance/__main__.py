"""`make bench-attendance`: 200,000 rows of 12 columns from a workbook into the store, against openpyxl with a
look-up and an insert a row. Each runs in a process of its own, one after the other, on the same file."""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.attendance.workbook import HEADINGS, write

RESULTS = Path(__file__).parent / "results"
ROWS = 200_000


def by_bridge(path: Path, home: Path) -> int:
    """The product's own way: `jpbridge import attendance`, with its store, touches and raw file."""
    from bridge.bootstrap import initialise, open_installation
    from bridge.flows.context import Silent
    from bridge.flows.imports import import_attendance

    initialise(home)
    opened = open_installation(home)
    report = import_attendance(opened.context(Silent()), path, name="impor.xlsx", imported_by="benchmark")
    opened.close()
    return report.new


def by_openpyxl(path: Path, home: Path) -> int:
    from benchmarks.attendance.by_openpyxl import take_in

    return take_in(path, home / "openpyxl.db")


WAYS = {"bridge": by_bridge, "openpyxl": by_openpyxl}


def one_way(name: str, path: Path, home: Path) -> None:
    """In a process of its own: prints its figures as JSON."""
    wall, cpu = time.perf_counter(), time.process_time()
    stored = WAYS[name](path, home)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    figures = {
        "seconds": round(time.perf_counter() - wall, 2),
        "cpu_seconds": round(time.process_time() - cpu, 2),
        "peak_mb": peak,
        "stored": stored,
    }
    print(json.dumps(figures))


def measured(name: str, path: Path, folder: Path) -> dict[str, Any]:
    print(f"{name} …", file=sys.stderr)
    home = folder / name
    home.mkdir()
    kept = {key: value for key, value in os.environ.items() if not key.startswith("JPBRIDGE_")}
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks.attendance",
            "--way",
            name,
            "--file",
            str(path),
            "--home",
            str(home),
        ],
        capture_output=True,
        text=True,
        check=True,
        env=kept,
    )
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(f"{name}: {figures}", file=sys.stderr)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument(
        "--record", action="store_true", help="keep the result in benchmarks/attendance/results"
    )
    parser.add_argument("--way", choices=sorted(WAYS))
    parser.add_argument("--file", type=Path)
    parser.add_argument("--home", type=Path)
    asked = parser.parse_args()
    if asked.way:
        one_way(asked.way, asked.file, asked.home)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "impor.xlsx"
        print(f"writing {asked.rows} rows × {len(HEADINGS)} columns …", file=sys.stderr)
        write(path, asked.rows)
        load = os.getloadavg()[0]
        ours, theirs = measured("bridge", path, folder), measured("openpyxl", path, folder)
        result = {
            "benchmark": "attendance",
            "rows": asked.rows,
            "columns": len(HEADINGS),
            "file_mb": round(path.stat().st_size / 2**20, 1),
            "bridge": ours,
            "openpyxl_row_by_row": theirs,
            "cpu_ratio": round(theirs["cpu_seconds"] / ours["cpu_seconds"], 1),
            "targets": {"seconds": 20, "peak_mb": 500, "cpu_ratio": 10},
            "load_at_start": round(load, 1),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "day": f"{datetime.now(UTC):%Y-%m-%d}",
        }
    if asked.record:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "latest.json").write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
