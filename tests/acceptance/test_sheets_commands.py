"""The sheets' commands as a person types them. The first is a process of its own; the others run the same entry point
in this process, because starting Python twenty times would be most of the test."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bridge.cli.main import main
from tests.installation import Office
from tests.integration.sheets.conftest import HEADINGS, MARIA, PEOPLE, YULIUS, sheet

pytestmark = pytest.mark.slow


@dataclass
class Typed:
    """`run` gives the words to the entry point and returns what it printed; the exit code must be the one named."""

    home: Path
    type: Callable[[tuple[str, ...]], tuple[int, str, str]]

    def run(self, *words: str, code: int = 0) -> str:
        left, out, err = self.type(words)
        assert left == code, f"{words}: {left}\n{out}\n{err}"
        assert "Traceback" not in out + err
        return out if code == 0 else out + err

    def json(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--json"))


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    home = tmp_path / "home"
    Office(home).run("init", "--office", "Kantor uji")
    monkeypatch.setenv("JPBRIDGE_HOME", str(home))
    monkeypatch.setenv("JPBRIDGE_LANGUAGE", "en")

    def typed(words: tuple[str, ...]) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["jpbridge", *words])
        with pytest.raises(SystemExit) as left:
            main()
        told = capsys.readouterr()
        return int(left.value.code or 0), told.out, told.err

    made = Typed(home, typed)
    lines = ["NIP,Nama,Jenis,Jabatan jenis,Kode OPD,OPD"]
    lines += [f'{nip},"{name}",PNS,pelaksana,8001,Dinas Pendidikan' for nip, name in PEOPLE]
    (home / "pegawai.csv").write_text("\n".join(lines), "utf-8")
    made.run("import", "roster", str(home / "pegawai.csv"))
    return made


def test_a_sheet_from_preview_to_proof(office: Typed) -> None:
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
    page.cell(4, [cell.value for cell in page[3]].index("Your decision") + 1).value = "accept"
    workbook.save(book)
    assert office.json("worksheet", "import", str(book), "--preview")["made"] == 0
    assert office.json("worksheet", "import", str(book))["made"] == 1
    assert office.json("reconcile")["jp"] == 400


def test_the_organisers_word_and_the_start_of_the_day(office: Typed) -> None:
    path = office.home / "presensi.csv"
    rows = ("Kegiatan;Seminar Arsip", "Penyelenggara;BPSDM Papua", "Tanggal;3 Agustus 2026", "Jenis;9", "",
            "No;NIP;Nama;Tanggal;Jam Masuk;Status", f"1;{MARIA};Maria Felle;03/08/2026;08.40;hadir",
            f"2;{YULIUS};Yulius Monim;03/08/2026;07.50;hadir")  # fmt: skip
    path.write_text("\n".join(rows), "utf-8")
    assert "BEGINS-WRONG" in office.run("import", "attendance", str(path), "--begins", "pagi", code=65)
    office.run("import", "attendance", str(path), "--begins", "8.00")
    assert office.json("reconcile")["jp"] == 800
    late = office.json("findings", "--each")
    assert "LATE" in json.dumps(late)
    assert "at most 40 minutes" in office.run("explain", MARIA)

    [event] = office.json("import", "confirm", "presensi.csv")["events"]
    assert (event["people"], event["present"], event["state"]) == (2, 2, None)
    by = "Yohana Suebu, Kabid Diklat"
    assert office.json("import", "confirm", "presensi.csv", "--by", by)["confirmed"] == 1
    [told] = office.json("import", "confirm", "presensi.csv")["events"]
    assert (told["state"], told["confirmed_by"]) == ("confirmed", by)
    assert "Yohana" in office.run("import", "confirm", "presensi.csv")
    assert "EVENT-UNKNOWN" in office.run(
        "import", "confirm", "presensi.csv", "--by", by, "--event", "Lain", code=65
    )
    office.run("reconcile")
    assert f"confirmed by {by}" in office.run("explain", "--entry", "1")
    corrected = "\n".join(rows[:-1])
    path.write_text(corrected, "utf-8")
    told = office.json("import", "attendance", str(path), "--begins", "8.00")
    assert (told["withdrawn"], told["lapsed"]) == (1, 1)
    assert office.json("import", "confirm", "presensi.csv", "--take-back")["taken_back"] == 0
