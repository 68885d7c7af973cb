"""Downloaded CSV files, as a real Moodle wrote them, and the same completion from two sources."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest
import sqlalchemy as sa

from bridge.errors import RefuseInput
from lms_adapters.moodle.replay import MoodleReplay
from lms_adapters.moodle_csv import make
from lms_adapters.spec import Page, SourceConfig, SweepEnd
from tests.installation import ROOT, Office, smaller_site

RECORDED = ROOT / "tests" / "recordings" / "moodle-csv"


def pulled(folder: Path, cursors: Any = None, zone: str = "Asia/Jayapura") -> tuple[list[Page], SweepEnd]:
    adapter = make(SourceConfig("unduhan", "moodle-csv", str(folder), {"zone": zone}, {}))
    *pages, end = adapter.pull(cursors or {}, full=True)
    assert isinstance(end, SweepEnd)
    return [page for page in pages if isinstance(page, Page)], end


@pytest.mark.parametrize("name", ["report_completion_course.csv", "report_completion_course_excelcsv.csv"])
def test_a_course_completion_report_gives_who_completed(tmp_path: Path, name: str) -> None:
    copyfile(RECORDED / name, tmp_path / "DIK-20.csv")
    with (RECORDED / name).open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.DictReader(handle))
    done = {row["ID"]: row for row in rows if row["Course complete"]}
    pages, end = pulled(tmp_path)
    found = {one.external_learner: one for page in pages for one in page.completions}
    assert end.complete, end.why_incomplete
    assert found.keys() == done.keys()
    assert 0 < len(found) < len(rows)
    assert {one.external_course for one in found.values()} == {"DIK-20"}
    assert found["91"].completed_at.isoformat() == "2026-10-20T14:35:45+00:00"
    assert found["91"].learner_name == "Teuku Ginting, S.Kom."
    assert [one.value for one in found["91"].identifiers] == ["pegawai88@example.go.id"]


def test_a_downloaded_report_gives_its_completed_rows(tmp_path: Path) -> None:
    copyfile(RECORDED / "reportbuilder_completions_download.csv", tmp_path / "unduhan.csv")
    pages, end = pulled(tmp_path, zone="UTC")
    found = [one for page in pages for one in page.completions]
    with (tmp_path / "unduhan.csv").open(encoding="utf-8-sig", newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if row["Completed"] == "Yes" and row["Time completed"]]
    assert end.complete, end.why_incomplete
    assert {(one.external_learner, one.external_course) for one in found} == {
        (row["Username"], row["Course short name"]) for row in rows
    }
    first = found[0]
    assert (first.jp_stated, str(first.score), first.precision) == ("16 Jam", "143.00", "minute")
    assert first.completed_at.isoformat() == "2025-10-22T18:34:00+00:00"


def test_an_activity_report_is_named_as_what_it_is(tmp_path: Path) -> None:
    copyfile(RECORDED / "report_progress_course.csv", tmp_path / "DIK-20.csv")
    pages, end = pulled(tmp_path)
    assert pages == []
    assert not end.complete
    assert "no completion report (activities)" in end.why_incomplete
    adapter = make(SourceConfig("unduhan", "moodle-csv", str(tmp_path), {"zone": "Asia/Jayapura"}, {}))
    steps = list(adapter.check())
    assert [step.ok for step in steps] == [True, False]
    assert "course completion report" in steps[-1].advice_english


def test_a_file_that_is_gone_revokes_nothing(tmp_path: Path) -> None:
    for name in ("DIK-19.csv", "DIK-20.csv"):
        copyfile(RECORDED / "report_completion_course.csv", tmp_path / name)
    _, end = pulled(tmp_path)
    assert end.complete
    (tmp_path / "DIK-19.csv").unlink()
    _, after = pulled(tmp_path, {"completions": end.cursor})
    assert not after.complete
    assert "DIK-19.csv is no longer there" in after.why_incomplete
    assert after.cursor["files"] == ["DIK-19.csv", "DIK-20.csv"]


def test_times_without_a_zone_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RefuseInput, match="zone"):
        make(SourceConfig("unduhan", "moodle-csv", str(tmp_path), {}, {}))


@pytest.mark.slow
def test_the_same_course_from_two_sources_counts_once_and_both_are_kept(tmp_path: Path) -> None:
    """The web service and a download state the same completions; the catalogue names both courses as one
    programme's. Each credit stands once, and its entry names both pieces of evidence."""
    folder = smaller_site(tmp_path / "site", pages=1)
    with MoodleReplay(folder) as replay:
        office = Office(tmp_path / "home", token=replay.token)
        office.set_up(replay.url, sheets=False)
        office.run("night")
        alone = office.ledger()
        page = json.loads((folder / "report.page0.json").read_text("utf-8"))["response"]["json"]["data"]
        downloads = tmp_path / "unduhan"
        downloads.mkdir()
        with (downloads / "jp-bridge.csv").open("w", encoding="utf-8-sig", newline="") as handle:
            writer = csv.writer(handle)
            writer.writerow(page["headers"])
            writer.writerows(row["columns"] for row in page["rows"])
        catalogue = office.home / "katalog.csv"
        with catalogue.open(encoding="utf-8-sig", newline="") as handle:
            rows = list(csv.reader(handle))
        doubled = second_components(rows)
        with catalogue.open("w", encoding="utf-8", newline="") as handle:
            csv.writer(handle).writerows(doubled)
        office.run("import", "catalogue", str(catalogue))
        zone = ["--set", "zone=UTC"]
        office.run("source", "add", "unduhan", "--kind", "moodle-csv", "--address", str(downloads), *zone)
        facts = office.json("pull", "unduhan")["pull"][0]
        assert facts["new"] == 1000
        assert facts["way"] == "downloaded CSV files"
        office.run("night")
    engine = office.store()
    query = sa.text("SELECT source, count(*) FROM completion GROUP BY source ORDER BY source")
    with engine.connect() as connection:
        assert dict(tuple(row) for row in connection.execute(query)) == {"lms-contoh": 1000, "unduhan": 1000}
        standing = sa.text(
            "SELECT learner_id, activity_key, sum(jp) FROM ledger_entry GROUP BY 1, 2 HAVING sum(jp) <> 0 ORDER BY 1, 2"
        )
        after = [tuple(row) for row in connection.execute(standing)]
    engine.dispose()
    before: dict[tuple[Any, Any], int] = {}
    for row in alone:
        before[row[1], row[2]] = before.get((row[1], row[2]), 0) + row[7]
    assert after == sorted((learner, activity, jp) for (learner, activity), jp in before.items() if jp)


def second_components(rows: list[list[str]]) -> list[list[str]]:
    """The catalogue with, beside each online component of the web service, the same course of the download (known
    there by its short name, which is the programme's code)."""
    head, *programmes = rows
    code, source, course = head.index("Kode"), head.index("Sumber"), head.index("Kursus LMS")
    doubled = [head]
    for row in programmes:
        twin = ["" for _ in row]
        twin[code], twin[source], twin[course] = row[code], "unduhan", row[code]
        twin[head.index("Moda")] = row[head.index("Moda")]
        doubled += [row, twin]
    return doubled
