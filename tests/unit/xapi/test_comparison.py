"""xAPI Part 2 2.3.1: what makes a statement another one, and what does not."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.conformance.statements import full
from xapi.model.comparison import same_as_signed, same_statement

Change = Callable[[dict[str, Any]], Any]

SAME: list[Change] = [
    lambda s: s["actor"]["member"].reverse(),
    lambda s: s["actor"]["member"][0].update(mbox="mailto:budi@EXAMPLE.ID"),
    lambda s: s["actor"]["member"][0].update(objectType="Agent"),
    lambda s: s["verb"].pop("display"),
    lambda s: s["object"].pop("definition"),
    lambda s: s["object"].pop("objectType"),
    lambda s: s.update(authority={"mbox": "mailto:x@e.id"}, stored="2026-01-01T00:00:00Z", version="1.0.3"),
    lambda s: s.update(timestamp="2026-08-03T00:00:00Z"),
    lambda s: s.pop("timestamp"),
    lambda s: s.update(id=s["id"].upper()),
    lambda s: s["context"].update(registration=s["context"]["registration"].upper()),
    lambda s: s["result"].update(duration="PT1H30M0.059S"),
    lambda s: s["result"]["score"].update(raw=95.0),
    lambda s: s["context"]["contextActivities"].update(parent=s["context"]["contextActivities"]["parent"][0]),
    lambda s: s["attachments"][0].update(sha2=s["attachments"][0]["sha2"].upper()),
]
OTHER: list[Change] = [
    lambda s: s["actor"]["member"].pop(),
    lambda s: s["actor"].update(name="Angkatan 2"),
    lambda s: s["actor"]["member"][0].update(mbox="mailto:BUDI@example.id"),
    lambda s: s["verb"].update(id="https://e.id/v"),
    lambda s: s["object"].update(id="https://e.id/o"),
    lambda s: s.update(timestamp="2026-08-03T09:00:01+09:00"),
    lambda s: s["result"].update(duration="PT90M0.05S"),
    lambda s: s["result"].update(success=1),
    lambda s: s["result"].pop("completion"),
    lambda s: s["result"]["extensions"].clear(),
    lambda s: s["context"]["extensions"]["https://example.id/ext"].reverse(),
    lambda s: s["context"]["contextActivities"].pop("other"),
    lambda s: s["attachments"][0].update(length=13),
]


@pytest.mark.parametrize("change", SAME)
def test_what_may_differ(change: Change) -> None:
    kept = full()
    sent = copy.deepcopy(kept)
    change(sent)
    assert repr(sent) != repr(kept)
    assert same_statement(sent, kept)


@pytest.mark.parametrize("change", OTHER)
def test_what_may_not_differ(change: Change) -> None:
    kept = full()
    sent = copy.deepcopy(kept)
    change(sent)
    assert not same_statement(sent, kept)


def test_a_timestamp_that_the_store_assigned_makes_no_difference() -> None:
    kept = full()
    kept["timestamp"] = kept["stored"] = "2026-08-03T00:00:00.000001Z"
    sent = {**kept, "timestamp": "2026-08-01T00:00:00Z"}
    assert same_statement(sent, kept)


def test_a_signature_covers_all_but_itself() -> None:
    signed = full()
    signature = {"usageType": "http://adlnet.gov/expapi/attachments/signature"}
    received = {**signed, "attachments": [*signed["attachments"], signature]}
    assert same_as_signed(received, signed)
    assert not same_as_signed({**received, "attachments": [signature]}, signed)
    assert not same_as_signed({**received, "id": full()["id"]}, signed)
