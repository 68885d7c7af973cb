"""Signing in: passwords, throttling, links that work once, sessions that end."""

from __future__ import annotations

from datetime import timedelta

import requests
from sqlalchemy import update

from bridge.store.tables import account
from bridge.web.app import make_app
from bridge.web.login_link import PATH, make_login_link
from bridge.web.passwords import hash_password
from bridge.web.session import local_path
from tests.integration.web.conftest import csrf_of, signed_in
from tests.integration.web.scene import NOW, PASSWORD, SECRET, Scene, served


def attempt(root: str, name: str, password: str, target: str = "/") -> requests.Response:
    session = requests.Session()
    csrf = csrf_of(session.get(f"{root}/masuk", timeout=30).text)
    fields = {"csrf": csrf, "target": target, "name": name, "password": password}
    return session.post(f"{root}/masuk", data=fields, allow_redirects=False, timeout=30)


def test_the_cookie_is_strict_and_the_password_hashed(console: str, scene: Scene) -> None:
    answer = attempt(console, "bkpsdm", PASSWORD, "/temuan?kode=A")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/temuan?kode=A"
    cookie = answer.headers["set-cookie"].lower()
    assert "jpbridge_session=" in cookie
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert scene.administrator.password_hash.startswith("$argon2id$")
    assert PASSWORD not in repr(scene.administrator)


def test_cookies_are_secure_where_the_console_is_served_by_https(scene: Scene) -> None:
    with served(make_app(scene.context(https_only=True))) as root:
        cookie = requests.get(f"{root}/masuk", timeout=30).headers["set-cookie"].lower()
    assert "secure" in cookie


def test_wrong_password_unknown_name_and_disabled_account_read_the_same(console: str, scene: Scene) -> None:
    with scene.engine.begin() as connection:
        connection.execute(update(account).where(account.c.name == "inspektorat").values(disabled_at=NOW))
    answers = [
        attempt(console, "bkpsdm", "salah-sekali-ini"),
        attempt(console, "tidak-ada", PASSWORD),
        attempt(console, "inspektorat", PASSWORD),
    ]
    for answer in answers:
        assert answer.status_code == 401
        assert "Nama akun atau kata sandi salah" in answer.text


def test_failures_are_throttled_and_time_lets_in_again(scene: Scene) -> None:
    moment = [NOW]
    with served(make_app(scene.context(clock=lambda: moment[0]))) as root:
        for _ in range(5):
            assert attempt(root, "bkpsdm", "salah-sekali-ini").status_code == 401
        throttled = attempt(root, "bkpsdm", PASSWORD)
        assert throttled.status_code == 429
        assert "Tunggu 16 menit" in throttled.text or "Tunggu 15 menit" in throttled.text
        assert attempt(root, "inspektorat", PASSWORD).status_code == 303, "another name is not locked"
        moment[0] = NOW + timedelta(minutes=15, seconds=1)
        assert attempt(root, "bkpsdm", PASSWORD).status_code == 303


def test_a_login_link_works_once(console: str, scene: Scene) -> None:
    url = console + PATH + make_login_link(SECRET, scene.auditor, NOW)
    first, second = requests.Session(), requests.Session()
    pages = [session.get(url, timeout=30) for session in (first, second)]
    assert all("Masuk sebagai inspektorat" in page.text for page in pages), "opening spends nothing"
    entered = first.post(url, data={"csrf": csrf_of(pages[0].text)}, allow_redirects=False, timeout=30)
    assert entered.status_code == 303
    assert first.get(f"{console}/audit", timeout=30).status_code == 200
    again = second.post(url, data={"csrf": csrf_of(pages[1].text)}, allow_redirects=False, timeout=30)
    assert again.status_code == 410
    assert second.get(f"{console}/audit", allow_redirects=False, timeout=30).status_code == 303


def test_a_login_link_ends_by_time_by_forgery_and_with_the_password(console: str, scene: Scene) -> None:
    old = make_login_link(SECRET, scene.administrator, NOW - timedelta(minutes=15))
    foreign = make_login_link(b"x" * 32, scene.administrator, NOW)
    good = make_login_link(SECRET, scene.administrator, NOW)
    for token in (old, foreign, good[:-2], "nonsense"):
        assert requests.get(console + PATH + token, timeout=30).status_code == 410
    assert requests.get(console + PATH + good, timeout=30).status_code == 200
    with scene.engine.begin() as connection:
        connection.execute(
            update(account)
            .where(account.c.name == "bkpsdm")
            .values(password_hash=hash_password("cenderawasih-baru"))
        )
    assert requests.get(console + PATH + good, timeout=30).status_code == 410


def test_a_session_ends_with_sign_out_time_disabling_and_a_new_password(scene: Scene) -> None:
    moment = [NOW]
    with served(make_app(scene.context(clock=lambda: moment[0]))) as root:
        session = signed_in(root, "bkpsdm")
        home = session.get(f"{root}/", timeout=30)
        assert home.status_code == 200
        session.post(f"{root}/keluar", data={"csrf": csrf_of(home.text)}, timeout=30)
        assert session.get(f"{root}/", allow_redirects=False, timeout=30).status_code == 303

        session = signed_in(root, "bkpsdm")
        moment[0] = NOW + timedelta(hours=9)
        assert session.get(f"{root}/", allow_redirects=False, timeout=30).status_code == 303

        moment[0] = NOW
        session, other = signed_in(root, "bkpsdm"), signed_in(root, "inspektorat")
        with scene.engine.begin() as connection:
            connection.execute(
                update(account)
                .where(account.c.name == "bkpsdm")
                .values(password_hash=hash_password("cenderawasih-baru"))
            )
            connection.execute(update(account).where(account.c.name == "inspektorat").values(disabled_at=NOW))
        for ended in (session, other):
            assert ended.get(f"{root}/", allow_redirects=False, timeout=30).status_code == 303


def test_nobody_is_led_elsewhere_after_signing_in(console: str) -> None:
    for wanted in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "a"):
        assert local_path(wanted) == "/"
        assert attempt(console, "bkpsdm", PASSWORD, wanted).headers["location"] == "/"
    answer = requests.get(f"{console}/bahasa/en?ke=//evil.example", allow_redirects=False, timeout=30)
    assert answer.headers["location"] == "/"


def test_the_language_is_kept(console: str) -> None:
    session = requests.Session()
    assert '<html lang="id">' in session.get(f"{console}/masuk", timeout=30).text
    english = session.get(f"{console}/bahasa/en?ke=/masuk", timeout=30).text
    assert '<html lang="en">' in english
    assert "Account name" in english
