"""*JP Saya*: the learner's page by a signed link."""

from __future__ import annotations

import re
from datetime import timedelta

import requests
from sqlalchemy import insert

from bridge.store.tables import finding, ledger_entry, outbox
from bridge.web.app import make_app
from bridge.web.learner_link import PATH, make_learner_link, read_learner_link
from tests.integration.web.scene import COURSES, NOW, SECRET, TENANT, Scene, enter, served

LARGEST = 60_000  # bytes, headers aside


def page_of(root: str, scene: Scene, number: int, query: str = "") -> requests.Response:
    token = make_learner_link(SECRET, TENANT, scene.people[number].person_key, NOW)
    return requests.get(f"{root}{PATH}{token}{query}", timeout=30)


def test_a_pns_reads_what_counted_why_and_what_is_missing(console: str, scene: Scene) -> None:
    html = page_of(console, scene, 0).text
    assert '<html lang="id">' in html
    assert "34,5 <small>JP</small>" in html
    assert "dari 20 JP pada 2026" in html
    assert "Kewajiban tahun ini sudah tercapai." in html
    assert "3–5 Mei 2026" in html
    assert "Seminar atau konferensi: dihitung per hari menurut aturan." in html
    assert "jp = 900" in html
    assert "Langkah berikutnya:" in html
    assert "Kredit ini dibatalkan." in html
    little = page_of(console, scene, 6).text
    assert "Masih kurang 20 JP." in little
    assert "Belum ada kegiatan yang dihitung pada 2026." in little


def test_a_pppk_reads_a_ceiling_not_a_duty(console: str, scene: Scene) -> None:
    html = page_of(console, scene, 4).text
    assert "16,5 JP di atas batas. Kelebihannya ditandai, tidak dihapus." in html
    assert "paling banyak 24 JP" in html
    assert "Masih kurang" not in html


def test_english_on_request(console: str, scene: Scene) -> None:
    html = page_of(console, scene, 0, "?bahasa=en").text
    assert '<html lang="en">' in html
    assert "34.5 <small>JP</small>" in html
    assert "3–5 May 2026" in html


def test_the_page_is_one_small_answer(console: str, scene: Scene) -> None:
    """The worst year: more activities and findings than are shown, with long words."""
    person = scene.people[0]
    title, form, _jp = COURSES[0]
    with scene.engine.begin() as connection:
        for place in range(5, 60):
            enter(connection, person, (title + " ") * 4, form, 150, place)
        for place in range(60):
            connection.execute(
                insert(finding).values(
                    tenant=TENANT,
                    code="LONG-WINDED",
                    subject=f"long-{place}",
                    learner_id=person.learner_id,
                    params={"title": title * 4, "file": "daftar-hadir-bimtek.xlsx", "row": str(place)},
                    opened_at=NOW,
                )
            )
    answer = page_of(console, scene, 0)
    assert len(answer.content) < LARGEST
    assert len(answer.content) > 15_000, "the worst case is a full page"
    assert "dan 31 temuan lain" in answer.text
    assert "<script" not in answer.text
    addresses = re.findall(r'(?:src|href|action)="([^"]*)"', answer.text)
    assert addresses
    assert all(address.startswith(("/saya/", "data:,")) for address in addresses)
    assert "url(" not in answer.text
    assert "@import" not in answer.text


def test_links_are_refused_when_forged_old_revoked_or_of_another_tenant(scene: Scene) -> None:
    person = scene.people[0].person_key
    good = make_learner_link(SECRET, TENANT, person, NOW)
    assert read_learner_link(SECRET, TENANT, good, NOW) == person
    dead = (
        make_learner_link(b"y" * 32, TENANT, person, NOW),
        make_learner_link(SECRET, "elsewhere", person, NOW),
        make_learner_link(SECRET, TENANT, person, NOW - timedelta(days=8), life=timedelta(days=7)),
        make_learner_link(SECRET, TENANT, "nobody", NOW),
        good[:-1],
        "nonsense",
    )
    with served(make_app(scene.context())) as root:
        for token in dead:
            answer = requests.get(root + PATH + token, timeout=30)
            assert answer.status_code == 410
            assert "Minta tautan baru" in answer.text
    with served(make_app(scene.context(learner_link_generation=2))) as root:
        assert requests.get(root + PATH + good, timeout=30).status_code == 410
        newer = make_learner_link(SECRET, TENANT, person, NOW, generation=2)
        assert requests.get(root + PATH + newer, timeout=30).status_code == 200


def test_the_scene_publishes_what_it_enters(scene: Scene) -> None:
    with scene.engine.connect() as connection:
        entries = connection.execute(ledger_entry.select()).all()
        told = connection.execute(outbox.select()).all()
    assert len(entries) == len(told) > 50
