"""What a hand does on the field page, and what its IndexedDB holds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.field_site import Site
from tests.integration.web.scene import PASSWORD


def picture(page: Page, name: str) -> None:
    """For people who look: JPBRIDGE_TEST_PICTURES names a folder."""
    folder = os.environ.get("JPBRIDGE_TEST_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def fits(page: Page) -> None:
    root = "document.documentElement"
    assert page.evaluate(f"{root}.scrollWidth - {root}.clientWidth") <= 0


def sign_in(page: Page, site: Site) -> None:
    """Nothing to do where the cookie is still there."""
    page.goto(f"{site.root}/masuk?ke=/lapangan/")
    if page.url == f"{site.root}/lapangan/":
        return
    page.fill("#name", "panitia")
    page.fill("#password", PASSWORD)
    page.click("button.main")
    page.wait_for_url("**/lapangan/")


def enrol(page: Page, site: Site, label: str = "HP Yohana") -> None:
    """Sign in, enrol, and wait until the page would open without a network."""
    sign_in(page, site)
    page.fill("#label", label)
    page.click("main form button")
    expect(page.locator("#say")).to_contain_text("Perangkat terdaftar")
    expect(page.locator(".item").first).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")


def open_session(page: Page, site: Site) -> None:
    page.locator(".item", has_text=site.event.code).click()
    expect(page.locator("#typed")).to_be_visible()


def record(page: Page, typed: str) -> None:
    page.fill("#typed", typed)
    page.locator(".entry button", has_text="Catat").click()


def kept(page: Page) -> list[dict[str, Any]]:
    """What IndexedDB holds, read by a connection of its own."""
    return page.evaluate(
        """() => new Promise((done, fail) => {
            const opening = indexedDB.open("jpbridge-lapangan");
            opening.onerror = () => fail(opening.error);
            opening.onsuccess = () => {
                const all = opening.result.transaction("records").objectStore("records").getAll();
                all.onsuccess = () => { opening.result.close(); done(all.result); };
            };
        })"""
    )


def sent_all(page: Page) -> None:
    expect(page.locator("#link")).to_contain_text("Semua terkirim", timeout=30_000)


def exported(page: Page) -> bytes:
    with page.expect_download() as waiting:
        page.locator("#export").click()
    return Path(waiting.value.path()).read_bytes()
