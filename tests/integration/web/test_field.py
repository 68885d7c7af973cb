"""Events in the field over HTTP, on both databases: who sees what, what is taken, refused and told, and what
becomes evidence."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, select, update

from bridge.attendance.check_in_code import shown_code
from bridge.domain.evidence import Standing
from bridge.domain.field import Act, Carried, SessionState
from bridge.engine.rules import default_rule_document, read_rules
from bridge.flows.context import Context, Office, Silent
from bridge.flows.field_confirm import set_state
from bridge.flows.field_intake import record_here
from bridge.flows.field_sessions import add_one
from bridge.flows.imports import undo_import
from bridge.flows.reconcile import reconcile
from bridge.store import tables
from bridge.store.catalogue import store_rule_set
from bridge.store.confirmations import Word, words_on
from bridge.store.console import Role, add_account
from tests.field_device import FieldDevice
from tests.field_site import Site, add_today, field_site
from tests.integration.web.conftest import csrf_of, signed_in
from tests.integration.web.scene import SECRET, TENANT, Scene, hashed

SYNC = "/lapangan/data/sinkron"


@pytest.fixture
def site(scene: Scene) -> Iterator[Site]:
    with field_site(scene) as running:
        yield running


@pytest.fixture
def organiser(site: Site) -> requests.Session:
    return signed_in(site.root, "panitia")


def post(session: requests.Session, site: Site, path: str, content: Any, **more: str) -> requests.Response:
    csrf = session.get(f"{site.root}/lapangan/data/saya", timeout=30).json()["csrf"]
    fields = {"csrf": csrf, "isi": json.dumps(content), **more}
    return session.post(site.root + path, data=fields, timeout=30)


def enrolled(session: requests.Session, site: Site) -> FieldDevice:
    device = FieldDevice()
    answer = post(session, site, "/lapangan/data/perangkat", {"label": "HP Yohana", "jwk": device.jwk})
    assert answer.json() == {"key_id": device.key_id, "label": "HP Yohana"}
    return device


def test_an_organiser_sees_own_events_only(site: Site, organiser: requests.Session) -> None:
    with site.engine.begin() as connection:
        other = add_account(connection, TENANT, "panitia-lain", Role.ORGANISER, site.clock(), hashed())
    hidden = add_today(site.scene, other, "26-OTHER1")
    stranger = signed_in(site.root, "panitia-lain")
    mine, device = site.event.code, enrolled(organiser, site)
    assert "26-OTHER1" not in organiser.get(f"{site.root}/acara", timeout=30).text
    for path in ("", "/daftar-hadir.pdf", "/kartu.pdf", "/sesi/1/layar", "/sesi/1/kode"):
        assert organiser.get(f"{site.root}/acara/{mine}{path}", timeout=30).status_code == 200
        assert organiser.get(f"{site.root}/acara/{hidden.code}{path}", timeout=30).status_code == 400
    assert organiser.get(f"{site.root}/lapangan/data/acara/{hidden.code}", timeout=30).status_code == 400
    csrf = csrf_of(organiser.get(f"{site.root}/acara/{mine}", timeout=30).text)
    for path in ("/sesi/1/tanda", "/sesi/1/keadaan", "/peserta"):
        fields = {"csrf": csrf, "orang": site.event.participants[0].nip, "keadaan": "konfirmasi"}
        answer = organiser.post(f"{site.root}/acara/{hidden.code}{path}", data=fields, timeout=30)
        assert answer.status_code == 400
    body = device.body(hidden.code, 1, "tick", site.event.participants[0].nip, site.clock())
    for session in (organiser, stranger):
        (receipt,) = post(session, site, SYNC, device.carriage(body)).json()["receipts"]
        assert (receipt["answer"], receipt["reason"]) == ("refused", "event")
    assert (
        post(stranger, site, "/lapangan/data/perangkat", {"label": "x", "jwk": device.jwk}).status_code == 400
    )
    assert signed_in(site.root, "bkpsdm").get(f"{site.root}/acara/26-OTHER1", timeout=30).status_code == 200


def test_every_record_is_answered_and_a_repeat_is_no_second_one(
    site: Site, organiser: requests.Session
) -> None:
    device = enrolled(organiser, site)
    people, now, code = site.event.participants, site.clock(), site.event.code
    good = [device.body(code, 1, "scan", one.nip, now - timedelta(minutes=5)) for one in people[:3]]
    unknown = device.body(code, 1, "tick", "1990 0101 201503 1 001", now)
    unreadable = device.body(code, 1, "tick", "19900101", now)
    sent = device.carriage(*good, unknown, unreadable, now=now)
    first = post(organiser, site, SYNC, sent).json()["receipts"]
    assert [one["answer"] for one in first] == ["taken"] * 5
    assert [one["told"] for one in first[3:]] == ["NIP tidak ada di daftar pegawai", "bukan NIP yang sah"]
    again = post(organiser, site, SYNC, sent).json()["receipts"]
    assert [one["answer"] for one in again] == ["repeat"] * 5
    assert [one["receipt"] for one in again] == [one["receipt"] for one in first]
    assert len(site.records()) == 5
    assert {one.at for one in site.records()[:3]} == {site.records()[0].at}
    assert abs(site.records()[0].at - (now - timedelta(minutes=5))) < timedelta(seconds=3)
    changed = dict(good[0], p=people[4].nip)  # signed by the device itself, with the nonce of another record
    foreign = FieldDevice()
    wrong = device.sign(device.body(code, 1, "tick", people[5].nip, now)) | {"sig": sent["records"][0]["sig"]}
    bad = {
        "format": sent["format"],
        "records": [
            device.sign(changed),
            wrong,
            foreign.sign(foreign.body(code, 1, "tick", people[5].nip, now)),
            device.sign(device.body(code, 9, "tick", people[5].nip, now)),
            device.sign(device.body("26-NONE00", 1, "tick", people[5].nip, now)),
            {"body": "{}", "sig": ""},
            {"body": "not JSON", "sig": "é"},
        ],
    }
    answers = post(organiser, site, SYNC, bad).json()["receipts"]
    reasons = ["nonce", "signature", "device", "session", "event", "body", "body"]
    assert [one["reason"] for one in answers] == reasons
    assert len(site.records()) == 5
    found = site.findings()
    assert len(found["FIELD-NIP-UNKNOWN"]) == 2
    assert len(found["FIELD-SIGNATURE"]) == 2
    assert len(found["FIELD-REFUSED"]) == 2
    with site.engine.connect() as connection:
        kept = connection.execute(select(tables.metadata.tables["field_refusal"].c.body)).scalars().all()
        strays = select(tables.finding.c.code).where(tables.finding.c.subject.startswith("source:acara:-:"))
        assert len(connection.execute(strays).all()) == 3
    assert len(kept) == len(reasons)
    for content in ("", "[]", '{"format": "other/1", "records": []}', '{"format": 1}'):
        answer = organiser.post(
            site.root + SYNC,
            data={
                "csrf": organiser.get(f"{site.root}/lapangan/data/saya", timeout=30).json()["csrf"],
                "isi": content,
            },
            timeout=30,
        )
        assert answer.status_code == 400
        assert answer.json()["code"] in {"FIELD-FILE", "FIELD-FORMAT"}


def test_a_hole_in_the_numbers_and_a_late_record_are_told(site: Site, organiser: requests.Session) -> None:
    device = enrolled(organiser, site)
    people, code, now = site.event.participants, site.event.code, site.clock()
    first, lost, third = (device.body(code, 1, "tick", one.nip, now) for one in people[:3])
    post(organiser, site, SYNC, device.carriage(first, third, now=now))
    assert site.findings()["FIELD-GAP"][0]["count"] == "1"
    set_state(site.desk, code, 1, SessionState.CONFIRMED, "panitia")
    (receipt,) = post(organiser, site, SYNC, device.carriage(lost, now=now)).json()["receipts"]
    assert receipt["told"] == "sesi sudah dikonfirmasi"
    assert set(site.findings()) == {"FIELD-LATE"}
    set_state(site.desk, code, 1, SessionState.CONFIRMED, "panitia")
    assert site.findings() == {}


def test_a_contradiction_is_settled_at_the_console(site: Site, organiser: requests.Session) -> None:
    one, other = enrolled(organiser, site), enrolled(organiser, site)
    person, code, now = site.event.participants[0], site.event.code, site.clock()
    post(organiser, site, SYNC, one.carriage(one.body(code, 1, "scan", person.nip, now), now=now))
    untick = other.body(code, 1, "untick", person.nip, now + timedelta(seconds=2))
    post(organiser, site, SYNC, other.carriage(untick, now=now + timedelta(seconds=3)))
    assert site.findings()["FIELD-CONFLICT"][0]["name"] == person.name
    page = organiser.get(f"{site.root}/acara/{code}", timeout=30)
    assert "bertentangan" in page.text
    fields = {"csrf": csrf_of(page.text), "orang": person.nip, "tanda": "hadir"}
    page = organiser.post(f"{site.root}/acara/{code}/sesi/1/tanda", data=fields, timeout=30)
    assert page.status_code == 200
    assert "FIELD-CONFLICT" not in site.findings()
    assert site.records()[-1].carried is Carried.CONSOLE


def check_in_page(site: Site, phone: requests.Session, query: str = "") -> requests.Response:
    return phone.get(f"{site.root}/hadir/{site.event.code}/1{query}", timeout=30)


def check_in(site: Site, phone: requests.Session, html: str, **fields: str) -> requests.Response:
    ticket = re.search(r'name="tiket" value="([^"]+)"', html)
    values = {"csrf": csrf_of(html), **({"tiket": ticket.group(1)} if ticket else {}), **fields}
    return phone.post(f"{site.root}/hadir/{site.event.code}/1", data=values, timeout=30)


def test_a_learner_checks_in_with_the_rotating_code(site: Site, organiser: requests.Session) -> None:
    person, code = site.event.participants[0], site.event.code
    shown = organiser.get(f"{site.root}/acara/{code}/sesi/1/kode", timeout=30).json()
    assert shown["qr"].startswith("data:image/svg+xml")
    now = shown_code(SECRET, TENANT, code, 1, site.clock())
    phone = requests.Session()
    page = check_in_page(site, phone, f"?k={now.long}")
    assert "NIP Anda" in page.text
    refused = check_in(site, phone, page.text, nip="123")
    assert refused.status_code == 400
    assert "bukan NIP yang sah" in refused.text
    done = check_in(site, phone, page.text, nip=f"{person.nip[:8]} {person.nip[8:14]} {person.nip[14:]}")
    assert done.status_code == 200
    assert person.name in done.text
    (record,) = site.records()
    assert (record.act, record.nip, record.carried) == (Act.SELF, person.nip, Carried.PHONE)
    assert site.desk.receipt_of(code, record) in done.text
    again = check_in(site, phone, page.text, nip=person.nip)
    assert site.desk.receipt_of(code, record) in again.text
    friend = check_in(site, phone, page.text, nip=site.event.participants[1].nip)
    assert friend.status_code == 409
    assert len(site.records()) == 1
    typed = check_in(site, phone, check_in_page(site, phone).text, kode=f"{now.digits[:3]} {now.digits[3:]}")
    assert "NIP Anda" in typed.text
    check_in(site, phone, typed.text, nip=site.event.participants[1].nip)
    assert site.findings()["FIELD-SAME-PHONE"][0]["count"] == "2"
    old = shown_code(SECRET, TENANT, code, 1, site.clock() - timedelta(minutes=2))
    assert "sudah lewat waktunya" in check_in_page(site, phone, f"?k={old.long}").text
    for _ in range(5):
        wrong = check_in(site, phone, check_in_page(site, phone).text, kode="000000")
    assert wrong.status_code == 400
    assert check_in(site, phone, check_in_page(site, phone).text, kode="000000").status_code == 429
    assert "presensi hanya dibuka" in phone.get(f"{site.root}/hadir/{code}/2", timeout=30).text.casefold()
    set_state(site.desk, code, 1, SessionState.CONFIRMED, "panitia")
    assert "sudah ditutup" in check_in_page(site, phone).text


def context_of(site: Site, tmp_path: Path) -> Context:
    def nothing(_name: str) -> str:
        raise AssertionError("no secret is needed")

    class Statements:
        def put(self, statements: object) -> None:
            raise AssertionError("nothing is published here")

    key = Ed25519PrivateKey.generate()
    office = Office(TENANT, "Asia/Jayapura", "https://jp.example", "https://nip.example", 10)
    return Context(
        site.engine, site.clock, office, tmp_path, {}, nothing, Statements(), lambda: key, "0.1.0", Silent()
    )


def attendances(engine: Engine, source: str) -> dict[str, tuple[str, int | None, str | None]]:
    """attendee -> (standing, sessions attended, problem) of the newest versions."""
    table = tables.attendance
    query = select(table).where(table.c.source == source).order_by(table.c.version)
    with engine.connect() as connection:
        return {r.attendee: (r.standing, r.sessions_attended, r.problem) for r in connection.execute(query)}


def test_confirmation_becomes_evidence_credit_and_can_be_undone(site: Site, tmp_path: Path) -> None:
    document = default_rule_document()
    rules = read_rules(document)
    code, people, source = site.event.code, site.event.participants, site.event.source
    with site.engine.begin() as connection:
        store_rule_set(
            connection, TENANT, version=rules.version, effective_from=rules.effective_from, document=document,
            now=site.clock(),
        )  # fmt: skip
        connection.execute(update(tables.learner).values(employment="PNS"))
    for session in (1, 2):
        for one in people[: 4 if session == 1 else 3]:
            record_here(site.desk, site.event, session, Act.TICK, one.nip, "account:panitia", Carried.CONSOLE)
    set_state(site.desk, code, 1, SessionState.CONFIRMED, "panitia")
    assert attendances(site.engine, source) == {}  # one session is still open
    site.shift = timedelta(days=2)
    done = set_state(site.desk, code, 2, SessionState.CONFIRMED, "panitia")
    assert done.stored.new == len(people)
    held = {who: attended for who, (_, attended, _) in attendances(site.engine, source).items()}
    assert held == {one.nip: 2 if n < 3 else 1 if n == 3 else 0 for n, one in enumerate(people)}
    assert set_state(site.desk, code, 2, SessionState.CONFIRMED, "panitia").stored.new == 0
    with site.engine.connect() as connection:  # the same word as under a sheet, recorded once
        [word] = words_on(connection, TENANT, [source])
        assert (word.state, word.confirmed_by, word.people) == (Word.CONFIRMED, "panitia", len(people))
    ctx = context_of(site, tmp_path)
    reconcile(ctx, "run-field")
    with site.engine.connect() as connection:
        mine = tables.ledger_entry.c.title == site.event.title
        jp = connection.execute(select(tables.ledger_entry.c.jp).where(mine)).scalars().all()
        low = select(tables.finding.c.code).where(
            tables.finding.c.code.in_(("ATTENDANCE-LOW", "ABSENT")), tables.finding.c.closed_at.is_(None)
        )
        assert sorted(connection.execute(low).scalars()) == ["ABSENT", "ABSENT", "ATTENDANCE-LOW"]
    assert jp == [1600, 1600, 1600]
    assert undo_import(ctx, source, "uji") == len(people)
    reconcile(ctx, "run-undone")
    with site.engine.connect() as connection:
        jp = connection.execute(select(tables.ledger_entry.c.jp).where(mine)).scalars().all()
    assert sum(jp) == 0
    assert {standing for standing, _, _ in attendances(site.engine, source).values()} == {Standing.WITHDRAWN}
    set_state(site.desk, code, 2, SessionState.CONFIRMED, "panitia")
    assert {standing for standing, _, _ in attendances(site.engine, source).values()} == {Standing.COMPLETED}
    set_state(site.desk, code, 2, SessionState.OPEN, "panitia")
    with site.engine.connect() as connection:
        assert [word.state for word in words_on(connection, TENANT, [source])] == [Word.LAPSED]
    assert {standing for standing, _, _ in attendances(site.engine, source).values()} == {Standing.WITHDRAWN}
    set_state(site.desk, code, 2, SessionState.CANCELLED, "panitia")
    assert {attended for _, attended, _ in attendances(site.engine, source).values()} == {0, 1}


def test_coaching_counts_by_session_and_a_contradiction_holds_the_credit(site: Site) -> None:
    document = default_rule_document()
    rules = read_rules(document)
    with site.engine.begin() as connection:
        store_rule_set(
            connection, TENANT, version=rules.version, effective_from=rules.effective_from, document=document,
            now=site.clock(),
        )  # fmt: skip
    coaching = add_today(site.scene, site.scene.organiser, "26-COACH1", people=2, form=14)
    first, second = coaching.participants
    for one, act, maker in (
        (first, Act.TICK, "device:a"),
        (second, Act.TICK, "device:a"),
        (second, Act.UNTICK, "device:b"),
    ):
        record_here(site.desk, coaching, 1, act, one.nip, maker, Carried.LINK)
    set_state(site.desk, coaching.code, 1, SessionState.CONFIRMED, "panitia")
    assert attendances(site.engine, coaching.source) == {
        f"{first.nip}:1": ("completed", None, None),
        f"{second.nip}:1": ("completed", None, "FIELD-CONFLICT"),
    }


def test_a_roster_is_pasted_or_taken_from_an_office_and_says_what_it_could_not_read(
    site: Site, organiser: requests.Session
) -> None:
    code, fresh = site.event.code, site.scene.people[10]
    page = organiser.get(f"{site.root}/acara/{code}", timeout=30)
    lines = f"No\tNama\tNIP\n1\t{fresh.name}\t'{fresh.nip}\n2\tTanpa NIP\t-\n3\tBaru\t199001012015031001"
    answer = organiser.post(
        f"{site.root}/acara/{code}/peserta", data={"csrf": csrf_of(page.text), "daftar": lines}, timeout=30
    )
    assert "2 peserta ditambahkan" in answer.text
    assert "1 NIP tidak ada di daftar pegawai" in answer.text
    assert "2 Tanpa NIP -" in answer.text
    assert {one.nip for one in site.now_event().participants} >= {fresh.nip, "199001012015031001"}
    before = len(site.now_event().participants)
    organiser.post(
        f"{site.root}/acara/{code}/peserta", data={"csrf": csrf_of(page.text), "opd": "8001.06"}, timeout=30
    )
    assert len(site.now_event().participants) > before


def test_an_event_is_made_by_the_form_or_the_field_is_named(site: Site, organiser: requests.Session) -> None:
    page = organiser.get(f"{site.root}/acara/baru", timeout=30)
    good = {
        "csrf": csrf_of(page.text), "judul": "Sosialisasi <b>Netralitas</b>", "bentuk": "7",
        "penyelenggara": "BKPSDM", "tempat": "Sentani", "jp": "4", "sesi1_tanggal": "2026-11-30",
        "sesi1_mulai": "13:00", "sesi1_selesai": "16:00", "sesi2_tanggal": "2026-11-30", "sesi2_mulai": "08:00",
        "sesi2_selesai": "12:00",
    }  # fmt: skip
    made = organiser.post(f"{site.root}/acara/baru", data=good, timeout=30)
    assert made.status_code == 200
    assert "Sosialisasi &lt;b&gt;Netralitas&lt;/b&gt;" in made.text
    assert made.text.index("08.00 – 12.00 WIT") < made.text.index("13.00 – 16.00 WIT")
    for change, told in (
        ({"judul": " "}, "Judul acara belum diisi"),
        ({"bentuk": "99"}, "Bentuk pengembangan belum dipilih"),
        ({"sesi1_tanggal": "31-02-2026"}, "tidak terbaca"),
        ({"sesi1_selesai": "07:00"}, "harus selesai setelah mulai"),
        ({"sesi1_mulai": "11:00"}, "bersamaan waktunya"),
        ({"sesi1_tanggal": "", "sesi2_tanggal": ""}, "paling sedikit satu sesi"),
    ):
        answer = organiser.post(f"{site.root}/acara/baru", data=good | change, timeout=30)
        assert answer.status_code == 400
        assert told in answer.text
        assert 'value="BKPSDM"' in answer.text  # what was filled in stays


def session_form(day: str, start: str, end: str, title: str = "") -> dict[str, str]:
    return {"sesi1_tanggal": day, "sesi1_mulai": start, "sesi1_selesai": end, "sesi1_judul": title}


def test_a_session_is_added_moved_and_cancelled_after_the_event_was_made(
    site: Site, organiser: requests.Session
) -> None:
    code, people = site.event.code, site.event.participants
    root = f"{site.root}/acara/{code}"
    csrf = csrf_of(organiser.get(root, timeout=30).text)
    known = organiser.get(f"{site.root}/lapangan/data/acara/{code}", timeout=30).json()
    assert [one["n"] for one in known["sessions"]] == [1, 2]

    def send(path: str, **fields: str) -> requests.Response:
        return organiser.post(root + path, data={"csrf": csrf, **fields}, timeout=30)

    day = (site.clock() + timedelta(days=3)).date().isoformat()
    added = send("/sesi", **session_form(day, "13:00", "15:00", "Evaluasi"))
    assert added.status_code == 200
    assert "3. Evaluasi" in added.text
    assert "Sesi 3 ditambahkan: Evaluasi" in added.text
    for fields, told in (
        (session_form(day, "14:00", "16:00"), "bersamaan waktunya"),
        (session_form("", "08:00", "09:00"), "Tanggal sesi belum diisi"),
        (session_form(day, "17:00", "16:00", "Sore"), "harus selesai setelah mulai"),
    ):
        refused = send("/sesi", **fields)
        assert refused.status_code == 400
        assert told in refused.text
    assert 'value="Sore"' in refused.text  # what was filled in stays
    moved = send("/sesi/3", **session_form(day, "08:00", "10:00", "Evaluasi akhir"))
    assert moved.status_code == 200
    assert "Sesi 3 dipindah" in moved.text
    assert send("/sesi/9", **session_form(day, "08:00", "10:00")).status_code == 400
    seen = organiser.get(f"{site.root}/lapangan/data/acara/{code}", timeout=30).json()
    (third,) = (one for one in seen["sessions"] if one["n"] == 3)
    assert (third["title"], third["end"] - third["start"]) == ("Evaluasi akhir", 2 * 3600 * 1000)
    device = enrolled(organiser, site)
    send("/sesi/3/keadaan", keadaan="batal")
    late = device.body(code, 3, "tick", people[0].nip, site.clock())  # the device did not know
    (receipt,) = post(organiser, site, SYNC, device.carriage(late, now=site.clock())).json()["receipts"]
    assert (receipt["answer"], receipt["told"]) == ("taken", "sesi sudah dibatalkan")
    assert site.findings()["FIELD-CANCELLED"][0]["count"] == "1"
    refused = send("/sesi/3", **session_form(day, "09:00", "10:00"))
    assert refused.status_code == 400
    assert "Buka kembali dahulu" in refused.text
    send("/sesi/3/keadaan", keadaan="buka")
    assert site.findings() == {}
    # somebody else's event can't be given a session
    with site.engine.begin() as connection:
        other = add_account(connection, TENANT, "panitia-lain", Role.ORGANISER, site.clock(), hashed())
    hidden = add_today(site.scene, other, "26-OTHER1")
    for path in ("/sesi", "/sesi/1"):
        answer = organiser.post(
            f"{site.root}/acara/{hidden.code}{path}",
            data={"csrf": csrf, **session_form(day, "08:00", "09:00")},
            timeout=30,
        )
        assert answer.status_code == 400
        assert "EVENT-UNKNOWN" in answer.text


def test_a_session_added_to_a_settled_event_holds_its_evidence(site: Site) -> None:
    code, people = site.event.code, site.event.participants
    for number in (1, 2):
        record_here(site.desk, site.event, number, Act.TICK, people[0].nip, "account:x", Carried.CONSOLE)
        set_state(site.desk, code, number, SessionState.CONFIRMED, "panitia")
    standing = {standing for standing, _, _ in attendances(site.engine, site.event.source).values()}
    assert standing == {Standing.COMPLETED}
    day = (site.clock() + timedelta(days=3)).date().isoformat()
    changed = add_one(site.desk, code, session_form(day, "08:00", "12:00"), "panitia")
    assert changed.done.withdrawn == len(people)
    assert {s for s, _, _ in attendances(site.engine, site.event.source).values()} == {Standing.WITHDRAWN}
    set_state(site.desk, code, 3, SessionState.CANCELLED, "panitia")
    assert {s for s, _, _ in attendances(site.engine, site.event.source).values()} == {Standing.COMPLETED}


def bring(session: requests.Session, site: Site, name: str, body: bytes) -> requests.Response:
    page = f"{site.root}/acara/berkas"
    csrf = csrf_of(session.get(page, timeout=30).text)
    return session.post(page, data={"csrf": csrf}, files={"file": (name, body)}, timeout=60)


def test_a_carried_file_is_brought_in_at_the_console(site: Site, organiser: requests.Session) -> None:
    device, stranger = enrolled(organiser, site), FieldDevice()
    people, now, code = site.event.participants, site.clock(), site.event.code
    contact = now.timestamp() * 1000 - 60_000  # the device's clock was right a minute ago
    anchor = {"s": contact, "c": {"w": contact, "m": 0, "l": "earlier life"}}
    sent = device.carriage(*(device.body(code, 1, "scan", one.nip, now, h=anchor) for one in people[:3]))
    body = json.dumps(sent).encode()
    first = bring(organiser, site, "lapangan-1.jpb.json", body)
    assert first.status_code == 200
    assert "3 catatan diterima." in first.text
    assert f'href="/acara/{code}?sesi=1"' in first.text
    assert {one.carried for one in site.records()} == {Carried.FILE}
    again = bring(organiser, site, "lapangan-1.jpb.json", gzip.compress(body))
    assert "tidak ada yang berubah" in again.text
    assert len(site.records()) == 3
    assert site.findings() == {}
    sent["records"].append(stranger.sign(stranger.body(code, 1, "scan", people[4].nip, now)))
    mixed = bring(organiser, site, "lapangan-2.jpb.json", json.dumps(sent).encode())
    assert "3 sudah ada." in mixed.text
    assert "perangkat tidak terdaftar atau sudah dicabut" in mixed.text
    assert people[4].nip in mixed.text
    with site.engine.begin() as connection:
        add_account(connection, TENANT, "panitia-lain", Role.ORGANISER, site.clock(), hashed())
    others = bring(signed_in(site.root, "panitia-lain"), site, "lapangan-1.jpb.json", body)
    assert "bukan acara akun perangkat ini" in others.text
    assert "diterima." not in others.text
    assert len(site.records()) == 3


def test_what_is_no_field_file_is_refused_with_one_sentence(site: Site, organiser: requests.Session) -> None:
    nested = b'{"format":"jpbridge-field/1","records":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    bomb = gzip.compress(b" " * 60_000_000)
    many = json.dumps({"format": "jpbridge-field/1", "records": [{"body": "", "sig": ""}] * 20_001}).encode()
    for name, body, told in (
        ("kosong.json", b"", "berkasnya kosong"),
        ("foto.jpg", b"\xff\xd8\xff\xe0" * 100, "bukan berkas lapangan"),
        ("lain.json", b'{"format": "x/1", "records": []}', "harus berformat"),
        ("dalam.json", nested, "bukan berkas lapangan"),
        ("bom.json", bomb, "lebih besar dari 24 MB"),
        ("potong.json.gz", gzip.compress(b"{}" * 5000)[:-20], "terpotong"),
        ("banyak.json", many, "paling banyak 20000 catatan"),
    ):
        answer = bring(organiser, site, name, body)
        assert answer.status_code == 400, name
        assert told in answer.text, name
        assert answer.text.count('role="alert"') == 1
    huge = bring(organiser, site, "besar.json", b" " * (17 * 2**20))
    assert huge.status_code == 413
    assert "16 MB" in huge.text
    assert site.records() == []
    assert site.findings() == {}


def test_a_packed_request_is_taken_and_a_broken_one_is_told(site: Site, organiser: requests.Session) -> None:
    device = enrolled(organiser, site)
    body = device.body(site.event.code, 1, "tick", site.event.participants[0].nip, site.clock())
    sent = gzip.compress(json.dumps(device.carriage(body, now=site.clock())).encode())
    csrf = organiser.get(f"{site.root}/lapangan/data/saya", timeout=30).json()["csrf"]

    def deliver(content: bytes) -> requests.Response:
        return organiser.post(
            site.root + SYNC, data={"csrf": csrf}, files={"isi": ("isi.gz", content)}, timeout=30
        )

    answer = deliver(sent).json()
    assert [one["answer"] for one in answer["receipts"]] == ["taken"]
    assert [one["code"] for one in answer["events"]] == [site.event.code, site.scene.event_code]
    for broken in (sent[:-30], sent[:12] + b"\0" * 40, gzip.compress(b" " * 5_000_000)):
        refused = deliver(broken)
        assert refused.status_code == 400
        assert refused.json()["code"] == "FIELD-PACKED"
    assert len(site.records()) == 1
