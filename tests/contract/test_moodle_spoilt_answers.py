"""What links, proxies and a living site do to a pull, over real HTTP: nothing lost silently, nothing
doubled."""

from __future__ import annotations

import logging
import traceback
from typing import Any

import pytest

from bridge.errors import BridgeError, RefuseInput, RetryLater, StopSource
from lms_adapters import testing
from lms_adapters.loopback import Change, Form
from lms_adapters.moodle import make
from lms_adapters.moodle.replay import MoodleReplay
from lms_adapters.spec import Page, SourceConfig
from tests.adapter_sources import CASES, RECORDED_SITE, moodle, swept

RETRIEVE = "core_reportbuilder_retrieve_report"
SET_FILTERS = "core_reportbuilder_set_filters"


def only_page(number: str, change: Any) -> Change:
    """A change of one whole page of the sweep, not of the probes."""

    def at(answer: Any, form: Form) -> Any:
        return change(answer) if form.get("page") == number and form.get("perpage") == "1000" else answer

    return testing.rewritten(at)


def with_rows(answer: Any, rows: list[Any]) -> Any:
    return {**answer, "data": {**answer["data"], "rows": rows}}


def rows_of(answer: Any) -> list[Any]:
    rows: list[Any] = answer["data"]["rows"]
    return rows


@pytest.mark.parametrize(
    "spoil",
    [
        testing.dropped(),
        testing.broken_off(1000),
        testing.truncated(1000),
        testing.truncated(0),
        testing.status(500),
        testing.status(502),
        testing.status(503, b"<html>maintenance</html>", Retry_After="0"),
        testing.status(429, Retry_After="0"),
    ],
    ids=["dropped", "broken-off", "truncated", "empty", "500", "502", "503", "429"],
)
def test_a_passing_fault_is_sat_out_and_nothing_is_missing(spoil: Change) -> None:
    with MoodleReplay(RECORDED_SITE) as replay, moodle(replay) as adapter:
        replay.meddle(spoil, function=RETRIEVE, times=2, spare=4)
        pages, end = swept(adapter)
        assert adapter._client.http.traffic.retries == 2
    assert end.complete, end.why_incomplete
    assert sum(len(page.completions) for page in pages) == 8090


@pytest.mark.parametrize(
    ("spoil", "remedy", "code"),
    [
        (testing.dropped(), RetryLater, "HTTP-UNREACHABLE"),
        (testing.broken_off(1000), RetryLater, "HTTP-BROKEN-OFF"),
        (testing.truncated(1000), RetryLater, "MOODLE-TRUNCATED"),
        (testing.truncated(0), RetryLater, "MOODLE-EMPTY"),
        (testing.status(500), RetryLater, "HTTP-BUSY"),
        (testing.status(429, Retry_After="3600"), RetryLater, "HTTP-THROTTLED"),
        (testing.html_page(), StopSource, "MOODLE-NOT-JSON"),
        (testing.status(403, b"<html>WAF</html>"), StopSource, "MOODLE-FORBIDDEN"),
        (testing.status(403), StopSource, "MOODLE-WS-OFF"),
        (testing.status(301, Location="https://evil.example/x?wstoken=1"), StopSource, "HTTP-OTHER-HOST"),
        (testing.status(302, Location="/login/index.php"), StopSource, "HTTP-MOVED"),
        (testing.rewritten(lambda _answer, _form: {"nonsense": 1}), StopSource, "MOODLE-SHAPE"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_lasting_fault_stops_by_its_remedy_after_the_good_pages(
    spoil: Change, remedy: type[BridgeError], code: str
) -> None:
    with MoodleReplay(RECORDED_SITE) as replay, moodle(replay, attempts=2) as adapter:
        replay.meddle(spoil, function=RETRIEVE, spare=5)  # report, two probes, two pages
        pull = adapter.pull({}, full=True)
        good = [next(pull), next(pull)]
        with pytest.raises(remedy) as caught:
            next(pull)
    assert caught.value.code == code
    assert all(isinstance(page, Page) for page in good)


def test_a_long_retry_after_is_handed_on_and_not_sat_out() -> None:
    with MoodleReplay(RECORDED_SITE) as replay, moodle(replay) as adapter:
        replay.meddle(testing.status(429, Retry_After="3600"))
        with pytest.raises(RetryLater) as caught:
            swept(adapter)
        assert len(replay.requests) == 1
    assert caught.value.after == 3600


def test_a_site_that_is_too_slow_is_left_for_later() -> None:
    with MoodleReplay(RECORDED_SITE) as replay, moodle(replay, attempts=1, read_timeout=0.2) as adapter:
        replay.meddle(testing.slow(1.0), times=1)
        with pytest.raises(RetryLater, match=r"did not answer within 0\.2 seconds"):
            swept(adapter)


def test_a_redirect_of_the_same_host_that_keeps_the_method_is_followed() -> None:
    with MoodleReplay(RECORDED_SITE) as replay, moodle(replay) as adapter:
        replay.meddle(testing.status(307, Location="/webservice/rest/server.php"), times=1)
        _, end = swept(adapter)
    assert end.complete


def test_an_answer_beyond_the_byte_budget_is_not_asked_for() -> None:
    with MoodleReplay(RECORDED_SITE) as replay, moodle(replay, byte_budget=150_000) as adapter:
        with pytest.raises(StopSource) as caught:
            swept(adapter)
        spent = adapter._client.http.traffic.bytes_received
    assert caught.value.code == "HTTP-BUDGET"
    assert 150_000 <= spent < 300_000


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda answer: with_rows(answer, rows_of(answer)[:-1]), "gave 999 rows instead of 1000"),
        (lambda answer: with_rows(answer, []), "gave 0 rows instead of 1000"),
        (
            lambda answer: with_rows(answer, [*rows_of(answer)[:-1], rows_of(answer)[0]]),
            "1 rows came twice",
        ),
        (
            lambda answer: {**answer, "data": {**answer["data"], "totalrowcount": 8091}},
            "count moved from 8090 to 8091",
        ),
    ],
    ids=["short page", "lost page", "doubled row", "moved count"],
)
def test_a_sweep_that_may_have_missed_a_row_says_so(change: Any, reason: str) -> None:
    with MoodleReplay(RECORDED_SITE) as replay, moodle(replay) as adapter:
        replay.meddle(only_page("3", change))
        _, end = swept(adapter)
    assert not end.complete
    assert reason in end.why_incomplete


