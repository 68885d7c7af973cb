"""An installation on each database, with a small roster and a seminar whose sheet can be written as one likes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bridge.bootstrap import Installation, initialise, open_installation
from bridge.flows.context import Context, Silent
from bridge.flows.imports import import_roster
from bridge.flows.night import recorded_run
from bridge.flows.reconcile import ReconcileReport, reconcile

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
MARIA, YULIUS, SITI = "198507151999031002", "197805232007041023", "198007262002011026"
PEOPLE = ((MARIA, "Maria Felle, S.Pd."), (YULIUS, "Yulius Monim"), (SITI, "Hj. Siti Rahmawati, S.E."))


@pytest.fixture
def opened(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    if store_url.startswith("postgresql"):
        monkeypatch.setenv("JPBRIDGE_DATABASE_URL", store_url)
    home = tmp_path / "home"
    initialise(home, "Kantor uji")
    made = open_installation(home)
    made.clock = lambda: NOW
    yield made
    made.close()


@pytest.fixture
def ctx(opened: Installation, tmp_path: Path) -> Context:
    made = opened.context(Silent())
    roster = tmp_path / "pegawai.csv"
    lines = ["NIP,Nama,Jenis,Jabatan jenis,Kode OPD,OPD"]
    lines += [f'{nip},"{name}",PNS,pelaksana,8001,Dinas Pendidikan' for nip, name in PEOPLE]
    roster.write_text("\n".join(lines), "utf-8")
    report = import_roster(made, roster)
    assert (report.new, report.problems) == (3, [])
    return made


HEADINGS = ("No", "NIP", "Nama", "Kegiatan", "Kode Jenis", "Penyelenggara", "Tanggal Mulai", "Tanggal Selesai",
            "JP", "Status")  # fmt: skip
SEMINAR = ("Seminar Pelayanan Publik", "9", "BPSDM Papua", "03-08-2026", "03-08-2026", "4", "hadir")


def sheet(*people: tuple[str, ...], headings: tuple[str, ...] = HEADINGS) -> bytes:
    """A CSV of a seminar (4 JP a day): one row a person, (NIP, name, then what differs from SEMINAR by place)."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";")
    writer.writerow(headings)
    for number, (nip, name, *rest) in enumerate(people, start=1):
        writer.writerow([number, nip, name, *rest, *SEMINAR[len(rest) :]])
    return buffer.getvalue().encode()


def night(ctx: Context) -> ReconcileReport:
    with recorded_run(ctx, "reconcile", started_by="test") as record:
        return reconcile(ctx, record.run_id)
