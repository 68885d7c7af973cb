"""More unfriendly files: macros, links to elsewhere, passwords, scripts, a million rows, spoilt bytes of every
kind; and no export of ours ever starts a formula."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.attendance.cells import Grid
from bridge.attendance.columns import Role
from bridge.attendance.header import find_header
from bridge.attendance.mapping import parse_mapping
from bridge.attendance.sheet import read_sheet
from bridge.attendance.substitutes import stands_in
from bridge.attendance.worksheet import WorksheetLine, read_worksheet, write_worksheet
from bridge.errors import RefuseInput
from bridge.reports.formats import neutral
from tests.acceptance.test_sheets_hostile import AS_OF, outcome, refused

NIP = "198507151999031002"


def workbook(rows: list[list[object]] | None = None) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows or [["NIP", "Nama", "Status"], [NIP, "Maria", "hadir"]]):
            for column, value in enumerate(row):
                sheet.write(at, column, value)
    return buffer.getvalue()


def with_members(content: bytes, **members: bytes) -> bytes:
    """The workbook with further files in its archive; `__` in a name is a slash, `_dot_` a full stop."""
    target = io.BytesIO(content)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), body)
    return target.getvalue()


def names(content: bytes, file_name: str = "daftar.xlsx") -> list[str]:
    read = read_sheet(content, file_name, source="s", as_of=AS_OF)
    return [person.learner_name for person in read.attendances]


def test_a_workbook_with_macros_is_read_and_nothing_runs() -> None:
    content = with_members(workbook(), xl__vbaProject_dot_bin=b"\xd0\xcf\x11\xe0 Sub Auto_Open() Shell")
    assert names(content, "daftar.xlsm") == ["Maria"]


def test_links_to_other_workbooks_are_not_followed() -> None:
    link = b'<externalLink xmlns="x"><externalBook r:id="rId1"/></externalLink>'
    target = b'<Relationships><Relationship Target="http://192.0.2.1/x.xlsx" TargetMode="External"/></Relationships>'
    content = with_members(
        workbook(),
        xl__externalLinks__externalLink1_dot_xml=link,
        xl__externalLinks___rels__externalLink1_dot_xml_dot_rels=target,
    )
    assert names(content) == ["Maria"]


def test_a_formula_is_its_stored_value_and_a_missing_one_is_nothing() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["NIP", "Nama", "Status"])
        sheet.write_formula(1, 0, '=WEBSERVICE("http://192.0.2.1/")', value=NIP)
        sheet.write_formula(1, 1, '=HYPERLINK("http://192.0.2.1","Maria")', value="Maria")
        sheet.write(1, 2, "hadir")
    assert names(buffer.getvalue()) == ["Maria"]


def test_a_workbook_with_a_password_is_refused() -> None:
    ole = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(512)
    )
    error = refused(ole)
    assert error.code == "SHEET-UNREADABLE"
    assert "password" in error.english


def test_a_million_rows_are_refused_by_the_limit() -> None:
    line = f"{NIP};Maria;hadir\n".encode()
    assert refused(b"NIP;Nama;Status\n" + line * 1_000_000, "sejuta.csv").code == "SHEET-TOO-BIG"
    row = b'<row r="%d"><c r="A%d" t="inlineStr"><is><t>x</t></is></c></row>'
    body = b"".join(row % (number, number) for number in range(1, 1_000_001, 9))
    honest = workbook()
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(honest)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out,
    ):
        for name in source.namelist():
            content = source.read(name)
            if name.endswith("sheet1.xml"):
                content = content.replace(b"</sheetData>", body + b"</sheetData>")
            out.writestr(name, content)
    assert refused(target.getvalue()).code == "SHEET-TOO-BIG"


@pytest.mark.parametrize("quote", ["'", '"'])
@pytest.mark.parametrize("place", ["A400000", "B1048576", "XFD2", "AAA1", "A9999999"])
def test_a_far_cell_is_found_however_it_is_written(place: str, quote: str) -> None:
    cell = "</sheetData>".join([f"<row><c\tr={quote}{place}{quote}><v>1</v></c></row>", ""])
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as source, zipfile.ZipFile(target, "w") as out:
        for name in source.namelist():
            content = source.read(name)
            if name.endswith("sheet1.xml"):
                content = content.replace(b"</sheetData>", cell.encode())
            out.writestr(name, content)
    assert refused(target.getvalue()).code == "SHEET-TOO-BIG"


def test_a_page_with_scripts_gives_only_its_words() -> None:
    page = (
        "<html><head><script>document.write('x')</script></head><body onload=alert(1)><table>"
        "<tr><th>NIP<th>Nama<th>Status</tr>"
        f"<tr><td>{NIP}<td>Maria<script>alert(2)</script><style>b{{}}</style><td>hadir</tr></table>"
        "<iframe src='http://192.0.2.1/'></iframe></body></html>"
    )
    assert names(page.encode(), "ekspor.xls") == ["Maria"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", " =", "\n="])
def test_no_export_starts_a_formula(start: str) -> None:
    text = f'{start}cmd|"/c calc"!A0'
    assert neutral(text).startswith("'")
    content = write_worksheet(
        [WorksheetLine("k", "h", "C", text, text, text, text, text)], b"k" * 32, "t", "id"
    )
    page = openpyxl.load_workbook(io.BytesIO(content)).active
    assert page is not None
    assert {
        cell.data_type for row in page.iter_rows(min_row=4) for cell in row if cell.value is not None
    } == {"s"}
    assert b"<f>" not in b"".join(
        zipfile.ZipFile(io.BytesIO(content)).read(name)
        for name in zipfile.ZipFile(io.BytesIO(content)).namelist()
        if "worksheets/" in name
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Maria Felle (diwakili Yulius)", True),
        ("a.n. Maria Felle", True),
        ("a/n Maria", True),
        ("pengganti", True),
        ("mewakili Kepala Dinas", True),
        ("Wakil Bupati", False),
        ("Kepala Perwakilan", False),
        ("An. Kambuaya", False),
        ("Ana Wakilkan", False),
        ("Maria Felle, S.Pd.", False),
    ],
)
def test_words_that_say_somebody_stood_in(text: str, told: bool) -> None:
    assert stands_in(text) is told


def test_a_substitute_is_a_finding_and_holds_the_credit() -> None:
    rows: list[list[object]] = [
        ["Rapat Koordinasi Kepegawaian", None, None, None],
        ["Hari/Tanggal : 3 Agustus 2026", None, None, None],
        ["No", "Nama", "NIP", "Tanda Tangan", "Keterangan"],
        [1, "Maria Felle", NIP, "ttd", "diwakili Sdr. Yulius"],
        [2, "Siti Rahmawati", "198007262002011026", "ttd", ""],
    ]
    read = read_sheet(workbook(rows), "rapat.xlsx", source="s", as_of=AS_OF)
    assert [person.problem for person in read.attendances] == ["SUBSTITUTE", None]


@pytest.mark.parametrize("text", ["nip", "NIP=nomor", "=nip", "a=b=c", "  =nip"])
def test_a_mapping_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(RefuseInput) as refusal:
        parse_mapping([text])
    assert refusal.value.code == "MAPPING-WRONG"


def test_a_mapping_names_roles_and_columns_to_ignore() -> None:
    said = parse_mapping(["Nomor  PEGAWAI=nip", "Nama#2=-", "Ket.="])
    assert said == {"nomor pegawai": Role.NIP, "nama#2": None, "ket": None}


CELLS = st.one_of(
    st.none(),
    st.text(max_size=30),
    st.floats(allow_nan=True),
    st.booleans(),
    st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    st.sampled_from(
        [
            "NIP",
            "Nama",
            "Status",
            "Tanggal",
            "Jam Masuk",
            "Jam Pulang",
            "Kegiatan",
            "Coach",
            "Paraf",
            "hadir",
            NIP,
        ]
    ),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(CELLS, max_size=7), max_size=12))
def test_any_cells_under_any_headings_are_read_or_refused(rows: list[list[object]]) -> None:
    table = [list(row) for row in rows]
    grid = Grid("x", table)  # type: ignore[arg-type]
    layout = find_header(grid)
    assert layout is None or layout.top <= layout.bottom < len(rows)
    text = "\n".join(";".join("" if cell is None else str(cell) for cell in row) for row in rows)
    result = outcome(b"NIP;Nama;Status\n" + text.encode("utf-8", "replace"))
    assert isinstance(result, int) or result.startswith("SHEET-")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 6_000), st.binary(min_size=1, max_size=12))
def test_a_workbook_overwritten_anywhere_is_read_or_refused(at: int, piece: bytes) -> None:
    whole = workbook()
    result = outcome(whole[: at % len(whole)] + piece + whole[at % len(whole) + len(piece) :])
    assert isinstance(result, int) or result.startswith("SHEET-")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_no_worksheet(content: bytes) -> None:
    with pytest.raises(RefuseInput):
        read_worksheet(content, "isian.xlsx", b"k" * 32, "t")
