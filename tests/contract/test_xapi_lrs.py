"""A record store as a source, over real HTTP: nothing lost, nothing doubled, whatever the store does."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from starlette.responses import Response

from bridge.domain.evidence import Completion, Standing
from bridge.errors import BridgeError, RefuseInput, RetryLater, StopSource
from lms_adapters import xapi_lrs
from lms_adapters.spec import Adapter, Page, Quarantined, SourceConfig, SweepEnd
from lms_adapters.xapi_lrs.rules import read_rules, standard_rules
from tests.lms_sites.lrs import (
    CMI5,
    COMPLETED,
    COURSE,
    HOME,
    START,
    LrsSite,
    completions,
    empty,
    html,
    statement,
    status,
    truncated,
    voiding,
)

PASSED = "http://adlnet.gov/expapi/verbs/passed"
FAILED = "http://adlnet.gov/expapi/verbs/failed"
SATISFIED = "https://w3id.org/xapi/adl/verbs/satisfied"
WAIVED = "https://w3id.org/xapi/adl/verbs/waived"
EDX_COURSE = "http://adlnet.gov/expapi/activities/course"
QUICK: dict[str, Any] = {
    "home_page": HOME,
    "page_size": 7,
    "attempts": 2,
    "retry_wait": 0.01,
    "since": "stored",
}
Cursors = dict[str, Mapping[str, Any]]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[LrsSite]:
    with LrsSite(tmp_path, largest_page=25) as running:
        yield running


def adapter_of(site: LrsSite, **settings: Any) -> Adapter:
    secrets = {"key": site.key, "secret": site.secret}
    return xapi_lrs.make(SourceConfig("lrs", "xapi_lrs", site.url, QUICK | settings, secrets))


class Pull:
    """One pull: what came, by key (the last word counts, as in the store), and the cursors after it."""

    def __init__(self, adapter: Adapter, cursors: Cursors | None = None, *, full: bool = False) -> None:
        self.told: list[Completion] = []
        self.quarantined: list[Quarantined] = []
        self.cursors: Cursors = dict(cursors or {})
        self.end: SweepEnd | None = None
        try:
            for step in adapter.pull(self.cursors, full=full):
                self.cursors[step.stream] = step.cursor
                if isinstance(step, Page):
                    self.told += step.completions
                    self.quarantined += step.quarantined
                else:
                    self.end = step
        finally:
            adapter.close()

    @property
    def by_key(self) -> dict[tuple[str, str, str], Completion]:
        return {(one.external_learner, one.external_course, one.attempt): one for one in self.told}

    @property
    def standing(self) -> set[tuple[str, str]]:
        return {key[:2] for key, one in self.by_key.items() if one.standing is Standing.COMPLETED}


def test_every_completion_comes_once_over_many_pages(site: LrsSite) -> None:
    site.serve(completions(60))
    pull = Pull(adapter_of(site), full=True)
    assert len(pull.told) == len(pull.by_key) == 60
    assert pull.end is not None
    assert pull.end.complete
    first = pull.by_key["1000", f"{HOME}/course/view.php?id=1", "2026-03-02T01:00:00Z"]
    assert first.completed_at == START
    assert first.learner_name == "Peserta 1000"
    assert first.course_title == "Kursus 1"


def test_a_second_pull_reads_only_what_was_stored_since(site: LrsSite) -> None:
    site.serve(completions(40))
    first = Pull(adapter_of(site, overlap_days=0), full=True)
    before = len(site.requests)
    # stored today, though it happened long before everything that was read: a link was down for a month
    site.serve([statement("77", 9, START - timedelta(days=200))])
    second = Pull(adapter_of(site, overlap_days=0), first.cursors)
    assert [one.external_learner for one in second.told] == ["77"]
    assert all("since" in query or "cursor" in query for query in site.requests[before:])


def test_overlap_repeats_statements_and_they_are_the_same_completions(site: LrsSite) -> None:
    site.serve(completions(20))
    first = Pull(adapter_of(site), full=True)
    second = Pull(adapter_of(site), first.cursors)
    assert second.by_key == first.by_key


def test_never_past_what_the_store_says_is_consistent(site: LrsSite) -> None:
    site.serve(completions(20))
    bound = "2026-01-01T00:00:00Z"

    def lagging(_path: str, _query: dict[str, str], body: bytes, code: int) -> Response:
        headers = {"X-Experience-API-Consistent-Through": bound}
        return Response(body, code, headers, media_type="application/json")

    site.meddle(lagging)
    pull = Pull(adapter_of(site), full=True)
    assert len(pull.by_key) == 20
    assert str(pull.cursors[COMPLETED]["through"]).startswith("2026-01-01T00:00:00")


def test_what_is_no_course_is_passed_over(site: LrsSite) -> None:
    page = statement(
        "5", f"{HOME}/mod/page/view.php?id=3", START, kind="https://w3id.org/xapi/acrossx/activities/page"
    )
    undone = statement("6", 3, START, result={"completion": False})
    unit = statement("7", 3, START, registration=str(uuid.uuid4()), categories=[CMI5])
    site.serve([page, undone, unit])
    assert Pull(adapter_of(site), full=True).told == []


def test_open_edx_pass_stands_until_a_later_failure(site: LrsSite) -> None:
    course = "https://edx.example.go.id/course/course-v1:BPSDM+A+1"
    site.serve([statement("ani", course, START, verb=PASSED, kind=EDX_COURSE)])
    first = Pull(adapter_of(site), full=True)
    assert first.standing == {("ani", course)}
    site.serve([statement("ani", course, START + timedelta(days=1), verb=FAILED, kind=EDX_COURSE)])
    second = Pull(adapter_of(site), first.cursors)
    assert [one.standing for one in second.told] == [Standing.WITHDRAWN]
    site.serve([statement("ani", course, START + timedelta(days=2), verb=PASSED, kind=EDX_COURSE)])
    third = Pull(adapter_of(site), second.cursors)
    assert [(one.standing, one.completed_at) for one in third.told] == [
        (Standing.COMPLETED, START + timedelta(days=2))
    ]
    assert third.by_key == Pull(adapter_of(site), third.cursors).by_key


def test_a_voided_completion_is_withdrawn_unless_another_statement_still_says_it(site: LrsSite) -> None:
    lone, twice, again = (
        statement("1", 1, START),
        statement("2", 2, START),
        statement("2", 2, START, result={"completion": True}) | {"id": str(uuid.uuid4())},
    )
    site.serve([lone, twice, again])
    first = Pull(adapter_of(site), full=True)
    assert len(first.by_key) == 2
    site.serve([voiding(lone["id"]), voiding(twice["id"])])
    second = Pull(adapter_of(site), first.cursors)
    told = {key[0]: one.standing for key, one in second.by_key.items()}
    assert told == {"1": Standing.WITHDRAWN, "2": Standing.COMPLETED}
    sweep = Pull(adapter_of(site), second.cursors, full=True)
    assert {key[0] for key in sweep.standing} == {"2"}


def test_cmi5_satisfied_needs_a_unit_that_was_done(site: LrsSite) -> None:
    done, empty_handed = str(uuid.uuid4()), str(uuid.uuid4())
    course = "https://cmi5.example.go.id/kursus/1"
    unit = statement("7", f"{course}/au", START, verb=PASSED, kind="", registration=done, categories=[CMI5])
    unit["object"]["definition"] = {"name": {"id": "Unit"}}
    site.serve(
        [
            statement("7", course, START, verb=SATISFIED, registration=done, categories=[CMI5]),
            statement("8", course, START, verb=SATISFIED, registration=empty_handed, categories=[CMI5]),
            unit,
        ]
    )
    first = Pull(adapter_of(site), full=True)
    assert {key[::2] for key in first.by_key} == {("7", done)}
    assert [item.code for item in first.quarantined] == ["XAPI-UNPROVEN"]
    late = statement("8", f"{course}/au", START, verb=COMPLETED, registration=empty_handed, categories=[CMI5])
    site.serve([late])
    second = Pull(adapter_of(site, overlap_days=0), first.cursors)
    assert {key[::2] for key in second.by_key} == {("8", empty_handed)}
    assert second.cursors["pull"]["waiting"] == []


def test_cmi5_waived_is_for_a_person(site: LrsSite) -> None:
    reason = {"extensions": {"https://w3id.org/xapi/cmi5/result/extensions/reason": "Tested Out"}}
    site.serve(
        [
            statement(
                "9", 4, START, verb=WAIVED, registration=str(uuid.uuid4()), result=reason, categories=[CMI5]
            )
        ]
    )
    pull = Pull(adapter_of(site), full=True)
    assert pull.told == []
    assert [(item.code, "Tested Out" in item.reason) for item in pull.quarantined] == [("XAPI-WAIVED", True)]


def test_the_same_name_at_another_service_is_another_person(site: LrsSite) -> None:
    other = statement("1000", 1, START)
    other["id"] = str(uuid.uuid4())
    other["actor"]["account"]["homePage"] = "https://other.example.go.id"
    site.serve([*completions(1), other])
    keys = {key[0] for key in Pull(adapter_of(site), full=True).by_key}
    assert keys == {"1000", "https://other.example.go.id|1000"}


def test_a_group_goes_to_quarantine_and_the_others_go_on(site: LrsSite) -> None:
    group = statement("x", 1, START)
    group["actor"] = {"objectType": "Group", "account": {"homePage": HOME, "name": "kelas-1"}}
    site.serve([*completions(3), group])
    pull = Pull(adapter_of(site), full=True)
    assert len(pull.by_key) == 3
    assert [item.code for item in pull.quarantined] == ["ROW-UNREADABLE"]


def test_probe_finds_a_true_since_and_says_so(site: LrsSite) -> None:
    site.serve(completions(5))
    pull = Pull(adapter_of(site, since="auto"), full=True)
    assert pull.cursors["pull"]["since"] == "stored"
    steps = list(adapter_of(site, since="auto").check())
    assert [step.name for step in steps if step.ok] == ["statements", "since", "completions"]


def test_probe_finds_a_store_that_compares_with_the_event(site: LrsSite) -> None:
    """As Ralph does: the statement that is asked for by its time of storing is not given."""
    site.serve(completions(5))

    def by_event(_path: str, query: dict[str, str], body: bytes, _code: int) -> Response | None:
        if "since" not in query:
            return None
        kept = [one for one in orjson.loads(body)["statements"] if one["timestamp"] > query["since"]]
        return Response(orjson.dumps({"statements": kept, "more": ""}), media_type="application/json")

    site.meddle(by_event)
    first = Pull(adapter_of(site, since="auto"), full=True)
    assert first.cursors["pull"]["since"] == "event"
    site.serve([statement("late", 3, START - timedelta(days=300))])
    light = Pull(adapter_of(site, since="auto"), first.cursors)
    assert ("late", f"{HOME}/course/view.php?id=3") in light.standing


def test_a_store_that_cannot_filter_is_found_out_and_read_whole(site: LrsSite) -> None:
    """As Ralph on files: a filter by verb or activity answers with nothing."""
    course = "https://edx.example.go.id/course/1"
    site.serve(
        [
            *completions(9),
            statement("ani", course, START, verb=PASSED, kind=EDX_COURSE),
            statement("budi", course, START, verb=PASSED, kind=EDX_COURSE),
            statement("budi", course, START + timedelta(days=1), verb=FAILED, kind=EDX_COURSE),
        ]
    )

    def blind(_path: str, query: dict[str, str], _body: bytes, _code: int) -> Response | None:
        return empty()(_path, query, _body, _code) if {"verb", "activity"} & set(query) else None

    site.meddle(blind)
    pull = Pull(adapter_of(site, since="auto"), full=True)
    assert pull.cursors["pull"]["since"] == "filters"
    assert len(pull.standing) == 10
    assert ("budi", course) not in pull.standing


def test_probe_without_a_late_statement_proves_nothing(site: LrsSite) -> None:
    pull = Pull(adapter_of(site, since="auto"), full=True)
    assert pull.cursors["pull"]["since"] == "unproven"
    assert pull.end is not None
    assert "all statements" in pull.end.way


@pytest.mark.parametrize(
    ("change", "error", "code"),
    [
        (status(503), RetryLater, "HTTP-BUSY"),
        (status(429, Retry_After="0"), RetryLater, "HTTP-THROTTLED"),
        (status(401), StopSource, "LRS-KEY"),
        (status(403), StopSource, "LRS-KEY"),
        (status(404), StopSource, "LRS-ADDRESS"),
        (html(), RetryLater, "API-NOT-JSON"),
        (truncated(40), RetryLater, "API-NOT-JSON"),
    ],
)
def test_a_store_in_trouble_ends_the_pull_by_remedy(
    site: LrsSite, change: Any, error: type[BridgeError], code: str
) -> None:
    site.serve(completions(3))
    site.meddle(change)
    with pytest.raises(error) as caught:
        Pull(adapter_of(site), full=True)
    assert caught.value.code == code
    assert site.secret not in str(caught.value)
    steps = list(adapter_of(site).check())
    assert not steps[-1].ok


def test_one_bad_answer_is_asked_again(site: LrsSite) -> None:
    site.serve(completions(12))
    site.meddle(status(502), times=1)
    assert len(Pull(adapter_of(site), full=True).by_key) == 12


def test_a_pull_that_broke_off_goes_on_and_loses_nothing(site: LrsSite) -> None:
    site.serve(completions(40))
    calls = 0

    def later(*_: Any) -> Response | None:
        nonlocal calls
        calls += 1
        return Response("no", 503) if calls > 6 else None

    site.meddle(later)
    cursors: Cursors = {"pull": {"since": "stored"}}
    told: set[Any] = set()
    adapter = adapter_of(site, overlap_days=0)

    def as_far_as_it_goes() -> None:
        for step in adapter.pull(cursors, full=False):
            cursors[step.stream] = step.cursor
            if isinstance(step, Page):
                told.update((one.external_learner, one.external_course) for one in step.completions)

    with pytest.raises(RetryLater):
        as_far_as_it_goes()
    adapter.close()
    assert 0 < len(told) < 40
    site.well()
    rest = Pull(adapter_of(site, overlap_days=0), cursors)
    assert len(told | rest.standing) == 40


def broken_at(site: LrsSite, verb: str, cursors: Cursors) -> None:
    """A light pull that comes as far as this verb; `cursors` are what the store has of it then."""

    def busy(_path: str, query: dict[str, str], _body: bytes, _code: int) -> Response | None:
        return Response("no", 503) if query.get("verb") == verb else None

    site.meddle(busy)
    adapter = adapter_of(site, overlap_days=0)

    def as_far_as_it_goes() -> None:
        for step in adapter.pull(cursors, full=False):
            cursors[step.stream] = step.cursor

    with pytest.raises(RetryLater):
        as_far_as_it_goes()
    adapter.close()
    site.well()


def test_a_void_whose_pull_broke_off_is_read_again(site: LrsSite) -> None:
    """What it takes back is told at the end of a pull: the place behind it must not be kept before."""
    (told,) = completions(1)
    site.serve([told])
    cursors = Pull(adapter_of(site, overlap_days=0), {"pull": {"since": "stored"}}).cursors
    site.serve([voiding(told["id"])])
    broken_at(site, COMPLETED, cursors)
    pull = Pull(adapter_of(site, overlap_days=0), cursors)
    assert [one.standing for one in pull.told] == [Standing.WITHDRAWN]
    assert Pull(adapter_of(site, overlap_days=0), pull.cursors).told == []


def test_a_course_without_proof_is_waited_for_though_the_pull_broke_off(site: LrsSite) -> None:
    name, course = str(uuid.uuid4()), f"{HOME}/cmi5/1"
    site.serve([statement("8", course, START, verb=SATISFIED, registration=name, categories=[CMI5])])
    cursors: Cursors = {"pull": {"since": "stored"}}
    broken_at(site, WAIVED, cursors)
    waits = Pull(adapter_of(site, overlap_days=0), cursors)
    assert waits.told == []
    assert len(waits.quarantined) == 1
    unit = statement("8", f"{course}/au", START, verb=PASSED, registration=name, categories=[CMI5])
    unit["object"]["definition"] = {"name": {"id": "Unit"}}
    site.serve([unit])
    proven = Pull(adapter_of(site, overlap_days=0), waits.cursors)
    assert [one.attempt for one in proven.told] == [name]


def test_a_page_that_comes_twice_doubles_nothing(site: LrsSite) -> None:
    site.serve(completions(20))
    pages: list[bytes] = []

    def repeated(_path: str, query: dict[str, str], body: bytes, _code: int) -> Response | None:
        if query.get("verb") != COMPLETED:
            return None
        pages.append(body)
        return Response(pages[0], media_type="application/json") if len(pages) == 2 else None

    site.meddle(repeated)
    pull = Pull(adapter_of(site), full=True)
    assert len(pull.told) == len(pull.by_key)


def test_an_empty_store_revokes_nothing_by_itself(site: LrsSite) -> None:
    """Two sweeps in a row have to miss a completion (`counted` is false), and a withdrawal has its limit."""
    assert xapi_lrs.SPEC.counted is False
    site.serve(completions(5))
    site.meddle(empty())
    pull = Pull(adapter_of(site), full=True)
    assert pull.told == []


def test_credentials_go_to_no_other_server(site: LrsSite) -> None:
    site.serve(completions(3))
    elsewhere = Response(
        orjson.dumps({"statements": [], "more": "https://evil.example/xapi/statements?cursor=1"}),
        media_type="application/json",
    )
    site.meddle(lambda *_: elsewhere)
    with pytest.raises(StopSource):
        Pull(adapter_of(site), full=True)


def test_settings_are_refused_with_a_sentence(site: LrsSite, tmp_path: Path) -> None:
    for bad in ({"since": "perhaps"}, {"overlap_days": -1}, {"rules": str(tmp_path / "none.toml")}):
        with pytest.raises(RefuseInput):
            adapter_of(site, **bad)
    with pytest.raises(StopSource):
        xapi_lrs.make(
            SourceConfig("lrs", "xapi_lrs", "http://lrs.example.go.id/xapi", {}, {"key": "k", "secret": "s"})
        )
    with pytest.raises(RefuseInput):
        read_rules('[[rule]]\nname = "x"\nsays = "maybe"\nverb = "v"\nattempt = "time"', "x.toml")


def test_rules_of_an_office_replace_the_built_in_ones(site: LrsSite, tmp_path: Path) -> None:
    path = tmp_path / "aturan.toml"
    path.write_text(
        '[[rule]]\nname = "tuntas"\nsays = "completed"\nverb = "https://lms.example.go.id/tuntas"\nattempt = "once"\n'
    )
    site.serve(
        [statement("3", 1, START, verb="https://lms.example.go.id/tuntas", kind=COURSE), *completions(2)]
    )
    assert {key[0] for key in Pull(adapter_of(site, rules=str(path)), full=True).by_key} == {"3"}


RECORDED = Path(__file__).parent.parent / "recordings" / "logstore-xapi"


@pytest.mark.parametrize(
    ("sample", "learner"),
    [
        ("username", "https://siasn.example.go.id|199001012015011012"),
        ("default", f"{HOME}|1032"),
        ("mbox", "sariusername3@example.go.id"),
    ],
)
def test_what_moodle_really_sends(site: LrsSite, sample: str, learner: str) -> None:
    """Every statement of the recorded posts and samples, through a real store: the course completions alone."""
    posts = [orjson.loads(path.read_bytes()) for path in sorted((RECORDED / f"xapi-{sample}").glob("*.json"))]
    recorded = [one for post in posts for one in post["body"]]
    sent = orjson.loads(
        (RECORDED / "xapi-samples" / f"{sample}.course_completed.completed.json").read_bytes()
    )
    site.serve([one for one in [*recorded, sent] if one])
    told = list(Pull(adapter_of(site, home_page=""), full=True).by_key.values())
    expected = [
        one
        for one in [*recorded, sent]
        if one["verb"]["id"] == COMPLETED and one["object"]["definition"]["type"] == COURSE
    ]
    assert len(told) == len({(orjson.dumps(e["actor"]), e["object"]["id"], e["timestamp"]) for e in expected})
    sari = next(one for one in told if one.external_learner == learner)
    assert (sari.course_code, sari.course_idnumber) == ("DIK-07", "LMS-2026-007")
    assert sari.course_title == "Keamanan Informasi ASN"
    assert sari.external_course == f"{HOME}/course/view.php?id=8"


def test_each_rule_names_its_source() -> None:
    assert all(rule.source for rule in standard_rules().all)
    assert len({rule.name for rule in standard_rules().all}) == len(standard_rules().all)
