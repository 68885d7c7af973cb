"""Dates, quantities, marks, headings and text tables in the spellings that occur."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.attendance.cells import Cell, Grid, Span, text_of
from bridge.attendance.columns import Role, role_of
from bridge.attendance.container import Limits
from bridge.attendance.dates import parse_date, parse_moment, parse_period
from bridge.attendance.delimited import find_delimiter, read_delimited
from bridge.attendance.forms import form_code, form_in_title
from bridge.attendance.grid import read_grids
from bridge.attendance.header import find_header, is_column_numbers
from bridge.attendance.marks import ABSENT, PRESENT, UNKNOWN, read_legend, read_mark, read_status
from bridge.attendance.preamble import facts_in
from bridge.attendance.quantities import Presence, parse_jp, parse_minutes, parse_presence
from bridge.attendance.time_clock import Scan, minutes_of

DAY = date(2026, 8, 3)


@pytest.mark.parametrize(
    "cell",
    [
        DAY,
        datetime(2026, 8, 3, 7, 30),  # noqa: DTZ001 - a spreadsheet's cell has no zone
        46237,
        46237.0,
        "46237",
        "3-8-2026",
        "03/08/2026",
        "03.08.26",
        "2026-08-03",
        "3 Agustus 2026",
        "03-Agu-2026",
        "3 Ags 26",
        "Senin, 3 Agustus 2026",
        "3 August 2026",
    ],
)
def test_one_day_in_every_style(cell: Cell) -> None:
    assert parse_date(cell) == DAY


@pytest.mark.parametrize(
    "cell", [None, "", "-", "31/06/2026", "s.d. selesai", True, 3, 1e9, "2026", "32 Mei 2026"]
)
def test_what_is_no_day_is_none(cell: Cell) -> None:
    assert parse_date(cell) is None


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31)))
def test_every_day_survives_every_style(day: date) -> None:
    for style in ("%d-%m-%Y", "%d/%m/%Y", "%Y-%m-%d", "%d %b %Y", "%d.%m.%y"):
        assert parse_date(day.strftime(style)) == day
    assert parse_date((day - date(1899, 12, 30)).days) == day


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("3 s.d. 5 Agustus 2026", (8, 3), (8, 5)),
        ("14 – 15 April 2026", (4, 14), (4, 15)),
        ("30 Maret sampai dengan 2 April 2026", (3, 30), (4, 2)),
        ("13/07/2026 s/d 17/07/2026", (7, 13), (7, 17)),
        ("Senin, 3 Agustus 2026 s.d. Rabu, 5 Agustus 2026", (8, 3), (8, 5)),
        ("Triwulan III Tahun 2026", (7, 1), (9, 30)),
        ("triwulan 1 2026", (1, 1), (3, 31)),
        ("Biak, 10-12 Maret 2026", (3, 10), (3, 12)),
        ("9 Juni 2026", (6, 9), (6, 9)),
    ],
)
def test_periods(text: str, start: tuple[int, int], end: tuple[int, int]) -> None:
    assert parse_period(text) == (date(2026, *start), date(2026, *end))


def test_a_period_over_new_year_and_one_without_a_year() -> None:
    assert parse_period("29 Desember 2025 s.d. 2 Januari 2026") == (date(2025, 12, 29), date(2026, 1, 2))
    assert parse_period("Rabu 10 Juni") is None
    assert parse_period("Rabu 10 Juni", 2026) == (date(2026, 6, 10), date(2026, 6, 10))


@pytest.mark.parametrize(
    "cell", ["07:33", "07.33", time(7, 33), timedelta(hours=7, minutes=33), "03/08/2026 07:33"]
)
def test_moments(cell: Cell) -> None:
    moment = parse_moment(cell, DAY)
    assert moment is not None
    assert (moment.date(), moment.hour, moment.minute) == (DAY, 7, 33)


@pytest.mark.parametrize("cell", ["", "lupa", "25:00", None])
def test_what_is_no_moment_is_none(cell: Cell) -> None:
    assert parse_moment(cell, DAY) is None


@pytest.mark.parametrize(
    ("cell", "jp"),
    [
        (24.0, "24"),
        ("24 JP", "24"),
        ("40,5", "40.5"),
        ("10,00", "10"),
        ("16 Jam", "16"),
        ("32 (empat hari)", "32"),
    ],
)
def test_jp(cell: Cell, jp: str) -> None:
    assert parse_jp(cell) == Decimal(jp)


@pytest.mark.parametrize("cell", ["", "-", "dua puluh empat", None, float("nan"), "24/30"])
def test_what_is_no_jp_is_none(cell: Cell) -> None:
    assert parse_jp(cell) is None


@pytest.mark.parametrize(
    ("cell", "hours", "minutes"),
    [
        ("120 mnt", False, 120),
        ("45'", False, 45),
        ("1,5 jam", False, 90),
        ("1 jam 30 menit", False, 90),
        (90.0, False, 90),
        ("7,25", True, 435),
        ("2:15", False, 135),
        (time(1, 30), False, 90),
        ("", False, None),
        ("lama", False, None),
        (-5.0, False, None),
    ],
)
def test_durations(cell: Cell, hours: bool, minutes: int | None) -> None:
    assert parse_minutes(cell, hours) == minutes


@pytest.mark.parametrize(
    ("cell", "presence"),
    [
        (3.0, Presence(3)),
        ("3 hari", Presence(3)),
        ("2/3", Presence(2, 3)),
        ("2 dari 3", Presence(2, 3)),
        ("Lengkap", Presence(0, whole=True)),
        ("-", Presence(0)),
        ("4/3", None),
        ("mungkin", None),
    ],
)
def test_days_present(cell: Cell, presence: Presence | None) -> None:
    assert parse_presence(cell) == presence


def test_the_legend_decides_what_an_x_means() -> None:
    assert read_mark("x") == UNKNOWN
    assert read_mark("x", read_legend(["Keterangan : v / √ = hadir ;  x = tidak hadir"])) == ABSENT
    assert read_mark("X", read_legend(["x = hadir, - = tidak hadir"])) == PRESENT


@pytest.mark.parametrize("mark", ["v", "V", "√", "✓", "H", "hadir", "TTD", True])
def test_marks_of_presence(mark: Cell) -> None:
    assert read_mark(mark) == PRESENT


@pytest.mark.parametrize("mark", ["", None, "-", "S", "I", "A", "TK", "DL", "Sakit", "tidak hadir", False])
def test_marks_of_absence(mark: Cell) -> None:
    assert read_mark(mark) == ABSENT


def test_a_blank_status_means_present() -> None:
    assert read_status("") == PRESENT
    assert read_status("tidak_hadir") == ABSENT
    assert read_status("menunggu") == UNKNOWN


@pytest.mark.parametrize(
    ("heading", "role"),
    [
        ("N I P", Role.NIP),
        ("NIP Peserta", Role.NIP),
        ("NIP Coachee / Mentee", Role.NIP),
        ("NIP Coach / Mentor", Role.COACH_NIP),
        ("NAMA LENGKAP", Role.NAME),
        ("Nama Kegiatan", Role.EVENT_TITLE),
        ("Kode Jenis Pengembangan", Role.FORM),
        ("Total Jam Pelajaran", Role.JP),
        ("Perangkat Daerah", Role.OFFICE),
        ("Durasi (jam)", Role.DURATION),
        ("No. Akun", Role.ACCOUNT),
        ("Full Name", Role.NAME),
        ("Warna", None),
    ],
)
def test_headings(heading: str, role: Role | None) -> None:
    assert role_of(heading) is role


def test_a_merged_header_gives_each_signature_its_path() -> None:
    rows = [
        ["No", "Nama", "NIP", "Tanda Tangan", None, "Ket"],
        [None, None, None, "Senin, 3 Agustus 2026", None, None],
        [None, None, None, "Pagi", "Siang", None],
        [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
    ]
    down = tuple(Span(0, column, 2, column) for column in (0, 1, 2, 5))
    layout = find_header(Grid("A", rows, spans=(*down, Span(0, 3, 0, 4), Span(1, 3, 1, 4))))
    assert layout is not None
    assert (layout.top, layout.bottom) == (0, 2)
    assert [mark.path for mark in layout.marks] == [
        ("Tanda Tangan", "Senin, 3 Agustus 2026", "Pagi"),
        ("Tanda Tangan", "Senin, 3 Agustus 2026", "Siang"),
    ]
    assert layout.confident
    assert "baris 1–3" in layout.why
    assert "rows 1–3" in layout.why_english
    assert is_column_numbers(rows[3])


def test_a_csv_without_merged_cells_spreads_its_group_headings() -> None:
    rows = [["No", "Nama", "NIP", "Paraf", ""], ["", "", "", "Pagi", "Siang"], ["1", "A", "x", "v", "v"]]
    layout = find_header(Grid("", rows))
    assert layout is not None
    assert [mark.path for mark in layout.marks] == [("Paraf", "Pagi"), ("Paraf", "Siang")]


def test_two_columns_of_one_meaning_are_for_a_person_to_confirm() -> None:
    layout = find_header(Grid("", [["No", "Nama", "NIP", "NIP Baru"], ["1", "A", "x", "y"]]))
    assert layout is not None
    assert not layout.confident
    assert "NIP Baru" in layout.why


def test_one_line_says_everything() -> None:
    facts = facts_in(["Webinar Kesehatan Mental bagi ASN, 3 September 2026, 4 JP, BPSDM Provinsi Papua"])
    assert facts.title == "Webinar Kesehatan Mental bagi ASN"
    assert (facts.start, facts.jp, facts.named_organiser()) == (date(2026, 9, 3), "4", "BPSDM Provinsi Papua")


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_any_delimiter_and_encoding(delimiter: str, encoding: str) -> None:
    lines = [["NIP", "Nama", "Catatan"], ["1", "Ma’ruf, S.H.", 'kata "Umum"\nbaris dua']]
    quoted = [delimiter.join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines]
    grid = read_delimited("\r\n".join(quoted).encode(encoding), "a.csv", Limits())
    assert [list(row) for row in grid.rows] == lines


def test_decimal_commas_and_names_with_degrees_do_not_mislead() -> None:
    assert find_delimiter("NIP;Nama;Durasi\n1;A, S.H.;7,25\n2;B, S.E., M.Si.;6,5\n") == ";"


@pytest.mark.parametrize("size", [5, 20_000])
def test_a_quote_that_is_never_closed_does_not_swallow_the_file(size: int) -> None:
    rows = "".join(f"{number};Maria;hadir\n" for number in range(size))
    grid = read_delimited(f'NIP;Nama;Status\n0;"Maria;hadir\n{rows}'.encode(), "a.csv", Limits())
    assert len(grid.rows) == size + 2


def test_html_spans_and_line_breaks() -> None:
    page = (
        b"<html><table><tr><th rowspan=2>NIP</th><th colspan=2>Kehadiran</th></tr>"
        b"<tr><th>Hadir</th><th>Jml</th></tr>"
        b"<tr><td>1</td><td>A&amp;B<br><small>Dinas</small></td><td>3</td></tr></table>"
        b"<table><tr><td>x</td></tr></table>"
    )
    first, second = read_grids(page, "a.xls")
    assert [list(row) for row in first.rows] == [
        ["NIP", "Kehadiran", None],
        [None, "Hadir", "Jml"],
        ["1", "A&B\nDinas", "3"],
    ]
    assert first.spans == (Span(0, 0, 1, 0), Span(0, 1, 0, 2))
    assert (first.name, second.name) == ("table 1", "table 2")


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (24.0, "24"),
        (40.5, "40.5"),
        (None, ""),
        (" a\xa0\n b ", "a b"),
        ('="007"', "007"),
        (DAY, "2026-08-03"),
    ],
)
def test_the_text_of_a_cell(cell: Cell, text: str) -> None:
    assert text_of(cell) == text


@pytest.mark.parametrize(
    ("text", "code"),
    [("8", "8"), ("8.0", "8"), ("08", "8"), ("99", None), ("", None), ("Bimtek", "8"), ("0", None)],
)
def test_forms(text: str, code: str | None) -> None:
    assert form_code(text) == code


def test_a_title_names_a_form_only_where_there_is_one_meaning() -> None:
    assert form_in_title("Bimbingan Teknis Penyusunan SOP") == "8"
    assert form_in_title("Pelatihan Teknis Operator SIPD") is None


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-07-16T{clock}")


def test_lunch_double_taps_and_doubled_lines() -> None:
    whole = Scan(at("07:30"), at("16:00"))
    assert minutes_of([whole]) == 510
    assert minutes_of([whole, whole]) == 510
    assert minutes_of([Scan(at("07:29"), None), whole]) == 511
    assert minutes_of([Scan(at("07:30"), at("12:00")), Scan(at("13:00"), at("16:00"))]) == 450
    assert minutes_of([Scan(at("07:30"), None)]) is None
    assert minutes_of([whole, Scan(at("12:00"), None)]) is None
