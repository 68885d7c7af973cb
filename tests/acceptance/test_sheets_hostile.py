"""Hostile files: read calmly or refused in one sentence, in bounded time and memory."""

from __future__ import annotations

import io
import json
import resource
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from bridge.attendance.container import Limits
from bridge.attendance.sheet import read_sheet
from bridge.domain.learner import Scheme
from bridge.errors import RefuseInput

HOSTILE = Path(__file__).parents[1] / "samples" / "attendance" / "hostile"
AS_OF = date(2026, 11, 24)
FILES = sorted(path.name for path in HOSTILE.iterdir() if not path.name.endswith(".json"))
OF_THE_ENGINE = ("LEARNER-UNKNOWN",)


def refused(content: bytes, name: str = "daftar.xlsx", limits: Limits | None = None) -> RefuseInput:
    with pytest.raises(RefuseInput) as caught:
        read_sheet(content, name, source="sheets", as_of=AS_OF, limits=limits or Limits())
    error = caught.value
    assert error.where == name
    assert name in error.sentence
    assert name in error.english
    assert error.sentence.endswith((".", "csv."))
    assert "Traceback" not in error.sentence
    return error


@pytest.mark.parametrize("name", FILES)
def test_each_sample_is_read_or_refused_as_its_truth_says(name: str) -> None:
    path = HOSTILE / name
    truth = json.loads(path.with_name(name + ".truth.json").read_text())
    if truth["expected"] == "refuse":
        refused(path.read_bytes(), name)
        return
    reading = read_sheet(path, name, source="sheets", as_of=AS_OF)
    people = {(person.sheet, person.row): person for person in reading.attendances}
    for entry in truth["participants"]:
        person = people[entry["sheet"] or "", entry["row"]]
        nip = next((known.value for known in person.identifiers if known.scheme is Scheme.NIP), None)
        assert nip == entry["nip"]
        accepted = {
            None if code in OF_THE_ENGINE else code for code in [entry["problem"], *entry.get("accept", [])]
        }
        assert person.problem in accepted
        sessions = (person.sessions_attended, person.sessions_total)
        assert sessions == (entry["sessions_attended"], entry["sessions_total"])
    count = truth.get("summary", {}).get("rows", len(truth["participants"]))
    assert len(people) == count
    assert len(reading.events) == len(truth["events"]) == 1
    event, expected = reading.events[0], truth["events"][0]
    assert (str(event.start), str(event.end)) == (expected["start"], expected["end"])
    assert event.title.casefold() == expected["title"].casefold()
    assert event.organiser == expected["organiser"]
    assert event.form_stated == expected["form"]
    assert float(event.jp_stated or 0) == expected["jp"]
    assert set(truth.get("sheets_ignored", [])) <= {sheet for sheet, _ in reading.ignored_sheets}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("bom-zip.xlsx", "SHEET-TOO-BIG"),
        ("foto-daftar-hadir.xlsx", "SHEET-WRONG-TYPE"),
        ("kosong.xlsx", "SHEET-EMPTY"),
        ("rusak-terpotong.xlsx", "SHEET-UNREADABLE"),
    ],
)
def test_the_refusal_names_its_reason(name: str, code: str) -> None:
    assert refused((HOSTILE / name).read_bytes(), name).code == code


def test_a_formula_as_a_name_stays_the_text_that_it_is() -> None:
    path = HOSTILE / "suntikan-rumus.csv"
    names = [
        person.learner_name for person in read_sheet(path, path.name, source="s", as_of=AS_OF).attendances
    ]
    assert "@SUM(1+1)*2" in names
    assert "'; DROP TABLE peserta; --" in names


