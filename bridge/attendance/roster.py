"""The roster: learners from CSV or a workbook, each row checked, each problem with its row."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from bridge.attendance.cells import Cell, folded, text_of
from bridge.attendance.dates import parse_date
from bridge.attendance.fields import FieldRow, RowProblem, read_fields
from bridge.domain.keys import digest
from bridge.domain.learner import Employment, Identifier, Learner, Post, Scheme
from bridge.identity.nip import NipReading, is_pppk, read_nip

FIELDS = {
    "NIP": ("nip baru", "nomor induk pegawai", "ni pppk", "nip/nippppk", "employee number"),
    "NIK": ("nomor induk kependudukan", "no ktp", "national id"),
    "Nama": ("nama lengkap", "nama pegawai", "name", "full name"),
    "Jenis": (
        "jenis pegawai",
        "jenis asn",
        "status pegawai",
        "status kepegawaian",
        "kedudukan",
        "employment",
    ),
    "Jabatan jenis": ("jenis jabatan", "kelompok jabatan", "post", "post type", "position type"),
    "Kode OPD": ("kode unit", "kode unit kerja", "kode skpd", "kode unor", "office code"),
    "Nama OPD": ("opd", "unit kerja", "nama unit kerja", "skpd", "perangkat daerah", "instansi", "office"),
    "Email": ("e-mail", "surel", "alamat email", "email address"),
    "NIP_lama": ("nip lama", "nip sebelumnya", "nomor lama", "former nip", "old nip"),
    "NIP_berlaku_dari": ("nip berlaku dari", "tmt nip", "nip valid from"),
}
REQUIRED = ("NIP", "Nama")

_EMPLOYMENT = {
    "pns": Employment.PNS,
    "cpns": Employment.PNS,
    "pegawai negeri sipil": Employment.PNS,
    "pppk": Employment.PPPK,
    "p3k": Employment.PPPK,
}
_POSTS = {
    "struktural": Post.STRUCTURAL,
    "structural": Post.STRUCTURAL,
    "jabatan struktural": Post.STRUCTURAL,
    "fungsional": Post.FUNCTIONAL,
    "functional": Post.FUNCTIONAL,
    "jft": Post.FUNCTIONAL,
    "jabatan fungsional": Post.FUNCTIONAL,
    "pelaksana": Post.PELAKSANA,
    "jfu": Post.PELAKSANA,
    "staff": Post.PELAKSANA,
    "jabatan pelaksana": Post.PELAKSANA,
}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z")


@dataclass(frozen=True, slots=True)
class RosterReading:
    """Learners in the order of the file, and what was wrong with rows (kept or not)."""

    learners: list[Learner]
    problems: list[RowProblem]


def person_key(first_nip: str) -> str:
    """A person's key: SHA-256 over `nip:` and the first NIP that the person ever had (64 hex digits).

    The same roster imported again gives the same keys. A PPPK number changes with a contract (domain.md):
    the new number in `NIP` with the former one in `NIP_lama` (the oldest first where there were several)
    keeps the key.
    """
    return digest(f"nip:{first_nip}")


def read_roster(content: Path | str | bytes, file_name: str) -> RosterReading:
    """Reads a roster. Raises RefuseInput where the file or its header can't be read; a bad row is a
    problem and the other rows are read all the same."""
    learners: list[Learner] = []
    problems: list[RowProblem] = []
    taken: dict[str, int] = {}
    for row in read_fields(content, file_name, FIELDS, REQUIRED):
        learner = _learner(row, problems)
        if learner is None:
            continue
        numbers = [known.value for known in learner.identifiers if known.scheme is Scheme.NIP]
        other = next((taken[number] for number in numbers if number in taken), None)
        if other is not None:
            problems.append(
                RowProblem(
                    row.row,
                    "ROSTER-DUPLICATE",
                    f"Baris {row.row}: NIP {numbers[0]} sudah ada di baris {other}. Hapus salah satu.",
                    f"Row {row.row}: NIP {numbers[0]} is already in row {other}. Delete one of them.",
                )
            )
            continue
        taken |= dict.fromkeys(numbers, row.row)
        learners.append(learner)
    return RosterReading(learners, problems)


def _learner(row: FieldRow, problems: list[RowProblem]) -> Learner | None:
    reading = _nip(row.cell("NIP"))
    if reading.value is None:
        problems.append(_bad_nip(row, "NIP", reading))
        return None
    former: list[str] = []
    for part in re.split(r"[;,/\n]+", row.text("NIP_lama")):
        if not part.strip():
            continue
        old = read_nip(part)
        if old.value is None:
            problems.append(_bad_nip(row, "NIP_lama", old))
            return None
        former.append(old.value)
    if not row.text("Nama"):
        problems.append(
            RowProblem(
                row.row,
                "ROSTER-NAME-MISSING",
                f"Baris {row.row}: nama kosong. Isi kolom Nama.",
                f"Row {row.row}: the name is empty. Fill in the column Nama.",
            )
        )
        return None
    return Learner(
        person_key=person_key((*former, reading.value)[0]),
        name=row.text("Nama"),
        employment=_employment(row, reading.value, problems),
        post=_post(row, problems),
        office_code=row.text("Kode OPD"),
        office_name=row.text("Nama OPD"),
        identifiers=_identifiers(row, reading.value, former, problems),
        email=_email(row, problems),
    )


def _nip(cell: Cell) -> NipReading:
    return read_nip(cell if isinstance(cell, str | int | float) else text_of(cell))


def _bad_nip(row: FieldRow, field: str, reading: NipReading) -> RowProblem:
    remedy = {
        "NIP-TRUNCATED": (
            "digit terakhir hilang karena sel angka; ketik ulang sebagai teks",
            "its last digits were lost in a numeric cell; type it again as text",
        ),
        "NIP-MISSING": ("kosong; isi 18 digit", "it is empty; fill in 18 digits"),
    }.get(
        reading.problem or "",
        ("bukan NIP 18 digit yang sah; periksa", "it is no valid NIP of 18 digits; check it"),
    )
    shown = row.text(field)
    return RowProblem(
        row.row,
        reading.problem or "NIP-INVALID",
        f"Baris {row.row}: {field} “{shown}” {remedy[0]}.",
        f"Row {row.row}: {field} “{shown}”: {remedy[1]}.",
    )


def _employment(row: FieldRow, nip: str, problems: list[RowProblem]) -> Employment:
    by_number = Employment.PPPK if is_pppk(nip) else Employment.PNS
    stated = row.text("Jenis")
    if not stated:
        return by_number
    employment = _EMPLOYMENT.get(folded(stated))
    if employment is None or employment is not by_number:
        used = employment or by_number
        problems.append(
            RowProblem(
                row.row,
                "ROSTER-EMPLOYMENT",
                f"Baris {row.row}: Jenis “{stated}” tidak sesuai dengan bentuk NIP ({by_number.value});"
                f" dipakai {used.value}. Periksa kolom Jenis.",
                f"Row {row.row}: Jenis “{stated}” doesn't fit the form of the NIP ({by_number.value});"
                f" {used.value} was taken. Check the column Jenis.",
                kept=True,
            )
        )
        return used
    return employment


def _post(row: FieldRow, problems: list[RowProblem]) -> Post:
    stated = row.text("Jabatan jenis")
    post = _POSTS.get(folded(stated))
    if post is None:
        problems.append(
            RowProblem(
                row.row,
                "ROSTER-POST",
                f"Baris {row.row}: Jabatan jenis “{stated}” tidak dikenal; dipakai pelaksana."
                " Isi struktural, fungsional, atau pelaksana.",
                f"Row {row.row}: Jabatan jenis “{stated}” is unknown; pelaksana was taken."
                " Fill in struktural, fungsional or pelaksana.",
                kept=True,
            )
        )
        return Post.PELAKSANA
    return post


def _identifiers(
    row: FieldRow, nip: str, former: list[str], problems: list[RowProblem]
) -> tuple[Identifier, ...]:
    since: date | None = parse_date(row.cell("NIP_berlaku_dari"))
    until = since - timedelta(days=1) if since is not None else None
    known = [Identifier(Scheme.NIP, nip, valid_from=since if former else None)]
    known += [
        Identifier(Scheme.NIP, old, valid_to=until if old == former[-1] else None)
        for old in former
        if old != nip
    ]
    nik = re.sub(r"[\s.'\-]", "", row.text("NIK"))
    if re.fullmatch(r"\d{16}", nik) and nik.strip("0"):
        known.append(Identifier(Scheme.NIK, nik))
    elif nik:
        problems.append(
            RowProblem(
                row.row,
                "ROSTER-NIK",
                f"Baris {row.row}: NIK “{row.text('NIK')}” bukan 16 digit dan tidak dipakai.",
                f"Row {row.row}: NIK “{row.text('NIK')}” has not 16 digits and was left out.",
                kept=True,
            )
        )
    return tuple(known)


def _email(row: FieldRow, problems: list[RowProblem]) -> str:
    email = row.text("Email")
    if not email or _EMAIL.match(email):
        return email.lower()
    problems.append(
        RowProblem(
            row.row,
            "ROSTER-EMAIL",
            f"Baris {row.row}: Email “{email}” tidak sah dan tidak dipakai.",
            f"Row {row.row}: Email “{email}” is not valid and was left out.",
            kept=True,
        )
    )
    return ""
