"""Sheets over the real console: upload, look, commit; who may not; what is too large; nothing is committed but
what was seen."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import openpyxl
import pytest
import requests

from bridge.bootstrap import Installation
from bridge.flows.context import Context
from bridge.store.console import Role, add_account
from bridge.store.unit import unit
from bridge.web.pages import sheets
from bridge.web.ports import web_application
from tests.integration.sheets.conftest import HEADINGS, MARIA, NOW, SITI, YULIUS, night, sheet
from tests.integration.web.conftest import csrf_of, signed_in
from tests.integration.web.scene import hashed, served


@pytest.fixture
def console(opened: Installation, ctx: Context) -> Iterator[str]:
    with unit(ctx.store) as connection:
        for name, role in (("bkpsdm", Role.ADMINISTRATOR), ("inspektorat", Role.AUDITOR)):
            add_account(connection, ctx.office.tenant, name, role, NOW, hashed())
    with served(web_application(opened)) as root:
        yield root


@pytest.fixture
def officer(console: str) -> requests.Session:
    return signed_in(console, "bkpsdm")


def sent(
    who: requests.Session, address: str, body: bytes, name: str = "seminar.csv", page: str = "", **fields: str
) -> requests.Response:
    form = who.get(page or address, timeout=30)
    fields.setdefault("csrf", csrf_of(form.text) if form.status_code == 200 else "0" * 64)
    return who.post(address, data=fields, files={"file": (name, body)}, allow_redirects=False, timeout=60)


def looked_at(who: requests.Session, console: str, body: bytes, **fields: str) -> tuple[str, str]:
    """The address and the page of the preview."""
    answer = sent(who, f"{console}/lembar", body, **fields)
    assert answer.status_code == 303, answer.text
    address = console + answer.headers["location"]
    shown = who.get(address, timeout=60)
    assert shown.status_code == 200, shown.text
    return address, shown.text


def pressed(who: requests.Session, address: str, page: str, action: str, **fields: str) -> requests.Response:
    hidden = dict(re.findall(r'name="(fingerprint|confirmed)" value="([^"]+)"', page))
    return who.post(
        address,
        data={**hidden, "csrf": csrf_of(page), "action": action, **fields},
        allow_redirects=False,
        timeout=60,
    )


def test_upload_look_commit_undo(console: str, officer: requests.Session, ctx: Context) -> None:
    address, page = looked_at(officer, console, sheet((MARIA, "Maria Felle"), ("1985", "<b>Tanpa</b>")))
    assert "Seminar Pelayanan Publik" in page
    assert "NIP-MISSING" in page
    assert "<b>Tanpa</b>" not in page
    assert "&lt;b&gt;Tanpa" in page
    assert "+4" in page
    done = pressed(officer, address, page, "simpan")
    assert done.headers["location"] == "/lembar?selesai=tersimpan"
    assert officer.get(address, timeout=30).status_code == 400  # committed once
    assert night(ctx).jp == 400
    listed = officer.get(f"{console}/lembar", timeout=30).text
    [found] = re.findall(r'href="(/lembar/\d+)"', listed)
    shown = officer.get(f"{console}{found}?batalkan=ya", timeout=60).text
    assert "2 kehadiran akan dicabut" in shown
    assert ">-4<" in shown
    pressed(officer, f"{console}{found}", shown, "batalkan")
    assert "dibatalkan" in officer.get(f"{console}{found}", timeout=30).text
    assert night(ctx).jp == -400
    again = pressed(officer, f"{console}{found}", shown, "lagi")
    assert "Maria" not in again.text
    assert "Seminar" in officer.get(console + again.headers["location"], timeout=60).text


def test_another_meaning_of_the_columns(console: str, officer: requests.Session) -> None:
    twice = (*HEADINGS[:9], "Nama")
    address, page = looked_at(officer, console, sheet((MARIA, "Maria"), headings=twice), sender="Dinas A")
    assert "belum pasti" in page
    keys = dict(re.findall(r'name="heading\.(\d+)" value="([^"]+)"', page))
    fields = {f"heading.{number}": key for number, key in keys.items()}
    chosen = dict(re.findall(r'name="role\.(\d+)">.*?<option value="([^"]+)" selected', page))
    fields |= {f"role.{number}": chosen.get(number, "-") for number in keys}
    fields[f"role.{next(number for number, key in keys.items() if key == 'nama#2')}"] = "status"
    read_again = pressed(officer, address, page, "peta", **fields)
    assert read_again.status_code == 303
    page = officer.get(address, timeout=60).text
    assert "belum pasti" not in page
    assert pressed(officer, address, page, "simpan").headers["location"].endswith("tersimpan")
    _, later = looked_at(officer, console, sheet((SITI, "Siti"), headings=twice), sender="Dinas A")
    assert "belum pasti" not in later


def test_a_preview_that_is_stale_is_not_committed(console: str, officer: requests.Session) -> None:
    first, page = looked_at(officer, console, sheet((MARIA, "Maria Felle")))
    second, other = looked_at(officer, console, sheet((MARIA, "Maria Felle"), (YULIUS, "Yulius Monim")))
    assert pressed(officer, second, other, "simpan").status_code == 303
    stale = pressed(officer, first, page, "simpan")
    assert stale.status_code == 400
    assert "PREVIEW-STALE" in stale.text


def test_who_may_not(console: str, officer: requests.Session) -> None:
    body = sheet((MARIA, "Maria Felle"))
    stranger, auditor = requests.Session(), signed_in(console, "inspektorat")
    assert sent(stranger, f"{console}/lembar", body).status_code == 403
    assert auditor.get(f"{console}/lembar", timeout=30).status_code == 403
    assert sent(auditor, f"{console}/lembar", body).status_code == 403
    assert sent(officer, f"{console}/lembar", body, csrf="0" * 64).status_code == 403
    assert sent(officer, f"{console}/lembar", b"").status_code == 400
    assert "Belum ada lembar" in officer.get(f"{console}/lembar", timeout=30).text


def test_what_is_too_large_is_refused_while_it_arrives(console: str, officer: requests.Session) -> None:
    page = next(page for page in sheets.PAGES if page.path == "/lembar" and page.method == "POST")
    answer = sent(officer, f"{console}/lembar", b"x" * (page.upload_bytes + 70_000))
    assert answer.status_code == 413
    assert "lebih besar dari 40 MB" in answer.text


@pytest.mark.parametrize("content", [b"%PDF-1.7 scan", b"PK\x03\x04 broken", b"no table here"])
def test_a_file_that_is_no_sheet_is_a_sentence(
    console: str, officer: requests.Session, content: bytes
) -> None:
    answer = sent(officer, f"{console}/lembar", content)
    shown = officer.get(console + answer.headers["location"], timeout=30)
    assert shown.status_code == 400
    assert "SHEET-" in shown.text
    assert "Traceback" not in shown.text


def test_the_signed_paper_is_kept_and_downloaded(console: str, officer: requests.Session) -> None:
    address, page = looked_at(officer, console, sheet((MARIA, "Maria Felle")))
    pressed(officer, address, page, "simpan")
    [found] = re.findall(r'href="(/lembar/\d+)"', officer.get(f"{console}/lembar", timeout=30).text)
    answer = sent(officer, console + found, b"%PDF-1.7 ttd", "daftar.pdf", action="scan")
    assert answer.headers["location"].endswith("selesai=scan")
    shown = officer.get(console + found, timeout=30).text
    [paper] = re.findall(r'href="(/lembar/scan/\d+)"', shown)
    got = signed_in(console, "inspektorat").get(console + paper, timeout=30)
    assert got.content == b"%PDF-1.7 ttd"
    assert got.headers["content-disposition"].startswith("attachment")
    refused = sent(officer, console + found, b"<script>alert(1)</script>", "daftar.pdf", action="scan")
    assert refused.status_code == 400
    assert "SCAN-WRONG-TYPE" in refused.text


def test_the_worksheet_goes_round(console: str, officer: requests.Session, ctx: Context) -> None:
    address, page = looked_at(officer, console, sheet((YULIUS, "Agustina Wenda")))
    pressed(officer, address, page, "simpan")
    assert night(ctx).jp == 0
    book = openpyxl.load_workbook(io.BytesIO(officer.get(f"{console}/lembar-kerja.xlsx", timeout=60).content))
    page_of_book = book.active
    assert page_of_book is not None
    columns = {cell.value: cell.column for cell in page_of_book[3]}
    page_of_book.cell(4, columns["Keputusan Anda"]).value = "terima"
    target = io.BytesIO()
    book.save(target)
    answer = sent(
        officer, f"{console}/lembar-kerja", target.getvalue(), "isian.xlsx", page=f"{console}/lembar"
    )
    address = console + answer.headers["location"]
    shown = officer.get(address, timeout=60).text
    assert "akan diputuskan" in shown
    assert "+4" in shown
    assert pressed(officer, address, shown, "simpan").headers["location"] == "/lembar?selesai=diputuskan&n=1"
    assert night(ctx).jp == 400
