"""Against a Moodle that somebody runs beside the project. Skipped unless these variables are set:

JPBRIDGE_TEST_MOODLE_URL          its address
JPBRIDGE_TEST_MOODLE_TOKEN        a token that sees the report `JP Bridge` and may set filters
JPBRIDGE_TEST_MOODLE_BATCH_TOKEN  a token with the functions of the batch way
JPBRIDGE_TEST_MOODLE_TRUTH        a JSON file of the database's own list: `{"truth": [{"userid", "course",
                                  "timecompleted" (epoch), "ueactive" (1 active, 0 suspended, null not enrolled),
                                  "deleted"}]}`

And for certificates (mod_customcert) and badges, where the first token may have them:

JPBRIDGE_TEST_MOODLE_ISSUED       a JSON file of the database's own lists: `{"certificates": […], "badges": […]}`, each
                                  `{"userid", "course", "code", "issued" (epoch)}`; badges of people who are not deleted
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lms_adapters.moodle import make
from lms_adapters.moodle.adapter import MoodleAdapter
from lms_adapters.moodle.badges import BadgeNumbers
from lms_adapters.moodle.certificates import certificates_of
from lms_adapters.spec import SourceConfig
from lms_adapters.watching import Watch, watched
from tests.adapter_sources import swept

NAMES = ("URL", "TOKEN", "BATCH_TOKEN", "TRUTH")
GIVEN = {name: os.environ.get(f"JPBRIDGE_TEST_MOODLE_{name}", "") for name in NAMES}
pytestmark = pytest.mark.skipif(
    not all(GIVEN.values()),
    reason="no Moodle is named: set JPBRIDGE_TEST_MOODLE_URL and its three companions",
)
ISSUED = os.environ.get("JPBRIDGE_TEST_MOODLE_ISSUED", "")
needs_issued = pytest.mark.skipif(
    not ISSUED, reason="set JPBRIDGE_TEST_MOODLE_ISSUED to the database's own lists"
)
Key = tuple[str, str]


@contextmanager
def real(token: str, **settings: Any) -> Iterator[tuple[MoodleAdapter, Watch]]:
    config = SourceConfig("nyata", "moodle", GIVEN["URL"], settings, {"token": GIVEN[token]})
    with watched() as watch:
        adapter = make(config)
        assert isinstance(adapter, MoodleAdapter)
        try:
            yield adapter, watch
        finally:
            adapter.close()


@pytest.fixture(scope="module")
def database() -> dict[Key, dict[str, Any]]:
    rows = json.loads(Path(GIVEN["TRUTH"]).read_text("utf-8"))["truth"]
    return {(str(row["userid"]), str(row["course"])): row for row in rows}


def told(name: str, began: float, watch: Watch, count: int) -> None:
    """The figures, for whoever ran it with -s."""
    seconds = time.monotonic() - began
    words = f"{name}: {count} completions, {watch.requests} requests, {watch.bytes_received} bytes, {seconds:.1f} s"
    sys.stderr.write(words + "\n")


def pulled(pages: list[Any]) -> dict[Key, datetime]:
    return {
        (one.external_learner, one.external_course): one.completed_at
        for page in pages
        for one in page.completions
    }


def test_the_report_equals_the_database(database: dict[Key, dict[str, Any]]) -> None:
    visible = {
        key: row for key, row in database.items() if row["ueactive"] is not None and not int(row["deleted"])
    }
    with real("TOKEN") as (adapter, watch):
        began = time.monotonic()
        pages, end = swept(adapter, full=True)
        told("report", began, watch, end.rows)
    found = pulled(pages)
    assert end.complete, end.why_incomplete
    assert "custom report" in end.way
    assert found.keys() == visible.keys()
    for key, moment in found.items():
        assert moment == datetime.fromtimestamp(int(visible[key]["timecompleted"]) // 60 * 60, UTC)


def test_the_filter_gives_the_recent_rows_and_is_gone_afterwards(database: dict[Key, dict[str, Any]]) -> None:
    visible = {
        key: row for key, row in database.items() if row["ueactive"] is not None and not int(row["deleted"])
    }
    newest = max(int(row["timecompleted"]) for row in visible.values())
    seen_to = newest - int(timedelta(days=30).total_seconds())
    with real("TOKEN") as (adapter, watch):
        report = adapter.report().id
        cursors = {"completions": {"report": report, "seen_to": seen_to}}
        began = time.monotonic()
        pages, end = swept(adapter, cursors)
        told("filter", began, watch, end.rows)
        since = seen_to - int(timedelta(days=3).total_seconds())
        wanted = {key for key, row in visible.items() if int(row["timecompleted"]) >= since}
        assert pulled(pages).keys() == wanted
        assert 0 < len(wanted) < len(visible)
        assert adapter.probe(report).total == len(visible)


@pytest.mark.slow
def test_the_batch_way_equals_the_database(database: dict[Key, dict[str, Any]]) -> None:
    """Moodle answers for active enrolments only. A course's time is the latest of its criteria."""
    active = {
        key: row for key, row in database.items() if row["ueactive"] in (1, "1") and not int(row["deleted"])
    }
    with real("BATCH_TOKEN", way="batch") as (adapter, watch):
        began = time.monotonic()
        pages, end = swept(adapter, full=True)
        told("batch", began, watch, end.rows)
    found = pulled(pages)
    bad = {item.key[:2] for page in pages for item in page.quarantined if item.key}
    assert end.complete, end.why_incomplete
    assert found.keys() | bad == active.keys()
    same = sum(
        moment == datetime.fromtimestamp(int(active[key]["timecompleted"]), UTC)
        for key, moment in found.items()
    )
    sys.stderr.write(
        f"batch: {same} of {len(found)} times equal the course's own, {len(bad)} without a time\n"
    )
    assert same >= len(found) * 0.9