def workbook(**cells: object) -> bytes:
    """A workbook with one sheet of the given cells (`A1="NIP"`)."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for place, value in cells.items():
            sheet.write(place, value)
    return buffer.getvalue()


def test_a_cell_at_the_far_corner_does_not_fill_the_plane() -> None:
    assert refused(workbook(A1="NIP", XFD1048576="x")).code == "SHEET-TOO-BIG"
    assert refused(workbook(A1="NIP", A1048576="x")).code == "SHEET-TOO-BIG"
    assert refused(workbook(A1="NIP", ZZ2="x")).code == "SHEET-TOO-BIG"


def test_a_directory_that_lies_about_sizes_is_measured() -> None:
    honest = workbook(A1="NIP", B1="Nama")
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(honest)) as source,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out,
    ):
        for name in source.namelist():
            body = source.read(name)
            if name.endswith("sheet1.xml"):
                body = body.replace(b"</worksheet>", b" " * (20 * 2**20) + b"</worksheet>")
            out.writestr(name, body)
    content = bytearray(packed.getvalue())
    true_size, small = (20 * 2**20).to_bytes(4, "little")[2:], (1000).to_bytes(4, "little")
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        member = next(each for each in archive.infolist() if each.filename.endswith("sheet1.xml"))
    size = member.file_size.to_bytes(4, "little")
    assert size[2:] >= true_size
    lying = bytes(content).replace(size, small)
    assert lying != bytes(content)
    assert refused(lying).code == "SHEET-TOO-BIG"


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04 nothing else",
        b"PK\x05\x06" + b"\x00" * 18,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
        b"\x00\x01\x02\x03" * 100,
        b"%PDF-1.7 scan",
        b"\xff\xd8\xff\xe0 photo",
        b"<?xml version='1.0'?><Workbook/>",
        b"<html><body><p>Not logged in</p></body></html>",
        b"just a letter, not a table\n",
        b"a;b;c\n1;2;3\n",
        b"\n\n\n",
        "NIP;Nama\n".encode("utf-16"),
    ],
)
def test_whatever_is_no_table_of_people_is_refused(content: bytes) -> None:
    refused(content)


def test_a_word_document_is_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        out.writestr("word/document.xml", "<w/>")
    assert refused(packed.getvalue(), "surat.xlsx").code == "SHEET-WRONG-TYPE"


def outcome(content: bytes) -> int | str:
    """How many people were read, or the code of the refusal. Anything else is raised."""
    try:
        return len(read_sheet(content, "rusak.xlsx", source="s", as_of=AS_OF).attendances)
    except RefuseInput as refusal:
        return refusal.code


def test_every_cut_and_flip_of_a_workbook_is_read_or_refused() -> None:
    whole = workbook(A1="NIP", B1="Nama", C1="Status", A2="198507151999031002", B2="Maria", C2="hadir")
    spoilt = [whole[: len(whole) * part // 40] for part in range(40)]
    spoilt += [whole[:at] + bytes([whole[at] ^ 0x5A]) + whole[at + 1 :] for at in range(0, len(whole), 61)]
    outcomes = [outcome(content) for content in spoilt]
    assert all(code == 1 or str(code).startswith("SHEET-") for code in outcomes)
    assert outcomes.count(1) < len(spoilt)


def test_limits_are_those_that_are_given() -> None:
    content = b"NIP;Nama;Status\n" + b"198507151999031002;Maria;hadir\n" * 100
    assert refused(content, "a.csv", Limits(rows=50)).code == "SHEET-TOO-BIG"
    assert refused(content, "a.csv", Limits(columns=2)).code == "SHEET-TOO-BIG"
    assert refused(content, "a.csv", Limits(file_bytes=1000)).code == "SHEET-TOO-BIG"


def test_a_path_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(RefuseInput, match="can't be opened"):
        read_sheet(tmp_path / "hilang.xlsx", "hilang.xlsx", source="s", as_of=AS_OF)


def test_bombs_are_refused_in_little_memory() -> None:
    """In a process of its own with an address space of 1 GB; 150 MB of letters must not come to be."""
    program = (
        "import sys; from datetime import date; from bridge.attendance.sheet import read_sheet\n"
        "from bridge.errors import RefuseInput\n"
        "try: read_sheet(sys.argv[1], 'bom.xlsx', source='s', as_of=date(2026, 11, 24))\n"
        "except RefuseInput as refusal: print(refusal.code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(HOSTILE / "bom-zip.xlsx")],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30)),
    )
    assert done.stdout.strip() == "SHEET-TOO-BIG"
