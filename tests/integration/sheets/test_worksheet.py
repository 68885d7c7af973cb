"""Findings go out to Excel and come back as decisions: edited with another program, keys that can't be forged,
answers that can't be used named with their remedy, and the ledger as the preview said."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select

from bridge.attendance.worksheet import DECISION, JP, KEY, NIP, REASON, open_key, row_key
from bridge.errors import RefuseInput
from bridge.flows.context import Context
from bridge.flows.decide import revoke, settle
from bridge.flows.imports import SheetFile, import_sheet, read_handed_in
from bridge.flows.worksheet import commit_decisions, preview_decisions, worksheet
from bridge.reports.findings import FindingFilter, findings_listed
from bridge.store.decision_rows import told_decisions
from bridge.store.tables import decision
from bridge.store.unit import reading
from tests.integration.sheets.conftest import MARIA, SITI, YULIUS, night, sheet

SECRET = b"a secret of at least thirty-two bytes"


@pytest.fixture
def book(ctx: Context) -> bytes:
    """The worksheet after a night: a NIP that is missing, one of nobody, a name that does not fit."""
    body = sheet(
        ("", "Maria Felle"),
        ("199001012015012001", "Orang Lain"),
        (YULIUS, "Agustina Wenda"),
        (SITI, "Siti Rahmawati"),
        ("", '=HYPERLINK("http://x","Klik")'),
    )
    file = SheetFile("seminar.csv", body, "seminar.csv")
    import_sheet(ctx, file, read_handed_in(ctx, file), "uji")
    night(ctx)
    return made(ctx)


def made(ctx: Context, language: str = "id") -> bytes:
    with reading(ctx.store) as connection:
        rows = findings_listed(connection, ctx.office.tenant, FindingFilter(), language)
    content, count = worksheet(ctx, rows, SECRET, language)
    assert count == len(rows)
    return content


def edited(book: bytes, answers: dict[str, tuple[object, ...]], **spoilt: str) -> bytes:
    """Filled in with openpyxl: name on the evidence -> (decision, NIP, reason)."""
    workbook = openpyxl.load_workbook(io.BytesIO(book))
    page = workbook.active
    assert page is not None
    columns = {cell.value: cell.column for cell in page[3]}
    for row in page.iter_rows(min_row=4):
        name = page.cell(row[0].row, columns["Nama pada bukti"]).value
        for heading, value in zip((DECISION, NIP, REASON, JP), answers.get(str(name), ()), strict=False):
            page.cell(row[0].row, columns[heading]).value = value
        if name in spoilt:
            page.cell(row[0].row, columns[KEY]).value = spoilt[str(name)]
    target = io.BytesIO()
    workbook.save(target)
    return target.getvalue()


def test_the_workbook_is_safe_to_open_and_to_fill_in(book: bytes) -> None:
    page = openpyxl.load_workbook(io.BytesIO(book)).active
    assert page is not None
    columns = {cell.value: cell.column for cell in page[3]}
    assert page.column_dimensions["A"].hidden
    assert [validation.formula1 for validation in page.data_validations.dataValidation] == [
        '"terima,tolak,tautkan,tetapkan JP"'
    ]
    cells = [cell for row in page.iter_rows(min_row=4) for cell in row if cell.value is not None]
    assert cells
    assert {cell.data_type for cell in cells} == {"s"}  # no formula, no number, no link
    assert any(str(cell.value).startswith("=HYPERLINK") for cell in cells)
    by_name = {page.cell(row, columns["Nama pada bukti"]).value: row for row in range(4, page.max_row + 1)}
    assert page.cell(by_name["Agustina Wenda"], columns["NIP pada bukti"]).value == YULIUS
    proposed = str(page.cell(by_name["Maria Felle"], columns["Usulan pegawai"]).value)
    assert proposed.startswith(MARIA)
    assert page.cell(4, columns[NIP]).number_format == "@"


def test_answers_become_decisions_and_the_ledger_is_as_previewed(ctx: Context, book: bytes) -> None:
    filled = edited(
        book,
        {
            "Maria Felle": ("tautkan", MARIA, "sudah ditanya"),
            "Orang Lain": ("tolak",),
            "Agustina Wenda": ("TERIMA", None, "ganti nama"),
        },
    )
    seen = preview_decisions(ctx, filled, "isian.xlsx", SECRET, "uji")
    assert {line.name: (line.kind, line.state) for line in seen.lines} == {
        "Maria Felle": ("link", "new"),
        "Orang Lain": ("reject", "new"),
        "Agustina Wenda": ("accept", "new"),
    }
    assert {change.nip: change.after - change.before for change in seen.ledger} == {MARIA: 400, YULIUS: 400}
    with reading(ctx.store) as connection:
        assert connection.execute(select(decision)).all() == []
    assert commit_decisions(ctx, filled, "isian.xlsx", SECRET, "uji", seen.fingerprint) == 3
    assert night(ctx).jp == 800
    with reading(ctx.store) as connection:
        reasons = set(connection.execute(select(decision.c.reason)).scalars())
    assert {"sudah ditanya", "ganti nama"} < reasons
    again = preview_decisions(ctx, filled, "isian.xlsx", SECRET, "uji")
    assert {line.state for line in again.lines} == {"same"}
    assert commit_decisions(ctx, filled, "isian.xlsx", SECRET, "uji", again.fingerprint) == 0
    assert night(ctx).entries == 0


def test_much_jp_waits_for_a_second_person_from_excel_too(ctx: Context, book: bytes) -> None:
    """4 JP by one person; 40 JP are a request, which the one who made the sheet can't approve."""
    filled = edited(book, {"Agustina Wenda": ("terima", None, "ganti nama"), "Siti Rahmawati": ("tolak",)})
    seen = preview_decisions(ctx, filled, "isian.xlsx", SECRET, "uji")
    commit_decisions(ctx, filled, "isian.xlsx", SECRET, "uji", seen.fingerprint)
    night(ctx)
    for jp, second in (("2,5", False), (40, True)):
        filled = edited(book, {"Agustina Wenda": ("Tetapkan JP", None, "surat tugas", jp)})
        seen = preview_decisions(ctx, filled, "isian.xlsx", SECRET, "uji")
        (line,) = seen.lines
        assert (line.kind, line.state, "second person" in line.english) == ("override_jp", "new", second)
        assert [change.after for change in seen.ledger] == ([] if second else [250])
        commit_decisions(ctx, filled, "isian.xlsx", SECRET, "uji", seen.fingerprint)
        night(ctx)
        again = preview_decisions(ctx, filled, "isian.xlsx", SECRET, "uji")
        assert [line.state for line in again.lines] == ["same"], "no second request for the same"
    with reading(ctx.store) as connection:
        (waiting,) = told_decisions(connection, ctx.office.tenant, waiting_only=True)
    assert (waiting.jp, waiting.made_by) == (4000, "uji")
    assert waiting.request_id is not None
    with pytest.raises(RefuseInput, match="second person"):
        settle(ctx, waiting.request_id, who="uji", approve=True)
    settle(ctx, waiting.request_id, who="beni", approve=True)
    assert night(ctx).jp == 4000 - 250


