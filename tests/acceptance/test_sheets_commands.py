"""The sheets' commands as a person types them, in processes of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from tests.forks import forked_commands
from tests.installation import Office
from tests.integration.sheets.conftest import HEADINGS, MARIA, PEOPLE, YULIUS, sheet

pytestmark = pytest.mark.slow


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with forked_commands() as forks:
        made = Office(tmp_path / "home", forks=forks)
        made.run("init", "--office", "Kantor uji")
        lines = ["NIP,Nama,Jenis,Jabatan jenis,Kode OPD,OPD"]
        lines += [f'{nip},"{name}",PNS,pelaksana,8001,Dinas Pendidikan' for nip, name in PEOPLE]
        (made.home / "pegawai.csv").write_text("\n".join(lines), "utf-8")
        made.run("import", "roster", str(made.home / "pegawai.csv"))
        yield made


def test_a_sheet_from_preview_to_proof(office: Office) -> None:
    path = office.home / "seminar.csv"
    strange = ("No", "Nomor Pegawai", *HEADINGS[2:])
    path.write_bytes(sheet((MARIA, "Maria Felle"), (YULIUS, "Agustina Wenda"), headings=strange))
    said = ("--mapping", "Nomor Pegawai=nip", "--sender", "Dinas A")
    seen = office.json("import", "attendance", str(path), "--preview", *said)
    assert (seen["new"], [change["after"] for change in seen["ledger"]]) == (2, [400])
    assert "Seminar" in office.run("import", "attendance", str(path), "--preview", *said)
    stale = office.run("import", "attendance", str(path), "--previewed", "0" * 64, *said, code=65)
    assert "PREVIEW-STALE" in stale
    office.run("import", "attendance", str(path), "--previewed", seen["fingerprint"], *said)
    assert office.json("reconcile")["jp"] == 400

    scan = office.home / "daftar.pdf"
    scan.write_bytes(b"%PDF-1.7 signed")
    kept = office.json("import", "attach", "seminar.csv", str(scan))
    assert office.json("import", "attach", "seminar.csv", str(scan))["new"] is False
    assert "IMPORT-UNKNOWN" in office.run("import", "attach", "lain.csv", str(scan), code=65)
    assert office.json("import", "list")["imports"][0]["attachments"] == 1
    assert kept["sha256"] in json.dumps(office.json("explain", MARIA, "--steps"))

    book = office.home / "isian.xlsx"
    assert office.json("worksheet", "export", str(book), "--code", "NAME-MISMATCH")["rows"] == 1
    workbook = openpyxl.load_workbook(book)
    page = workbook.active
    assert page is not None
    page.cell(4, [cell.value for cell in page[3]].index("Decision") + 1).value = "accept"
    workbook.save(book)
    assert office.json("worksheet", "import", str(book), "--preview")["made"] == 0
    assert office.json("worksheet", "import", str(book))["made"] == 1
    assert office.json("reconcile")["jp"] == 400
