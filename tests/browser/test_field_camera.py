"""Cards before a camera: Chromium's fake device plays a film, the page reads it without a network."""

from __future__ import annotations

import random
import re
from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bridge.domain.field import Act
from tests.browser.card_film import FLAGS, SIZE, card_frame, film
from tests.browser.field_page import enrol, fits, open_session, picture, sent_all
from tests.browser.field_phone import NewPhone, Phone
from tests.field_site import Site

pytestmark = pytest.mark.browser

REFUSES_EVERY_FRAME = """
    globalThis.BarcodeDetector = class {
        static async getSupportedFormats() { return ["qr_code"]; }
        async detect() {
            window.asked = (window.asked || 0) + 1;
            throw new DOMException("no service", "NotSupportedError");
        }
    };
"""
"""What Chrome on Android does where Google's services are missing: the format is named, every frame is refused."""


def scanned(site: Site, page: Page, device: Phone) -> None:
    first, second = site.event.participants[:2]
    enrol(page, site)
    device.cut()
    page.reload()  # page and decoder come from the service worker
    open_session(page, site)
    page.locator("#scanner").click()
    expect(page.locator("video")).to_be_visible()
    for one in (first, second):
        row = page.locator(".person", has_text=one.nip)
        expect(row).to_have_attribute("aria-pressed", "true", timeout=30_000)
    fits(page)
    picture(page, "field-camera")
    page.locator("#scanner").click()
    expect(page.locator("video")).to_have_count(0)
    device.cut(False)
    sent_all(page)
    assert {(one.nip, one.act) for one in site.records()} == {(one.nip, Act.SCAN) for one in (first, second)}
    assert len(site.records()) == 2  # the film runs in a loop: a card that is seen again is nobody new


def film_of(site: Site, tmp_path: Path) -> tuple[str, ...]:
    first, second = site.event.participants[:2]
    shown = film(tmp_path / "cards.y4m", [first.nip, "https://jp.example/hadir/26-FIELD1/1", second.nip])
    return (*FLAGS, f"--use-file-for-fake-video-capture={shown}")


def test_cards_are_read_without_a_detector_of_the_browsers(
    site: Site, new_phone: NewPhone, tmp_path: Path
) -> None:
    device = new_phone("a")
    page = device.start(None, *film_of(site, tmp_path))
    page.add_init_script("delete globalThis.BarcodeDetector;")
    problems: list[str] = []
    page.on("pageerror", lambda fault: problems.append(str(fault)))
    page.on("console", lambda told: problems.append(told.text) if "Security Policy" in told.text else None)
    scanned(site, page, device)
    assert problems == []


def test_a_detector_without_a_service_gives_way_to_ours(
    site: Site, new_phone: NewPhone, tmp_path: Path
) -> None:
    device = new_phone("a")
    page = device.start(None, *film_of(site, tmp_path))
    page.add_init_script(REFUSES_EVERY_FRAME)
    scanned(site, page, device)
    assert page.evaluate("window.asked") >= 3


def test_a_code_that_is_no_card_and_a_missing_camera_are_told(
    site: Site, new_phone: NewPhone, tmp_path: Path
) -> None:
    device = new_phone("a")
    shown = film(tmp_path / "other.y4m", ["https://jp.example/hadir/26-FIELD1/1"])
    page = device.start(None, *FLAGS, f"--use-file-for-fake-video-capture={shown}")
    enrol(page, site)
    open_session(page, site)
    page.locator("#scanner").click()
    expect(page.locator("#say")).to_contain_text("bukan kartu peserta", timeout=30_000)
    assert site.records() == []
    device.kill()
    page = device.start(None)  # no fake device: this machine has no camera
    page.goto(f"{site.root}/lapangan/")
    open_session(page, site)
    page.locator("#scanner").click()
    expect(page.locator("#say")).to_contain_text("tidak punya kamera")
    fits(page)


def test_most_pictures_of_a_card_are_read(site: Site, new_phone: NewPhone) -> None:
    """Single pictures: a camera gives six a second, so that a card is read at once where half of them are."""
    device = new_phone("a")
    page = device.start()
    page.goto(f"{site.root}/lapangan/")
    chance = random.Random(20)
    frames = [b64encode(card_frame(f"1985{n:014d}", chance).tobytes()).decode() for n in range(12)]
    read = page.evaluate(
        """async ([frames, width, height]) => {
            const { decodeQR } = await import("./qr/decode.js");
            return frames.map((luma) => {
                const data = new Uint8ClampedArray(width * height * 4);
                const bytes = atob(luma);
                for (let i = 0; i < bytes.length; i++) data.fill(bytes.charCodeAt(i), 4 * i, 4 * i + 3);
                try { return decodeQR({ width, height, data }, { timeLimit: 60 }); } catch { return ""; }
            });
        }""",
        [frames, *SIZE],
    )
    right = sum(text == f"1985{n:014d}" for n, text in enumerate(read))
    assert right >= 9
    assert all(text in ("", f"1985{n:014d}") for n, text in enumerate(read))  # never another number


def test_the_decoder_is_the_package_it_says_it_is() -> None:
    folder = files("bridge.web") / "static" / "lapangan" / "qr"
    sums = dict(re.findall(r"\| `([\w.-]+)` \| ([0-9a-f]{64}) \|", (folder / "README.md").read_text()))
    assert set(sums) == {"decode.js", "index.js", "LICENSE-MIT"}
    for name, wanted in sums.items():
        assert sha256((folder / name).read_bytes()).hexdigest() == wanted, name
