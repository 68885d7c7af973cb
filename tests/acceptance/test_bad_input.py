"""Bad input gets one clear sentence (what, where, what to do); no traceback; nothing half-written."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from lms_adapters.loopback import LoopbackSite, Reply
from lms_adapters.moodle.replay import MoodleReplay
from tests.forks import forked_commands
from tests.installation import Office, smaller_site

SAMPLES = Path(__file__).parents[1] / "samples" / "attendance"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = smaller_site(tmp_path_factory.mktemp("site") / "moodle", pages=1)
    with forked_commands() as forks, MoodleReplay(folder, port=0) as site:
        made = Office(tmp_path_factory.mktemp("office") / "home", token=site.token, forks=forks)
        made.set_up(site.url, sheets=False)
        yield made


class WelcomePage(LoopbackSite):
    """What a wrong address often is: some other web site."""

    def answer(self, method: str, path: str, form: object) -> Reply:
        return Reply(200, "text/html", b"<html><body>Selamat datang</body></html>")


def counted(office: Office, table: str) -> int:
    engine = office.store()
    with engine.connect() as connection:
        number = int(connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one())
    engine.dispose()
    return number


def test_without_an_installation(tmp_path: Path) -> None:
    told = Office(tmp_path / "nothing").run("status", code=65)
    assert "Run: jpbridge init" in told


def test_wrong_words_are_said_and_are_no_surprise(tmp_path: Path) -> None:
    """An option's value, an unknown command: exit code 2, the place of the help, no file about a failure of ours."""
    office = Office(tmp_path / "nothing")
    asked = (
        (("runs", "--limit", "x"), "--limit"),
        (("jobs", "nope"), "nope"),
        (("decide", "accept", "--finding", "3"), "--reason is missing"),
        (("person", "undo"), "number is missing"),
    )
    for words, what in asked:
        told = office.run(*words, code=2)
        assert what in told
        assert "--help" in told
    assert not (tmp_path / "nothing" / "log").exists()


def test_a_setting_that_is_wrong_is_named(tmp_path: Path) -> None:
    office = Office(tmp_path / "home")
    office.run("init")
    (office.home / "jpbridge.toml").write_text('nightly = "25:99"\n', "utf-8")
    told = office.run("status", code=65)
    assert "CONFIG-INVALID" in told
    assert "nightly" in told


def test_a_wrong_token_needs_a_person(office: Office) -> None:
    wrong = Office(office.home, token="0" * 32)
    told = wrong.run("pull", code=69)
    assert "token" in told.lower()
    assert wrong.token not in told
    assert counted(office, "completion") == 0


def test_a_wrong_address_can_be_tried_again(office: Office, tmp_path: Path) -> None:
    office = office.copy_to(tmp_path / "home")
    office.run("source", "add", "salah", "--address", "http://127.0.0.1:9", "--token-env", "SITE_TOKEN")
    told = office.run("pull", "salah", code=75)
    assert "127.0.0.1:9" in told


def test_html_instead_of_json_is_said(office: Office, tmp_path: Path) -> None:
    office = office.copy_to(tmp_path / "home")
    with WelcomePage() as site:
        office.run("source", "add", "situs", "--address", site.url, "--token-env", "SITE_TOKEN")
        told = office.run("pull", "situs", code=69)
    assert "answers with a page, not with data" in told


@pytest.mark.parametrize(
    "name", ["kosong.xlsx", "foto-daftar-hadir.xlsx", "rusak-terpotong.xlsx", "bom-zip.xlsx"]
)
def test_an_unreadable_sheet_is_refused_whole(office: Office, name: str) -> None:
    before = counted(office, "attendance"), counted(office, "import_batch")
    told = office.run("import", "attendance", str(SAMPLES / "hostile" / name), code=65)
    assert name in told
    assert (counted(office, "attendance"), counted(office, "import_batch")) == before


def test_a_missing_file_is_named(office: Office) -> None:
    assert "tidak-ada.xlsx" in office.run("import", "roster", "tidak-ada.xlsx", code=65)


def test_an_unknown_nip_is_named(office: Office) -> None:
    assert "199999999999999999" in office.run("explain", "199999999999999999", code=65)


def test_a_taken_port_is_said(office: Office) -> None:
    with WelcomePage() as site:
        port = site.url.rsplit(":", 1)[1]
        told = office.run("serve", "--port", port, "--no-clock", code=65)
    assert "--port" in told


def test_a_full_disk_leaves_nothing_half_written(office: Office, tmp_path: Path) -> None:
    """No file may grow past a limit: SQLite meets what a full disk is."""
    small = office.copy_to(tmp_path / "home")
    limit = (small.home / "jpbridge.db").stat().st_size + 300_000

    def no_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    process = subprocess.run(
        [sys.executable, "-m", "bridge.cli", "pull"],
        env=small.environment(),
        capture_output=True,
        text=True,
        preexec_fn=no_room,
        timeout=120,
    )
    told = process.stdout + process.stderr
    assert process.returncode == 70, told
    assert "Traceback" not in told
    assert "disk" in told.lower()
    assert counted(small, "completion") % 1000 == 0
    small.run("night")
    assert counted(small, "completion") == 1000