def test_a_duplicated_page_is_seen_though_every_count_is_right() -> None:
    first: list[Any] = []

    def twice(answer: Any, form: Form) -> Any:
        if form.get("perpage") == "1000" and form.get("page") == "2":
            first.extend(rows_of(answer))
        if form.get("perpage") == "1000" and form.get("page") == "3":
            return with_rows(answer, first)
        return answer

    with MoodleReplay(RECORDED_SITE) as replay, moodle(replay) as adapter:
        replay.meddle(testing.rewritten(twice), function=RETRIEVE)
        _, end = swept(adapter)
    assert end.rows == 8090
    assert not end.complete
    assert "1000 rows came twice" in end.why_incomplete


def test_a_row_that_slipped_over_a_page_edge_is_seen_though_every_count_is_right() -> None:
    """A row before the edge left and another was added at the end: the same count, one row never shown."""

    def shifted(answer: Any, form: Form) -> Any:
        if form.get("perpage") == "1":
            return with_rows(answer, [{"columns": ["another"]}])
        return answer

    with MoodleReplay(RECORDED_SITE) as replay, moodle(replay) as adapter:
        replay.meddle(testing.rewritten(shifted), function=RETRIEVE, spare=1)
        _, end = swept(adapter)
    assert not end.complete
    assert "across a page's edge" in end.why_incomplete


def test_an_empty_or_shrunken_report_never_proves_a_disappearance() -> None:
    cursors = {"completions": {"report": 6, "complete_total": 12_000}}
    with MoodleReplay(RECORDED_SITE) as replay, moodle(replay) as adapter:
        _, end = swept(adapter, cursors)
        assert not end.complete
        assert "shrank from 12000 to 8090" in end.why_incomplete
        assert end.cursor["complete_total"] == 12_000
        empty = testing.rewritten(
            lambda answer, _: {**answer, "data": {**answer["data"], "rows": [], "totalrowcount": 0}}
        )
        replay.meddle(empty, function=RETRIEVE)
        pages, end = swept(adapter, cursors)
    assert not end.complete
    assert [page.completions for page in pages] == [()]


def test_a_believed_shrinking_is_a_setting() -> None:
    cursors = {"completions": {"report": 6, "complete_total": 12_000}}
    with MoodleReplay(RECORDED_SITE) as replay, moodle(replay, shrink_limit=50) as adapter:
        _, end = swept(adapter, cursors)
    assert end.complete
    assert (end.cursor["report"], end.cursor["complete_total"]) == (6, 8090)


