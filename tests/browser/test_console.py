"""The console in a real Chromium: no horizontal scroll on a phone, no console errors, no request elsewhere,
legible contrast, and everything without a script."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from bridge.web.app import make_app
from bridge.web.learner_link import PATH, make_learner_link
from bridge.web.login_link import PATH as LOGIN_PATH
from bridge.web.login_link import make_login_link
from tests.integration.web.scene import NOW, PASSWORD, SECRET, TENANT, Scene, fill, served, store_at

pytestmark = pytest.mark.browser

WIDTHS = (1280, 360)
ADMINISTRATOR_PAGES = (
    "/",
    "/opd/8001.01",
    "/pegawai?cari=a",
    "/pegawai/1?jelaskan=ya",
    "/temuan?keadaan=semua",
    "/temuan/1",
    "/lembar",
    "/riwayat",
    "/riwayat/run-1",
    "/riwayat/none",
)
AUDITOR_PAGES = ("/audit", "/audit/entri/1", "/audit/pernyataan?orang=198501122010011000", "/temuan")


@dataclass
class Watched:
    """A page and what went wrong on it."""

    page: Page
    root: str
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda message: self._on_console(message.type, message.text))
        self.page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))
        self.page.on("request", lambda request: self._on_request(request.url))

    def _on_console(self, kind: str, text: str) -> None:
        # Chromium reports the 403 and 404 that some pages answer with; those are asserted by status
        if kind in ("error", "warning") and "the server responded with a status of 40" not in text:
            self.problems.append(f"console: {text}")

    def _on_request(self, url: str) -> None:
        if not url.startswith((self.root, "data:")):
            self.problems.append(f"request to {url}")

    def overflow(self) -> int:
        """Pixels by which the page is wider than the screen."""
        root = "document.documentElement"
        return int(self.page.evaluate(f"{root}.scrollWidth - {root}.clientWidth"))


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    engine = store_at(f"sqlite+pysqlite:///{tmp_path_factory.mktemp('console') / 'store.db'}")
    yield fill(engine)
    engine.dispose()


@pytest.fixture(scope="module")
def root(scene: Scene) -> Iterator[str]:
    with served(make_app(scene.context(run_now=lambda _who: "run-2"))) as address:
        yield address


def screen(browser: Browser, width: int, scheme: str = "light", scripts: bool = True) -> BrowserContext:
    return browser.new_context(
        viewport={"width": width, "height": 780},
        color_scheme="dark" if scheme == "dark" else "light",
        java_script_enabled=scripts,
        locale="id-ID",
    )


def sign_in(page: Page, root: str, name: str) -> None:
    page.goto(f"{root}/masuk")
    page.get_by_label("Nama akun").fill(name)
    page.get_by_label("Kata sandi").fill(PASSWORD)
    page.get_by_role("button", name="Masuk").click()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("who", "paths"), [("bkpsdm", ADMINISTRATOR_PAGES), ("inspektorat", AUDITOR_PAGES)])
def test_every_page_fits_and_is_quiet(
    browser: Browser, root: str, width: int, who: str, paths: tuple[str, ...]
) -> None:
    context = screen(browser, width)
    watched = Watched(context.new_page(), root)
    sign_in(watched.page, root, who)
    for path in paths:
        answer = watched.page.goto(root + path)
        assert answer is not None
        assert answer.status in (200, 403, 404), path
        assert watched.overflow() == 0, f"{path} scrolls sideways at {width} px"
        assert watched.page.locator("h1").count() == 1, path
        assert watched.page.locator("html").get_attribute("lang") == "id"
    assert watched.problems == []
    context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_public_pages_fit_and_are_quiet(browser: Browser, root: str, scene: Scene, width: int) -> None:
    context = screen(browser, width)
    watched = Watched(context.new_page(), root)
    for number in (0, 4, 6):
        token = make_learner_link(SECRET, TENANT, scene.people[number].person_key, NOW)
        watched.page.goto(root + PATH + token)
        assert watched.overflow() == 0
        assert watched.page.get_by_role("heading", level=1).inner_text() == scene.people[number].name
    for path in ("/masuk", PATH + "nonsense", LOGIN_PATH + make_login_link(SECRET, scene.auditor, NOW)):
        watched.page.goto(root + path)
        assert watched.overflow() == 0
    gone = [problem for problem in watched.problems if "status of 410" not in problem]
    assert gone == []
    context.close()


def test_the_learners_page_is_one_request(browser: Browser, root: str, scene: Scene) -> None:
    context = screen(browser, 360, scripts=False)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    url = root + PATH + make_learner_link(SECRET, TENANT, scene.people[0].person_key, NOW)
    page.goto(url)
    assert [address for address in asked if not address.startswith("data:")] == [url]
    size = page.locator(".big").evaluate("node => getComputedStyle(node).fontSize")
    assert size != "17px", "the inline style sheet is allowed by its hash"
    context.close()


def test_an_administrator_works_without_scripts(browser: Browser, root: str) -> None:
    context = screen(browser, 1280, scripts=False)
    page = context.new_page()
    sign_in(page, root, "bkpsdm")
    page.get_by_label("Cari pegawai").fill("1985 0112 2010 011000")
    page.get_by_role("button", name="Cari").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Yohana Felle, S.Pd."
    page.get_by_role("link", name="JP-ABSURD").click()
    page.get_by_label("Penanggung jawab").fill("Ester")
    page.get_by_role("button", name="Simpan catatan").click()
    assert page.get_by_role("status").inner_text() == "Catatan tersimpan."
    page.get_by_role("link", name="Riwayat").click()
    page.get_by_role("button", name="Jalankan sekarang").click()
    assert page.url.endswith("/riwayat/run-2")
    page.get_by_role("link", name="English").click()
    assert page.locator("html").get_attribute("lang") == "en"
    page.get_by_role("button", name="Sign out").click()
    assert page.url.endswith("/masuk")
    context.close()


CONTRAST = """() => {
  const parse = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = c => { const [r, g, b] = c.map(v => { v /= 255; return v <= 0.03928 ? v / 12.92
    : Math.pow((v + 0.055) / 1.055, 2.4); }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = node => { for (let n = node; n; n = n.parentElement) {
    const c = parse(getComputedStyle(n).backgroundColor);
    if (c.length === 3 || c[3] === 1) return c.slice(0, 3); } return [255, 255, 255]; };
  const low = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) { const node = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !node.getClientRects().length) continue;
    const a = light(parse(getComputedStyle(node).color).slice(0, 3)), b = light(ground(node));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) low.push(ratio.toFixed(2) + ' ' + walker.currentNode.textContent.trim().slice(0, 40)); }
  return low; }"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_has_contrast_of_4_5(browser: Browser, root: str, scene: Scene, scheme: str) -> None:
    """WCAG 2.2, 1.4.3 (AA), measured on what Chromium computed."""
    context = screen(browser, 1280, scheme)
    page = context.new_page()
    sign_in(page, root, "bkpsdm")
    token = make_learner_link(SECRET, TENANT, scene.people[4].person_key, NOW)
    for path in (*ADMINISTRATOR_PAGES, PATH + token):
        page.goto(root + path)
        assert page.evaluate(CONTRAST) == [], path
    page.evaluate(
        "document.querySelector('h1').style.color = getComputedStyle(document.body).backgroundColor"
    )
    assert len(page.evaluate(CONTRAST)) == 1, "the measure finds a faint heading"
    context.close()


def test_labels_tables_and_keyboard(browser: Browser, root: str) -> None:
    context = screen(browser, 1280)
    page = context.new_page()
    sign_in(page, root, "bkpsdm")
    for path in ADMINISTRATOR_PAGES:
        page.goto(root + path)
        unlabelled = page.evaluate(
            "[...document.querySelectorAll('input:not([type=hidden]),select,textarea')]"
            ".filter(field => !field.labels.length).map(field => field.name)"
        )
        assert unlabelled == [], path
        unscoped = page.evaluate("document.querySelectorAll('th:not([scope])').length")
        assert unscoped == 0, path
    page.goto(root + "/")
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.textContent")
    assert focused == "Langsung ke isi"
    context.close()
