"""The same job as most programs do it: openpyxl reads the workbook, each row is checked, looked up and inserted.

It is given every fairness: the same checks of the NIP, dates and JP, the same table with the same columns and
indexes, one transaction for all rows, no record of the file. What it leaves out (header detection, legends,
footers, duplicates, events) would cost it more.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import openpyxl
from sqlalchemy import Connection, insert, select

from bridge.attendance.dates import parse_date
from bridge.attendance.quantities import parse_jp
from bridge.identity.nip import read_nip
from bridge.store.connect import open_store, sqlite_url
from bridge.store.migrate import upgrade
from bridge.store.sources import store_tenant
from bridge.store.tables import attendance


def take_in(path: Path, database: Path) -> int:
    """Returns how many rows were stored."""
    engine = open_store(sqlite_url(database))
    upgrade(engine)
    now = datetime(2026, 11, 24, tzinfo=UTC)
    with engine.begin() as connection:
        store_tenant(connection, "utama", "Kantor", "Asia/Jayapura", now)
    sheet: Any = openpyxl.load_workbook(path, data_only=True).active
    stored = 0
    with engine.begin() as connection:
        rows = sheet.iter_rows(values_only=True)
        columns = {str(heading): at for at, heading in enumerate(next(rows))}
        for number, row in enumerate(rows, start=2):
            stored += _store(connection, _checked(row, columns, number), now)
    engine.dispose()
    return stored


def _checked(row: tuple[Any, ...], columns: dict[str, int], number: int) -> dict[str, Any]:
    def cell(heading: str) -> Any:
        return row[columns[heading]]

    nip = read_nip(cell("NIP Peserta"))
    dates = parse_date(cell("Tanggal Mulai")), parse_date(cell("Tanggal Selesai"))
    jp = parse_jp(cell("Total Jam Pelajaran"))
    problem = nip.problem
    if None in dates:
        problem = problem or "DATE-IMPLAUSIBLE"
    if jp is None:
        problem = problem or "JP-INVALID"
    event = f"{cell('Nama Kegiatan')}|{cell('Penyelenggara Kegiatan')}|{dates[0]}|{dates[1]}"
    return {
        "source": "impor.xlsx",
        "event_ref": sha256(event.encode()).hexdigest()[:16],
        "attendee": nip.value or f"row:Impor:{number}",
        "standing": "completed",
        "nip": nip.value,
        "nip_problem": nip.problem,
        "learner_name": str(cell("Nama Lengkap")).strip(),
        "sheet": "Impor",
        "row": number,
        "sessions_attended": int(cell("Status") == "hadir"),
        "sessions_total": 1,
        "certificate_no": str(cell("No Sertifikat")).strip(),
        "problem": problem,
        "record": dict(zip(columns, map(str, row), strict=True)),
    }


def _store(connection: Connection, record: dict[str, Any], now: datetime) -> int:
    fingerprint = sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
    known = connection.execute(
        select(attendance.c.version, attendance.c.evidence_hash)
        .where(
            attendance.c.tenant == "utama",
            attendance.c.source == record["source"],
            attendance.c.event_ref == record["event_ref"],
            attendance.c.attendee == record["attendee"],
        )
        .order_by(attendance.c.version.desc())
        .limit(1)
    ).first()
    if known is not None and known.evidence_hash == fingerprint:
        return 0
    connection.execute(
        insert(attendance).values(
            **record,
            tenant="utama",
            version=known.version + 1 if known else 1,
            evidence_hash=fingerprint,
            stored_at=now,
        )
    )
    return 1
