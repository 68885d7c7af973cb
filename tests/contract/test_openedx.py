"""What only Open edX does: no date beside the grade, and who can't be graded is left out without a word."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from bridge.errors import StopSource
from lms_adapters import openedx, testing
from lms_adapters.contract_site import START, held, holdings
from lms_adapters.spec import Page, SourceConfig, SweepEnd
from tests.contract.openedx_site import OpenedxSite


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
        settings = {"enrolments": "ya"}  # noqa: RUF012 - read only

    with Compared(holdings(3, 1)) as site:
        assert pulled(site)[1].complete
        site.broken.add("rusak")
        _, end, _ = pulled(site)
        assert not end.complete
        assert "rusak" in end.why_incomplete


def test_a_token_that_ends_is_renewed_once() -> None:
    with OpenedxSite(holdings(25, 1)) as site:
        site.fault(testing.status(401, b'{"detail":"expired"}'), at_call=1, times=1)
        pages, end, _ = pulled(site)
        assert end.complete
        assert sum(len(page.completions) for page in pages) == 25
        assert len(site.tokens) == 2


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
