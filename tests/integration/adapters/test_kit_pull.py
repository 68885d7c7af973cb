"""What the kit does around any adapter: sweeps that go on, light pulls, dry runs with an exact difference."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from shutil import copyfile

import pytest

from bridge.flows.pull_preview import preview_all
from bridge.store.preview import Difference
from lms_adapters import moodle, testing
from lms_adapters.contract_site import NOW, START, held, holdings
from tests.contract.bench import Bench, context
from tests.contract.conftest import empty_store  # noqa: F401 - a fixture
from tests.contract.moodle_site import MoodleBatchSite, MoodleSite

RETRIEVE = "core_reportbuilder_retrieve_report"


@pytest.fixture
def bench(empty_store: Path, tmp_path: Path) -> Iterator[Bench]:  # noqa: F811
    database = tmp_path / "store.db"
    copyfile(empty_store, database)
    with MoodleSite(holdings()) as site:
        bench = Bench(moodle, site, database)
        yield bench
        bench.close()


def previewed(bench: Bench) -> tuple[dict[str, int], list[Difference]]:
    differences: list[Difference] = []
    ctx = context(moodle, bench.store, bench.database.parent, bench.config.secrets)
    report = preview_all(ctx, None, lambda _, one: differences.append(one))[0]
    assert report.error is None, report.error
    counts = {
        "new": report.new,
        "changed": report.changed,
        "same": report.same,
        "withdrawn": report.vanished if report.believed else 0,
    }
    return counts, differences


def everything_stored(bench: Bench) -> list[tuple[object, ...]]:
    tables = ("completion", "source_cursor", "sweep", "sweep_seen", "raw_payload", "finding", "touched")
    return [row for name in tables for row in bench.rows(f"SELECT * FROM {name} ORDER BY 1, 2, 3")]


def test_a_dry_run_tells_exactly_what_the_pull_then_does_and_stores_nothing(bench: Bench) -> None:
    bench.pull()
    gone = bench.site.kept.pop(3)
    moved = bench.site.kept[9] = held(
        int(bench.site.kept[9].learner), int(bench.site.kept[9].course), START + timedelta(days=40)
    )
    fresh = held(195, 12, NOW - timedelta(days=1))
    bench.site.kept.append(fresh)
    before = everything_stored(bench)
    counts, differences = previewed(bench)
    assert everything_stored(bench) == before
    assert counts == {"new": 1, "changed": 1, "same": 58, "withdrawn": 1}
    by_kind = {one.kind: one for one in differences}
    assert by_kind["new"].key[:2] == bench.site.key_of(fresh)
    assert by_kind["withdrawn"].key[:2] == bench.site.key_of(gone)
    assert by_kind["changed"].key[:2] == bench.site.key_of(moved)
    assert set(by_kind["changed"].after) == {"completed_at"}
    assert by_kind["changed"].before != by_kind["changed"].after
    report = bench.pull()
    done = report.stored
    assert counts == {
        "new": done.new,
        "changed": done.changed,
        "same": done.same,
        "withdrawn": done.withdrawn,
    }
    assert previewed(bench)[0] == {"new": 0, "changed": 0, "same": 60, "withdrawn": 0}


def test_a_dry_run_locks_nobody_out(bench: Bench) -> None:
    bench.pull()
    ctx = context(moodle, bench.store, bench.database.parent, bench.config.secrets)
    bench.site.kept.append(held(195, 12, NOW))
    written = []

    def write(_: str, one: Difference) -> None:
        with bench.store.connect() as other, other.begin():
            other.exec_driver_sql("UPDATE source SET enabled = true")
        written.append(one.kind)

    assert preview_all(ctx, None, write)[0].new == 1
    assert written == ["new"]


def test_a_dry_run_of_a_source_that_shows_nothing_believes_nothing(bench: Bench) -> None:
    bench.pull()
    bench.site.kept = []
    counts, _ = previewed(bench)
    assert counts == {"new": 0, "changed": 0, "same": 0, "withdrawn": 0}


def test_nights_on_a_thin_link_end_one_sweep_together_and_it_can_prove_a_disappearance(bench: Bench) -> None:
    """Each night breaks after two more pages; the last one ends the sweep, and what vanished is withdrawn."""
    bench.pull()
    gone = bench.site.kept.pop(-4)
    nights = []
    for _ in range(6):
        bench.site.heal()
        # report probes: 2 (twice the first rows), the edge: 1 where it goes on, then two pages
        calls = 2 + (1 if nights else 0) + 2
        bench.site.fault(testing.status(503), at_call=calls, times=None)
        nights.append(bench.pull())
        if nights[-1].error is None:
            break
    # The fourth night has no page left to read: it looks back once, and that ends the sweep.
    assert [night.pages for night in nights] == [2, 2, 2, 0]
    assert [night.continued for night in nights] == [False, True, True, True]
    assert nights[-1].complete, nights[-1].why_incomplete
    assert nights[-1].stored.withdrawn == 1
    assert bench.site.key_of(gone) not in bench.standing()
    assert bench.standing() == bench.wanted()
    assert [row[0] for row in bench.rows("SELECT state FROM sweep ORDER BY sweep_id")] == ["complete"] * 2


def a_day_passes(bench: Bench) -> None:
    """The clock stands still in these tests: what was written grows older instead."""
    day = 86_400 * 1_000_000
    with bench.store.begin() as connection:
        connection.exec_driver_sql(f"UPDATE sweep SET started_at = started_at - {day}")
        connection.exec_driver_sql(f"UPDATE sweep SET ended_at = ended_at - {day}")
        connection.exec_driver_sql(f"UPDATE source_cursor SET updated_at = updated_at - {day}")


def test_a_budget_of_two_pages_a_night_reads_everything_though_completions_keep_coming(bench: Bench) -> None:
    """Four nights for one sweep, and each day has brought a completion. What went meanwhile is believed gone once a
    second sweep has missed it too: rows had days to move."""
    bench.pull()
    gone = bench.site.kept.pop(-4)
    nights = []
    for number in range(5):
        a_day_passes(bench)
        bench.site.kept.append(held(170 + number, 11, NOW - timedelta(minutes=50 - number)))
        bench.site.heal()
        calls = 2 + (1 if nights else 0) + 2
        bench.site.fault(testing.status(503), at_call=calls, times=None)
        nights.append(bench.pull())
    assert [night.continued for night in nights] == [False, True, True, True, False]
    assert [night.error is None for night in nights] == [False, False, False, True, False]
    assert nights[3].complete, nights[3].why_incomplete
    assert nights[3].stored.withdrawn == 0
    came = {bench.site.key_of(row) for row in bench.site.kept[-5:-1]}
    assert came <= bench.standing().keys()
    bench.site.heal()
    assert bench.pull().complete
    assert bench.site.key_of(gone) not in bench.standing()
    assert bench.standing() == bench.wanted()


def test_a_sweep_that_nobody_went_on_with_for_two_days_begins_anew(bench: Bench) -> None:
    bench.site.fault(testing.status(503), at_call=4, times=None)
    assert bench.pull().error is not None
    bench.site.heal()
    a_day_passes(bench)
    a_day_passes(bench)
    report = bench.pull()
    assert (report.continued, report.complete) == (False, True)


def test_an_interrupted_sweep_starts_anew_where_a_row_before_its_edge_changed(bench: Bench) -> None:
    bench.pull()
    bench.site.heal()
    bench.site.fault(testing.status(503), at_call=5, times=None)
    assert bench.pull().error is not None
    # One row leaves before the edge and another comes after it: the count is the same, the edge is not.
    bench.site.kept.remove(bench.site.in_order()[4])
    bench.site.kept.append(held(196, 12, NOW - timedelta(days=2)))
    bench.site.heal()
    report = bench.pull()
    assert (report.continued, report.complete) == (False, True)
    assert bench.standing() == bench.wanted()
    states = [row[0] for row in bench.rows("SELECT state FROM sweep ORDER BY sweep_id")]
    assert states == ["complete", "abandoned", "complete"]


def test_a_row_that_never_parses_keeps_its_evidence_and_the_others_can_still_vanish(bench: Bench) -> None:
    bench.pull()
    broken = bench.site.in_order()[0]
    gone = bench.site.in_order()[30]
    bench.site.kept.remove(gone)

    def spoil(answer: dict[str, object], _: object) -> dict[str, object]:
        for row in answer["data"]["rows"]:  # type: ignore[index]
            if f'profile.php?id={broken.learner}"' in row["columns"][13] and row["columns"][5].endswith(
                broken.course
            ):
                row["columns"][10] = "someday"
        return answer

    meddling = bench.site.meddle(testing.rewritten(spoil), function=RETRIEVE)
    report = bench.pull()
    assert report.quarantined == 1
    assert report.complete, report.why_incomplete
    assert report.stored.withdrawn == 1
    assert bench.standing() == bench.wanted()
    params = bench.findings()["ROW-UNREADABLE"]
    assert "someday" in params["raw"]
    assert broken.nip in params["raw"]
    assert params["place"].startswith("uji ")
    meddling.times = 0
    assert bench.pull().complete
    assert "ROW-UNREADABLE" not in bench.findings()


def test_a_changed_shape_is_one_finding_until_it_is_as_declared_again(bench: Bench) -> None:
    bench.pull()

    def reshaped(answer: dict[str, object], _: object) -> dict[str, object]:
        headers = answer["data"]["headers"]  # type: ignore[index]
        headers[headers.index("category")] = "kategori"
        return answer

    meddling = bench.site.meddle(testing.rewritten(reshaped), function=RETRIEVE)
    assert bench.pull().complete
    assert bench.findings()["SOURCE-DRIFT"] == {"source": "uji", "names": "+kategori, -category"}
    bench.pull()
    assert len(bench.rows("SELECT * FROM finding WHERE code = 'SOURCE-DRIFT'")) == 1
    meddling.times = 0
    bench.pull()
    assert "SOURCE-DRIFT" not in bench.findings()
    assert bench.standing() == bench.wanted()


def test_a_light_pull_costs_what_changed_and_leaves_no_filter(bench: Bench) -> None:
    site = bench.site
    assert isinstance(site, MoodleSite)
    site.kept += [held(300 + number, 12, NOW - timedelta(days=100 - number // 5)) for number in range(500)]
    full = bench.pull()
    site.kept.append(held(999, 12, NOW - timedelta(hours=2)))
    light = bench.pull(full=False)
    assert light.error is None, light.error
    assert (light.full, full.full) == (False, True)
    assert light.stored.new == 1
    assert "filtered from" in light.way
    assert light.pages * 10 < full.pages
    assert light.received * 5 < full.received
    assert site.filters == {}
    assert "SOURCE-INCOMPLETE" not in bench.findings()
    assert bench.standing() == bench.wanted()


def test_a_filter_that_a_crash_left_behind_shortens_nothing(bench: Bench) -> None:
    bench.pull()
    site = bench.site
    assert isinstance(site, MoodleSite)
    site.filters = {
        "completion:timecompleted_operator": 3,
        "completion:timecompleted_from": int(NOW.timestamp()),
    }
    report = bench.pull()
    assert (report.rows, report.complete) == (60, True)


def test_the_first_light_pull_and_one_after_a_week_are_full(bench: Bench) -> None:
    assert bench.pull(full=False).full
    assert not bench.pull(full=False).full
    with bench.store.begin() as connection:
        week = 8 * 86_400 * 1_000_000
        connection.exec_driver_sql(f"UPDATE sweep SET ended_at = ended_at - {week}")
    assert bench.pull(full=False).full


# -- the batch way -----------------------------------------------------------------------------------------


@pytest.fixture
def batch(empty_store: Path, tmp_path: Path) -> Iterator[tuple[Bench, MoodleBatchSite]]:  # noqa: F811
    database = tmp_path / "store.db"
    copyfile(empty_store, database)
    with MoodleBatchSite(holdings()) as site:
        bench = Bench(moodle, site, database)
        yield bench, site
        bench.close()


def test_the_batch_way_counts_answers_and_goes_on_after_an_error(
    batch: tuple[Bench, MoodleBatchSite],
) -> None:
    bench, site = batch
    site.cap = 4  # max_input_vars lets four calls of ten through
    site.enrolled_only = [("900", "10"), ("901", "11")]
    site.refused = {("901", "11")}
    report = bench.pull()
    assert report.error is None, report.error
    assert report.complete, report.why_incomplete
    assert "batched" in report.way
    assert bench.standing() == bench.wanted()
    # ten calls are tried once; after that the batches are as small as what came through
    sizes = [
        sum(name.endswith("[function]") for name in form)
        for _, form in site.requests
        if form.get("wsfunction") == "tool_mobile_call_external_functions"
    ]
    assert sizes[0] == 10
    assert set(sizes[1:]) <= {4, 3, 2, 1}
    scores = bench.rows("SELECT DISTINCT score FROM completion")
    assert scores == [("80.0",)]


def test_the_batch_way_goes_on_at_the_next_course(batch: tuple[Bench, MoodleBatchSite]) -> None:
    bench, site = batch
    site.fault(testing.status(503), at_call=3, times=None)
    first = bench.pull()
    assert first.error is not None
    assert first.pages == 1
    site.heal()
    second = bench.pull()
    assert (second.pages, second.continued, second.complete) == (2, True, True)
    assert bench.standing() == bench.wanted()


def test_a_light_pull_in_between_takes_nothing_away_from_a_sweep_that_goes_on(
    batch: tuple[Bench, MoodleBatchSite],
) -> None:
    """A light pull keeps no account of what it saw, so what it read must not count as seen by the sweep."""
    bench, site = batch
    bench.pull()
    busy = testing.status(503)
    for course, full in (("11", True), ("12", False)):
        meddling = site.meddle(
            lambda reply, form, at=course: busy(reply, form) if form.get("courseid") == at else reply
        )
        broken = bench.pull(full=full)
        assert (broken.full, broken.error is None) == (full, False)
        meddling.times = 0
    report = bench.pull()
    assert report.error is None, report.error
    assert report.complete, report.why_incomplete
    assert report.stored.withdrawn == 0
    assert bench.standing() == bench.wanted()


def test_a_completion_without_any_time_waits_for_a_person(batch: tuple[Bench, MoodleBatchSite]) -> None:
    bench, site = batch
    bench.pull()

    def without_times(answer: dict[str, object], _: object) -> dict[str, object]:
        for one in answer["responses"]:  # type: ignore[attr-defined]
            one["data"] = one["data"].replace('"timecompleted": 1', '"timecompleted": null, "was": 1')
        return answer

    site.meddle(testing.rewritten(without_times), function="tool_mobile_call_external_functions")
    report = bench.pull()
    assert report.quarantined == 60
    assert report.complete
    assert bench.standing() == bench.wanted(), "what stood before stands"


def test_a_report_that_was_there_and_is_hidden_is_not_silently_replaced(bench: Bench) -> None:
    """The token could batch, but somebody set up a report: that it is gone is told."""
    site = bench.site
    assert isinstance(site, MoodleSite)
    site.functions = (*MoodleSite.functions, *MoodleBatchSite.functions)
    assert "Report Builder" in bench.pull().way
    site.meddle(testing.rewritten(lambda _a, _f: {"reports": []}), function="core_reportbuilder_list_reports")
    report = bench.pull()
    assert report.error is not None
    assert report.error.code == "MOODLE-REPORT-MISSING"
