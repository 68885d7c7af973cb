"""A completion that its LMS dates otherwise, drops, or drops and records anew: seen by a real pull over HTTP, told as a
finding, and the ledger follows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copyfile

import pytest
import sqlalchemy as sa

from bridge.domain.decision import DecisionKind
from bridge.domain.keys import completion_key
from bridge.flows.decide import decide, subject_named
from bridge.flows.explain import explain_finding
from bridge.store.unit import reading
from lms_adapters import moodle
from lms_adapters.contract_site import Held, held, holdings
from tests.bureau import Bureau
from tests.contract.bench import Bench
from tests.contract.conftest import empty_store  # noqa: F401 - a fixture
from tests.contract.moodle_site import MoodleSite

FIRST = datetime(2025, 12, 20, 3, tzinfo=UTC)


class Site:
    """A Moodle with twenty learners, whose first completion the tests change; every night pulls and reconciles."""

    def __init__(self, bench: Bench, bureau: Bureau) -> None:
        self.bench, self.bureau = bench, bureau
        self.hold(FIRST)
        self.key = completion_key("uji", *bench.site.key_of(bench.site.kept[0]), "1")
        rows = {row.nip: row for row in bench.site.kept}
        bureau.hire(*(bureau.person(f"p{nip}", nip, f"Pegawai {row.learner}") for nip, row in rows.items()))

    def hold(self, at: datetime) -> Held:
        row = self.bench.site.kept[0] = held(100, 10, at)
        return row

    def night(self) -> None:
        report = self.bench.pull()
        assert report.error is None
        assert report.complete
        self.bureau.reconcile()

    def told(self) -> set[str]:
        return {code for code, subject in self.bureau.open_findings() if subject == self.key}

    def years(self) -> dict[int, int]:
        """The learner's credit of the course, by year."""
        query = sa.text(
            "SELECT year, sum(jp) FROM ledger_entry WHERE learner_id = :who AND activity_key LIKE :course GROUP BY year"
        )
        who = self.bureau.learner(self.bench.site.kept[0].nip)
        with reading(self.bureau.engine) as connection:
            rows = connection.execute(query, {"who": who, "course": "activity1_course_uji_10_%"})
            return {row[0]: int(row[1]) for row in rows if row[1]}


@pytest.fixture
def site(empty_store: Path, tmp_path: Path) -> Iterator[Site]:  # noqa: F811
    database = tmp_path / "store.db"
    copyfile(empty_store, database)
    with MoodleSite(holdings()) as server:
        bench = Bench(moodle, server, database)
        bureau = Bureau(bench.store, tmp_path)
        try:
            yield Site(bench, bureau)
        finally:
            bureau.close()
            bench.close()


def test_a_date_that_moves_into_another_year_is_told_and_settled_by_a_person(site: Site) -> None:
    site.night()
    ((year, jp),) = site.years().items()
    assert (year, site.told()) == (2025, set())
    site.hold(FIRST + timedelta(days=20))
    site.night()
    assert (site.told(), site.years()) == ({"COMPLETION-MOVED"}, {2026: jp})
    number = site.bureau.finding_id("COMPLETION-MOVED")
    told = explain_finding(site.bureau.ctx, number, language="id").verdicts[0].sentence
    assert "dari 2025-12-20 menjadi 2026-01-09" in told
    site.bureau.reconcile(everybody=True)
    assert site.told() == {"COMPLETION-MOVED"}, "it waits for a person"
    subject = subject_named(site.bureau.ctx, finding_id=number)
    decide(site.bureau.ctx, DecisionKind.ACCEPT, subject, who="ani", reason="Dibenarkan admin LMS")
    site.night()
    assert (site.told(), site.years()) == (set(), {2026: jp})


def test_a_date_that_moves_back_is_as_it_was(site: Site) -> None:
    site.night()
    before = site.years()
    site.hold(FIRST + timedelta(days=20))
    site.night()
    site.hold(FIRST)
    site.night()
    assert (site.told(), site.years()) == (set(), before)


@pytest.mark.parametrize(
    ("hours", "code"), [(2, set()), (24, set()), (49, {"COMPLETION-MOVED"}), (-48, {"COMPLETION-MOVED"})]
)
def test_a_day_more_or_less_needs_nobody(site: Site, hours: int, code: set[str]) -> None:
    site.hold(datetime(2026, 5, 4, 3, tzinfo=UTC))
    site.night()
    site.hold(datetime(2026, 5, 4, 3, tzinfo=UTC) + timedelta(hours=hours))
    site.night()
    assert site.told() == code


def test_new_years_eve_is_that_of_the_office(site: Site) -> None:
    """From 14:00 to 16:00 UTC on 31 December is from one year into the next in Papua: an hour is enough."""
    site.hold(datetime(2025, 12, 31, 14, tzinfo=UTC))
    site.night()
    site.hold(datetime(2025, 12, 31, 16, tzinfo=UTC))
    site.night()
    assert (site.told(), set(site.years())) == ({"COMPLETION-MOVED"}, {2026})


def test_what_vanishes_is_reversed_and_what_comes_back_unchanged_counts_again(site: Site) -> None:
    site.night()
    before = site.years()
    gone = site.bench.site.kept.pop(0)
    site.night()
    assert site.told() == {"EVIDENCE-WITHDRAWN"}
    site.bench.site.kept.insert(0, gone)
    assert site.years() == {}
    site.night()
    assert (site.told(), site.years()) == (set(), before)


def test_a_reset_and_a_completion_anew_are_told_as_what_they_are(site: Site) -> None:
    """The first completion is lost at the source: only a person can say whether it counts too."""
    site.night()
    gone = site.bench.site.kept.pop(0)
    site.night()
    site.bench.site.kept.insert(0, gone)
    site.hold(FIRST + timedelta(days=200))
    site.night()
    assert (site.told(), set(site.years())) == ({"COMPLETION-RESET"}, {2026})
    site.hold(FIRST + timedelta(days=203))
    site.night()
    assert site.told() == {"COMPLETION-MOVED"}, "the newest change is the one that is told"
