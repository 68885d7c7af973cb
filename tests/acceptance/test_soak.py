"""A small soak in every run of the tests: each kind of fault at least once. `make soak` is the long one."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.installation import ROOT
from tests.soak.faults import KINDS, short

NIGHTS = 18


@pytest.mark.slow
def test_after_three_weeks_of_faults_the_ledger_is_that_of_three_faultless_weeks() -> None:
    assert {fault.kind for fault in short(NIGHTS)} == set(KINDS)
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak", "--nights", str(NIGHTS)],
        cwd=ROOT, capture_output=True, text=True, timeout=400,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    facts = json.loads(done.stdout.splitlines()[-1])
    assert facts["ledger_equal"]
    assert facts["statements_equal"]
    assert facts["entries"] >= NIGHTS
    for one in (facts["faulted"], facts["faultless"]):
        assert (one["differences"], one["log"], one["statements_absent"], one["running"]) == (0, "", 0, 0)
    assert set(facts["faultless"]["runs"]) == {"done"}
    assert set(facts["faultless"]["ticks"]) == {"done"}
    did = facts["faulted"]["what_the_faults_did"]
    assert did["killed"] == 2
    assert "too late to kill" not in did
    assert any(what.startswith("disk full, exit") and not what.endswith(" 0") for what in did)