def test_an_unreadable_row_is_quarantined_and_the_others_come() -> None:
    def spoilt(answer: Any) -> Any:
        rows = [dict(row) for row in rows_of(answer)]
        rows[0] = {"columns": [*rows[0]["columns"][:10], "someday", *rows[0]["columns"][11:]]}
        rows[1] = {"columns": rows[1]["columns"][:-1]}
        rows[2] = {"columns": [*rows[2]["columns"][:-1], "no link"]}
        return with_rows(answer, [*rows[:3], "no row", *rows[4:]])

    with MoodleReplay(RECORDED_SITE) as replay, moodle(replay) as adapter:
        replay.meddle(only_page("3", spoilt))
        pages, end = swept(adapter)
    bad = pages[3].quarantined
    assert len(pages[3].completions) == 996
    assert [row.code for row in bad] == ["ROW-UNREADABLE"] * 4
    assert bad[0].ref.startswith("user ")
    assert bad[1].ref == "report 6 page 4 row 2"
    assert "someday" in bad[0].raw
    assert "someday" in bad[0].reason
    assert not end.complete  # rows without user and course may be any: nothing is proven to be gone


def test_a_pull_that_was_cut_off_goes_on_where_it_stood_and_is_complete_if_nothing_moved() -> None:
    with MoodleReplay(RECORDED_SITE) as replay:
        with moodle(replay) as adapter:
            pull = adapter.pull({}, full=True)
            taken = [next(pull), next(pull), next(pull)]
            pull.close()  # type: ignore[attr-defined]
        cursor = taken[-1].cursor
        with moodle(replay) as adapter:
            pages, end = swept(adapter, {"completions": cursor}, full=True)
    assert [page.number for page in pages] == [3, 4, 5, 6, 7, 8]
    assert [page.continues for page in pages] == [True, False, False, False, False, False]
    assert sum(len(page.completions) for page in pages) == 5090
    assert end.rows == 8090
    assert end.complete, end.why_incomplete
    assert "resume" not in end.cursor  # the next pull starts from the first page


@pytest.mark.parametrize(
    "moved",
    [{"total": 8091}, {"first": "00"}, {"size": 500}, {"edge": [2999, "00"]}, {"edge": [2998, "same"]}],
    ids=["count", "first row", "page size", "another last row", "last row elsewhere"],
)
def test_a_cursor_of_a_report_that_moved_starts_over(moved: dict[str, Any]) -> None:
    with MoodleReplay(RECORDED_SITE) as replay, moodle(replay) as adapter:
        third = next(step for step in adapter.pull({}, full=True) if getattr(step, "number", 0) == 2)
        position = {**third.cursor["resume"], **moved}
        if "same" in str(moved):
            position["edge"] = [2998, third.cursor["resume"]["edge"][1]]
        pages, end = swept(adapter, {"completions": {**third.cursor, "resume": position}}, full=True)
    assert [page.number for page in pages] == list(range(9))
    assert not any(page.continues for page in pages)
    assert end.complete


def test_a_report_that_grew_behind_what_was_read_is_gone_on_with() -> None:
    with MoodleReplay(RECORDED_SITE) as replay, moodle(replay) as adapter:
        third = next(step for step in adapter.pull({}, full=True) if getattr(step, "number", 0) == 2)
        position = {**third.cursor["resume"], "total": 8000}
        pages, end = swept(adapter, {"completions": {**third.cursor, "resume": position}}, full=True)
    assert [page.number for page in pages] == list(range(3, 9))
    assert end.complete, end.why_incomplete
    assert end.rows == 8090


def test_without_its_interrupted_position_a_cursor_starts_at_the_first_page() -> None:
    with MoodleReplay(RECORDED_SITE) as replay, moodle(replay) as adapter:
        pages, end = swept(adapter, {"completions": {"report": 6, "complete_total": 8090}}, full=True)
    assert len(pages) == 9
    assert end.complete


def test_filters_are_cleared_before_the_first_row_and_after_the_last() -> None:
    with MoodleReplay(RECORDED_SITE) as replay, moodle(replay) as adapter:
        swept(adapter)
        calls = [(form["wsfunction"], form) for _, form in replay.requests]
    places = [place for place, (name, _) in enumerate(calls) if name == SET_FILTERS]
    assert [name for name, _ in calls[:2]] == ["core_webservice_get_site_info", RETRIEVE]  # report by number
    assert places == [2, len(calls) - 1]
    assert all(calls[place][1]["values"] == "{}" for place in places)


def without_filters(answer: Any, _: Form) -> Any:
    return {**answer, "functions": [one for one in answer["functions"] if one["name"] != SET_FILTERS]}


