"""`jpbridge doctor` says of each part what is, and what to do: each look is right when it is well and when not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bridge.bootstrap import initialise, open_installation
from bridge.bootstrap.installation import parts_of
from bridge.cli.doctor_operations import Look, looks
from bridge.config import CONFIG_NAME, write_secret
from bridge.flows.backup import make_backup
from bridge.store.ticks import take_tick
from bridge.store.unit import unit


def seen(home: Path) -> dict[str, Look]:
    opened = open_installation(home)
    try:
        return {look.name: look for look in looks(opened)}
    finally:
        opened.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    initialise(folder, "Kantor uji")
    return folder


def test_a_fresh_installation_is_told_what_is_still_missing(home: Path) -> None:
    found = seen(home)
    assert {name for name, look in found.items() if not look.ok} == {"backup", "alerts", "scheduler"}
    for look in found.values():
        assert look.ok or (look.advice and look.advice_english), look.name
    assert "jpbridge alerts channel" in found["alerts"].advice


def test_a_well_kept_one_has_nothing_to_do(home: Path) -> None:
    write_secret("alerts", "json://127.0.0.1/\n", home)
    opened = open_installation(home)
    make_backup(parts_of(opened))
    now = opened.clock()
    with unit(opened.store) as connection:
        take_tick(connection, "utama", "watch", now - timedelta(minutes=5), "t", now)
    opened.close()
    assert all(look.ok for look in seen(home).values())


def test_a_damaged_database_a_lost_key_and_another_zone(home: Path) -> None:
    (home / CONFIG_NAME).write_text('zone = "Asia/Makassar"\n', "utf-8")
    (home / "secrets" / "ledger.key").unlink()
    path = home / "lrs.db"
    content = bytearray(path.read_bytes())
    content[4096 * 3 : 4096 * 4] = b"\xff" * 4096
    path.write_bytes(content)
    (home / "lrs.db-wal").unlink(missing_ok=True)
    found = seen(home)
    assert not found["integrity"].ok
    assert "rusak" in found["integrity"].sentence
    assert not found["signing key"].ok
    assert not found["zone"].ok
    assert "Asia/Jayapura" in found["zone"].english
