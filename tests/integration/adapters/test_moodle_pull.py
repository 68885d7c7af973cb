"""Every recorded completion of a real site, pulled over real HTTP, against the site's own database."""

from __future__ import annotations

import csv
import tracemalloc
from datetime import UTC, datetime

import orjson
import pytest

from lms_adapters.moodle import SPEC, make
from lms_adapters.moodle.recording import Recording
from lms_adapters.moodle.replay import MoodleReplay
from lms_adapters.registry import Registered, make_adapter
from lms_adapters.spec import Page, SourceConfig
from tests.adapter_sources import RECORDED_SITE, moodle, swept


def truth() -> dict[tuple[str, str], dict[str, str]]:
    with (RECORDED_SITE / "truth.csv").open(newline="", encoding="utf-8") as handle:
        return {(row["user_id"], row["course_id"]): row for row in csv.DictReader(handle)}


def to_the_minute(epoch: str) -> datetime:
    return datetime.fromtimestamp(int(epoch) // 60 * 60, UTC)


def test_all_8090_completions_equal_the_database_to_the_minute() -> None:
    with MoodleReplay(RECORDED_SITE) as replay, moodle(replay) as adapter:
        pages, end = swept(adapter)
        requests = len(replay.requests)
    pulled = {
        (found.external_learner, found.external_course): found for page in pages for found in page.completions
    }
    database = truth()
    assert sum(len(page.completions) for page in pages) == len(pulled) == 8090
    wrong = [
        key
        for key, found in pulled.items()
        if found.completed_at != to_the_minute(database[key]["time_completed_epoch"])
        or found.course_code != database[key]["course_shortname"]
        or found.identifiers[0].value != database[key]["username"]
    ]
    assert wrong == []
    unseen = {key: row for key, row in database.items() if key not in pulled}
    assert len(unseen) == 237
    gone = {key for key, row in database.items() if row["enrolment"] == "none" or row["user_deleted"] == "1"}
    assert set(unseen) == gone
    assert end.complete, end.why_incomplete
    assert end.rows == 8090
    assert requests <= 20  # site_info, filters, two probes, nine pages, one look back, filters


def test_grades_and_suspension_equal_the_database() -> None:
    with MoodleReplay(RECORDED_SITE) as replay, moodle(replay) as adapter:
        pages, _ = swept(adapter)
    database = truth()
    for page in pages:
        for found in page.completions:
            row = database[found.external_learner, found.external_course]
            assert found.learner_suspended == (row["user_suspended"] == "1")
            assert found.score is not None
            assert abs(float(found.score) - float(row["final_grade"])) < 0.006


@pytest.mark.parametrize("size", [333, 4096, 10_000])
def test_any_page_size_gives_the_same_completions(size: int) -> None:
    with MoodleReplay(RECORDED_SITE) as replay, moodle(replay, page_size=size) as adapter:
        pages, end = swept(adapter)
    assert end.complete, end.why_incomplete
    assert (
        len({(one.external_learner, one.external_course) for page in pages for one in page.completions})
        == 8090
    )
    assert len(pages) == -(-8090 // size)


def test_raw_pages_are_kept_byte_for_byte_as_recorded() -> None:
    with MoodleReplay(RECORDED_SITE) as replay, moodle(replay) as adapter:
        pages, _ = swept(adapter)
    for page in pages:
        path = RECORDED_SITE / f"report.page{page.number}.json"
        assert page.raw.body == Recording.read(path).body
        assert page.raw.body in path.read_bytes()
        assert page.raw.media_type == "application/json"


def test_no_page_holds_the_private_access_key() -> None:
    with MoodleReplay(RECORDED_SITE) as replay, moodle(replay) as adapter:
        pages, _ = swept(adapter)
        info = adapter._client.site_info()
    assert not any(b"userprivateaccesskey" in page.raw.body for page in pages)
    assert "privateaccesskey" not in repr(info)


def test_memory_stays_with_the_page_in_hand() -> None:
    with MoodleReplay(RECORDED_SITE) as replay, moodle(replay, page_size=500) as adapter:
        held: list[int] = []
        largest = 0
        tracemalloc.start()
        try:
            for step in adapter.pull({}, full=True):
                if isinstance(step, Page):
                    largest = max(largest, len(step.raw.body))
                    del step
                    held.append(tracemalloc.get_traced_memory()[0])
        finally:
            tracemalloc.stop()
    assert len(held) == 17
    # Twelve pages later: the sweep's 8 bytes a row, and never a page that was handed over.
    assert held[14] - held[2] < largest


def test_a_source_of_the_kind_moodle_is_made() -> None:
    adapters = {SPEC.kind: Registered(SPEC, make)}
    with MoodleReplay(RECORDED_SITE) as replay:
        config = SourceConfig("bkpsdm", "moodle", replay.url, {"report": "6"}, {"token": replay.token})
        adapter = make_adapter(adapters, config)
        steps = list(adapter.check())
        adapter.close()
    assert [step.name for step in steps] == [
        "address", "service", "token", "release", "way", "report", "headings", "zone", "row",
        "certificates",
    ]  # fmt: skip
    assert all(step.ok for step in steps)


def test_the_replay_says_that_it_is_one_and_makes_nothing_up() -> None:
    with MoodleReplay(RECORDED_SITE) as replay, moodle(replay) as adapter:
        http = adapter._client.http
        answer = http.get("/", lambda answer: answer)
        assert "4.5.5" in answer.headers["X-JP-Bridge-Replay"]
        form = {"wstoken": replay.token, "wsfunction": "core_reportbuilder_retrieve_report", "reportid": "6"}
        refused = http.post(
            "webservice/rest/server.php",
            {**form, "page": "0", "perpage": "5", "moodlewssettingtimezone": "Asia/Jayapura"},
            lambda answer: answer,
        )
        assert refused.status == 501
        unknown = http.post(
            "webservice/rest/server.php",
            {"wstoken": replay.token, "wsfunction": "core_nope_nope"},
            lambda answer: orjson.loads(answer.body),
        )
        assert unknown["errorcode"] == "invalidrecord"
