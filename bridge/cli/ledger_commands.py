"""`jpbridge ledger` and `jpbridge proof`: balances then and now, the forecast, and proof that stands by itself.

Exit codes: 0 done; 65 refused."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bridge.cli.app import Json, app, context
from bridge.cli.csv_file import not_writable, write_csv
from bridge.cli.output import language, print_json, print_table, say, tell
from bridge.domain.clock import day_in_zone
from bridge.domain.jp import from_hundredths, shown
from bridge.errors import RefuseInput
from bridge.flows.proof import write_proof
from bridge.identity.nip import read_nip
from bridge.reports.balances import BY, balances, duties_of
from bridge.reports.forecast import FORMULA, Forecast, forecast_of_year
from bridge.store.people import learner_of_nip
from bridge.store.unit import reading

ledger_app = typer.Typer(no_args_is_help=True, help="Buku kredit: saldo dulu dan kini. (The ledger's views.)")
app.add_typer(ledger_app, name="ledger")

KnownAt = Annotated[
    str,
    typer.Option(
        help="Yang diketahui saat itu: 2026-06-30 atau 2026-06-30T14:00 (waktu kantor). (Known then.)"
    ),
]
ValidOn = Annotated[
    str, typer.Option(help="Kegiatan yang selesai sampai hari itu: 2026-06-30. (Valid then.)")
]
BY_WORDS = {"year": "Tahun", "form": "Bentuk", "competence": "Kompetensi", "office": "OPD"}


def _moment(text: str, zone: str) -> datetime | None:
    """A day means its end: all that was known that day."""
    if not text:
        return None
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        raise _bad_date(text) from None
    if len(text) == 10:
        told = told.replace(hour=23, minute=59, second=59, microsecond=999_999)
    return (told if told.tzinfo else told.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise _bad_date(text) from None


def _bad_date(text: str) -> RefuseInput:
    return RefuseInput(
        "DATE-UNREADABLE",
        f"“{text}” bukan tanggal. Tulis seperti 2026-06-30.",
        f"“{text}” is no date. Write it like 2026-06-30.",
        where=text,
    )


@ledger_app.command("balances")
def balances_command(
    by: Annotated[str, typer.Option(help="year, form, competence, office")] = "year",
    nip: Annotated[str, typer.Option(help="Hanya pegawai ini. (Only this learner.)")] = "",
    year: Annotated[int | None, typer.Option(help="Hanya tahun ini. (Only this year.)")] = None,
    known_at: KnownAt = "",
    valid_on: ValidOn = "",
    json: Json = False,
) -> None:
    """Saldo JP menurut tahun, bentuk, kompetensi atau OPD. (Balances, also as of a past moment.)"""
    if by not in BY:
        raise RefuseInput("BALANCE-BY", f"--by {by} tidak dikenal. Pakai: {', '.join(BY)}.",
                          f"--by {by} is unknown. Use: {', '.join(BY)}.", where="--by")  # fmt: skip
    with context(quiet=True) as ctx, reading(ctx.store) as connection:
        tenant, learner_id = ctx.office.tenant, None
        known, valid = _moment(known_at, ctx.office.zone), _day(valid_on)
        if nip:
            person = learner_of_nip(connection, tenant, read_nip(nip).value or nip)
            if person is None:
                raise RefuseInput("LEARNER-UNKNOWN", f"Tidak ada pegawai dengan NIP {nip}. Periksa angkanya.",
                                  f"No learner has the NIP {nip}. Check the digits.", where=nip)  # fmt: skip
            learner_id = int(person.learner_id)
        spoken = "en" if json else language()
        rows = balances(connection, tenant, by, spoken, known_at=known, valid_on=valid,
                        learner_id=learner_id, year=year)  # fmt: skip
        duties = []
        if learner_id is not None:
            duties = duties_of(connection, tenant, learner_id, known_at=known, valid_on=valid)
    if json:
        print_json({
            "by": by, "known_at": known, "valid_on": valid,
            "balances": [asdict(row) | {"jp": float(from_hundredths(row.jp))} for row in rows],
            "duties": [_duty_facts(one) for one in duties],
        })  # fmt: skip
        return
    print_table(
        "Saldo JP",
        [say(BY_WORDS[by]), "JP", "Pegawai", "Entri"],
        [(row.group, shown(row.jp), row.people, row.entries) for row in rows],
    )
    for one in duties:
        if one.missing:
            tell("{year}: masih kurang {jp} JP dari 20 JP (PNS).", year=one.year, jp=shown(one.missing))
        if one.above:
            tell("{year}: {jp} JP di atas batas 24 JP (PPPK); ditandai, tidak dihapus.", year=one.year,
                 jp=shown(one.above))  # fmt: skip


def _duty_facts(one: Any) -> dict[str, Any]:
    facts = asdict(one)
    return facts | {name: float(from_hundredths(facts[name])) for name in ("jp", "missing", "above")}


@ledger_app.command("forecast")
def forecast_command(
    limit: Annotated[int, typer.Option(min=1, max=1_000_000)] = 30,
    table_file: Annotated[Path | None, typer.Option("--csv", help="Tulis semua baris ke berkas ini.")] = None,
    json: Json = False,
) -> None:
    """Siapa yang tidak akan mencapai 20 JP dengan laju sekarang. (Who will miss 20 JP.)"""
    with context(quiet=True) as ctx, reading(ctx.store) as connection:
        today = day_in_zone(ctx.clock(), ctx.office.zone)
        told = forecast_of_year(connection, ctx.office.tenant, today)
    if table_file is not None:
        _write_csv(table_file, told.rows)
    if json:
        print_json(asdict(told) | {"rows": [asdict(row) for row in told.rows]})
        return
    tell(FORMULA)
    tell(
        "{year}, hari {day} dari {days}: {reached} PNS sudah 20 JP, {pace} lajunya cukup, {missing} tidak sampai.",
        year=told.year, day=told.day, days=told.days, reached=told.reached, pace=told.on_pace, missing=told.missing,
    )  # fmt: skip
    if told.too_early:
        tell("Terlalu awal untuk meramal; ini semua PNS yang belum 20 JP.")
    print_table(
        "Diperkirakan tidak mencapai 20 JP",
        ["NIP", "Nama", "OPD", "JP", "Ramalan", "Kurang", "Perlu sebulan"],
        [
            (row.nip, row.name, row.office_name, shown(row.jp), shown(row.expected), shown(row.missing),
             shown(row.needed_monthly))
            for row in told.rows[:limit]
        ],
    )  # fmt: skip
    if len(told.rows) > limit:
        tell("{n} baris lain; lihat semua dengan --csv BERKAS.", n=len(told.rows) - limit)


def _write_csv(path: Path, rows: tuple[Forecast, ...]) -> None:
    columns = ("NIP", "Nama", "OPD", "JP", "Ramalan", "Kurang", "Perlu sebulan")
    write_csv(
        path,
        columns,
        (
            (row.nip, row.name, row.office_name,
             *(from_hundredths(one) for one in (row.jp, row.expected, row.missing, row.needed_monthly)))
            for row in rows
        ),
    )  # fmt: skip


@app.command("proof")
def proof_command(
    nip: str,
    target: Annotated[
        Path | None, typer.Option("--to", help="Folder atau berkas .zip. (A folder or .zip.)")
    ] = None,
    json: Json = False,
) -> None:
    """Bukti kredit seorang pegawai yang bisa diperiksa tanpa mempercayai kami. (Proof for an auditor.)"""
    place = target or Path(f"bukti-{read_nip(nip).value or 'nip'}.zip")
    with context(quiet=True) as ctx:
        try:
            told = write_proof(ctx, nip, place)
        except OSError as fault:
            raise not_writable(place, fault) from fault
    if json:
        print_json({"path": str(told.path), "entries": told.entries, "statements": told.statements,
                    "tree_size": told.tree_size, "key_id": told.key_id})  # fmt: skip
        return
    tell("{path}: {n} entri dan {m} pernyataan, dari buku dengan {size} entri.", path=told.path, n=told.entries,
         m=told.statements, size=told.tree_size)  # fmt: skip
    tell("Periksa dengan: python3 verify.py (di dalamnya). Kunci publik: {key}", key=told.key_id)
