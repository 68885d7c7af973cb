"""`jpbridge doctor` says of each part what is, and what to do: each look is right when it is well and when not."""

from __future__ import annotations

import http.server
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from bridge.bootstrap import initialise, open_installation
from bridge.bootstrap.installation import parts_of
from bridge.cli.doctor import NAMES, Check, examine, name_shown
from bridge.cli.doctor_operations import Look, looks
from bridge.cli.doctor_sources import source_looks
from bridge.config import CONFIG_NAME, write_secret
from bridge.errors import RetryLater, StopRun
from bridge.flows.backup import make_backup
from bridge.store.connect import open_store
from bridge.store.runs import begin_run, end_run
from bridge.store.sources import SourceRow, store_source
from bridge.store.ticks import take_tick
from bridge.store.unit import reading, unit


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


# -- what a stranger breaks, and what they read ------------------------------------------------------------


def examined(home: Path) -> dict[str, Check]:
    return {check.name: check for check in examine(home, online=False)}


def with_night(
    home: Path, age: timedelta, state: str = "done", errors: list[dict[str, str]] | None = None
) -> None:
    opened = open_installation(home)
    then = opened.clock() - age
    with unit(opened.store) as connection:
        run_id = begin_run(connection, "utama", "night", started_by="t", version="t", now=then)
        end_run(connection, run_id, state=state, counts={}, errors=errors or [], now=then)
    opened.close()


def test_a_time_zone_that_does_not_exist(home: Path) -> None:
    (home / CONFIG_NAME).write_text('zone = "Asia/Jayapuraa"\n', "utf-8")
    found = examined(home)["configuration"]
    assert not found.ok
    assert "Asia/Jayapura (WIT)" in found.advice
    assert str(home / CONFIG_NAME) in found.advice_english


def test_secrets_that_others_can_read(home: Path) -> None:
    (home / "secrets" / "ledger.key").chmod(0o644)
    found = examined(home)
    assert "ledger.key" in found["secrets"].sentence
    for name in ("secrets", "signing key"):
        assert not found[name].ok
        assert "chmod 600" in found[name].advice, name


def test_a_night_that_is_stale_and_one_that_failed(home: Path) -> None:
    assert examined(home)["night"].english == "has never run"
    with_night(home, timedelta(days=9))
    assert "systemctl start jpbridge" in examined(home)["night"].advice
    error = {"code": "X", "source": "lms", "sentence": "Token ditolak.", "english": "The token was refused."}
    with_night(home, timedelta(hours=3), "failed", [error])
    found = examined(home)["night"]
    assert not found.ok
    assert found.advice.startswith("lms: Token ditolak.")
    assert found.advice_english.startswith("lms: The token was refused.")
    with_night(home, timedelta(hours=2))
    assert examined(home)["night"].ok


def test_a_clock_behind_what_is_on_record(home: Path) -> None:
    with_night(home, timedelta(days=-40))
    found = examined(home)["clock"]
    assert not found.ok
    assert "timedatectl" in found.advice


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "kecil"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)], capture_output=True
    )
    if done.returncode:
        pytest.skip("a small file system can't be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk(small_disk: Path) -> None:
    home = small_disk / "home"
    initialise(home, "Kantor uji")
    with (small_disk / "isi").open("wb") as file:
        try:
            while True:
                file.write(bytes(65536))
                file.flush()
        except OSError:
            pass
    found = {check.name: check for check in examine(home, online=False)}
    assert not found["disk"].ok
    assert "500 MB" in found["disk"].advice
    for check in found.values():
        assert check.ok or check.advice, check.name


@contextmanager
def web_server(now: datetime) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response_only(404)
            self.send_header("date", format_datetime(now, usegmt=True))
            self.end_headers()

        do_GET = do_POST = do_HEAD  # noqa: N815  the base class looks for them by these names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_source_that_answers_wrongly_and_a_clock_that_is_apart_from_it(home: Path) -> None:
    opened = open_installation(home)
    write_secret("lms", "t\n", home)
    with web_server(datetime.now(UTC) - timedelta(hours=2)) as address:
        row = SourceRow(0, "lms", "moodle", address, {"report": "6"}, "file:lms", True)
        with unit(opened.store) as connection:
            store_source(connection, "utama", row, opened.clock())
        found = {look.name: look for look in source_looks(opened)}
        assert not found["source lms"].ok
        assert "jpbridge source test lms" in found["source lms"].advice
        assert not found["clock by source"].ok
        assert "120" in found["clock by source"].sentence
    assert [look.ok for look in source_looks(opened, online=False)] == [True]
    (home / "secrets" / "lms").unlink()
    (lost,) = source_looks(opened, online=False)
    assert not lost.ok
    opened.close()


@pytest.mark.postgres
def test_a_database_that_refuses_the_password_or_is_not_there(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute("DROP ROLE IF EXISTS jp_uji")
        admin.execute("CREATE ROLE jp_uji LOGIN PASSWORD 'benar'")
        row = admin.execute("SHOW hba_file").fetchone()
        assert row is not None
        rules = Path(str(row[0]))
        before = rules.read_text("utf-8")
        rules.write_text(f"host all jp_uji 127.0.0.1/32 scram-sha-256\n{before}", "utf-8")
        admin.execute("SELECT pg_reload_conf()")
        try:
            server = sa.engine.make_url(postgres_url)
            _refused(server.set(username="jp_uji", password="salah"), StopRun, "STORE-PASSWORD")
            _refused(server.set(username="tidak_ada"), StopRun, "STORE-ABSENT")
            _refused(server.set(database="tidak_ada"), StopRun, "STORE-ABSENT")
            _refused(server.set(port=1), RetryLater, "STORE-UNREACHABLE")
        finally:
            rules.write_text(before, "utf-8")
            admin.execute("SELECT pg_reload_conf()")
            admin.execute("DROP ROLE jp_uji")


def _refused(url: sa.URL, kind: type[Exception], code: str) -> None:
    store = open_store(url.render_as_string(hide_password=False))
    with pytest.raises(kind) as told, reading(store):
        pass
    assert getattr(told.value, "code", "") == code, told.value
    assert "salah" not in str(told.value).replace("tidak_ada", "")
    store.dispose()


def test_every_check_has_an_indonesian_name(home: Path) -> None:
    for name in examined(home):
        assert name in NAMES, name
        assert name_shown(name, indonesian=True) == NAMES[name]
    assert name_shown("source lms", indonesian=True) == "sumber lms"
    assert name_shown("signing key", indonesian=False) == "signing key"
