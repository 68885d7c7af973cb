"""Deciding in the console: forms on the finding's page, a second person's word, proposals, and who did it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import requests
from sqlalchemy import Engine, text

from bridge.store.console import Role, add_account
from bridge.web.app import make_app
from bridge.web.context import WebContext
from tests.bureau import TENANT, Bureau
from tests.integration.web.conftest import csrf_of, signed_in
from tests.integration.web.scene import SECRET, hashed, served

BUDI, YULIANA = "198501012010011001", "197903122005022003"
DAYS = (date(2026, 3, 10), date(2026, 3, 12))


@pytest.fixture
def bureau(store: Engine, tmp_path: Path) -> Iterator[Bureau]:
    made = Bureau(store, tmp_path)
    made.hire(made.person("p1", BUDI, "Budi Santoso"), made.person("p2", YULIANA, "Yuliana Wonda"))
    with store.begin() as connection:
        for name in ("ani", "beni"):
            add_account(connection, TENANT, name, Role.ADMINISTRATOR, made.now, hashed())
    yield made
    made.close()


@pytest.fixture
def site(bureau: Bureau) -> Iterator[str]:
    context = WebContext(
        engine=bureau.engine, secret_key=SECRET, tenant=TENANT, version="t", clock=lambda: bureau.now
    )
    with served(make_app(context)) as root:
        yield root


def page(session: requests.Session, url: str) -> str:
    answer = session.get(url, timeout=30)
    assert answer.status_code == 200, answer.text[:400]
    return answer.text


def post(session: requests.Session, url: str, html: str, **fields: str) -> requests.Response:
    found = re.search(r'name="made_on" value="([0-9a-f]*)"', html)
    if found is not None:
        fields.setdefault("made_on", found[1])
    return session.post(url, data={"csrf": csrf_of(html), **fields}, timeout=30)


def test_a_proposal_is_shown_with_its_grounds_and_linked_by_a_person(bureau: Bureau, site: str) -> None:
    bureau.sheet("e", "Bimtek Arsip", *DAYS, "24", (YULIANA[:17] + "9", "WONDA YULIANA"))
    bureau.reconcile()
    number = bureau.finding_id("LEARNER-UNKNOWN")
    ani = signed_in(site, "ani")
    html = page(ani, f"{site}/temuan/{number}")
    assert f"NIP berbeda satu angka dari {YULIANA}" in html
    assert "nama sama tanpa gelar" in html
    assert bureau.balances() == {}
    answer = post(
        ani, f"{site}/temuan/{number}/putuskan", html, kind="link", nip=YULIANA, reason="Paraf sama"
    )
    assert "Keputusan tersimpan" in answer.text
    assert "ditautkan" in answer.text
    bureau.reconcile()
    assert bureau.balances() == {(bureau.learner(YULIANA), "Bimtek Arsip"): 2400}
    closed = page(ani, f"{site}/temuan/{number}")
    assert "Putuskan" not in closed
    assert "Paraf sama" in closed


def test_much_jp_waits_for_another_account(bureau: Bureau, site: str) -> None:
    bureau.sheet("e", "Bimtek Arsip", *DAYS, "900", (BUDI, ""))
    bureau.reconcile()
    number = bureau.finding_id("JP-IMPLAUSIBLE")
    ani, beni = signed_in(site, "ani"), signed_in(site, "beni")
    html = page(ani, f"{site}/temuan/{number}")
    answer = post(
        ani, f"{site}/temuan/{number}/putuskan", html, kind="override_jp", jp="40,5", reason="Surat tugas"
    )
    assert "orang kedua harus menyetujuinya" in answer.text
    own = page(ani, f"{site}/keputusan")
    assert "Setujui" not in own
    refused = post(ani, f"{site}/keputusan", own, what="approve", request="1")
    assert (refused.status_code, "orang kedua" in refused.text) == (400, True)
    assert "1 keputusan menunggu orang kedua" in page(beni, f"{site}/")
    approved = post(beni, f"{site}/keputusan", page(beni, f"{site}/keputusan"), what="approve", request="1")
    assert "ani + beni" in approved.text
    bureau.reconcile()
    assert bureau.balances() == {(bureau.learner(BUDI), "Bimtek Arsip"): 4050}
    post(beni, f"{site}/keputusan", page(beni, f"{site}/keputusan"), what="revoke", decision="1")
    bureau.reconcile()
    assert bureau.balances() == {}


def test_forms_are_guarded(bureau: Bureau, site: str) -> None:
    """No token, no kind, no reason, other evidence than was shown: refused, and nothing is stored."""
    bureau.sheet("e", "Bimtek Arsip", *DAYS, "900", (BUDI, ""))
    bureau.reconcile()
    number = bureau.finding_id("JP-IMPLAUSIBLE")
    ani = signed_in(site, "ani")
    url = f"{site}/temuan/{number}/putuskan"
    html = page(ani, f"{site}/temuan/{number}")
    assert ani.post(url, data={"kind": "reject", "reason": "Tidak benar"}, timeout=30).status_code == 403
    for fields in (
        {"kind": "promote", "reason": "Alasan baik"},
        {"kind": "reject", "reason": " "},
        {"kind": "override_jp", "jp": "banyak", "reason": "Alasan baik"},
        {"kind": "override_jp", "jp": "-3", "reason": "Alasan baik"},
        {"kind": "link", "other": "199001012020121001", "reason": "Alasan baik"},
        {"kind": "reject", "reason": "Alasan baik", "made_on": "0" * 64},
    ):
        answer = post(ani, url, html, **fields)
        assert answer.status_code == 400, fields
        assert "Traceback" not in answer.text
    with bureau.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM decision")).scalar_one() == 0
        assert connection.execute(text("SELECT count(*) FROM decision_request")).scalar_one() == 0


def test_the_first_page_gathers_and_the_forecast_names_who_will_miss(bureau: Bureau, site: str) -> None:
    bureau.sheet(
        "e",
        "Bimtek <Arsip> & Kas",
        *DAYS,
        "",
        (BUDI, ""),
        (YULIANA, ""),
        ("", "Tanpa"),
        ("", "Nama"),
        ("", "X"),
    )
    bureau.reconcile()
    ani = signed_in(site, "ani")
    html = page(ani, f"{site}/")
    assert "Satu perbaikan, banyak orang" in html
    found = re.search(r'href="(/temuan\?kode=NIP-MISSING&amp;judul=[^"]+)"', html)
    assert found is not None
    assert "3 temuan" in page(ani, site + found[1].replace("&amp;", "&"))
    forecast = page(ani, f"{site}/ramalan")
    assert "hari ke-328 dari 365" in forecast
    assert BUDI in forecast