def test_a_decision_that_was_taken_back_can_be_made_again_from_the_same_sheet(
    ctx: Context, book: bytes
) -> None:
    filled = edited(book, {"Agustina Wenda": ("terima", None, "ganti nama")})
    for _ in range(2):
        seen = preview_decisions(ctx, filled, "isian.xlsx", SECRET, "uji")
        assert [line.state for line in seen.lines] == ["new"]
        commit_decisions(ctx, filled, "isian.xlsx", SECRET, "uji", seen.fingerprint)
        assert night(ctx).jp == 400
        with reading(ctx.store) as connection:
            newest = connection.execute(select(func.max(decision.c.decision_id))).scalar_one()
        revoke(ctx, newest, who="beni", reason="salah baris")
        assert night(ctx).jp == -400


def refused(ctx: Context, content: bytes) -> dict[str, str]:
    seen = preview_decisions(ctx, content, "isian.xlsx", SECRET, "uji")
    assert not seen.ledger
    assert {line.state for line in seen.lines} == {"refused"}
    assert commit_decisions(ctx, content, "isian.xlsx", SECRET, "uji", seen.fingerprint) == 0
    return {line.name: line.english for line in seen.lines}


def test_what_cannot_be_used_says_why(ctx: Context, book: bytes) -> None:
    told = refused(
        ctx,
        edited(
            book,
            {
                "Maria Felle": ("terima",),
                "Orang Lain": ("tautkan", 1.98507151999031e17),
                "Agustina Wenda": ("mungkin",),
            },
        ),
    )
    assert told["Maria Felle"].startswith("Nobody knows whose evidence")
    assert "can't be used" in told["Orang Lain"]
    assert "“mungkin” is unknown" in told["Agustina Wenda"]
    for answer, words in (
        (("tetapkan JP", None, "surat tugas", "banyak"), "The JP “banyak” can't be used"),
        (("tetapkan JP", None, "surat tugas", "0"), "can't be used"),
        (("tetapkan JP", None, "surat tugas", "nan"), "can't be used"),
        (("terima", None, "ya"), "too short"),
    ):
        assert words in refused(ctx, edited(book, {"Agustina Wenda": answer}))["Agustina Wenda"]
    assert (
        "not on the roster"
        in refused(ctx, edited(book, {"Maria Felle": ("tautkan", "199001012015012001")}))["Maria Felle"]
    )


