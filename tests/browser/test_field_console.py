"""The organiser's pages and the learner's check-in in a real Chromium: they fit a phone, nothing is refused by
the content policy, and the screen's code renews itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from bridge.attendance.check_in_code import shown_code
from bridge.domain.field import Act, Carried, FieldRecord
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
        expect(page.locator("#digits")).not_to_have_text(before, timeout=20_000)
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


def at_the_nip(browser: Browser, site: Site) -> Page:
    """A phone that has seen the screen's code and is asked for the NIP."""
    page = opened(browser, 360, [])
    code = shown_code(SECRET, TENANT, site.event.code, 1, site.clock())
    page.goto(f"{site.root}/hadir/{site.event.code}/1?k={code.long}")
    expect(page.locator("#nip")).to_be_visible()
    return page


def of_person(site: Site, nip: str) -> list[FieldRecord]:
    return [one for one in site.records() if one.nip == nip]


def test_a_check_in_without_a_link_says_so_and_is_sent_later(browser: Browser, site: Site) -> None:
    page, nip = at_the_nip(browser, site), site.scene.people[9].nip
    page.fill("#nip", nip)
    page.context.set_offline(True)
    before = site.clock()
    page.click("main button")
    pressed = site.clock()
    expect(page.locator("#pending")).to_contain_text("Belum terkirim: jaringan terputus")
    looked_at(page, "check-in-lost")
    assert of_person(site, nip) == []
    page.wait_for_timeout(2_000)
    page.context.set_offline(False)  # the page sends again by itself
    expect(page.locator(".done")).to_be_visible(timeout=30_000)
    expect(page.locator("#pending")).to_be_hidden()
    (record,) = of_person(site, nip)
    slack = timedelta(seconds=1)
    assert before - slack <= record.at <= pressed + slack  # when it was pressed, not when it arrived
    assert record.received_at >= record.at + timedelta(seconds=1.5)


def test_a_lost_answer_makes_no_second_record(browser: Browser, site: Site) -> None:
    page, nip = at_the_nip(browser, site), site.scene.people[10].nip
    answered: list[int] = []

    def lose(route: Route) -> None:
        if route.request.method == "POST" and not answered:
            answered.append(route.fetch().status)  # the server has it; the answer gets lost
            route.abort()
        else:
            route.continue_()

    page.route("**/hadir/**", lose)
    page.fill("#nip", nip)
    page.click("main button")
    expect(page.locator("#pending button")).to_be_visible()
    assert (answered, len(of_person(site, nip))) == ([200], 1)
    page.click("#pending button")
    expect(page.locator(".done")).to_be_visible()
    (record,) = of_person(site, nip)
    expect(page.locator("dl")).to_contain_text(site.desk.receipt_of(site.event.code, record))
    page.goto(f"{site.root}/hadir/{site.event.code}/1")  # opened again: the phone is known
    expect(page.locator(".note.good")).to_contain_text(record.name)
    looked_at(page, "check-in-again")


def test_a_closed_page_sends_what_it_kept_when_it_is_opened_again(browser: Browser, site: Site) -> None:
    page, nip = at_the_nip(browser, site), site.scene.people[11].nip
    page.route("**/hadir/**", lambda one: one.abort() if one.request.method == "POST" else one.continue_())
    page.fill("#nip", nip)
    page.click("main button")
    expect(page.locator("#pending")).to_contain_text("Belum terkirim")
    context = page.context
    page.close()
    later = context.new_page()
    later.goto(f"{site.root}/hadir/{site.event.code}/1")
    expect(later.locator(".done")).to_be_visible()
    assert len(of_person(site, nip)) == 1
    later.goto(f"{site.root}/hadir/{site.event.code}/1")
    expect(later.locator("#kode")).to_be_visible()  # nothing is kept any more, nothing is sent again
    assert len(of_person(site, nip)) == 1


def test_the_check_in_works_without_scripts(browser: Browser, site: Site) -> None:
    page = browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False).new_page()
    code = shown_code(SECRET, TENANT, site.event.code, 1, site.clock())
    page.goto(f"{site.root}/hadir/{site.event.code}/1?k={code.long}")
    nip = site.scene.people[12].nip
    page.fill("#nip", nip)
    page.click("main button")
    expect(page.locator(".done")).to_be_visible()
    assert len(of_person(site, nip)) == 1
