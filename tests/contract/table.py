"""`make contract-table`: runs the contract of every adapter and writes adapter × case as a table for
docs/adapters/contract.md. A case's row is the first line of its docstring."""

from __future__ import annotations

import inspect
import re
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "adapters" / "contract.md"
BEGIN, END = "<!-- table: make contract-table -->", "<!-- end of table -->"
MARKS = {"passed": "✓", "failed": "✗", "skipped": "–"}


class Outcomes:
    """A pytest plugin: the worst outcome of each class and case."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, str]] = defaultdict(dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        parts = report.nodeid.split("::")
        if len(parts) != 3 or (report.when != "call" and report.outcome == "passed"):
            return
        adapter, case = parts[1].removeprefix("Test"), parts[2].partition("[")[0]
        before = self.found[adapter].get(case)
        self.found[adapter][case] = "failed" if "failed" in (before, report.outcome) else report.outcome


def cases() -> dict[str, str]:
    """function name -> its row, in the order of the suite."""
    # Only now: pytest rewrites the suite's assertions when it is imported the first time.
    from tests.contract.suite import AdapterContract

    tests = [(name, one) for name, one in vars(AdapterContract).items() if name.startswith("test_")]
    return {name: inspect.getdoc(one).splitlines()[0] for name, one in tests}  # type: ignore[union-attr]


def table(found: dict[str, dict[str, str]]) -> str:
    adapters = sorted(found)
    lines = [f"| case | {' | '.join(adapters)} |", f"|---|{'---|' * len(adapters)}"]
    for name, title in cases().items():
        marks = [MARKS.get(found[adapter].get(name, ""), "") for adapter in adapters]
        lines.append(f"| {title} | {' | '.join(marks)} |")
    return "\n".join(lines)


def main() -> int:
    outcomes = Outcomes()
    files = sorted(str(path) for path in (ROOT / "tests" / "contract").glob("test_*.py") if uses_suite(path))
    code = pytest.main(["-q", "-p", "no:cacheprovider", *files], plugins=[outcomes])
    text = table(outcomes.found)
    sys.stdout.write(text + "\n")
    if PAGE.exists():
        page = PAGE.read_text("utf-8")
        pattern = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
        PAGE.write_text(pattern.sub(lambda _: f"{BEGIN}\n{text}\n{END}", page), "utf-8")
    return int(code)


def uses_suite(path: Path) -> bool:
    return "AdapterContract" in path.read_text("utf-8")


if __name__ == "__main__":
    sys.exit(main())
