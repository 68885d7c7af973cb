"""A real Chromium as the organiser's phone: a profile on disk, a process that can be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, Playwright

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


WRONG_CLOCK = (
    "const real = Date.now.bind(Date); window.shift = {shift}; Date.now = () => real() + window.shift;"
)


class Phone:
    """One profile. `start` opens the browser on it, `kill` ends the process as a dead battery would."""

    def __init__(self, playwright: Playwright, chromium: str, profile: Path) -> None:
        self._playwright = playwright
        self._chromium = chromium
        self._profile = profile
        self._process: subprocess.Popen[bytes] | None = None
        self.context: BrowserContext | None = None

    def start(self, shift_ms: int | None = None, *flags: str) -> Page:
        """A page at 360 pixels. `shift_ms` sets the device's clock wrong; `flags` are Chromium's."""
        port = self._profile / "DevToolsActivePort"
        port.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            [
                self._chromium,
                *FLAGS,
                *flags,
                "--remote-debugging-port=0",
                f"--user-data-dir={self._profile}",
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        until = time.monotonic() + 60
        while not (port.exists() and "\n" in port.read_text()):
            assert time.monotonic() < until, "Chromium did not open its port"
            assert self._process.poll() is None, "Chromium ended at once"
            time.sleep(0.1)
        number = port.read_text().splitlines()[0]
        browser = self._playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{number}")
        self.context = browser.contexts[0]
        page = self.context.new_page()
        page.set_viewport_size({"width": 360, "height": 760})
        if shift_ms is not None:
            page.add_init_script(WRONG_CLOCK.replace("{shift}", str(shift_ms)))
        return page

    def cut(self, cut: bool = True) -> None:
        assert self.context is not None
        self.context.set_offline(cut)

    def kill(self) -> None:
        """SIGKILL to the process group: nothing is flushed, nothing says goodbye."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(30)
        self._process = None
        self.context = None

    def close(self) -> None:
        if self._process is not None:
            self.kill()


@contextmanager
def phone(playwright: Playwright, chromium: str, profile: Path) -> Iterator[Phone]:
    made = Phone(playwright, chromium, profile)
    try:
        yield made
    finally:
        made.close()


NewPhone = Callable[[str], Phone]
"""Makes a phone with an empty profile of the given name."""