def test_the_source_test_is_all_well() -> None:
    for token, settings in (("TOKEN", {}), ("BATCH_TOKEN", {"way": "batch"})):
        with real(token, **settings) as (adapter, _):
            steps = list(adapter.check())
            assert all(step.ok for step in steps), steps
            assert "way" in [step.name for step in steps]


def newest(kind: str) -> dict[Key, set[str]]:
    """(user, course) -> the codes that were issued last, by the database: a moment may have several."""
    last: dict[Key, tuple[int, set[str]]] = {}
    for row in json.loads(Path(ISSUED).read_text("utf-8"))[kind]:
        key, issued = (str(row["userid"]), str(row["course"])), int(row["issued"])
        if key not in last or issued > last[key][0]:
            last[key] = issued, set()
        if issued == last[key][0]:
            last[key][1].add(row["code"])
    return {key: codes for key, (_, codes) in last.items()}


@needs_issued
@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "settings"),
    [("certificates", {}), ("badges", {"certificates": "false", "badges": "true"})],
)
def test_each_completion_has_its_number_and_no_other(kind: str, settings: dict[str, str]) -> None:
    wanted = newest(kind)
    with real("TOKEN", **settings) as (adapter, watch):
        began = time.monotonic()
        pages, end = swept(adapter, full=True)
        told(kind, began, watch, end.rows)
    numbers = {
        (one.external_learner, one.external_course): one.certificate_no
        for page in pages
        for one in page.completions
    }
    sys.stderr.write(
        f"{kind}: {sum(map(bool, numbers.values()))} completions have one, {len(wanted)} were issued\n"
    )
    assert any(numbers.values())
    for key, number in numbers.items():
        assert number is None if key not in wanted else number in wanted[key]


@needs_issued
def test_every_certificate_is_read() -> None:
    with real("TOKEN") as (adapter, watch):
        client = adapter._client
        info = client.site_info()
        began = time.monotonic()
        found = certificates_of(client, info)
        told("certificates alone", began, watch, len(found.codes))
        badges = BadgeNumbers(client, info, 100)
        badges._learn(sorted({key[0] for key in newest("badges")}, key=int))
        told("badges alone", began, watch, sum(map(len, badges._known.values())))
    assert found.why_none == ""
    assert found.codes.keys() == newest("certificates").keys()
    assert {(user, course) for user, known in badges._known.items() for course in known} == newest(
        "badges"
    ).keys()
