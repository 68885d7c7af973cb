"""What only Canvas does: throttling as a 403, opaque links, a completion time that moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from pathlib import Path
from shutil import copyfile
from typing import Any, ClassVar

import pytest

from bridge.errors import RefuseInput, RetryLater, StopSource
from lms_adapters import canvas, testing
from lms_adapters.contract_site import NOW, START, held, holdings
from lms_adapters.loopback import Form, Reply
from lms_adapters.spec import Page, SweepEnd
from tests.contract.bench import Bench
from tests.contract.canvas_site import FORBIDDEN, NOT_FOUND, Bucket, CanvasModulesSite, CanvasSite


def pulled(site: CanvasSite) -> list[Page]:
    adapter = canvas.make(site.source())
    try:
        return [step for step in adapter.pull({}, full=True) if isinstance(step, Page)]
    finally:
        adapter.close()


def whole(
    site: CanvasSite, cursors: Mapping[str, Mapping[str, Any]] | None = None
) -> tuple[list[Page], SweepEnd]:
    adapter = canvas.make(site.source())
    try:
        *pages, end = adapter.pull(cursors or {}, full=True)
    finally:
        adapter.close()
    assert isinstance(end, SweepEnd)
    return [page for page in pages if isinstance(page, Page)], end


def begun(site: CanvasSite, *, pages: int) -> tuple[list[Page], dict[str, Mapping[str, Any]]]:
    """The first pages of a pull that breaks there, and the cursors that it left."""
    adapter = canvas.make(site.source())
    steps = adapter.pull({}, full=True)
    taken = [step for step in islice(steps, pages) if isinstance(step, Page)]
    adapter.close()
    return taken, {page.stream: page.cursor for page in taken}


def test_a_throttled_403_is_patience_and_another_403_is_a_person() -> None:
    with CanvasSite(holdings(3, 1)) as site:
        site.fault(testing.status(403, b"403 Forbidden (Rate Limit Exceeded)"), at_call=0, times=1)
        assert sum(len(page.completions) for page in pulled(site)) == 3
        site.heal()
        site.fault(testing.status(403, b"403 Forbidden (Rate Limit Exceeded)"), at_call=0, times=None)
        with pytest.raises(RetryLater) as patience:
            pulled(site)
        assert patience.value.code == "HTTP-THROTTLED"
        site.heal()
        site.fault(testing.status(403, b'{"status":"unauthorized"}'), at_call=0, times=None)
        with pytest.raises(StopSource) as person:
            pulled(site)
        assert person.value.code == "API-FORBIDDEN"


def test_a_link_to_another_host_is_refused() -> None:
    def elsewhere(reply: Reply, _form: Form) -> Reply:
        return replace(reply, headers={"LINK": '<https://evil.example/api/v1/x?page=2>; rel="next"'})

    with CanvasSite(holdings(3, 1)) as site:
        site.fault(elsewhere, at_call=0, times=None)
        with pytest.raises(StopSource) as caught:
            pulled(site)
        assert caught.value.code == "HTTP-OTHER-HOST"


def test_who_and_what_a_completion_names() -> None:
    with CanvasSite(holdings(1, 1)) as site:
        record = next(one for page in pulled(site) for one in page.completions)
        assert (record.external_learner, record.external_course, record.course_code) == ("100", "10", "K10")
        assert [item.value for item in record.identifiers] == ["p100", site.people["100"], "p100"]


def test_a_row_that_cannot_be_read_keeps_what_stands() -> None:
    def spoilt(value: list[dict[str, object]], _form: Form) -> list[dict[str, object]]:
        value[0]["progress"] = {"completed_at": "kemarin"}
        return value

    with CanvasSite(holdings(3, 1)) as site:
        site.fault(testing.rewritten(spoilt), at_call=0, times=None)
        pages = pulled(site)
    bad = [item for page in pages for item in page.quarantined]
    assert [item.key for item in bad] == [("100", "10", "1")]
    assert sum(len(page.completions) for page in pages) == 2


def test_steps_of_the_set_up() -> None:
    with CanvasSite(holdings(3, 1)) as site:
        adapter = canvas.make(site.source())
        steps = ["token", "courses", "progress", "logins"]
        assert [step.name for step in adapter.check() if step.ok] == steps
        site.logins = False
        last = list(adapter.check())[-1]
        assert (last.name, last.ok) == ("logins", False)
        assert "Users - view login IDs" in last.advice_english
        adapter.close()
        assert {name for page in pulled(site) for name in page.drift} == {"-login_id"}
    with CanvasModulesSite(holdings(3, 1)) as site:
        adapter = canvas.make(site.source())
        steps_told = {step.name: step for step in adapter.check()}
        assert "student by student" in steps_told["progress"].english
        assert all(step.ok for step in steps_told.values())
        adapter.close()


# -- where everybody's progress may not be read at once --------------------------------------------------------


@pytest.mark.parametrize(
    "refusal", [FORBIDDEN, NOT_FOUND, replace(FORBIDDEN, status=401)], ids=["403", "404", "401"]
)
def test_a_refused_bulk_is_read_from_the_modules_student_by_student(refusal: Reply) -> None:
    with CanvasModulesSite(holdings(12, 2)) as site:
        site.bulk_refused = refusal
        site.idle = ["900", "901"]
        pages, end = whole(site)
        found = {
            (one.external_learner, one.external_course): one for page in pages for one in page.completions
        }
        assert {key: one.completed_at for key, one in found.items()} == {
            site.key_of(row): row.at for row in site.kept
        }
        assert [item.value for item in found["100", "10"].identifiers] == ["p100", site.people["100"], "p100"]
        assert end.complete
        assert end.way == "3 courses, 3 of them student by student"
        asked = [form["student_id"] for _, form in site.requests if "student_id" in form]
        assert len(asked) == 2 * 14  # nobody is asked about the course whose modules demand nothing
        assert all(page.raw.media_type == "application/jsonl" for page in pages)


def test_items_that_canvas_leaves_out_are_asked_for() -> None:
    with CanvasModulesSite(holdings(3, 1)) as site:
        site.inline_items = False
        pages, end = whole(site)
        assert end.complete
        assert sum(len(page.completions) for page in pages) == 3


def test_a_student_who_has_just_left_is_a_finding_and_nobody_readable_is_a_missing_right() -> None:
    with CanvasModulesSite(holdings(3, 1)) as site:
        site.gone = {"800"}
        pages, end = whole(site)
        bad = [item for page in pages for item in page.quarantined]
        assert [(item.code, item.key) for item in bad] == [("ROW-UNREADABLE", ("800", "10", "1"))]
        assert end.complete
        site.gone = {row.learner for row in site.kept}
        site.kept = [held(5, 11, START)]
        site.courses = {"10"}
        with pytest.raises(StopSource) as caught:
            whole(site)
        assert caught.value.code == "API-FORBIDDEN"
        assert "bulk_user_progress" in caught.value.english  # the lighter way's right is the one to give


def test_a_token_that_is_no_good_is_told_from_a_right_that_is_missing() -> None:
    with CanvasSite(holdings(3, 1)) as site:
        invalid = testing.status(
            401, b'{"errors":[{"message":"Invalid access token."}]}', WWW_Authenticate="Bearer"
        )
        site.fault(invalid, at_call=0, times=None)
        with pytest.raises(StopSource) as caught:
            pulled(site)
        assert caught.value.code == "API-KEY"


def test_the_setting_way_rules_the_other_one_out() -> None:
    class Only(CanvasModulesSite):
        settings: ClassVar[dict[str, str]] = {"way": "bulk"}

    with Only(holdings(3, 1)) as site, pytest.raises(StopSource):
        whole(site)
    config = replace(site.source(), settings={"way": "cepat"})
    with pytest.raises(RefuseInput, match="cepat"):
        canvas.make(config)


# -- in the middle of a course ---------------------------------------------------------------------------------


@pytest.mark.parametrize("site_of", [CanvasSite, CanvasModulesSite])
def test_a_sweep_that_broke_goes_on_in_the_middle_of_a_course(site_of: type[CanvasSite]) -> None:
    with site_of(holdings(45, 1)) as site:
        first, cursor = begun(site, pages=3)
        assert cursor["progress"]["resume"]["in"].endswith("10")
        before = site.data_calls
        rest, end = whole(site, cursor)
        assert site.data_calls - before == 2
        assert rest[0].continues
        assert end.complete
        seen = [one.external_learner for page in (*first, *rest) for one in page.completions]
        assert sorted(seen) == sorted(row.learner for row in site.kept)


def test_a_link_that_canvas_no_longer_takes_begins_the_course_anew() -> None:
    with CanvasSite(holdings(45, 1)) as site:
        _, cursor = begun(site, pages=2)
        site.heal()
        site.fault(testing.status(404, b"{}"), at_call=0, times=1)
        rest, end = whole(site, cursor)
        assert end.complete
        assert len({one.external_learner for page in rest for one in page.completions}) == 45


# -- throttling by cost ----------------------------------------------------------------------------------------


def test_the_pull_holds_back_before_the_bucket_is_full() -> None:
    """Six calls of a cost of 20 each into a bucket of 60 that leaks 40 a second: too many at once."""
    with CanvasSite(holdings(20, 1)) as site:
        site.bucket = Bucket(60, 40, 20)
        assert sum(len(page.completions) for page in pulled(site)) == 20
        assert len(site.requests) == 5
        assert site.bucket.refused == 0
        hasty = Bucket(60, 40, 20)
        replies = [hasty.pour(Reply(200, "application/json", b"[]")) for _ in site.requests]
        assert [reply.status for reply in replies].count(403) == 2  # the same calls without a pause


# -- the time first seen ---------------------------------------------------------------------------------------


def test_the_date_stays_when_the_office_adds_a_module_later(empty_store: Path, tmp_path: Path) -> None:
    """Canvas tells the newest module's time: a module that is added in November must not move a course of March."""
    copyfile(empty_store, tmp_path / "store.db")
    with CanvasSite(holdings(3, 1)) as site:
        bench = Bench(canvas, site, tmp_path / "store.db")
        assert bench.pull().stored.new == 3
        march = bench.standing()
        site.kept = [replace(row, at=NOW - timedelta(days=1)) for row in site.kept]
        for _ in range(2):
            report = bench.pull()
            assert (report.error, report.stored.changed, report.stored.withdrawn) == (None, 0, 0)
        assert bench.standing() == march
        # The module is not done yet by anybody: nobody has completed the course, then they have again.
        kept, site.kept = site.kept, site.kept[:1]
        for _ in range(2):
            assert bench.pull().error is None
        assert len(bench.standing()) == 1
        site.kept = kept
        assert bench.pull().error is None
        assert bench.standing() == march
        bench.close()
