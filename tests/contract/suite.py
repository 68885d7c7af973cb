"""The contract: what any adapter must do when its source or its link misbehaves. One line gives it to an
adapter:

    class TestNama(AdapterContract):
        module, site = nama, NamaSite

Every case pulls over real HTTP, through the real flow, into a real database, and ends with a good pull after
which the evidence must equal what the site holds: nothing lost, nothing doubled, nothing revoked by mistake.
The first line of a case's docstring is its row in the table of docs/adapters/contract.md.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from shutil import copyfile
from types import ModuleType
from typing import ClassVar, Generic

import pytest

from bridge.errors import RetryLater, StopSource
from bridge.flows.pull import PullReport
from lms_adapters import testing
from lms_adapters.contract_site import (
    NOW,
    CompletionSite,
    Lapse,
    held,
    holdings,
    lost_page,
    overlapping_page,
    repeated_page,
)
from lms_adapters.loopback import Change
from lms_adapters.spec import Since
from tests.contract.bench import Bench, Site

ROOT = Path(__file__).parents[2]


class EvidenceContract(Generic[Site]):
    """What holds of evidence however it comes. `module` has SPEC and `make`."""

    module: ClassVar[ModuleType]

    def pulled(self, bench: Bench[Site]) -> None:
        """A good pull."""
        bench.site.heal()
        report = bench.pull()
        assert report.error is None, report.error
        assert bench.standing() == bench.wanted()

    def recovers(self, bench: Bench[Site]) -> None:
        """A good pull afterwards, twice: all is there, and the second time nothing changes."""
        bench.site.heal()
        report = bench.pull()
        assert report.error is None, report.error
        assert bench.standing() == bench.wanted()
        again = bench.pull()
        assert (again.stored.new, again.stored.changed, again.stored.withdrawn) == (0, 0, 0)
        assert "SOURCE-FAILED" not in bench.findings()
        if self.module.SPEC.sweep:
            assert again.complete, again.why_incomplete

    def test_everything_comes_once(self, bench: Bench[Site]) -> None:
        """everything, once; a repeat changes nothing"""
        report = bench.pull()
        assert report.error is None, report.error
        assert report.stored.new == len(bench.site.kept)
        assert bench.standing() == bench.wanted()
        self.recovers(bench)
        assert set(bench.versions().values()) == {1}

    def test_what_is_new_comes_with_a_light_pull(self, bench: Bench[Site]) -> None:
        """a new completion comes with a light pull"""
        self.pulled(bench)
        late = max(row.at for row in bench.site.kept) + timedelta(hours=3)
        bench.site.kept.append(held(190, 10, late))
        report = bench.pull(full=False)
        assert report.error is None, report.error
        assert bench.standing() == bench.wanted()
        self.recovers(bench)

    def test_overlapping_cursor(self, bench: Bench[Site]) -> None:
        """overlapping cursor"""
        self.pulled(bench)
        for _ in range(2):
            report = bench.pull(full=False)
            assert report.error is None, report.error
            assert (report.stored.new, report.stored.changed, report.stored.withdrawn) == (0, 0, 0)
        assert set(bench.versions().values()) == {1}
        self.recovers(bench)

    def test_late_arrival(self, bench: Bench[Site]) -> None:
        """late arrival: stored today, completed months ago"""
        self.pulled(bench)
        first = min(row.at for row in bench.site.kept)
        bench.site.kept.append(held(191, 11, first - timedelta(days=60), stored=NOW - timedelta(hours=1)))
        light = bench.pull(full=False)
        assert light.error is None, light.error
        if self.module.SPEC.since is not Since.EVENT_TIME:
            assert bench.standing() == bench.wanted()
        self.recovers(bench)

    def test_clock_skew(self, bench: Bench[Site]) -> None:
        """clock skew: a completion from the future does not hide the ones after it"""
        self.pulled(bench)
        bench.site.kept.append(held(192, 10, NOW + timedelta(days=2)))
        assert bench.pull(full=False).error is None
        bench.site.kept.append(held(193, 10, NOW - timedelta(hours=1)))
        assert bench.pull(full=False).error is None
        assert bench.standing() == bench.wanted()
        self.recovers(bench)

    def test_revoked_pass(self, bench: Bench[Site]) -> None:
        """revoked pass: withdrawn, and standing again when it comes back"""
        if not self.module.SPEC.sweep:
            pytest.skip("the source can't prove a disappearance")
        self.pulled(bench)
        gone = bench.site.kept.pop(7)
        for _ in range(1 if self.module.SPEC.counted else 2):
            assert bench.pull().error is None
        assert bench.standing() == bench.wanted()
        assert bench.versions()[bench.site.key_of(gone)] == 2
        bench.site.kept.append(gone)
        self.recovers(bench)
        assert bench.versions()[bench.site.key_of(gone)] == 3

    def test_moved_completion_time(self, bench: Bench[Site]) -> None:
        """moved completion time: one completion, a new version (or the first time kept, where declared)"""
        self.pulled(bench)
        before = bench.site.kept[5]
        moved = replace(before, at=before.at + timedelta(days=3, minutes=7), stored=NOW - timedelta(hours=1))
        bench.site.kept[5] = moved
        assert bench.pull().error is None
        key = bench.site.key_of(before)
        frozen = self.module.SPEC.freezes_time
        assert bench.standing()[key] == (before.at if frozen else moved.at)
        assert len(bench.standing()) == len(bench.site.kept)
        assert bench.versions()[key] == (1 if frozen else 2)
        if not frozen:
            self.recovers(bench)

    def test_a_site_that_suddenly_shows_nothing(self, bench: Bench[Site]) -> None:
        """a site that suddenly shows nothing revokes nothing"""
        self.pulled(bench)
        stood = bench.standing()
        kept, bench.site.kept = bench.site.kept, []
        for _ in range(3):
            bench.pull()
            assert bench.standing() == stood
        bench.site.kept = kept
        self.recovers(bench)

    def killed_when(self, victim: Bench[Site], reached: Callable[[], bool]) -> None:
        """A pull in a process of its own, killed in the middle."""
        words = [sys.executable, "-m", "tests.contract.pull_once", self.module.__name__]
        process = subprocess.Popen(
            [*words, str(victim.database), json.dumps(dict(victim.config.secrets))], cwd=ROOT
        )
        try:
            deadline = time.monotonic() + 60
            while not reached() and process.poll() is None:
                assert time.monotonic() < deadline, "the pull never came to its middle"
                time.sleep(0.01)
            assert process.poll() is None, "the pull ended before it was killed"
        finally:
            process.kill()
            process.wait()


class AdapterContract(EvidenceContract[CompletionSite]):
    """What holds besides over a link, which can fail at every call. `site` takes a list of Held."""

    site: ClassVar[type[CompletionSite]]

    @pytest.fixture
    def bench(self, empty_store: Path, tmp_path: Path) -> Iterator[Bench[CompletionSite]]:
        database = tmp_path / "store.db"
        copyfile(empty_store, database)
        with self.site(holdings()) as site:
            bench = Bench(self.module, site, database)
            yield bench
            bench.close()

    # -- what the cases share ------------------------------------------------------------------------------

    def calls_of_a_pull(self, bench: Bench[CompletionSite]) -> int:
        """A good pull; returns the number of its data calls."""
        self.pulled(bench)
        calls = bench.site.data_calls
        bench.site.heal()
        return calls

    def survives_lapse(self, bench: Bench[CompletionSite], lapse: Lapse) -> PullReport:
        """The lapse after a good pull revokes nothing, and before the first one loses nothing."""
        middle = self.calls_of_a_pull(bench) // 2
        stood = bench.standing()
        bench.site.lapse(lapse, at_call=middle)
        report = bench.pull()
        assert bench.standing() == stood, "a lapse of the source revoked a completion"
        assert set(bench.versions().values()) == {1}, "a lapse of the source made a new version"
        self.recovers(bench)
        return report

    def survives_fault(
        self,
        bench: Bench[CompletionSite],
        change: Change,
        remedy: type[Exception] | tuple[type[Exception], ...],
    ) -> PullReport:
        """A fault that lasts stops the source by its remedy with a sentence, and revokes nothing."""
        middle = self.calls_of_a_pull(bench) // 2
        stood = bench.standing()
        bench.site.fault(change, at_call=middle, times=None)
        report = bench.pull()
        assert isinstance(report.error, remedy), report
        assert report.error.sentence.startswith("Sumber uji")
        assert report.error.english.startswith("Source uji")
        assert bench.secret not in f"{report.error!r}{report.error.sentence}{report.error.english}" or (
            not bench.secret
        )
        assert not report.complete
        assert bench.standing() == stood
        assert "SOURCE-FAILED" in bench.findings()
        self.recovers(bench)
        return report

    def sits_out(self, bench: Bench[CompletionSite], change: Change) -> None:
        """A fault that passes is asked again within the same pull."""
        middle = self.calls_of_a_pull(bench) // 2
        bench.site.fault(change, at_call=middle, times=2)
        report = bench.pull()
        assert report.error is None, report.error
        assert bench.standing() == bench.wanted()
        assert not self.module.SPEC.sweep or report.complete, report.why_incomplete
        self.recovers(bench)

    # -- the cases -----------------------------------------------------------------------------------------

    def test_duplicate_page(self, bench: Bench[CompletionSite]) -> None:
        """duplicate page"""
        self.survives_lapse(bench, repeated_page)

    def test_lost_page(self, bench: Bench[CompletionSite]) -> None:
        """lost page"""
        self.survives_lapse(bench, lost_page)

    def test_lost_page_in_the_first_pull(self, bench: Bench[CompletionSite], empty_store: Path) -> None:
        """lost page in the first pull: the next one has it"""
        middle = self.calls_of_a_pull(bench) // 2
        with self.another(bench, empty_store) as fresh:
            bench.site.lapse(lost_page, at_call=middle)
            fresh.pull()
            assert fresh.standing().items() <= fresh.wanted().items()
            self.recovers(fresh)
            assert set(fresh.versions().values()) == {1}

    def test_overlapping_pages(self, bench: Bench[CompletionSite]) -> None:
        """overlapping pages"""
        self.survives_lapse(bench, overlapping_page)

    def test_403(self, bench: Bench[CompletionSite]) -> None:
        """403"""
        self.survives_fault(bench, testing.status(403, b"<html>no</html>"), (StopSource, RetryLater))

    def test_429_passing(self, bench: Bench[CompletionSite]) -> None:
        """429 that passes is sat out"""
        self.sits_out(bench, testing.status(429, Retry_After="0"))

    def test_429_lasting(self, bench: Bench[CompletionSite]) -> None:
        """429 with a long Retry-After is handed on"""
        report = self.survives_fault(bench, testing.status(429, Retry_After="3600"), RetryLater)
        assert isinstance(report.error, RetryLater)
        assert report.error.after == 3600

    def test_5xx_passing(self, bench: Bench[CompletionSite]) -> None:
        """5xx that passes is sat out"""
        self.sits_out(bench, testing.status(502, b"<html>busy</html>"))

    def test_5xx_lasting(self, bench: Bench[CompletionSite]) -> None:
        """5xx that lasts"""
        self.survives_fault(bench, testing.status(503, b"<html>busy</html>"), RetryLater)

    def test_truncated_json(self, bench: Bench[CompletionSite]) -> None:
        """truncated JSON"""
        self.survives_fault(bench, testing.truncated(40), (StopSource, RetryLater))

    def test_broken_off(self, bench: Bench[CompletionSite]) -> None:
        """link breaks in the middle of an answer"""
        self.sits_out(bench, testing.broken_off(30))

    def test_html(self, bench: Bench[CompletionSite]) -> None:
        """HTML in place of data"""
        self.survives_fault(bench, testing.html_page(), (StopSource, RetryLater))

    def test_empty_answer(self, bench: Bench[CompletionSite]) -> None:
        """empty answer"""
        self.survives_fault(bench, testing.truncated(0), (StopSource, RetryLater))

    def test_stopped_at_every_page(self, bench: Bench[CompletionSite]) -> None:
        """break after every page: goes on or begins anew, nothing lost"""
        calls = self.calls_of_a_pull(bench)
        for place in range(calls):
            bench.site.heal()
            bench.site.fault(testing.status(503), at_call=place, times=None)
            report = bench.pull()
            # A pull that goes on where the last one broke may be through before the call that is spoilt.
            assert report.error is not None or report.continued
            assert bench.standing() == bench.wanted()
        self.recovers(bench)
        assert set(bench.versions().values()) == {1}

    def test_killed_in_the_middle(self, bench: Bench[CompletionSite], empty_store: Path) -> None:
        """kill -9 in the middle"""
        calls = self.calls_of_a_pull(bench)
        with self.another(bench, empty_store) as victim:
            self.kill(victim, calls)
            assert victim.standing().items() <= victim.wanted().items()
            self.recovers(victim)
            assert set(victim.versions().values()) == {1}

    @contextmanager
    def another(self, bench: Bench[CompletionSite], empty_store: Path) -> Iterator[Bench[CompletionSite]]:
        """The same site and a store that knows nothing of it yet."""
        database = bench.database.with_name("another.db")
        copyfile(empty_store, database)
        fresh = Bench(self.module, bench.site, database)
        yield fresh
        fresh.close()

    def kill(self, victim: Bench[CompletionSite], calls: int) -> None:
        """While its middle call waits for the answer."""
        site = victim.site
        site.slow_down(0.3)
        self.killed_when(victim, lambda: site.data_calls > calls // 2)
