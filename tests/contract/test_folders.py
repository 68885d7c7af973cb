"""The adapters that read a folder pass the contract as far as it applies to files: there is no link that could fail."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile

import pytest

from bridge.flows.pull import PullReport
from lms_adapters import files, moodle_csv
from lms_adapters.contract_site import holdings
from tests.contract.bench import Bench
from tests.contract.folder_site import FilesSite, FolderSite, MoodleCsvSite, Spoil
from tests.contract.suite import ROOT, AdapterContract


class FolderBench(Bench):
    """The folder is written anew before every pull."""

    def pull(self, *, full: bool = True) -> PullReport:
        self.site.write()  # type: ignore[attr-defined]
        return super().pull(full=full)


def cut(body: bytes) -> bytes:
    """A copy that was broken off in the middle of its last row."""
    return body[:-9]


def headings_alone(body: bytes) -> bytes:
    return body.partition(b"\n")[0] + b"\n"


class FolderContract(AdapterContract):
    """Files in place of pages."""

    folder_of: type[FolderSite]

    @pytest.fixture
    def bench(self, empty_store: Path, tmp_path: Path) -> Iterator[Bench]:
        database = tmp_path / "store.db"
        copyfile(empty_store, database)
        with self.folder_of(holdings()) as site:
            bench = FolderBench(self.module, site, database)  # type: ignore[arg-type]
            yield bench
            bench.close()

    def folder(self, bench: Bench) -> FolderSite:
        assert isinstance(bench.site, FolderSite)
        return bench.site

    def survives(self, bench: Bench, name: str, spoil: Spoil) -> PullReport:
        """What happens to a file revokes nothing; when it is well again, all is."""
        self.pulled(bench)
        stood = bench.standing()
        self.folder(bench).spoilt[name] = spoil
        report = bench.pull()
        assert report.error is None, report.error
        assert not report.complete
        assert bench.standing() == stood
        assert set(bench.versions().values()) == {1}
        self.recovers(bench)
        return report

    def test_duplicate_page(self, bench: Bench) -> None:
        """duplicate page"""
        self.pulled(bench)
        site = self.folder(bench)
        if isinstance(site, MoodleCsvSite):  # the file's name is the course's: a copy is of its own course
            pytest.skip("a course's download is named as the course")
        site.extra["DIK-11 (1).csv"] = site.table(site.rows_of("11"))
        report = bench.pull()
        assert (report.pages, report.stored.new, report.stored.changed) == (0, 0, 0)
        self.recovers(bench)

    def test_lost_page(self, bench: Bench) -> None:
        """lost page"""
        self.survives(bench, "DIK-11.csv", lambda _: None)

    def test_lost_page_in_the_first_pull(self, bench: Bench, empty_store: Path) -> None:
        """lost page in the first pull: the next one has it"""
        self.folder(bench).spoilt["DIK-11.csv"] = lambda _: None
        bench.pull()
        assert len(bench.standing()) == 40
        bench.site.heal()
        self.recovers(bench)
        assert set(bench.versions().values()) == {1}

    def test_overlapping_pages(self, bench: Bench) -> None:
        """overlapping pages"""
        self.pulled(bench)
        rows = self.folder(bench).rows_of("11")
        twice = self.folder(bench).table([*rows, *rows[3:7]])
        self.folder(bench).spoilt["DIK-11.csv"] = lambda _: twice
        report = bench.pull()
        assert (report.stored.new, report.stored.changed, report.stored.withdrawn) == (0, 0, 0)
        self.recovers(bench)

    def test_truncated_json(self, bench: Bench) -> None:
        """truncated JSON"""
        self.survives(bench, "DIK-11.csv", cut)

    def test_html(self, bench: Bench) -> None:
        """HTML in place of data"""
        page = b"<!DOCTYPE html><html><head><title>Log in</title></head><body></body></html>\n"
        self.survives(bench, "DIK-11.csv", lambda _: page)

    def test_empty_answer(self, bench: Bench) -> None:
        """empty answer"""
        self.survives(bench, "DIK-11.csv", lambda _: b"")
        self.survives(bench, "DIK-12.csv", headings_alone)

    def test_killed_in_the_middle(self, bench: Bench, empty_store: Path) -> None:
        """kill -9 in the middle"""
        bench.site.kept = holdings(1, 400)
        self.folder(bench).write()
        words = [sys.executable, "-m", "tests.contract.pull_once", self.module.__name__]
        process = subprocess.Popen([*words, str(bench.database), json.dumps({})], cwd=ROOT)
        try:
            deadline = time.monotonic() + 60
            while not bench.standing() and process.poll() is None:
                assert time.monotonic() < deadline, "the pull never began"
                time.sleep(0.005)
            assert process.poll() is None, "the pull ended before it was killed"
        finally:
            process.kill()
            process.wait()
        assert 0 < len(bench.standing()) < 400
        self.recovers(bench)
        assert set(bench.versions().values()) == {1}

    def no_link(self) -> None:
        pytest.skip("a folder has no link that could fail")

    def test_403(self) -> None:  # type: ignore[override]
        """403"""
        self.no_link()

    def test_429_passing(self) -> None:  # type: ignore[override]
        """429 that passes is sat out"""
        self.no_link()

    def test_429_lasting(self) -> None:  # type: ignore[override]
        """429 with a long Retry-After is handed on"""
        self.no_link()

    def test_5xx_passing(self) -> None:  # type: ignore[override]
        """5xx that passes is sat out"""
        self.no_link()

    def test_5xx_lasting(self) -> None:  # type: ignore[override]
        """5xx that lasts"""
        self.no_link()

    def test_broken_off(self) -> None:  # type: ignore[override]
        """link breaks in the middle of an answer"""
        self.no_link()

    def test_stopped_at_every_page(self) -> None:  # type: ignore[override]
        """break after every page: goes on or begins anew, nothing lost"""
        self.no_link()


class TestMoodleCsv(FolderContract):
    module, folder_of = moodle_csv, MoodleCsvSite


class TestFiles(FolderContract):
    module, folder_of = files, FilesSite

    def test_revoked_pass(self, bench: Bench) -> None:
        """revoked pass: withdrawn, and standing again when it comes back"""
        self.pulled(bench)
        site = self.folder(bench)
        assert isinstance(site, FilesSite)
        gone = site.kept.pop(7)
        site.taken_back = [gone]
        assert bench.pull().error is None
        assert bench.standing() == bench.wanted()
        assert bench.versions()[site.key_of(gone)] == 2
        # the file as it was before: known by its content, and read again all the same
        site.taken_back = []
        site.kept.insert(7, gone)
        self.recovers(bench)
        assert bench.versions()[site.key_of(gone)] == 3
