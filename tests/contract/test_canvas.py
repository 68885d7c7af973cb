"""What only Canvas does: throttling as a 403, opaque links, a completion time that moves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.errors import RetryLater, StopSource
from lms_adapters import canvas, testing
from lms_adapters.contract_site import holdings
from lms_adapters.loopback import Form, Reply
from lms_adapters.spec import Page
from tests.contract.canvas_site import CanvasSite


def pulled(site: CanvasSite) -> list[Page]:
    adapter = canvas.make(site.source())
    try:
        return [step for step in adapter.pull({}, full=True) if isinstance(step, Page)]
    finally:
        adapter.close()


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
        assert [step.name for step in adapter.check() if step.ok] == ["token", "courses", "progress"]
        adapter.close()
