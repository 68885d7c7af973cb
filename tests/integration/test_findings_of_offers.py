"""What a course or event was offered as is in question once, whoever completed it. A night over the few who were
touched closes it when nobody states it any more, and not before, on both ways of reading them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bridge.domain.keys import spell
from bridge.domain.programme import Component, Programme
from bridge.flows import reconcile as flow
from bridge.store.catalogue import store_catalogue
from bridge.store.unit import unit
from tests.bureau import TENANT, Bureau

WHEN = datetime(2026, 3, 2, 3, tzinfo=UTC)
BUDI, YULIANA = "198501012010011001", "198501012010011002"


@pytest.fixture(params=[0, 50], ids=["as many", "as a few"])
def bureau(
    request: pytest.FixtureRequest, store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bureau]:
    monkeypatch.setattr(flow, "A_HANDFUL", request.param)
    made = Bureau(store, tmp_path)
    made.hire(made.person("b", BUDI, "Budi Santoso"), made.person("y", YULIANA, "Yuliana Wonda"))
    programme = Programme("P", "Kursus Kas", 16, 300, components=(Component("online", "lms", "1"),))
    with unit(store) as connection:
        store_catalogue(connection, TENANT, [programme], made.now)
    made.reconcile(everybody=True)
    yield made
    made.close()


def in_question(bureau: Bureau) -> set[str]:
    return {subject for code, subject in bureau.open_findings() if code == "JP-DIFFERS"}


def test_a_course_stays_in_question_while_somebody_still_states_it(bureau: Bureau) -> None:
    subject = spell("offering1", ["lms", "1", "5 jp", "P"])
    for account, nip in (("u1", BUDI), ("u2", YULIANA)):
        bureau.completion(account, "1", WHEN, nip, jp="5 JP")
    bureau.reconcile()
    assert in_question(bureau) == {subject}
    bureau.completion("u1", "1", WHEN, BUDI, jp="3 JP")
    bureau.reconcile()
    assert in_question(bureau) == {subject}, "the other one states it still"
    bureau.completion("u2", "1", WHEN, YULIANA, jp="3 JP")
    report = bureau.reconcile()
    assert (in_question(bureau), report.findings.closed) == (set(), 1)


def test_an_event_whose_sheet_was_corrected_is_no_longer_in_question(bureau: Bureau) -> None:
    day = date(2026, 3, 2)
    bureau.sheet("e1", "Kursus Kas", day, day, "8 JP", (BUDI, "Budi Santoso"))
    bureau.reconcile()
    assert in_question(bureau) == {spell("offering1", ["sheet", "e1", "8 jp", "P"])}
    bureau.sheet("e1", "Kursus Kas", day, day, "3 JP", (BUDI, "Budi Santoso"))
    report = bureau.reconcile()
    assert (in_question(bureau), report.findings.closed) == (set(), 1)
