"""Who is who in the console: merged, parted, a PPPK number that changed, and everything taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import requests
from sqlalchemy import Engine

from bridge.store.console import Role, add_account
from bridge.web.app import make_app
from bridge.web.context import WebContext
from tests.bureau import TENANT, Bureau
from tests.integration.web.conftest import csrf_of, signed_in
from tests.integration.web.scene import SECRET, hashed, served

OLD, NEW, BUDI = "199001012022211001", "199001012025211009", "198501012010011001"
DAYS = (date(2026, 3, 10), date(2026, 3, 12))


@pytest.fixture
def bureau(store: Engine, tmp_path: Path) -> Iterator[Bureau]:
    made = Bureau(store, tmp_path)
    made.hire(made.person("p1", OLD, "Yuliana Wonda"), made.person("p2", BUDI, "Budi Santoso"))
    with store.begin() as connection:
        add_account(connection, TENANT, "ani", Role.ADMINISTRATOR, made.now, hashed())
    yield made
    made.close()


@pytest.fixture
def site(bureau: Bureau) -> Iterator[str]:
    context = WebContext(
        engine=bureau.engine, secret_key=SECRET, tenant=TENANT, version="t", clock=lambda: bureau.now
    )
    with served(make_app(context)) as root:
        yield root


def sent(session: requests.Session, site: str, code: int = 200, **fields: str) -> str:
    html = session.get(f"{site}/orang", timeout=30).text
    answer = session.post(
        f"{site}/orang", data={"csrf": csrf_of(html), "reason": "SK kontrak baru", **fields}, timeout=30
    )
    assert answer.status_code == code, answer.text[:400]
    return answer.text


def test_a_pppk_number_that_changed_is_one_person_and_can_be_taken_back(bureau: Bureau, site: str) -> None:
    bureau.sheet("e", "Bimtek Arsip", *DAYS, "24", (NEW, "Yuliana Wonda"))
    bureau.reconcile()
    assert bureau.balances() == {}
    session = signed_in(site, "ani")
    spelt = f"{NEW[:8]} {NEW[8:14]} {NEW[14:15]} {NEW[15:]}"
    html = sent(session, site, what="alias", nip=OLD, scheme="nip", value=spelt, valid_from="2026-01-01")
    assert NEW in html
    assert "SK kontrak baru" in html
    bureau.reconcile()
    assert bureau.balances() == {(bureau.learner(OLD), "Bimtek Arsip"): 2400}
    sent(session, site, what="undo", number="1")
    bureau.reconcile()
    assert bureau.balances() == {}
    assert "dibatalkan oleh ani" in session.get(f"{site}/orang", timeout=30).text


def test_two_are_merged_and_parted_and_their_credits_follow(bureau: Bureau, site: str) -> None:
    bureau.completion("u1", "1", datetime(2026, 5, 1, tzinfo=UTC), OLD)
    bureau.completion("u2", "2", datetime(2026, 5, 2, tzinfo=UTC), BUDI)
    bureau.reconcile()
    before = bureau.balances()
    keep = bureau.learner(OLD)
    session = signed_in(site, "ani")
    sent(session, site, what="merge", nip=OLD, other=BUDI)
    bureau.reconcile()
    assert bureau.balances() == {(keep, "Kursus 1"): 200, (keep, "Kursus 2"): 200}
    sent(session, site, what="split", nip=OLD, values=BUDI, name="Budi Lain")
    bureau.reconcile()
    assert bureau.balances()[(bureau.learner(BUDI), "Kursus 2")] == 200
    assert "dahulu keputusan orang 2" in sent(session, site, 400, what="undo", number="1")
    sent(session, site, what="undo", number="2")
    sent(session, site, what="undo", number="1")
    bureau.reconcile()
    assert bureau.balances() == before


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"what": "merge", "nip": OLD, "other": "123"}, "Tidak ada pegawai dengan NIP 123"),
        ({"what": "alias", "nip": OLD, "scheme": "nip", "value": "12"}, "tidak dapat dipakai"),
        ({"what": "alias", "nip": OLD, "scheme": "paspor", "value": "12"}, "tidak dikenal"),
        (
            {"what": "alias", "nip": OLD, "scheme": "nip", "value": NEW, "valid_from": "kemarin"},
            "tidak terbaca",
        ),
        ({"what": "split", "nip": OLD, "values": OLD}, "Tidak ada pengenal yang tersisa"),
        ({"what": "merge", "nip": OLD, "other": BUDI, "reason": "ya"}, "Alasan keputusan"),
        ({"what": "undo", "number": "99"}, "tidak ada atau sudah dibatalkan"),
        ({"what": "apa"}, "Pilih salah satu tombol"),
    ],
)
def test_what_can_not_be_is_refused_in_words(
    bureau: Bureau, site: str, fields: dict[str, str], words: str
) -> None:
    assert words in sent(signed_in(site, "ani"), site, 400, **fields)
