"""`jpbridge pull` and `source on/off` as an administrator types them, against a site over real HTTP."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bridge.cli.main import app
from bridge.errors import RefuseInput
from lms_adapters import testing
from lms_adapters.contract_site import holdings
from tests.contract.moodle_site import TOKEN, MoodleSite

WIDE = {"COLUMNS": "200", "LC_ALL": "id_ID.UTF-8"}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MoodleSite]:
    for name in [name for name in os.environ if name.startswith("JPBRIDGE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("JPBRIDGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TOKEN_LMS", TOKEN)
    with MoodleSite(holdings(4, 2)) as running:
        told("init")
        quick = ["--set", "retry_wait=0.01", "--set", "attempts=2"]
        told("source", "add", "lms", "--address", running.url, "--token-env", "TOKEN_LMS", *quick)
        yield running


def told(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, list(words), env=WIDE)
    assert done.exit_code == code, (done.output, done.exception)
    return done.output


def facts(*words: str) -> Any:
    """The JSON object at the end: the runner mixes the log in."""
    return json.loads(told(*words, "--json").strip().splitlines()[-1])


def test_a_dry_run_shows_times_by_the_offices_clock_and_its_diff_is_whole(
    site: MoodleSite, tmp_path: Path
) -> None:
    """02-03-2026 01:30 UTC is 10:30 in Jayapura."""
    out = told("pull", "--dry-run", "--diff", str(tmp_path / "diff.csv"))
    assert "02-03-2026 10:30 WIT" in out
    lines = (tmp_path / "diff.csv").read_text("utf-8-sig").splitlines()
    assert len(lines) == 1 + 8
    assert facts("pull")["pull"][0]["new"] == 8
    assert "Perbedaan pertama" not in told("pull", "--dry-run")


def test_a_light_pull_is_called_one_and_not_incomplete(site: MoodleSite) -> None:
    assert "ringan" not in told("pull")
    out = told("pull", "--light")
    assert "ringan" in out
    assert "tidak" not in out


def test_a_source_that_is_off_is_not_pulled_and_keeps_its_evidence(site: MoodleSite) -> None:
    told("pull")
    asked = len(site.requests)
    assert "bukti dan kreditnya tetap" in told("source", "off", "lms")
    assert "source on" in told("pull")
    assert len(site.requests) == asked
    assert facts("source", "list")[0]["enabled"] is False
    told("source", "on", "lms")
    assert facts("pull")["pull"][0]["new"] == 0
    assert len(site.requests) > asked
    assert isinstance(CliRunner().invoke(app, ["source", "off", "lsm"]).exception, RefuseInput)


def test_a_recording_is_written_though_the_pull_fails(site: MoodleSite, tmp_path: Path) -> None:
    site.meddle(testing.html_page(), function="core_reportbuilder_retrieve_report")
    told("pull", "--record", str(tmp_path / "rekaman"), code=69)
    files = sorted((tmp_path / "rekaman").iterdir())
    assert files
    whole = "".join(path.read_text("utf-8") for path in files)
    assert TOKEN not in whole
    assert "Wi-Fi login" in whole