def test_a_key_that_was_tampered_with_is_refused(ctx: Context, book: bytes) -> None:
    page = openpyxl.load_workbook(io.BytesIO(book)).active
    assert page is not None
    keys = [str(page.cell(row, 1).value) for row in range(4, page.max_row + 1)]
    told, _, seal = keys[0].partition(".")
    for spoilt in (f"{told[:-4]}AAAA.{seal}", f"{told}.{seal[::-1]}", keys[0].replace(".", ""), "", "x.y"):
        lines = refused(ctx, edited(book, {"Agustina Wenda": ("terima",)}, **{"Agustina Wenda": spoilt}))
        assert "key is unknown or was changed" in lines["Agustina Wenda"]
    foreign = row_key(SECRET, "kantor-lain", "attendance1", "h", "NIP-MISSING")
    assert open_key(SECRET, "kantor-lain", foreign) == ("attendance1", "h", "NIP-MISSING")
    assert open_key(SECRET, ctx.office.tenant, foreign) is None


def test_an_answer_about_evidence_that_changed_is_refused(ctx: Context, book: bytes) -> None:
    filled = edited(book, {"Agustina Wenda": ("terima",)})
    seen = preview_decisions(ctx, filled, "isian.xlsx", SECRET, "uji")
    file = SheetFile("seminar.csv", sheet((YULIUS, "Agustina Wenda B")), "seminar.csv")
    import_sheet(ctx, file, read_handed_in(ctx, file), "uji")
    with pytest.raises(RefuseInput) as stale:
        commit_decisions(ctx, filled, "isian.xlsx", SECRET, "uji", seen.fingerprint)
    assert stale.value.code == "PREVIEW-STALE"
    assert "has changed since the worksheet was downloaded" in refused(ctx, filled)["Agustina Wenda"]


def test_a_file_that_is_no_worksheet_is_refused(ctx: Context) -> None:
    with pytest.raises(RefuseInput) as refusal:
        preview_decisions(ctx, sheet((MARIA, "Maria")), "lain.csv", SECRET, "uji")
    assert refusal.value.code == "WORKSHEET-UNKNOWN"


def test_an_english_worksheet_comes_back_too(ctx: Context, book: bytes) -> None:
    workbook = openpyxl.load_workbook(io.BytesIO(made(ctx, "en")))
    page: Any = workbook.active
    columns = {cell.value: cell.column for cell in page[3]}
    row = next(
        r
        for r in range(4, page.max_row + 1)
        if page.cell(r, columns["Name in the evidence"]).value == "Orang Lain"
    )
    page.cell(row, columns["Your decision"]).value = "reject"
    target = io.BytesIO()
    workbook.save(target)
    [line] = preview_decisions(ctx, target.getvalue(), "filled.xlsx", SECRET, "uji").lines
    assert (line.kind, line.state) == ("reject", "new")


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_a_worksheet_saved_by_libreoffice_keeps_its_keys(ctx: Context, book: bytes, tmp_path: Path) -> None:
    filled = tmp_path / "isian.xlsx"
    filled.write_bytes(edited(book, {"Agustina Wenda": ("terima",)}))
    subprocess.run(
        ["soffice", "--headless", "--convert-to", "ods", "--outdir", str(tmp_path), str(filled)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    [line] = preview_decisions(ctx, (tmp_path / "isian.ods").read_bytes(), "isian.ods", SECRET, "uji").lines
    assert (line.name, line.state) == ("Agustina Wenda", "new")