def test_without_the_filter_function_fewer_rows_than_before_prove_nothing() -> None:
    with MoodleReplay(RECORDED_SITE) as replay, moodle(replay) as adapter:
        replay.meddle(testing.rewritten(without_filters), function="core_webservice_get_site_info")
        _, end = swept(adapter, {"completions": {"report": 6, "complete_total": 8091}})
        assert not any(form["wsfunction"] == SET_FILTERS for _, form in replay.requests)
        assert "filters can't be cleared" in end.why_incomplete
        _, end = swept(adapter, {"completions": {"report": 6, "complete_total": 8090}})
        assert end.complete


def forced_zone(replay: MoodleReplay) -> None:
    """The recorded answer of a site that forces Asia/Jayapura, whatever zone is asked for."""
    case = CASES / "report.v1.forced_tz_ignores_setting.json"
    replay.serve_case(case, function=RETRIEVE)
    two = testing.rewritten(lambda answer, _: {**answer, "data": {**answer["data"], "totalrowcount": 2}})
    replay.meddle(two, function=RETRIEVE)


def test_a_forced_zone_stops_the_source_until_someone_states_it() -> None:
    with MoodleReplay(RECORDED_SITE) as replay:
        forced_zone(replay)
        with moodle(replay) as adapter:
            with pytest.raises(StopSource) as caught:
                swept(adapter)
            steps = list(adapter.check())
        assert caught.value.code == "MOODLE-ZONE-FORCED"
        assert (steps[-1].name, steps[-1].ok) == ("zone", False)
        with moodle(replay, zone="Asia/Jayapura") as adapter:
            pages, end = swept(adapter)
    assert end.complete, end.why_incomplete
    assert [one.completed_at.isoformat() for one in pages[0].completions] == [
        "2025-09-30T17:08:00+00:00",
        "2025-09-30T22:47:00+00:00",
    ]


def renamed(old: str, new: str) -> Change:
    def change(answer: Any, _: Form) -> Any:
        headers = [new if name == old else name for name in answer["data"]["headers"]]
        return {**answer, "data": {**answer["data"], "headers": headers}}

    return testing.rewritten(change)


def test_a_missing_needed_heading_is_named_with_its_cure() -> None:
    with MoodleReplay(RECORDED_SITE) as replay, moodle(replay) as adapter:
        replay.meddle(renamed("timecompleted", "Waktu selesai"), function=RETRIEVE)
        with pytest.raises(StopSource, match="timecompleted") as caught:
            swept(adapter)
        steps = list(adapter.check())
    assert caught.value.code == "MOODLE-REPORT-HEADINGS"
    assert (steps[-1].name, steps[-1].ok) == ("headings", False)
    assert "docs/adapters/moodle.md" in steps[-1].advice


def test_a_wanted_heading_that_is_gone_and_an_unknown_one_are_reported_as_drift() -> None:
    with MoodleReplay(RECORDED_SITE) as replay, moodle(replay) as adapter:
        replay.meddle(renamed("jp", "Jam"), function=RETRIEVE)
        pages, end = swept(adapter)
    assert end.complete
    assert pages[0].drift == ("+Jam", "-jp")
    # The site has the same JP in the course's custom field, and the token may read it.
    assert {found.jp_stated for found in pages[0].completions} > {"24 JP", "16 Jam", None}


def test_columns_may_come_in_any_order() -> None:
    def reversed_columns(answer: Any, _: Form) -> Any:
        rows = [{"columns": row["columns"][::-1]} for row in rows_of(answer)]
        data = {**answer["data"], "headers": answer["data"]["headers"][::-1], "rows": rows}
        return {**answer, "data": data}

    with MoodleReplay(RECORDED_SITE) as replay, moodle(replay) as adapter:
        straight, _ = swept(adapter)
        replay.meddle(testing.rewritten(reversed_columns), function=RETRIEVE)
        turned, end = swept(adapter)
    assert end.complete
    assert [page.completions for page in turned] == [page.completions for page in straight]


def test_two_enrolments_of_one_person_are_one_completion_at_the_earliest_time() -> None:
    def enrolled_twice(answer: Any) -> Any:
        rows = rows_of(answer)
        twin = list(rows[0]["columns"])
        twin[12] = "Monday, 1 September 2025, 8:00 AM"  # timeenrolled
        later = list(rows[1]["columns"])
        later[10] = "Tuesday, 1 December 2026, 8:00 AM"
        return with_rows(answer, [{"columns": twin}, {"columns": later}, *rows[:-2]])

    with MoodleReplay(RECORDED_SITE) as replay, moodle(replay) as adapter:
        straight = next(step for step in adapter.pull({}, full=True) if isinstance(step, Page))
        replay.meddle(only_page("0", enrolled_twice))
        doubled = next(step for step in adapter.pull({}, full=True) if isinstance(step, Page))
    assert len(doubled.completions) == 998
    assert {one.completed_at for one in doubled.completions[:2]} == {
        one.completed_at for one in straight.completions[:2]
    }


