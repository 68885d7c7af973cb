"""What the site of the soak shows on which night: pure, from a seed, the same for every run.

Each pair of person and course is completed once. Some vanish for twenty nights and come back, so that the
ledger has awards, reversals and awards again. Changes of one record lie further apart than any outage is long,
so that a run with outages must end in the very same entries.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

FIRST_NIGHT = datetime(2026, 1, 1, 16, 0, tzinfo=UTC)  # 01.00 on 2 January in Jayapura
PEOPLE, COURSES = 60, 40
EVERY, A_TIME = 4, 12
"""So many rows appear every so many nights: an LMS of an office is quiet on most nights."""
GONE_EVERY, GONE_AFTER, GONE_FOR = 17, 20, 20


@dataclass(frozen=True, slots=True)
class Row:
    person: int
    course: int
    night: int
    number: int

    @property
    def nip(self) -> str:
        return f"19{70 + self.person % 25:02d}0{1 + self.person % 9}12200501{1 + self.person % 2}{self.person + 1:03d}"

    def shown_on(self, night: int) -> bool:
        if night < self.night:
            return False
        away = self.number % GONE_EVERY == 0
        return not (away and GONE_AFTER <= night - self.night < GONE_AFTER + GONE_FOR)

    @property
    def completed_at(self) -> datetime:
        return FIRST_NIGHT + timedelta(days=self.night, hours=-9, minutes=self.number % 60)


def all_rows(nights: int, seed: int = 7) -> list[Row]:
    pairs = [(person, course) for person in range(PEOPLE) for course in range(COURSES)]
    random.Random(seed).shuffle(pairs)
    chosen = pairs[: -(-nights // EVERY) * A_TIME]
    return [
        Row(person, course, number // A_TIME * EVERY, number)
        for number, (person, course) in enumerate(chosen)
    ]


def roster_csv() -> str:
    lines = ["NIP,Nama,Jenis,Jabatan jenis,Kode OPD,Nama OPD"]
    for person in range(PEOPLE):
        nip = Row(person, 0, 0, 0).nip
        lines.append(f"{nip},Pegawai {person},PNS,pelaksana,8001.0{person % 5 + 1},Dinas {person % 5 + 1}")
    return "\n".join(lines) + "\n"


def catalogue_csv(source: str) -> str:
    lines = ["kode,judul,bentuk,JP,lingkup,penyelenggara,moda,sumber,kursus_lms"]
    for course in range(COURSES):
        jp = 4 + course % 21
        lines.append(f"K{course:02d},{TITLES[course]},3,{jp},nasional,BPSDM,daring,{source},{course}")
    return "\n".join(lines) + "\n"


_TOPICS = (
    "Keuangan",
    "Arsip",
    "Pelayanan",
    "Gizi",
    "Irigasi",
    "Aset",
    "Kepegawaian",
    "Hukum",
    "Statistik",
    "Data",
)
_KINDS = ("Pengelolaan", "Pengawasan", "Perencanaan", "Evaluasi")
TITLES = tuple(f"{kind} {topic}" for kind in _KINDS for topic in _TOPICS)
