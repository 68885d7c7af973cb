"""Jobs, alerts and a run that goes on, in a real Chromium at a desk's and a phone's width."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from bridge.bootstrap import Installation, initialise, open_installation
from bridge.domain.alert_catalogue import Alert
from bridge.flows.context import Silent
from bridge.flows.live import Live
from bridge.store.alert_rows import raise_alerts
from bridge.store.console import Role, add_account
from bridge.store.runs import begin_run, end_run
from bridge.store.sources import SourceRow, store_source
from bridge.store.unit import unit
from bridge.web.ports import web_application
from scheduler.board import Board
from scheduler.desk import Desk
from tests.browser.test_console import Watched, screen
from tests.integration.web.scene import PASSWORD, hashed, served

pytestmark = pytest.mark.browser


@dataclass
class Running:
    opened: Installation
    root: str


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("operations") / "home"
    initialise(home, "BKPSDM Kabupaten Jayapura")
    opened = open_installation(home)
    with unit(opened.store) as connection:
        add_account(connection, "utama", "admin", Role.ADMINISTRATOR, opened.clock(), hashed())
        row = SourceRow(0, "lms-bpsdm", "moodle", "https://lms.example.id", {}, "", True)
        store_source(connection, "utama", row, opened.clock())
        low = Alert("DISK-LOW", "disk", {"free": "412", "limit": "1000"})
        raise_alerts(connection, "utama", [low], opened.clock())
    app = web_application(opened, jobs=Board, alerts=Desk)
    with served(app) as root:
        yield Running(opened, root)
    app.state.offices.close()
    opened.close()


def signed_in(browser: Browser, running: Running, width: int) -> Watched:
    watched = Watched(screen(browser, width).new_page(), running.root)
    page = watched.page
    page.goto(f"{running.root}/masuk")
    page.fill("input[name=name]", "admin")
    page.fill("input[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url(f"{running.root}/")
    return watched


def narrow_buttons(page: Page) -> list[str]:
    """Buttons that a thumb misses (WCAG 2.2, 2.5.8: at least 24 px; ours have 40)."""
    script = """nodes => nodes.filter(n => n.offsetParent && n.offsetHeight < 40).map(n => n.textContent)"""
    return list(page.locator("main button:not(.link)").evaluate_all(script))


@pytest.mark.parametrize("width", [1280, 360])
def test_a_job_is_changed_paused_and_given_to_one_source(
    browser: Browser, running: Running, width: int
) -> None:
    watched = signed_in(browser, running, width)
    page = watched.page
    page.get_by_role("link", name="1 hal perlu perhatian").click()
    expect(page.get_by_role("heading", name="Ruang disk tinggal 412 MB (batas 1000 MB).")).to_be_visible()
    assert watched.overflow() == 0
    page.get_by_role("link", name="Pekerjaan terjadwal").click()
    digest = page.get_by_role("region", name="Ringkasan mingguan")
    digest.get_by_text("Ubah jadwal").click()
    assert watched.overflow() == 0
    assert narrow_buttons(page) == []
    digest.get_by_label("Jadwal").fill("15 8 * * sel")
    digest.get_by_role("button", name="Simpan").click()
    expect(page.get_by_role("region", name="Ringkasan mingguan")).to_contain_text("setiap Selasa pukul 08.15")
    page.get_by_role("region", name="Ringkasan mingguan").get_by_role("button", name="Jeda").click()
    expect(page.get_by_role("region", name="Ringkasan mingguan")).to_contain_text("dijeda")
    page.get_by_label("Pekerjaan", exact=True).select_option("pull")
    page.locator("#own-cron").fill("0 22 * * *")
    page.get_by_role("button", name="Tambah").click()
    own = page.get_by_role("region", name="Tarik yang berubah saja · lms-bpsdm")
    expect(own).to_contain_text("setiap hari pukul 22.00")
    own.get_by_text("Ubah jadwal").click()
    own.get_by_role("button", name="Kembali ke bawaan").click()
    expect(own).to_have_count(0)
    board = Board(running.opened)
    board.reset("digest", "")
    assert watched.problems == []
    page.context.close()


def test_a_run_is_followed_to_its_end(browser: Browser, running: Running) -> None:
    opened = running.opened
    with unit(opened.store) as connection:
        run_id = begin_run(connection, "utama", "night", started_by="t", version="t", now=opened.clock())
    live = Live(Silent(), opened.home)
    live.begin(run_id)
    live.stage("lms-bpsdm", 8090)
    watched = signed_in(browser, running, 360)
    page = watched.page
    page.goto(f"{running.root}/riwayat/{run_id}")
    expect(page.locator("[data-news]")).to_have_text("lms-bpsdm: 0 / 8.090")
    live.advance(4000)
    live.stage("reconcile")
    expect(page.locator("[data-news]")).to_have_text("Rekonsiliasi")
    expect(page.locator("progress")).to_have_count(1)
    assert watched.overflow() == 0
    with unit(opened.store) as connection:
        end_run(
            connection, run_id, state="done", counts={"stages": live.end()}, errors=[], now=opened.clock()
        )
    expect(page.locator("[data-news]")).to_have_count(0, timeout=15_000)  # it reloads itself
    expect(page.locator(".pill.good")).to_have_text("selesai")
    assert watched.problems == []
    page.context.close()
