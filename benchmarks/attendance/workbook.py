"""The workbook that is measured: one import of a whole province, 12 columns, as an office's export has it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import xlsxwriter

HEADINGS = (
    "No", "NIP Peserta", "Nama Lengkap", "Unit Kerja", "Nama Kegiatan", "Kode Jenis Pengembangan",
    "Penyelenggara Kegiatan", "Tanggal Mulai", "Tanggal Selesai", "Total Jam Pelajaran", "No Sertifikat",
    "Status",
)  # fmt: skip
PEOPLE_AN_ACTIVITY = 500
FAULTS_PER_THOUSAND = 12
_GIVEN = (
    "Yohana",
    "Markus",
    "Sarah",
    "Paulus",
    "Novalina",
    "Siti",
    "Yulius",
    "Adolfina",
    "Benyamin",
    "Ester",
)
_CLANS = (
    "Felle",
    "Ohee",
    "Wanimbo",
    "Suebu",
    "Ayomi",
    "Monim",
    "Kambuaya",
    "Deda",
    "Tokoro",
    "Yoku",
    "Edowai",
)
_DEGREES = ("", ", S.Pd.", ", S.Sos., M.Si.", ", A.Md.Kep.", ", S.H.", ", S.Kom.")
_TITLES = (
    ("Bimtek Penyusunan Anjab dan ABK", 8, 16), ("Sosialisasi Disiplin Pegawai", 7, 8),
    ("Seminar Pelayanan Publik", 9, 4), ("Pelatihan Pengelolaan Keuangan Daerah", 3, 32),
    ("Workshop Keterbukaan Informasi", 4, 5), ("Kursus Bahasa Inggris Dasar", 11, 20),
)  # fmt: skip

Row = tuple[int | str, ...]


def nip(number: int) -> str:
    """A well-formed NIP, another one for each number below 700,000."""
    born = date(1966, 1, 1) + timedelta(days=number % 9_000)
    return (
        f"{born:%Y%m%d}{born.year + 24}0{1 + number // 9_000 % 9}{1 + number % 2}{1 + number // 81_000:03d}"
    )


def rows(count: int, seed: int = 20) -> Iterator[Row]:
    """`count` rows: every activity has 500 people; about one row in eighty is faulty."""
    chance = random.Random(seed)
    for number in range(count):
        activity, seat = divmod(number, PEOPLE_AN_ACTIVITY)
        title, form, jp = _TITLES[activity % len(_TITLES)]
        start = date(2026, 1, 5) + timedelta(days=activity % 280)
        person = (activity * 377 + seat) % 60_000
        name = f"{_GIVEN[person % 10]} {_CLANS[person // 10 % 11]}{_DEGREES[person // 110 % 6]}"
        number_cell = nip(person)
        status = "hadir"
        if chance.random() * 1000 < FAULTS_PER_THOUSAND:
            number_cell, status = chance.choice(
                (
                    ("", "hadir"), (number_cell[:17], "hadir"), (number_cell[:15] + "000", "hadir"),
                    (number_cell, "tidak_hadir"),
                    (f"{number_cell[:8]} {number_cell[8:14]} {number_cell[14:]}", "hadir"),
                )
            )  # fmt: skip
        yield (
            number + 1, number_cell, name, f"Distrik {person % 300:03d} Dinas Kesehatan",
            f"{title} Angkatan {activity + 1}", str(form), "BPSDM Provinsi Papua",
            f"{start:%d-%m-%Y}", f"{start + timedelta(days=activity % 3):%d-%m-%Y}", jp,
            f"DIKLAT/{activity + 1:04d}/{seat + 1:04d}/2026", status,
        )  # fmt: skip


def write(path: Path, count: int) -> None:
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("Impor")
        sheet.write_row(0, 0, HEADINGS)
        for at, row in enumerate(rows(count), start=1):
            sheet.write_row(at, 0, row)
