"""The demo is the main job: everything comes in, each completion as the site's own database has it, and the
second night changes nothing."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.installation import DEMO, Office


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    office = Office(tmp_path_factory.mktemp("demo") / "unused")
    told: dict[str, object] = json.loads(office.run("demo", "--once", "--json"))
    return told


def test_everything_recorded_comes_in(facts: dict[str, object]) -> None:
    assert facts["completions"] == 8090
    assert facts["learners"] == 984


def test_the_second_night_changes_nothing(facts: dict[str, object]) -> None:
    assert int(str(facts["entries_first"])) > 8000
    assert facts["statements_first"] == facts["entries_first"]
    assert (facts["entries_second"], facts["statements_second"]) == (0, 0)


def test_doubt_becomes_findings_not_credit(facts: dict[str, object]) -> None:
    findings = facts["findings"]
    assert isinstance(findings, dict)
    for code in ("JP-IMPLAUSIBLE", "JP-MISSING", "LEARNER-UNKNOWN", "NIP-MISSING", "NIP-TRUNCATED"):
        assert findings[code] > 0, code


def test_stored_completions_equal_the_sites_database(tmp_path: Path) -> None:
    """Each of the 8,090 to the minute; the 237 that are missing have no enrolment or a deleted user."""
    from lms_adapters.moodle.replay import MoodleReplay

    with MoodleReplay(DEMO / "moodle", port=0) as site:
        office = Office(tmp_path / "home", token=site.token)
        office.set_up(site.url, sheets=False)
        report = office.json("pull")["pull"][0]
    assert (report["rows"], report["new"], report["complete"]) == (8090, 8090, True)
    engine = office.store()
    query = sa.text("SELECT external_learner, external_course, completed_at FROM completion")
    with engine.connect() as connection:
        stored = {(row[0], row[1]): row[2] for row in connection.execute(query)}
    engine.dispose()
    with (DEMO / "moodle" / "truth.csv").open(encoding="utf-8") as handle:
        truth = {(row["user_id"], row["course_id"]): row for row in csv.DictReader(handle)}
    assert set(stored) <= set(truth)
    for key, micros in stored.items():
        minute = datetime.fromtimestamp(int(truth[key]["time_completed_epoch"]), UTC).replace(second=0)
        assert datetime.fromtimestamp(micros / 1e6, UTC) == minute, key
    missing = [truth[key] for key in set(truth) - set(stored)]
    assert len(missing) == 237
    assert all(row["enrolment"] == "none" or row["user_deleted"] == "1" for row in missing)
