"""The organiser's pages and the learner's check-in in a real Chromium: they fit a phone, nothing is refused by
the content policy, and the screen's code renews itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bridge.attendance.check_in_code import shown_code
from bridge.domain.field import Act, Carried
from bridge.flows.field_intake import record_here
from tests.field_site import Site, field_site
from tests.integration.web.scene import PASSWORD, SECRET, TENANT, fill, store_at

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    engine = store_at(f"sqlite+pysqlite:///{tmp_path_factory.mktemp('field') / 'store.db'}")
    with field_site(fill(engine)) as running:
        people = running.event.participants
        for one, act, maker in (
            (people[0], Act.SCAN, "device:aa"),
            (people[1], Act.SCAN, "device:aa"),
            (people[1], Act.UNTICK, "device:bb"),
            (people[2], Act.SELF, "phone:cc"),
        ):
            record_here(running.desk, running.event, 1, act, one.nip, maker, Carried.LINK)
        record_here(
            running.desk, running.event, 1, Act.TICK, "199001012015031001", "account:x", Carried.CONSOLE
        )
        yield running
    engine.dispose()


def opened(browser: Browser, width: int, problems: list[str]) -> Page:
    page = browser.new_context(viewport={"width": width, "height": 780}).new_page()
    page.on("pageerror", lambda fault: problems.append(str(fault)))

    def told(kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            problems.append(text)

    page.on("console", lambda message: told(message.type, message.text))
    return page


def looked_at(page: Page, name: str) -> None:
    root = "document.documentElement"
    assert page.evaluate(f"{root}.scrollWidth - {root}.clientWidth") <= 0, name
    if folder := os.environ.get("JPBRIDGE_TEST_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("width", [360, 1280])
def test_the_organisers_pages_fit_and_break_no_policy(browser: Browser, site: Site, width: int) -> None:
    problems: list[str] = []
    page = opened(browser, width, problems)
    page.goto(f"{site.root}/masuk")
    page.fill("#name", "panitia")
    page.fill("#password", PASSWORD)
    page.click("button.main")
    page.wait_for_url("**/acara")
    looked_at(page, f"list-{width}")
    page.goto(f"{site.root}/acara/baru")
    looked_at(page, f"new-{width}")
    page.goto(f"{site.root}/acara/{site.event.code}")
    expect(page.locator(".people li.here")).to_have_count(3)
    looked_at(page, f"event-{width}")
    page.goto(f"{site.root}/acara/{site.event.code}/sesi/1/layar")
    looked_at(page, f"screen-{width}")
    assert problems == []


def test_the_screen_renews_the_code_and_says_when_it_can_not(browser: Browser, site: Site) -> None:
    problems: list[str] = []
    page = opened(browser, 1280, problems)
    page.clock.install()
    page.goto(f"{site.root}/masuk?ke=/acara/{site.event.code}/sesi/1/layar")
    page.fill("#name", "panitia")
    page.fill("#password", PASSWORD)
    page.click("button.main")
    page.wait_for_url("**/layar")
    before = page.locator("#digits").inner_text()
    step = timedelta(seconds=60)
    site.shift += step
    try:
        page.clock.fast_forward(31_000)
        expect(page.locator("#digits")).not_to_have_text(before)
        expect(page.locator("#lost")).to_be_hidden()
        page.context.set_offline(True)
        page.clock.fast_forward(31_000)
        expect(page.locator("#lost")).to_be_visible()
    finally:
        site.shift -= step
        page.context.set_offline(False)


def test_a_learner_checks_in_on_a_phone(browser: Browser, site: Site) -> None:
    problems: list[str] = []
    code = shown_code(SECRET, TENANT, site.event.code, 1, site.clock())
    page = opened(browser, 360, problems)
    page.goto(f"{site.root}/hadir/{site.event.code}/1")
    looked_at(page, "check-in-digits")
    page.fill("#kode", code.digits)
    page.click("main button")
    person = site.event.participants[4]
    page.fill("#nip", person.nip)
    looked_at(page, "check-in-nip")
    page.click("main button")
    expect(page.locator(".done")).to_be_visible()
    expect(page.locator("dl")).to_contain_text(person.name)
    looked_at(page, "check-in-receipt")
    assert problems == []