def test_the_report_is_found_by_its_name() -> None:
    def named(answer: Any, _: Form) -> Any:
        return {
            **answer,
            "reports": [*answer["reports"], {**answer["reports"][0], "name": "JP Bridge", "id": 6}],
        }

    with MoodleReplay(RECORDED_SITE) as replay, moodle(replay, report="") as adapter:
        replay.meddle(testing.rewritten(named), function="core_reportbuilder_list_reports")
        assert adapter.report().id == 6
        replay.meddle(testing.rewritten(named), function="core_reportbuilder_list_reports")
        with pytest.raises(StopSource, match="more than one report"):
            adapter.report()


def test_no_reports_at_all_means_that_the_audience_lacks_the_user() -> None:
    with MoodleReplay(RECORDED_SITE) as replay, moodle(replay, report="JP Bridge") as adapter:
        replay.serve_case(CASES / "report.list.nocap.json", function="core_reportbuilder_list_reports")
        steps = list(adapter.check())
    assert (steps[-1].name, steps[-1].ok) == ("report", False)
    assert "Audiens" in steps[-1].advice


def test_the_token_is_in_no_url_log_error_or_repr(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    seen: list[str] = []
    with MoodleReplay(RECORDED_SITE) as replay:
        token = replay.token
        echo = f"token {token} refused".encode()
        for spoil in (
            testing.dropped(),
            testing.status(429, Retry_After="3600"),
            testing.html_page(f"token {token}"),
            testing.rewritten(
                lambda _a, _f: {"exception": "x", "errorcode": "new", "message": f"bad {token}"}
            ),
            testing.status(200, echo),
        ):
            replay.meddle(spoil, times=2)
            with moodle(replay, attempts=2) as adapter:
                seen.append(repr(adapter._client))
                with pytest.raises(BridgeError) as caught:
                    swept(adapter)
                seen.extend((repr(caught.value), caught.value.sentence, caught.value.english))
                seen.append("".join(traceback.format_exception(caught.value)))
                assert caught.value.__context__ is None
            for meddling in replay._meddlings:
                meddling.times = 0
        seen.extend(line for line, _ in replay.requests)
    assert any("POST /webservice/rest/server.php" in line for line in seen)
    assert [text for text in [*seen, caplog.text] if token in text] == []


@pytest.mark.parametrize(
    ("address", "settings", "secrets", "error", "words"),
    [
        ("http://lms.example.go.id", {}, {"token": "t"}, StopSource, "plain http"),
        ("lms.example.go.id", {}, {"token": "t"}, StopSource, "not a complete web address"),
        ("https://lms.example.go.id", {}, {}, RefuseInput, "token is not set"),
        ("https://lms.example.go.id", {"zone": "Papua"}, {"token": "t"}, RefuseInput, "time zone 'Papua'"),
        ("https://lms.example.go.id", {"page_size": "0"}, {"token": "t"}, RefuseInput, "whole number"),
        (
            "https://lms.example.go.id",
            {"read_timeout": "x"},
            {"token": "t"},
            RefuseInput,
            "number of seconds",
        ),
        (
            "https://lms.example.go.id",
            {"ca_bundle": "/nowhere"},
            {"token": "t"},
            RefuseInput,
            "does not exist",
        ),
    ],
)
def test_a_setting_that_can_not_work_is_refused_before_any_call(
    address: str, settings: dict[str, Any], secrets: dict[str, str], error: type[BridgeError], words: str
) -> None:
    with pytest.raises(error, match=words):
        make(SourceConfig("bkpsdm", "moodle", address, settings, secrets))


def test_an_address_pasted_from_the_browser_still_works() -> None:
    with MoodleReplay(RECORDED_SITE) as replay:
        config = SourceConfig(
            "bkpsdm", "moodle", f"{replay.url}/login/index.php", {"report": "6"}, {"token": replay.token}
        )
        adapter = make(config)
        assert all(step.ok for step in adapter.check())
        adapter.close()


def test_an_address_where_nobody_answers_is_a_link_to_check() -> None:
    with MoodleReplay(RECORDED_SITE) as replay:
        url = replay.url
    adapter = make(SourceConfig("bkpsdm", "moodle", url, {"attempts": 1}, {"token": "t"}))
    steps = list(adapter.check())
    adapter.close()
    assert [(step.name, step.ok) for step in steps] == [("address", False)]
    assert "tidak terjangkau" in steps[0].sentence
