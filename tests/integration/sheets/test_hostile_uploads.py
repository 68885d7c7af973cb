"""Every kind of hostile file by the command line and by the console: one sentence, Indonesian first, nothing stored;
or read calmly, with nothing of it run, and neutralised where it goes out again."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

import openpyxl
import pytest
import requests
from sqlalchemy import func, select

from bridge.bootstrap import Installation
from bridge.cli.main import main
from bridge.flows.context import Context
from bridge.store.tables import attendance, import_batch, raw_payload
from bridge.store.unit import reading
from tests.hostile_sheets import FILES, MARIA
from tests.integration.sheets.conftest import night
from tests.integration.sheets.test_sheets_console import console, officer, pressed, sent

__all__ = ["console", "officer"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each file is written once."""
    folder = tmp_path_factory.mktemp("hostile")
    for one in FILES:
        (folder / one.name).write_bytes(one.make())
    return {one.name: folder / one.name for one in FILES}


def stored(ctx: Context) -> list[int]:
    with reading(ctx.store) as connection:
        return [
            int(connection.execute(select(func.count()).select_from(table)).scalar_one())
            for table in (attendance, import_batch, raw_payload)
        ]


def test_by_the_command_line(
    made: dict[str, Path],
    opened: Installation,
    ctx: Context,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("JPBRIDGE_HOME", str(opened.home))
    monkeypatch.delenv("JPBRIDGE_LANGUAGE", raising=False)
    for one in FILES:
        before = stored(ctx)
        monkeypatch.setattr(sys, "argv", ["jpbridge", "import", "attendance", str(made[one.name])])
        with pytest.raises(SystemExit) as left:
            main()
        told = capsys.readouterr()
        if not one.code:
            assert left.value.code == 0, told.err
            assert stored(ctx) == [count + 1 for count in before], one.name
            continue
        assert left.value.code == 65, one.name
        assert stored(ctx) == before
        first, second = [line for line in told.err.splitlines() if line.strip()]
        assert first.startswith(one.code)
        assert one.words in first
        assert first.rstrip().endswith((".", "csv."))
        assert second.startswith("The file")
        assert told.out == ""


def test_by_the_console(made: dict[str, Path], console: str, officer: requests.Session, ctx: Context) -> None:
    for one in FILES:
        answer = sent(officer, f"{console}/lembar", made[one.name].read_bytes(), one.name)
        if answer.status_code == 303:
            answer = officer.get(console + answer.headers["location"], timeout=60)
        assert "Traceback" not in answer.text
        if not one.code:
            assert answer.status_code == 200, one.name
            assert "Simpan lembar ini" in answer.text
            assert "HYPERLINK" not in answer.text or "&#34;http://x&#34;" in answer.text
            continue
        assert answer.status_code == 400, one.name
        assert (one.code if made[one.name].stat().st_size else "FILE-MISSING") in answer.text
        assert one.words in answer.text
    assert stored(ctx) == [0, 0, 0]


def test_formulas_go_out_as_text(
    made: dict[str, Path], console: str, officer: requests.Session, ctx: Context
) -> None:
    """What came in as a formula goes out as none: findings as CSV and XLSX, and the worksheet."""
    body = made["suntikan.csv"].read_bytes().replace(MARIA.encode(), b"1985")
    location = sent(officer, f"{console}/lembar", body, "suntikan.csv").headers["location"]
    page = officer.get(console + location, timeout=60).text
    assert pressed(officer, console + location, page, "simpan").status_code == 303
    night(ctx)
    text = officer.get(f"{console}/unduh/temuan.csv", timeout=60).content.decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text), delimiter=";") for cell in row]
    assert any("HYPERLINK" in cell for cell in cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    for address in ("/unduh/temuan.xlsx", "/lembar-kerja.xlsx"):
        book = openpyxl.load_workbook(io.BytesIO(officer.get(console + address, timeout=60).content))
        found = [cell for page in book.worksheets for row in page.iter_rows() for cell in row if cell.value]
        assert any("HYPERLINK" in str(cell.value) for cell in found), address
        assert {cell.data_type for cell in found} <= {"s", "n", "d", "b"}, address
