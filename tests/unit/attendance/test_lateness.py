"""How late somebody came, in every shape in which sheets say it; who stood in for whom outside rolls too."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time

import pytest

from bridge.attendance.device_clock import CLOCK_UNPROVEN, CLOCK_WRONG
from bridge.attendance.field_roll import roll_of
from bridge.attendance.lateness import clock_of, late_words
from bridge.attendance.marks import PRESENT, UNKNOWN, read_mark
from bridge.attendance.preamble import facts_in
from bridge.attendance.reading import SheetReading
from bridge.attendance.sheet import read_sheet
from bridge.domain.evidence import Attendance
from bridge.domain.field import Act, Carried, FieldRecord
from bridge.store.evidence import record_text

MARIA, YULIUS, SITI = "198507151999031002", "197805232007041023", "198007262002011026"
AS_OF = date(2026, 11, 24)


def read(*rows: str, begins: time | None = None) -> SheetReading:
    return read_sheet("\n".join(rows).encode(), "lembar.csv", source="s", as_of=AS_OF, begins=begins)


def by_nip(reading: SheetReading) -> dict[str, Attendance]:
    return {person.identifiers[0].value: person for person in reading.attendances}


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("terlambat 20 menit", 20),
        ("Telat 15'", 15),
        ("H (terlambat 1 jam 15 mnt)", 75),
        ("keterlambatan: 2 jam", 120),
        ("10 menit terlambat", 10),
        ("late 5 min", 5),
        ("terlambat", None),
        ("tidak terlambat 0 menit", None),
        ("terlambat, datang pukul 09.10", None),
        ("terlambat 0 menit", None),
        ("terlambat 9999 menit", None),
        ("pelatihan 20 menit", None),
        ("Plate 20 min", None),
    ],
)
def test_words_of_lateness(text: str, minutes: int | None) -> None:
    assert late_words(text) == minutes


@pytest.mark.parametrize(
    ("cell", "clock"),
    [("08.25", time(8, 25)), ("8:05 WIT", time(8, 5)), ("pukul 13.00", time(13)), (time(7, 1), time(7, 1)),
     ("24.10", None), ("8", None), ("", None), ("08.25 s.d. 09.00", None), (8.25, None)],
)  # fmt: skip
def test_a_cell_that_is_only_a_time_of_day(cell: str | time | float, clock: time | None) -> None:
    assert clock_of(cell) == clock


def test_a_mark_that_tells_a_time_or_lateness_is_presence() -> None:
    assert [read_mark(cell) for cell in ("08.25", time(8), "terlambat 20 menit", "8,25")] == [
        PRESENT,
        PRESENT,
        PRESENT,
        UNKNOWN,
    ]


@pytest.mark.parametrize(
    ("line", "begins"),
    [
        ("Pukul : 08.00 - 16.00 WIT", time(8)),
        ("Jam: 07:30", time(7, 30)),
        ("Hari, Tanggal : Senin, 3 Agustus 2026, pukul 08.15 WIT", time(8, 15)),
        ("Tanggal : 03.08.2026", None),
        ("Zona Waktu : WIT (GMT+9)", None),
        ("Bimtek Arsip, 3 Agustus 2026", None),
    ],
)
def test_when_a_day_begins_as_the_head_of_the_sheet_says(line: str, begins: time | None) -> None:
    assert facts_in([line]).begins == begins


def test_a_roll_with_a_column_of_lateness_or_words_in_marks_and_notes() -> None:
    head = ("Kegiatan : Bimtek Arsip", "Tanggal : 3 Agustus 2026", "")
    column = by_nip(
        read(*head, "No;NIP;Nama;Sesi 1;Sesi 2;Terlambat (menit)", f"1;{MARIA};Maria;v;v;25",
             f"2;{YULIUS};Yulius;v;v;-", f"3;{SITI};Siti;-;-;40")
    )  # fmt: skip
    assert [(column[nip].late, column[nip].sessions_attended) for nip in (MARIA, YULIUS, SITI)] == [
        ((25,), 2),
        ((), 2),
        ((), 0),
    ]
    marks = by_nip(
        read(*head, "No;NIP;Nama;Sesi 1;Sesi 2;Ket", f"1;{MARIA};Maria;terlambat 20 menit;telat 1 jam;",
             f"2;{YULIUS};Yulius;v;v;terlambat 10 mnt")
    )  # fmt: skip
    assert [marks[nip].late for nip in (MARIA, YULIUS)] == [(20, 60), (10,)]
    assert marks[MARIA].sessions_attended == 2


def test_times_of_arrival_against_the_start_of_the_day() -> None:
    rows = (
        "Kegiatan;Sosialisasi Disiplin", "Tanggal;14 - 15 April 2026", "Pukul;08.00 - 12.00", "",
        "No;NIP;Nama;Tanggal;Jam Masuk;Status",
        f"1;{MARIA};Maria;14/04/2026;08.13;hadir", f"2;{MARIA};Maria;15/04/2026;07.55;hadir",
        f"3;{YULIUS};Yulius;14/04/2026;09.10;hadir", f"4;{YULIUS};Yulius;15/04/2026;;sakit",
    )  # fmt: skip
    told = by_nip(read(*rows))
    assert (told[MARIA].late, told[YULIUS].late) == ((13,), (70,))
    stated = by_nip(read(*rows, begins=time(9)))
    assert (stated[MARIA].late, stated[YULIUS].late) == ((), (10,))


CLOCK = (
    "LAPORAN SCAN LOG", "Kegiatan\tPelatihan SIPD", "Periode\t13/07/2026 s/d 14/07/2026", "",
    "No. Akun\tNIP\tNama\tTanggal\tScan Masuk\tScan Pulang\tKet",
    f"1\t{MARIA}\tMaria\t13/07/2026\t13/07/2026 08:31\t13/07/2026 16:00\t",
    f"1\t{MARIA}\tMaria\t14/07/2026\t14/07/2026 08:02\t14/07/2026 16:00\t",
    f"2\t{YULIUS}\tYulius\t13/07/2026\t\t13/07/2026 16:00\t",
    f"3\t{SITI}\tSiti\t13/07/2026\t13/07/2026 07:58\t13/07/2026 16:00\tdiwakili Sdr. Yulius",
)  # fmt: skip


def test_a_clock_dump_tells_lateness_only_where_the_start_is_known() -> None:
    assert [person.late for person in read(*CLOCK).attendances] == [(), (), ()]
    told = by_nip(read(*CLOCK, begins=time(8)))
    assert told[MARIA].late == (31, 2)
    assert told[MARIA].minutes == 449 + 478  # as scanned: what a person missed is not in it
    assert told[YULIUS].late == ()  # no scan in: nobody knows


def test_substitutes_in_clock_dumps_logs_and_imports() -> None:
    assert by_nip(read(*CLOCK))[SITI].problem == "SUBSTITUTE"
    log = read(
        "Log Coaching Triwulan III 2026",
        "No;Tanggal;Nama Coach;NIP Coach;Nama Coachee;NIP Coachee;Jenis;Topik;Catatan",
        f"1;03/08/2026;Siti;{SITI};Maria (a.n. Yulius);{MARIA};C;Kinerja;",
        f"2;04/08/2026;Siti;{SITI};Yulius;{YULIUS};C;Kinerja;",
    )  # fmt: skip
    assert {nip: person.problem for nip, person in by_nip(log).items()} == {MARIA: "SUBSTITUTE", YULIUS: None}
    activities = read(
        "NIP;Nama;Kegiatan;Kode Jenis;Penyelenggara;Tanggal Mulai;Tanggal Selesai;JP;Mewakili;Catatan",
        f"{MARIA};Maria;Seminar A;9;BPSDM;03-08-2026;03-08-2026;4;Yulius Monim;",
        f"{YULIUS};Yulius;Seminar A;9;BPSDM;03-08-2026;03-08-2026;4;-;",
        f"{SITI};Siti;Seminar A;9;BPSDM;03-08-2026;03-08-2026;4;;an. Kepala Dinas",
    )  # fmt: skip
    told = {nip: person.problem for nip, person in by_nip(activities).items()}
    assert told == {MARIA: "SUBSTITUTE", YULIUS: None, SITI: "SUBSTITUTE"}


def test_a_record_without_lateness_says_what_it_said_before() -> None:
    prompt = json.loads(record_text(Attendance("s", "e", MARIA, "S", 1, learner_name='x,"late":[]}')))
    late = json.loads(
        record_text(Attendance("s", "e", MARIA, "S", 1, learner_name='x,"late":[]}', late=(5, 40)))
    )
    assert late == prompt | {"late": [5, 40]}
    assert "late" not in prompt


def arrived(act: Act, minute: int, doubt: str = "") -> FieldRecord:
    at = datetime(2026, 8, 3, 23, minute, tzinfo=UTC)
    return FieldRecord(
        f"{act}{minute}{doubt}", 1, act, MARIA, MARIA, None, "Maria", "device:a", None, at, at, at, at, doubt,
        Carried.LINK, at,
    )  # fmt: skip


def test_in_the_field_the_first_scan_or_check_in_tells_the_arrival() -> None:
    """A tick is made when the organiser has time, and a clock in doubt proves no lateness."""
    roll = roll_of(
        [
            arrived(Act.TICK, 1),
            arrived(Act.SCAN, 5, CLOCK_UNPROVEN),
            arrived(Act.SELF, 30),
            arrived(Act.SCAN, 20, CLOCK_WRONG),
        ]
    )
    arrival = roll.arrival(1, MARIA)
    assert arrival is not None
    assert arrival.minute == 20
    assert roll.arrival(1, YULIUS) is None
    assert roll_of([arrived(Act.TICK, 1)]).arrival(1, MARIA) is None
