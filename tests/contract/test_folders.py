"""The adapters that read a folder pass the contract as far as it applies to files: there is no link that could fail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile
from typing import ClassVar

import pytest

from bridge.flows.pull import PullReport
from lms_adapters import files, moodle_csv
from lms_adapters.contract_site import holdings
from tests.contract.bench import Bench
from tests.contract.folder_site import FilesSite, FolderSite, MoodleCsvSite, Spoil
from tests.contract.suite import EvidenceContract


class FolderBench(Bench[FolderSite]):
    """The folder is written anew before every pull."""

    def pull(self, *, full: bool = True) -> PullReport:
        self.site.write()
        return super().pull(full=full)


def cut(body: bytes) -> bytes:
    """A copy that was broken off in the middle of its last row."""
    return body[:-9]


def headings_alone(body: bytes) -> bytes:
    return body.partition(b"\n")[0] + b"\n"


class FolderContract(EvidenceContract[FolderSite]):
    """Files in place of pages, and no link."""

    folder_of: ClassVar[type[FolderSite]]

    @pytest.fixture
    def bench(self, empty_store: Path, tmp_path: Path) -> Iterator[FolderBench]:
        database = tmp_path / "store.db"
        copyfile(empty_store, database)
        with self.folder_of(holdings()) as site:
            bench = FolderBench(self.module, site, database)
            yield bench
            bench.close()

    def survives(self, bench: Bench[FolderSite], name: str, spoil: Spoil) -> PullReport:
        """What happens to a file revokes nothing; when it is well again, all is."""
        self.pulled(bench)
        stood = bench.standing()
        bench.site.spoilt[name] = spoil
        report = bench.pull()
        assert report.error is None, report.error
        assert not report.complete
        assert bench.standing() == stood
        assert set(bench.versions().values()) == {1}
        self.recovers(bench)
        return report

    def test_lost_page(self, bench: Bench[FolderSite]) -> None:
        """lost page"""
        self.survives(bench, "DIK-11.csv", lambda _: None)

    def test_lost_page_in_the_first_pull(self, bench: Bench[FolderSite]) -> None:
        """lost page in the first pull: the next one has it"""
        bench.site.spoilt["DIK-11.csv"] = lambda _: None
        bench.pull()
        assert len(bench.standing()) == 40
        bench.site.heal()
        self.recovers(bench)
        assert set(bench.versions().values()) == {1}

    def test_overlapping_pages(self, bench: Bench[FolderSite]) -> None:
        """overlapping pages"""
        self.pulled(bench)
        rows = bench.site.rows_of("11")
        twice = bench.site.table([*rows, *rows[3:7]])
        bench.site.spoilt["DIK-11.csv"] = lambda _: twice
        report = bench.pull()
        assert (report.stored.new, report.stored.changed, report.stored.withdrawn) == (0, 0, 0)
        self.recovers(bench)

    def test_truncated_json(self, bench: Bench[FolderSite]) -> None:
        """truncated JSON"""
        self.survives(bench, "DIK-11.csv", cut)

    def test_html(self, bench: Bench[FolderSite]) -> None:
        """HTML in place of data"""
        page = b"<!DOCTYPE html><html><head><title>Log in</title></head><body></body></html>\n"
        self.survives(bench, "DIK-11.csv", lambda _: page)

    def test_empty_answer(self, bench: Bench[FolderSite]) -> None:
        """empty answer"""
        self.survives(bench, "DIK-11.csv", lambda _: b"")
        self.survives(bench, "DIK-12.csv", headings_alone)

    def test_killed_in_the_middle(self, bench: Bench[FolderSite]) -> None:
        """kill -9 in the middle"""
        bench.site.kept = holdings(1, 400)
        bench.site.write()
        self.killed_when(bench, lambda: bool(bench.standing()))
        assert 0 < len(bench.standing()) < 400
        self.recovers(bench)
        assert set(bench.versions().values()) == {1}


class TestMoodleCsv(FolderContract):
    module, folder_of = moodle_csv, MoodleCsvSite


class TestFiles(FolderContract):
    module, folder_of = files, FilesSite

    def test_duplicate_page(self, bench: Bench[FolderSite]) -> None:
        """duplicate page"""
        self.pulled(bench)
        bench.site.extra["DIK-11 (1).csv"] = bench.site.table(bench.site.rows_of("11"))
        report = bench.pull()
        assert (report.pages, report.stored.new, report.stored.changed) == (0, 0, 0)
        self.recovers(bench)

    def test_revoked_pass(self, bench: Bench[FolderSite]) -> None:
        """revoked pass: withdrawn, and standing again when it comes back"""
        self.pulled(bench)
        site = bench.site
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
