"""A watched folder, through the real flow into a real store."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from sqlalchemy import select

from bridge.bootstrap import initialise, open_installation
from bridge.flows.context import Context, Silent
from bridge.flows.pull import PullReport, pull_all
from bridge.store.sources import SourceRow, store_source
from bridge.store.tables import completion, finding
from bridge.store.unit import reading, unit
from lms_adapters import files
from lms_adapters.files.map import moment
from lms_adapters.spec import SourceConfig

WIT = ZoneInfo("Asia/Jayapura")
AT = datetime(2026, 5, 4, 9, 30)  # noqa: DTZ001 - a cell has no zone
HEADER = "NIP;Nama;Kode Kursus;Judul Kursus;Tanggal Selesai;JP;Nilai;Status\n"
MARIA = "198507151999031002;Maria Wanggai;KI-01;Keamanan Informasi;2026-05-04;12;90;Selesai\n"
SALOMINA = "197407132025212090;Salomina Kambu;KI-01;Keamanan Informasi;4 Mei 2026;12;;\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "masuk"
    made.mkdir()
    return made


@pytest.fixture
def ctx(tmp_path: Path, folder: Path) -> Iterator[Context]:
    initialise(tmp_path / "home", "Kantor uji")
    opened = open_installation(tmp_path / "home")
    context = opened.context(Silent())
    with unit(opened.store) as connection:
        row = SourceRow(0, "berkas", "files", str(folder), {"settle": 5}, "", True)
        store_source(connection, context.office.tenant, row, context.clock())
    yield context
    opened.close()


def put(folder: Path, name: str, text: str | bytes, *, age: float = 60) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    at = time.time() - age
    os.utime(path, (at, at))
    return path


def pull(ctx: Context) -> PullReport:
    report = pull_all(ctx)[0]
    assert report.error is None, report.error
    return report


def standing(ctx: Context) -> set[tuple[str, str, str]]:
    with reading(ctx.store) as connection:
        rows = list(connection.execute(select(completion).order_by(completion.c.version)))
    newest = {(row.external_learner, row.external_course, row.attempt): row.standing for row in rows}
    return {key for key, said in newest.items() if said == "completed"}


def open_findings(ctx: Context) -> list[str]:
    with reading(ctx.store) as connection:
        return [row.subject for row in connection.execute(select(finding)) if row.closed_at is None]


def test_a_file_is_taken_in_once_under_whatever_name(ctx: Context, folder: Path) -> None:
    put(folder, "mei.csv", HEADER + MARIA + SALOMINA)
    assert pull(ctx).stored.new == 2
    assert standing(ctx) == {
        ("198507151999031002", "KI-01", "2026-05-04"),
        ("197407132025212090", "KI-01", "2026-05-04"),
    }
    put(folder, "mei (salinan).csv", HEADER + MARIA + SALOMINA)
    again = pull(ctx)
    assert (again.pages, again.stored.new, again.stored.changed) == (0, 0, 0)
    assert open_findings(ctx) == []


def test_a_file_that_is_still_being_copied_waits(ctx: Context, folder: Path) -> None:
    path = put(folder, "besar.csv", HEADER + MARIA, age=1)
    put(folder, "~$besar.xlsx", b"lock")
    put(folder, ".besar.csv.part", b"x")
    assert pull(ctx).pages == 0
    path.write_text(HEADER + MARIA + SALOMINA)
    os.utime(path, (time.time() - 30, time.time() - 30))
    assert pull(ctx).stored.new == 2


def test_a_bad_row_is_a_finding_until_it_is_mended_and_the_others_count(ctx: Context, folder: Path) -> None:
    put(folder, "juni.csv", HEADER + MARIA + SALOMINA.replace("4 Mei 2026", "kemarin"))
    report = pull(ctx)
    assert (report.stored.new, report.quarantined) == (1, 1)
    assert open_findings(ctx) == ["source:berkas:juni.csv baris 3"]
    pull(ctx)
    assert open_findings(ctx) == ["source:berkas:juni.csv baris 3"]
    put(folder, "juni.csv", HEADER + MARIA + SALOMINA)
    assert pull(ctx).stored.new == 1
    assert open_findings(ctx) == []


def test_a_removed_file_revokes_nothing_and_a_row_with_batal_does(ctx: Context, folder: Path) -> None:
    path = put(folder, "juli.csv", HEADER + MARIA)
    pull(ctx)
    path.unlink()
    for _ in range(3):
        pull(ctx)
    assert len(standing(ctx)) == 1
    put(folder, "pembatalan.csv", HEADER + MARIA.replace("Selesai", "Dibatalkan"))
    pull(ctx)
    assert standing(ctx) == set()


def test_a_workbook_with_a_title_above_and_numbers_for_nips(ctx: Context, folder: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Rekap Penyelesaian Mei 2026"])
    sheet.append([])
    sheet.append(["No", "NIP", "Nama", "Judul Kursus", "Tanggal Selesai", "Status"])
    sheet.append([1, "198507151999031002", "Maria", "Netralitas", AT, "Lulus"])
    sheet.append([2, 1.97407132025212e17, "Salomina", "Netralitas", AT, "Lulus"])
    sheet.append([3, "199001012015011012", "Yosep", "Netralitas", AT, "Belum"])
    book.save(folder / "rekap.xlsx")
    os.utime(folder / "rekap.xlsx", (time.time() - 60, time.time() - 60))
    assert pull(ctx).stored.new == 2
    with reading(ctx.store) as connection:
        problems = {row.learner_name: row.nip_problem for row in connection.execute(select(completion))}
    assert problems == {"Maria": None, "Salomina": "NIP-TRUNCATED"}


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("bukan.xlsx", b"<html>login</html>"),
        ("kosong.csv", b""),
        ("lain.csv", b"a;b\n1;2\n"),
        ("biner.csv", b"\x00\x01\x02" * 50),
    ],
)
def test_a_file_that_is_no_table_is_a_finding_and_never_the_end(
    ctx: Context, folder: Path, name: str, body: bytes
) -> None:
    put(folder, name, body)
    put(folder, "baik.csv", HEADER + MARIA)
    assert pull(ctx).stored.new == 1
    assert open_findings(ctx) == [f"source:berkas:{name}"]


def test_a_folder_that_is_gone_stops_the_source_with_a_sentence(ctx: Context, folder: Path) -> None:
    folder.rmdir()
    report = pull_all(ctx)[0]
    assert report.error is not None
    assert report.error.code == "FILES-FOLDER"
    adapter = files.make(SourceConfig("berkas", "files", str(folder)))
    assert [step.ok for step in adapter.check()] == [False]
    folder.mkdir()
    pull(ctx)
    assert open_findings(ctx) == []


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("2026-08-03", (datetime(2026, 8, 2, 15, tzinfo=UTC), "day")),
        ("3-8-2026", (datetime(2026, 8, 2, 15, tzinfo=UTC), "day")),
        ("03/08/2026 14.30", (datetime(2026, 8, 3, 5, 30, tzinfo=UTC), "minute")),
        ("3 Agustus 2026", (datetime(2026, 8, 2, 15, tzinfo=UTC), "day")),
        ("2026-08-03T01:00:00Z", (datetime(2026, 8, 3, 1, tzinfo=UTC), "second")),
        ("31/02/2026", (None, "")),
        ("13 Smarch 2026", (None, "")),
        ("", (None, "")),
    ],
)
def test_dates_as_offices_write_them(told: str, expected: tuple[datetime | None, str]) -> None:
    assert moment(told, WIT) == expected
