"""What only Open edX does: no date beside the grade, who can't be graded is left out without a word, tokens that end;
against the platform's own authentication, permissions, paginators and throttle (openedx_lms)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from itertools import islice
from typing import Any, ClassVar

import pytest

from bridge.errors import StopSource
from lms_adapters import openedx, testing
from lms_adapters.contract_site import START, Held, held, holdings
from lms_adapters.spec import Page, SourceConfig, SweepEnd
from tests.contract.openedx_lms import LEARNER_CLIENT, LIMITED_CLIENT, STAFF_CLIENT
from tests.contract.openedx_site import OpenedxSite

KI = "course-v1:BPSDM+K10+2026"


def pulled(
    site: OpenedxSite, cursors: Mapping[str, Any] | None = None
) -> tuple[list[Page], SweepEnd, dict[str, Any]]:
    kept: dict[str, Any] = dict(cursors or {})
    pages: list[Page] = []
    adapter = openedx.make(site.source())
    try:
        for step in adapter.pull(kept, full=True):
            kept[step.stream] = step.cursor
            if isinstance(step, SweepEnd):
                return pages, step, kept
            pages.append(step)
    finally:
        adapter.close()
    raise AssertionError("no end")


def test_certificates_are_asked_of_new_passes_only() -> None:
    with OpenedxSite(holdings(6, 2)) as site:
        _, end, cursors = pulled(site)
        assert len(site.asked) == 6  # one call a user gives all courses
        assert "6 certificates asked" in end.way
        site.kept.append(held(500, 10, START + timedelta(days=9)))
        pages, _, _ = pulled(site, cursors)
        assert site.asked[6:] == ["u500"]
        assert sum(len(page.completions) for page in pages) == 13


def test_a_pass_without_a_date_is_a_finding_and_never_a_made_up_date() -> None:
    with OpenedxSite(holdings(3, 1)) as site:
        site.undated.add("u101")
        pages, end, _ = pulled(site)
        bad = [item for page in pages for item in page.quarantined]
        assert [(item.code, item.key) for item in bad] == [
            ("PASS-UNDATED", ("u101", "course-v1:BPSDM+K10+2026", "1"))
        ]
        assert end.complete
        assert sum(len(page.completions) for page in pages) == 2


def test_who_is_enrolled_and_not_graded_makes_the_sweep_doubtful() -> None:
    class Compared(OpenedxSite):
        settings: ClassVar[dict[str, Any]] = {"enrolments": "ya"}

    with Compared(holdings(3, 1)) as site:
        assert pulled(site)[1].complete
        site.broken.add("rusak")
        _, end, _ = pulled(site)
        assert not end.complete
        assert "rusak" in end.why_incomplete


class Slow(OpenedxSite):
    """Seven pages of ten take three seconds in all."""

    def __init__(self, kept: Iterable[Held], *, latency: float = 0.0) -> None:
        super().__init__(kept, latency=latency)
        self.slow_down(0.45)


@pytest.mark.parametrize("told", [3600, 62], ids=["a clock that is wrong", "the truth"])
def test_a_token_that_ends_in_the_middle_of_the_sweep_is_renewed(told: int) -> None:
    """Its end stands in the JWT and is verified by the platform's own code. Where the site tells an end that is too
    late, the refusal renews it; where it tells the truth (a second behind our safety margin), nothing is refused."""
    with Slow(holdings(60, 1)) as site:
        site.lifetime, site.told_lifetime = 2.0, told
        pages, end, _ = pulled(site)
        assert end.complete
        found = {one.external_learner for page in pages for one in page.completions}
        assert found == {site.key_of(row)[0] for row in site.kept}
        assert 2 <= len(site.tokens) <= 8


def test_a_token_that_was_revoked_is_renewed_once_and_no_more() -> None:
    with OpenedxSite(holdings(25, 1)) as site:
        site.fault(testing.status(401, b'{"detail":"expired"}'), at_call=1, times=1)
        pages, end, _ = pulled(site)
        assert end.complete
        assert sum(len(page.completions) for page in pages) == 25
        assert len(site.tokens) == 2
        site.heal()
        site.fault(testing.status(401, b'{"detail":"expired"}'), at_call=0, times=None)
        with pytest.raises(StopSource) as caught:
            pulled(site)
        assert caught.value.code == "API-KEY"
        assert len(site.tokens) == 4


def test_a_sweep_that_broke_goes_on_behind_the_platforms_own_cursor() -> None:
    with OpenedxSite(holdings(45, 1)) as site:
        adapter = openedx.make(site.source())
        steps = adapter.pull({}, full=True)
        first = list(islice(steps, 4))  # two pages, and what was learnt of certificates with each
        adapter.close()
        assert [len(step.completions) for step in first if isinstance(step, Page)] == [10, 0, 10, 0]
        cursors = {step.stream: step.cursor for step in first}
        calls, asked = site.data_calls, len(site.asked)
        rest, end, _ = pulled(site, cursors)
        assert end.complete
        assert rest[0].continues
        assert site.data_calls - calls == 3
        assert len(site.asked) - asked == 25
        both = [one.external_learner for page in (*first, *rest) for one in page.completions]  # type: ignore[union-attr]
        assert sorted(both) == sorted(site.key_of(row)[0] for row in site.kept)
        spoilt = {**cursors, "grades": {"resume": {**cursors["grades"]["resume"]}}}
        spoilt["grades"]["resume"]["place"] = (
            f"{site.url}/api/grades/v1/courses/{KI}/?cursor=tidak-sah&page_size=10"
        )
        again, end, _ = pulled(site, spoilt)  # the platform answers 404 to a cursor that it can't read
        assert end.complete
        assert sum(len(page.completions) for page in again) == 45


def test_the_platforms_throttle_is_sat_out() -> None:
    class Compared(OpenedxSite):
        settings: ClassVar[dict[str, Any]] = {"enrolments": "ya"}

    with Compared(holdings(3, 4)) as site:
        site.enrolment_rate = "2/sec"
        pages, end, _ = pulled(site)
        assert end.complete
        assert sum(len(page.completions) for page in pages) == 12
        lists = [line for line, _ in site.requests if "enrollment/v1" in line]
        assert len(lists) > 4  # four courses, and those that the throttle refused


def test_a_restricted_application_reads_with_its_scopes_and_no_more() -> None:
    class Limited(OpenedxSite):
        client_id = LIMITED_CLIENT
        settings: ClassVar[dict[str, Any]] = {"scopes": "grades:read, certificates:read"}

    with Limited(holdings(3, 1)) as site:
        pages, end, _ = pulled(site)
        assert end.complete
        assert sum(len(page.completions) for page in pages) == 3
    Limited.settings = {}
    with Limited(holdings(3, 1)) as site, pytest.raises(StopSource) as caught:
        pulled(site)  # without scopes the platform lets it read nothing
    assert caught.value.code == "OPENEDX-NOT-STAFF"
    Limited.client_id, Limited.settings = STAFF_CLIENT, {"scopes": "grades:read"}
    with Limited(holdings(3, 1)) as site, pytest.raises(StopSource) as caught:
        pulled(site)  # an application that is not restricted may not ask for them
    assert caught.value.code == "OPENEDX-SCOPE"


def test_the_source_test_names_the_missing_staff_status() -> None:
    class Learner(OpenedxSite):
        client_id = LEARNER_CLIENT

    with Learner(holdings(1, 1)) as site:
        adapter = openedx.make(site.source())
        *good, bad = adapter.check()
        adapter.close()
        assert [(step.name, step.ok) for step in good] == [("token", True), ("courses", True)]
        assert (bad.name, bad.ok) == ("grades", False)
        assert "Staff" in bad.advice_english


def test_wrong_credentials_are_said_and_never_shown() -> None:
    with OpenedxSite(holdings(1, 1)) as site:
        secrets = {"client_id": "jp", "client_secret": "salah-99"}
        adapter = openedx.make(SourceConfig("uji", "openedx", site.url, {"retry_wait": 0.01}, secrets))
        with pytest.raises(StopSource) as caught:
            list(adapter.pull({}, full=True))
        assert caught.value.code == "OPENEDX-CLIENT"
        assert "salah-99" not in f"{caught.value}{caught.value.sentence}"
        adapter.close()
        good = openedx.make(site.source())
        assert [step.name for step in good.check() if step.ok] == ["token", "courses", "grades"]
        good.close()
