"""Take in who holds which account at which source: for platforms that know people by a number of their own."""

from __future__ import annotations

from pathlib import Path

from bridge.attendance.fields import read_fields
from bridge.flows.context import Context
from bridge.flows.imports import ImportProblem, ImportReport, read_file
from bridge.identity.nip import read_nip
from bridge.store.accounts import AccountRow, store_accounts
from bridge.store.unit import unit

FIELDS = {
    "NIP": ("nip pegawai", "employee number"),
    "sumber": ("sumber lms", "source", "lms"),
    "akun": ("account", "user id", "nomor pengguna", "akun lms"),
}


def import_accounts(ctx: Context, path: Path) -> ImportReport:
    """A table of NIP, source and account. Rows that can't be used are reported; the others count."""
    report = ImportReport(path.name, "accounts")
    rows: dict[AccountRow, int] = {}
    for line in read_fields(read_file(path), path.name, FIELDS, tuple(FIELDS)):
        nip = read_nip(cell if isinstance(cell := line.cell("NIP"), float) else line.text("NIP"))
        source, account = line.text("sumber"), line.text("akun")
        if nip.value is None or not source or not account:
            report.problems.append(
                _problem(line.row, "NIP, sumber atau akun kosong atau tidak sah", "bad row")
            )
            continue
        rows.setdefault(AccountRow(nip.value, source, account), line.row)
    with unit(ctx.store) as connection:
        counts = store_accounts(connection, ctx.office.tenant, list(rows), ctx.clock())
    report.rows, report.new, report.same = len(rows), counts.new, counts.same
    report.problems += [
        _problem(rows[row], f"NIP {row.nip} tidak ada di daftar pegawai", f"nobody holds the NIP {row.nip}")
        for row in counts.unknown
    ]
    report.problems += [
        _problem(
            rows[row],
            f"akun {row.account} di {row.source} sudah milik pegawai lain",
            f"the account {row.account} at {row.source} is another learner's",
        )
        for row in counts.taken
    ]
    return report


def _problem(row: int, what: str, what_english: str) -> ImportProblem:
    return ImportProblem(
        f"baris {row}",
        "ACCOUNT-ROW",
        {},
        f"Baris {row}: {what}. Perbaiki lalu impor lagi.",
        f"Row {row}: {what_english}. Mend it and import again.",
    )
