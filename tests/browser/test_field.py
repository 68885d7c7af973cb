"""The field page in a real Chromium: the network cut and restored, the browser killed, the clock wrong, records
sent twice, changed on the way, or carried as a file."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from bridge.domain.field import Act, Carried, SessionState
from bridge.flows.field_carriage import read_carriage
from bridge.flows.field_confirm import set_state
from bridge.flows.field_intake import Answer, record_here, take_in
from bridge.flows.field_sessions import add_one
from bridge.store.field_events import devices_of
from bridge.store.field_records import records_of_event
from tests.browser.field_page import (
    enrol,
    exported,
    fits,
    kept,
    open_session,
    picture,
    record,
    sent_all,
    sign_in,
)
from tests.browser.field_phone import NewPhone
from tests.field_site import Site, add_large
from tests.integration.web.scene import PASSWORD, TENANT

pytestmark = pytest.mark.browser
DAY = 24 * 3600 * 1000


def test_the_network_is_cut_and_restored(site: Site, new_phone: NewPhone) -> None:
    device = new_phone("a")
    page = device.start()
    problems: list[str] = []
    page.on("pageerror", lambda fault: problems.append(str(fault)))
    enrol(page, site)
    picture(page, "field-events")
    device.cut()
    page.reload()  # from the service worker: there is no network
    open_session(page, site)
    expect(page.locator("#link")).to_contain_text("Tanpa jaringan")
    first, second = site.event.participants[:2]
    record(page, f"NIP. {first.nip[:8]} {first.nip[8:14]} {first.nip[14]} {first.nip[15:]}")
    expect(page.locator(".saved")).to_have_count(1)
    expect(page.locator("#say")).to_contain_text(f"Tercatat: {first.name}")
    page.locator(".person", has_text=second.nip).click()
    expect(page.locator(".saved")).to_have_count(2)
    record(page, "199001012015031001")
    expect(page.locator("#say")).to_contain_text("Belum bisa diperiksa tanpa jaringan")
    record(page, "19900101201503")
    expect(page.locator("#say")).to_contain_text("Bukan NIP")
    page.fill("#typed", "")
    expect(page.locator("#link")).to_contain_text("3 belum terkirim")
    assert site.records() == []
    assert page.locator(".taken").count() == 0  # two ticks need a receipt
    fits(page)
    picture(page, "field-offline")
    device.cut(False)
    sent_all(page)
    expect(page.locator(".taken")).to_have_count(3)
    expect(page.locator(".taken").first).to_contain_text("✓✓")
    picture(page, "field-sent")
    taken = {one.nip: one for one in site.records()}
    assert set(taken) == {first.nip, second.nip, "199001012015031001"}
    assert {one.act for one in taken.values()} == {Act.TICK}
    assert {one.carried for one in taken.values()} == {Carried.LINK}
    assert set(site.findings()) == {"FIELD-NIP-UNKNOWN"}
    assert problems == []
    receipts = {one["p"]: one["receipt"] for one in kept(page)}
    assert receipts == {nip: site.desk.receipt_of(site.event.code, one) for nip, one in taken.items()}


def test_records_outlive_a_killed_browser(site: Site, new_phone: NewPhone) -> None:
    device = new_phone("a")
    page = device.start()
    enrol(page, site)
    device.cut()
    open_session(page, site)
    for one in site.event.participants[:3]:
        record(page, one.nip)
        expect(page.locator("#say")).to_contain_text(one.name)
    expect(page.locator(".saved")).to_have_count(3)
    before = {one["u"]: one["body"] for one in kept(page)}
    device.kill()
    page = device.start()
    device.cut()
    page.goto(f"{site.root}/lapangan/")
    open_session(page, site)
    expect(page.locator(".saved")).to_have_count(3)
    assert {one["u"]: one["body"] for one in kept(page)} == before
    record(page, site.event.participants[3].nip)  # the key and the running number are there too
    expect(page.locator(".saved")).to_have_count(4)
    assert sorted(one["i"] for one in kept(page)) == [1, 2, 3, 4]
    page.close()
    assert device.context is not None
    page = device.context.new_page()
    device.cut(False)
    sign_in(page, site)  # Chromium may not have written its cookies before it died
    sent_all(page)
    assert [one.counter for one in site.records()] == [1, 2, 3, 4]
    assert site.findings() == {}


def test_a_record_that_was_saved_and_not_signed_is_signed_later(site: Site, new_phone: NewPhone) -> None:
    """The page can die between the two: the record must neither be lost nor leave a hole in the numbers."""
    device = new_phone("a")
    page = device.start()
    enrol(page, site)
    device.cut()
    open_session(page, site)
    record(page, site.event.participants[0].nip)
    expect(page.locator(".saved")).to_have_count(1)
    page.evaluate(
        """() => new Promise((done) => {
            const opening = indexedDB.open("jpbridge-lapangan");
            opening.onsuccess = () => {
                const store = opening.result.transaction("records", "readwrite").objectStore("records");
                store.getAll().onsuccess = (event) => {
                    const { body, sig, ...unsigned } = event.target.result[0];
                    store.put(unsigned).onsuccess = () => { opening.result.close(); done(); };
                };
            };
        })"""
    )
    assert "sig" not in kept(page)[0]
    device.cut(False)
    sent_all(page)
    assert [one.nip for one in site.records()] == [site.event.participants[0].nip]


def test_a_wrong_clock_is_put_right_and_told(site: Site, new_phone: NewPhone) -> None:
    shift = 3 * DAY + 7 * 60_000
    device = new_phone("a")
    page = device.start(shift)
    enrol(page, site)
    expect(page.locator("#say")).to_be_visible()
    device.cut()
    open_session(page, site)
    earliest = site.clock()
    record(page, site.event.participants[0].nip)
    expect(page.locator(".saved")).to_have_count(1)
    latest = site.clock()
    page.wait_for_timeout(1500)  # the time of synchronisation is another one
    device.cut(False)
    sent_all(page)
    (taken,) = site.records()
    assert earliest - timedelta(seconds=1) <= taken.at <= latest + timedelta(seconds=1)
    assert taken.received_at > taken.at + timedelta(seconds=1)
    assert taken.device_at is not None
    assert abs((taken.device_at - taken.at) - timedelta(milliseconds=shift)) < timedelta(seconds=2)
    (told,) = site.findings()["FIELD-CLOCK-SKEW"]
    assert told["minutes"] == str(round(abs(shift) / 60_000))


def test_a_clock_that_is_set_in_the_field_moves_nothing(site: Site, new_phone: NewPhone) -> None:
    device = new_phone("a")
    page = device.start(0)
    enrol(page, site)
    device.cut()
    open_session(page, site)
    page.evaluate(f"window.shift = {-30 * DAY}")
    earliest = site.clock()
    record(page, site.event.participants[0].nip)
    expect(page.locator(".saved")).to_have_count(1)
    latest = site.clock()
    page.evaluate("window.shift = 0")
    device.cut(False)
    sent_all(page)
    (taken,) = site.records()
    assert earliest - timedelta(seconds=2) <= taken.at <= latest + timedelta(seconds=2)
    assert set(site.findings()) == {"FIELD-CLOCK-SKEW"}


def test_two_devices_that_contradict_each_other(site: Site, new_phone: NewPhone) -> None:
    person = site.event.participants[0]
    first, second = new_phone("a"), new_phone("b")
    one, other = first.start(), second.start()
    enrol(one, site, "HP Yohana")
    enrol(other, site, "HP Markus")
    first.cut()
    second.cut()
    for page in (one, other):
        page.on("dialog", lambda dialog: dialog.accept())
        open_session(page, site)
        record(page, person.nip)
        expect(page.locator(".saved")).to_have_count(1)
    other.locator(".person", has_text=person.nip).click()
    expect(other.locator("#say")).to_contain_text("Dibatalkan")
    for device, page in ((first, one), (second, other)):
        device.cut(False)
        sent_all(page)
    assert len(site.records()) == 3
    (told,) = site.findings()["FIELD-CONFLICT"]
    assert told["name"] == person.name


def test_a_file_is_carried_and_its_receipts_come_later(site: Site, new_phone: NewPhone) -> None:
    device = new_phone("a")
    page = device.start()
    enrol(page, site)
    device.cut()
    open_session(page, site)
    for one in site.event.participants[:2]:
        record(page, one.nip)
        expect(page.locator("#say")).to_contain_text(one.name)
    content = exported(page)
    assert len(content) < 2_000  # two records: kilobytes, not megabytes
    changed = json.loads(content)
    body = json.loads(changed["records"][1]["body"])
    body["p"] = site.event.participants[5].nip
    changed["records"][1]["body"] = json.dumps(body)
    tampered = take_in(site.desk, read_carriage(json.dumps(changed).encode()), Carried.FILE, None)
    assert [one.answer for one in tampered.receipts] == [Answer.TAKEN, Answer.REFUSED]
    assert tampered.receipts[1].reason == "signature"
    assert [one.nip for one in site.records()] == [site.event.participants[0].nip]
    assert len(site.findings()["FIELD-SIGNATURE"]) == 1
    whole = take_in(site.desk, read_carriage(content), Carried.FILE, None)
    assert [one.answer for one in whole.receipts] == [Answer.REPEAT, Answer.TAKEN]
    assert whole.receipts[0].receipt == tampered.receipts[0].receipt
    expect(page.locator(".saved")).to_have_count(2)  # the page knows nothing of it yet
    device.cut(False)
    sent_all(page)
    expect(page.locator(".taken")).to_have_count(2)
    assert len(site.records()) == 2
    assert {one.carried for one in site.records()} == {Carried.FILE}


def test_one_device_brings_the_file_of_another(site: Site, new_phone: NewPhone, tmp_path: Path) -> None:
    far, near = new_phone("far"), new_phone("near")
    there, here = far.start(), near.start()
    enrol(there, site, "HP Yohana")
    enrol(here, site, "HP Markus")
    far.cut()
    open_session(there, site)
    record(there, site.event.participants[0].nip)
    expect(there.locator(".saved")).to_have_count(1)
    carried = tmp_path / "lapangan.jpb.json"
    carried.write_bytes(exported(there))
    here.set_input_files("#file", carried)
    expect(here.locator("#say")).to_contain_text("1 diterima, 0 ditolak")
    assert [one.carried for one in site.records()] == [Carried.FILE]
    carried.write_text("{}")
    here.set_input_files("#file", carried)
    expect(here.locator("#say")).to_contain_text("bukan berkas lapangan")


def test_a_revoked_device_is_refused_and_says_so(site: Site, new_phone: NewPhone) -> None:
    device = new_phone("a")
    page = device.start()
    enrol(page, site)
    device.cut()
    open_session(page, site)
    record(page, site.event.participants[0].nip)
    expect(page.locator(".saved")).to_have_count(1)
    with site.engine.begin() as connection:
        (known,) = devices_of(connection, TENANT, site.scene.organiser.account_id)
        connection.exec_driver_sql(f"UPDATE field_device SET revoked_at = 1 WHERE key_id = '{known.key_id}'")
    device.cut(False)
    expect(page.locator("#say")).to_contain_text("1 catatan ditolak", timeout=30_000)
    page.locator("button.link").click()
    expect(page.locator(".refused")).to_contain_text("perangkat tidak terdaftar atau sudah dicabut")
    fits(page)
    picture(page, "field-refused")
    assert site.records() == []
    assert set(site.findings()) == {"FIELD-REFUSED"}
    assert len(kept(page)) == 1  # nothing is thrown away


def test_an_ended_session_keeps_the_records(site: Site, new_phone: NewPhone) -> None:
    device = new_phone("a")
    page = device.start()
    enrol(page, site)
    open_session(page, site)
    assert device.context is not None
    device.context.clear_cookies()
    record(page, site.event.participants[0].nip)
    expect(page.locator(".saved")).to_have_count(1)
    page.locator("#send").click()
    expect(page.locator("#say")).to_contain_text("Masuk lagi untuk mengirim")
    picture(page, "field-sign-in-again")
    page.locator("#say a").click()
    page.fill("#name", "panitia")
    page.fill("#password", PASSWORD)
    page.click("button.main")
    page.wait_for_url("**/lapangan/")
    sent_all(page)
    assert len(site.records()) == 1


def test_hundreds_of_records_go_in_kilobytes(site: Site, new_phone: NewPhone) -> None:
    """40 people at 8 sessions, all recorded without a network, sent in few requests when it is there."""
    event = add_large(site.scene, site.scene.organiser)
    device = new_phone("a")
    page = device.start()
    enrol(page, site)
    device.cut()
    page.evaluate(
        """async ({ code, people, sessions }) => {
            const { record } = await import("./device.js");
            for (let s = 1; s <= sessions; s++)
                for (const [p, n] of people) await record({ e: code, s, a: "tick", p, n });
        }""",
        {
            "code": event.code,
            "people": [(one.nip, one.name) for one in event.participants],
            "sessions": len(event.sessions),
        },
    )
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url.rpartition("/data/")[2]))
    device.cut(False)
    expect(page.locator("#say")).to_contain_text("320 catatan terkirim dan diterima", timeout=60_000)
    told = page.locator("#say").inner_text()
    kilobytes = int(told.partition("(")[2].partition(" kB")[0])
    assert 20 <= kilobytes <= 64  # 0.2 kB a record at most, packed, with its signature
    sent_all(page)
    with site.engine.connect() as connection:
        taken = records_of_event(connection, event.event_id)
    assert len({(one.session, one.nip) for one in taken}) == len(taken) == 320
    assert sorted(one.counter or 0 for one in taken) == list(range(1, 321))
    synced = [one for one in asked if one == "sinkron"]
    assert 3 <= len(synced) <= 6  # 40, 80, 160, 40: the first small, in case the link is bad
    assert not [one for one in asked if one.startswith("acara/")]  # its own marks are no news to it


def test_a_lost_answer_halves_what_is_sent_and_doubles_nobody(site: Site, new_phone: NewPhone) -> None:
    device = new_phone("a")
    page = device.start()
    enrol(page, site)
    device.cut()
    open_session(page, site)
    for one in site.event.participants[:3]:
        record(page, one.nip)
        expect(page.locator("#say")).to_contain_text(one.name)
    answered: list[int] = []

    def lose(route: Route) -> None:
        if answered:
            route.continue_()
            return
        answered.append(route.fetch().status)  # the server has it; the answer gets lost
        route.abort()

    page.route("**/data/sinkron", lose)
    device.cut(False)
    page.locator("#send").click()
    expect(page.locator("#link")).to_contain_text("Server tidak terjangkau", timeout=30_000)
    expect(page.locator("#asof")).to_contain_text("belum bisa diperiksa tanpa jaringan")
    assert (answered, len(site.records())) == ([200], 3)
    assert page.locator(".taken").count() == 0
    page.locator("#send").click()
    sent_all(page)
    expect(page.locator(".taken")).to_have_count(3)
    assert len(site.records()) == 3


def test_a_device_learns_of_sessions_and_of_others_marks_and_asks_for_no_more(
    site: Site, new_phone: NewPhone
) -> None:
    device = new_phone("a")
    page = device.start()
    enrol(page, site)
    open_session(page, site)
    expect(page.locator("#session option")).to_have_count(2)
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url.rpartition("/data/")[2].partition("?perangkat")[0]))
    code, people = site.event.code, site.event.participants
    day = (site.clock() + timedelta(days=3)).date().isoformat()
    form = {"sesi1_tanggal": day, "sesi1_mulai": "08:00", "sesi1_selesai": "10:00", "sesi1_judul": "Evaluasi"}
    add_one(site.desk, code, form, "panitia")
    set_state(site.desk, code, 2, SessionState.CANCELLED, "panitia")
    record_here(site.desk, site.event, 1, Act.TICK, people[1].nip, "account:x", Carried.CONSOLE)
    page.locator("#send").click()
    expect(page.locator("#session option")).to_have_count(3)
    expect(page.locator("#session")).to_contain_text("dibatalkan")
    expect(page.locator(".person", has_text=people[1].nip)).to_have_attribute("aria-pressed", "true")
    page.locator("#session").select_option("2")
    expect(page.locator(".note").first).to_contain_text("Sesi ini dibatalkan")
    page.locator("#session").select_option("3")
    picture(page, "field-new-session")
    fits(page)
    record(page, people[0].nip)
    expect(page.locator(".taken")).to_have_count(1)
    record_here(site.desk, site.event, 3, Act.TICK, people[2].nip, "account:x", Carried.CONSOLE)
    before = len([one for one in asked if one.startswith("acara/")])
    with page.expect_response(lambda one: "bagian=hadir" in one.url):
        page.locator("#send").click()
    expect(page.locator(".person", has_text=people[2].nip)).to_have_attribute("aria-pressed", "true")
    page.locator("#send").click()
    expect(page.locator("#say")).to_contain_text("Tidak ada yang perlu dikirim")
    assert len([one for one in asked if one.startswith("acara/")]) == before + 1
    assert {one.session for one in site.records() if one.nip == people[0].nip} == {3}


def test_the_page_is_installable_and_strict(site: Site, new_phone: NewPhone) -> None:
    device = new_phone("a")
    page = device.start()
    answer = page.goto(f"{site.root}/lapangan/")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert device.context is not None
    session = device.context.new_cdp_session(page)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    assert session.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
    manifest = session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    expect(page.locator("h1")).to_contain_text("belum terdaftar")
    fits(page)
    picture(page, "field-new")
    names = ("app.js", "store.js", "device.js", "sync.js", "people.js", "scanner.js", "words.js", "sw.js")
    sizes = page.evaluate(
        "(names) => Promise.all(names.map((name) => fetch(name).then((a) => a.text()).then((t) => t.length)))",
        list(names),
    )
    assert sum(sizes) < 45_000  # without the QR decoder, which comes from npm as it is
