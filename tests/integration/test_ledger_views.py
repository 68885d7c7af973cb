"""Balances then and now, the forecast, explanations of an entry and a finding, and the gathered short list."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bridge.domain.decision import DecisionKind
from bridge.errors import RefuseInput
from bridge.flows.decide import decide, subject_named
from bridge.flows.explain import explain_entry, explain_finding
from bridge.reports.balances import balances, duties_of
from bridge.reports.findings import FindingFilter, findings_counted, findings_listed
from bridge.reports.forecast import expected_jp, forecast_of_year
from bridge.reports.gathered import gathered_findings
from bridge.store.unit import reading
from tests.bureau import TENANT, Bureau

BUDI, YULIANA, RIZKY = "198501012010011001", "197903122005022003", "199001012025211009"
MARCH, MAY, LAST = (
    (date(2026, 3, 10), date(2026, 3, 12)),
    (date(2026, 5, 5), date(2026, 5, 6)),
    (date(2025, 9, 1), date(2025, 9, 2)),
)


@pytest.fixture
def bureau(store: Engine, tmp_path: Path) -> Iterator[Bureau]:
    made = Bureau(store, tmp_path)
    made.hire(
        made.person("p1", BUDI, "Budi Santoso"),
        made.person("p2", YULIANA, "Yuliana Wonda", office_name="Dinas Kesehatan"),
        made.person("p3", RIZKY, "Rizky Wanggai", employment="PPPK"),
    )
    yield made
    made.close()


def test_balances_then_and_now(bureau: Bureau) -> None:
    bureau.sheet("a", "Bimtek Arsip", *MARCH, "12", (BUDI, ""), (YULIANA, ""))
    bureau.sheet("l", "Bimtek Lama", *LAST, "10", (BUDI, ""))
    bureau.reconcile()
    before = bureau.now
    bureau.now += timedelta(days=3)
    keys = bureau.sheet("b", "Bimtek Kas", *MAY, "6", (BUDI, ""))
    bureau.reconcile()
    decide(bureau.ctx, DecisionKind.OVERRIDE_JP, subject_named(bureau.ctx, evidence=keys[0]), who="ani",
           reason="Surat tugas", jp=500)  # fmt: skip
    bureau.reconcile()
    budi = bureau.learner(BUDI)

    def told(by: str, **more: object) -> dict[str, tuple[int, int]]:
        with reading(bureau.engine) as connection:
            rows = balances(connection, TENANT, by, "en", **more)  # type: ignore[arg-type]
        return {row.group: (row.jp, row.people) for row in rows}

    assert told("year") == {"2025": (1000, 1), "2026": (2900, 2)}
    assert list(told("year")) == ["2025", "2026"]
    assert told("year", known_at=before) == {"2025": (1000, 1), "2026": (2400, 2)}
    assert told("year", known_at=before - timedelta(days=1)) == {}
    assert told("year", valid_on=date(2026, 4, 1)) == {"2025": (1000, 1), "2026": (2400, 2)}
    assert told("year", valid_on=MAY[1]) == told("year")
    assert told("office") == {"Dinas Kesehatan": (1200, 1), "Dinas Pendidikan": (2700, 1)}
    assert told("form", year=2026) == {"8 Technical guidance (bimtek)": (2900, 2)} or len(told("form")) == 1
    assert told("competence") == {"not stated": (3900, 2)}
    assert told("year", learner_id=budi, year=2026) == {"2026": (1700, 1)}
    with pytest.raises(ValueError, match="no such grouping"):
        told("colour")
    with reading(bureau.engine) as connection:
        duties = {one.year: (one.jp, one.missing, one.above) for one in duties_of(connection, TENANT, budi)}
    assert duties == {2025: (1000, 1000, 0), 2026: (1700, 300, 0)}


def test_a_pppk_has_a_ceiling_not_a_duty(bureau: Bureau) -> None:
    bureau.sheet("a", "Bimtek Arsip", *MARCH, "30", (RIZKY, ""))
    bureau.reconcile()
    with reading(bureau.engine) as connection:
        (duty,) = duties_of(connection, TENANT, bureau.learner(RIZKY))
        forecast = forecast_of_year(connection, TENANT, date(2026, 11, 24))
    assert (duty.employment, duty.missing, duty.above) == ("PPPK", 0, 600)
    assert {row.nip for row in forecast.rows} == {BUDI, YULIANA}


def test_the_forecast_is_its_formula(bureau: Bureau) -> None:
    """On day 182 of 365 (1 July) 12 JP make 24.06: on pace. 9 JP make 18.04: they will miss; 11 JP in six months."""
    bureau.sheet("a", "Bimtek Arsip", *MARCH, "12", (BUDI, ""))
    bureau.sheet("b", "Bimtek Kas", *MAY, "9", (YULIANA, ""))
    bureau.reconcile()
    with reading(bureau.engine) as connection:
        told = forecast_of_year(connection, TENANT, date(2026, 7, 1))
        early = forecast_of_year(connection, TENANT, date(2026, 1, 10))
    assert (told.day, told.days, told.reached, told.on_pace, told.missing) == (182, 365, 0, 1, 1)
    (row,) = told.rows
    assert (row.nip, row.jp, row.expected, row.missing, row.needed_monthly) == (YULIANA, 900, 1804, 1100, 184)
    assert (early.too_early, {one.nip for one in early.rows}) == (True, {BUDI, YULIANA})
    assert expected_jp(1999, 365, 365) == 1999


def test_an_entry_says_what_it_recorded_and_what_is_due_now(bureau: Bureau) -> None:
    keys = bureau.sheet("a", "Bimtek Arsip", *MARCH, "24", (BUDI, ""))
    bureau.reconcile()
    told = explain_entry(bureau.ctx, 1, language="en")
    assert [step.title for step in told.verdicts] == ["rule-programme", "rule-programme"]
    assert "Entry 1 (new credit) recorded 24 JP for “Bimtek Arsip”" in told.verdicts[0].sentence
    assert "24 JP" in told.verdicts[1].sentence
    assert {"assessed", "desired_credit"} <= {step.title for step in told.steps}
    decide(
        bureau.ctx,
        DecisionKind.REJECT,
        subject_named(bureau.ctx, evidence=keys[0]),
        who="ani",
        reason="Palsu",
    )
    bureau.reconcile()
    now = explain_entry(bureau.ctx, 1, language="en")
    assert "recorded 24 JP" in now.verdicts[0].sentence
    assert "gives no JP" in now.verdicts[1].sentence
    assert "was rejected by a person's decision" in now.verdicts[2].sentence
    with pytest.raises(RefuseInput, match="no entry 99"):
        explain_entry(bureau.ctx, 99, language="en")


def test_a_refusal_says_why_with_every_relation(bureau: Bureau) -> None:
    bureau.sheet("a", "Bimtek Arsip", *MARCH, "", (BUDI, ""), ("", "Tanpa NIP"))
    bureau.reconcile()
    told = explain_finding(bureau.ctx, bureau.finding_id("JP-MISSING"), language="en")
    assert told.name == "Budi Santoso"
    assert "No JP is stated for “Bimtek Arsip”" in told.verdicts[0].sentence
    (assessed,) = [step for step in told.steps if step.title == "assessed"]
    assert any("JP-MISSING" in cell for row in assessed.rows for cell in row)
    nobody = explain_finding(bureau.ctx, bureau.finding_id("NIP-MISSING"), language="en")
    (assessed,) = [step for step in nobody.steps if step.title == "assessed"]
    assert len(assessed.rows) == 1
    with pytest.raises(RefuseInput, match="no finding 99"):
        explain_finding(bureau.ctx, 99, language="en")


def test_one_cause_is_one_line(bureau: Bureau) -> None:
    """Three people wait for one event without JP: one line. A name that fits nobody stands alone."""
    bureau.sheet("a", "Bimtek Arsip", *MARCH, "", (BUDI, ""), (YULIANA, ""), (RIZKY, ""))
    bureau.sheet("b", "Bimtek Kas", *MAY, "8", (BUDI, "Teuku Umar"))
    bureau.reconcile()
    with reading(bureau.engine) as connection:
        lines, single = gathered_findings(connection, TENANT, "en")
        wanted = FindingFilter(code="JP-MISSING", title="Bimtek Arsip")
        count = findings_counted(connection, TENANT, wanted)
        rows = findings_listed(connection, TENANT, wanted, "en")
        none = findings_counted(connection, TENANT, FindingFilter(title="Bimtek Ars"))
    assert [(one.code, one.title, one.count, one.people, one.holds) for one in lines] == [
        ("JP-MISSING", "Bimtek Arsip", 3, 3, True)
    ]
    assert (single, count, len(rows), none) == (1, 3, 3, 0)
    assert "catalogue" in lines[0].words.next_step
