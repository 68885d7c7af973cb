"""Two offices in one installation: nobody sees another's rows, by any page, download or the record store."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
import requests
import sqlalchemy as sa

from bridge.attendance.check_in_code import shown_code
from bridge.bootstrap import Installation, initialise, open_installation
from bridge.bootstrap.tenants import add_tenant
from bridge.domain.alert_catalogue import Alert
from bridge.domain.clock import system_clock
from bridge.domain.field import FieldEvent
from bridge.errors import RefuseInput
from bridge.flows.context import Silent
from bridge.flows.field_desk import Desk
from bridge.flows.field_events import add_lines, make_event
from bridge.flows.hints import STREAM
from bridge.flows.imports import import_attendance, import_roster
from bridge.flows.publish import publish
from bridge.flows.reconcile import reconcile
from bridge.flows.recorded import recorded_run
from bridge.store.alert_rows import raise_alerts
from bridge.store.console import Role, account_named, add_account
from bridge.store.field_records import records_of_event
from bridge.store.people import learner_of_nip
from bridge.store.schedules import TenantRow
from bridge.store.sources import SourceRow, store_source
from bridge.store.tables import metadata
from bridge.store.unit import reading, unit
from bridge.web.app import PAGES
from bridge.web.gate import PUBLIC, Page
from bridge.web.hook_secret import hook_secret
from bridge.web.learner_link import make_learner_link
from bridge.web.ports import web_application
from tests.integration.web.conftest import csrf_of
from tests.integration.web.scene import EVENT, PASSWORD, hashed, served

HERE = "utama"
ROSTER = "NIP,Nama,Jenis,Jabatan jenis,Kode OPD,Nama OPD\n{nip},{name},PNS,pelaksana,{code},{office}\n"
SHEET = (
    "Tanggal Mulai,Tanggal Selesai,Kode Jenis Pengembangan,Nama Kegiatan,Penyelenggara Kegiatan,"
    "Total Jam Pelajaran,NIP Peserta,Nama Peserta,Nomor Sertifikat\n"
    "2026-08-03,2026-08-05,8,{title},{organiser},24,{nip},{name},\n"
    "2026-08-03,2026-08-05,8,{title},{organiser},24,{stranger},Orang Asing {mark},\n"
)


@dataclass(frozen=True)
class Marked:
    """Words that occur in one office alone."""

    code: str
    name: str
    nip: str
    stranger: str
    mark: str

    @property
    def words(self) -> tuple[str, ...]:
        places = (f"Dinas {self.mark}", f"Bimtek {self.mark}", f"Rapat {self.mark}", self.source)
        return (self.name, self.nip, self.stranger, *places)

    @property
    def source(self) -> str:
        return f"lms-{self.mark.lower()}"


OURS = Marked(HERE, "Yohana Sentani", "198507151999032001", "197407132001121001", "Sentani")
THEIRS = Marked("biak", "Markus Numfor", "198607161999031002", "197507142001121002", "Numfor")


@dataclass(frozen=True)
class Filled:
    """What there is to ask for by its name or number."""

    learner_id: int
    event: str


@dataclass
class Two:
    root: str
    ours: Installation
    theirs: Installation
    keys: dict[str, tuple[str, str]]
    filled: dict[str, Filled]

    @property
    def learners(self) -> dict[str, int]:
        return {code: one.learner_id for code, one in self.filled.items()}


def fill(opened: Installation, who: Marked, folder: Path) -> Filled:
    roster, sheet = folder / f"pegawai-{who.code}.csv", folder / "kegiatan.csv"
    facts = {"nip": who.nip, "name": who.name, "code": f"8.{who.mark}", "office": f"Dinas {who.mark}"}
    roster.write_text(ROSTER.format(**facts), "utf-8")
    words = {"title": f"Bimtek {who.mark}", "organiser": f"BKPSDM {who.mark}", "mark": who.mark}
    sheet.write_text(SHEET.format(**facts, **words, stranger=who.stranger), "utf-8")
    ctx = opened.context(Silent())
    assert import_roster(ctx, roster).new == 1
    import_attendance(ctx, sheet, name="", imported_by="t")
    with recorded_run(ctx, "night", started_by=f"t-{who.mark}") as record:
        assert reconcile(ctx, record.run_id).entries == 1
        assert publish(ctx).statements == 1
    with unit(opened.store) as connection:
        for role, name in ((Role.ADMINISTRATOR, "admin"), (Role.AUDITOR, "auditor")):
            add_account(connection, who.code, name, role, opened.clock(), hashed())
        add_account(connection, who.code, f"hanya-{who.code}", Role.ADMINISTRATOR, opened.clock(), hashed())
    with reading(opened.store) as connection:
        person = learner_of_nip(connection, who.code, who.nip)
    assert person is not None
    with unit(opened.store) as connection:
        row = SourceRow(0, who.source, "moodle", "https://lms.example.id", {}, "", True)
        store_source(connection, who.code, row, opened.clock())
        stale = Alert("SOURCE-STALE", f"source:{who.source}", {"source": who.source, "days": "5"})
        raise_alerts(connection, who.code, [stale], opened.clock())
        owner = add_account(connection, who.code, "penyelenggara", Role.ORGANISER, opened.clock(), hashed())
    desk = Desk(opened.store, who.code, "Asia/Jayapura", opened.clock, opened.web_secret())
    today = f"{opened.clock().astimezone(ZoneInfo(desk.zone)):%Y-%m-%d}"
    dates = {f"sesi{number}_tanggal": today for number in (1, 2)}
    dates |= {
        "sesi1_mulai": "00:00",
        "sesi1_selesai": "12:00",
        "sesi2_mulai": "12:00",
        "sesi2_selesai": "23:59",
    }
    event = make_event(desk, owner, EVENT | dates | {"judul": f"Rapat {who.mark}"})
    assert add_lines(desk, event, who.nip).added == 1
    return Filled(int(person.learner_id), event.code)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def two(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    folder = tmp_path_factory.mktemp("two")
    home = folder / "home"
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "postgres":
            admin = request.getfixturevalue("postgres_admin_url")
            with psycopg.connect(admin, autocommit=True) as connection:
                connection.execute("CREATE DATABASE two_offices")
            patch.setenv("JPBRIDGE_DATABASE_URL", admin.rsplit("/", 1)[0] + "/two_offices")
        initialise(home, "Kabupaten Jayapura")
        ours = open_installation(home)
        row = TenantRow("biak", "Kabupaten Biak Numfor", "Asia/Jayapura", system_clock())
        add_tenant(home, ours.store, ours.main, row)
        theirs = ours.of_tenant("biak")
        filled = {HERE: fill(ours, OURS, folder), "biak": fill(theirs, THEIRS, folder)}
        keys = {one.settings.tenant: one.records.add_key("k", ["all"], None) for one in (ours, theirs)}
        app = web_application(ours)
        with served(app) as root:
            yield Two(root, ours, theirs, keys, filled)
        app.state.offices.close()
        theirs.records.close()
        ours.close()


def sign_in(root: str, name: str) -> requests.Session:
    session = requests.Session()
    form = session.get(f"{root}/masuk", timeout=30)
    fields = {"csrf": csrf_of(form.text), "target": "/", "name": name, "password": PASSWORD}
    answer = session.post(f"{root}/masuk", data=fields, allow_redirects=False, timeout=30)
    assert answer.status_code == 303, answer.text
    return session


def addresses(path: str, two: Two, mine: Marked, other: Marked) -> list[str]:
    """Every way to ask a page: with what is ours and with what is theirs."""
    samples: dict[str, list[str]] = {
        "code": [f"8.{mine.mark}", f"8.{other.mark}"],
        "event": [one.event for one in two.filled.values()],
        "batch_id": ["1", "2"],
        "number": ["1"],
        "learner_id": [str(number) for number in two.learners.values()],
        "finding_id": ["1", "2", "3", "4"],
        "entry_id": ["1", "2"],
        "run_id": runs_of(two),
        "report": ["cakupan", "pegawai", "kredit", "temuan", "riwayat"],
        "shape": ["csv", "xlsx"],
    }
    found = [path]
    for place in re.findall(r"{\w+(?::\w+)?}", path):
        values = samples.get(place.strip("{}").partition(":")[0], ["x"])
        found = [one.replace(place, value) for one in found for value in values]
    return [*found, *(f"{one}?cari={other.nip}&orang={other.name}&pegawai=2" for one in found)]


def runs_of(two: Two) -> list[str]:
    with two.ours.store.connect() as connection:
        return [str(row[0]) for row in connection.execute(sa.text("SELECT run_id FROM run"))]


def text_of(answer: requests.Response) -> str:
    if "spreadsheet" not in answer.headers.get("content-type", ""):
        return answer.text
    import io

    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    return "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)


@pytest.mark.parametrize(("mine", "other"), [(OURS, THEIRS), (THEIRS, OURS)], ids=["ours", "theirs"])
def test_no_page_and_no_download_shows_another_offices_rows(two: Two, mine: Marked, other: Marked) -> None:
    seen = ""
    for account in ("admin", "auditor", "penyelenggara"):
        session = sign_in(two.root, f"{account}@{mine.code}")
        for page in PAGES:
            if page.method != "GET" or page.roles == PUBLIC or page.path.endswith("/kabar"):
                continue
            for address in addresses(page.path, two, mine, other):
                answer = session.get(two.root + address, timeout=60)
                text = text_of(answer)
                foreign = two.filled[other.code].event in address
                assert not (foreign and answer.status_code == 200), f"{account} of {mine.code} saw {address}"
                plain = text.replace(f"cari={other.nip}", "").replace(f'value="{other.name}"', "")
                for word in other.words:
                    echoed = word in address or word.replace(" ", "%20") in answer.url
                    assert word not in plain or echoed, f"{account} of {mine.code} saw {word!r} at {address}"
                assert f"t-{other.mark}" not in text, address
                seen += text
    assert all(word in seen for word in mine.words), "the pages showed nothing: the test proves nothing"


def test_nobody_notes_on_another_offices_finding(two: Two) -> None:
    session = sign_in(two.root, "admin@biak")
    page = session.get(f"{two.root}/temuan", timeout=30)
    token = csrf_of(session.get(f"{two.root}/riwayat", timeout=30).text)
    assert page.status_code == 200
    with two.ours.store.connect() as connection:
        rows = connection.execute(sa.text("SELECT finding_id, tenant FROM finding")).all()
    assert {row.tenant for row in rows} == {HERE, "biak"}
    for row in rows:
        form = {"csrf": token, "owner": "Penyusup", "comment": ""}
        answer = session.post(f"{two.root}/temuan/{row.finding_id}", data=form, timeout=30)
        assert answer.status_code == (200 if row.tenant == "biak" else 404)
    with two.ours.store.connect() as connection:
        owners = connection.execute(sa.text("SELECT DISTINCT tenant FROM finding WHERE owner = 'Penyusup'"))
        assert [row.tenant for row in owners] == ["biak"]


def test_the_account_says_the_office(two: Two) -> None:
    for name, office in (
        ("admin", "Kabupaten Jayapura"),  # two offices have one: without a code it is the main office's
        ("admin@biak", "Kabupaten Biak Numfor"),
        ("admin@utama", "Kabupaten Jayapura"),
        ("hanya-biak", "Kabupaten Biak Numfor"),
    ):
        assert office in sign_in(two.root, name).get(f"{two.root}/", timeout=30).text, name
    form = requests.get(f"{two.root}/masuk", timeout=30)
    fields = {"csrf": csrf_of(form.text), "target": "/", "name": "hanya-biak@utama", "password": PASSWORD}
    answer = requests.post(f"{two.root}/masuk", data=fields, cookies=form.cookies, timeout=30)
    assert answer.status_code == 401


def test_a_learners_link_leads_to_the_own_office(two: Two) -> None:
    for opened, who, other in ((two.ours, OURS, THEIRS), (two.theirs, THEIRS, OURS)):
        with reading(opened.store) as connection:
            person = learner_of_nip(connection, who.code, who.nip)
        assert person is not None
        token = make_learner_link(opened.web_secret(), who.code, person.person_key, opened.clock())
        # also for somebody who is signed in as the other office
        for session in (requests.Session(), sign_in(two.root, f"admin@{other.code}")):
            answer = session.get(f"{two.root}/saya/{token}?tahun=2026", timeout=30)
            assert answer.status_code == 200
            assert who.name in answer.text
            assert other.name not in answer.text
        foreign = make_learner_link(opened.web_secret(), other.code, person.person_key, opened.clock())
        assert requests.get(f"{two.root}/saya/{foreign}", timeout=30).status_code == 410


def event_of_today(opened: Installation, who: Marked) -> FieldEvent:
    """An event whose one session runs now, whatever the hour is."""
    zone = opened.settings.zone
    desk = Desk(opened.store, who.code, zone, opened.clock, opened.web_secret())
    now = opened.clock().astimezone(ZoneInfo(zone))
    start, end = ("00:00", "15:59") if now.hour < 15 else ("08:00", "23:59")
    with reading(opened.store) as connection:
        owner = account_named(connection, who.code, "admin")
    assert owner is not None
    form = {
        "judul": f"Bimtek {who.mark}", "bentuk": "8", "penyelenggara": "BKPSDM", "tempat": "Aula",
        "sesi1_tanggal": now.date().isoformat(), "sesi1_mulai": start, "sesi1_selesai": end,
    }  # fmt: skip
    return make_event(desk, owner, form)


def test_a_learner_checks_in_at_the_office_whose_event_it_is(two: Two) -> None:
    """Nobody is signed in on the phone: the event says the office, also to somebody of another one."""
    for opened, who, other in ((two.ours, OURS, THEIRS), (two.theirs, THEIRS, OURS)):
        event = event_of_today(opened, who)
        code = shown_code(opened.web_secret(), who.code, event.code, 1, opened.clock())
        for phone in (requests.Session(), sign_in(two.root, f"admin@{other.code}")):
            page = phone.get(f"{two.root}/hadir/{event.code}/1?k={code.long}", timeout=30)
            assert f"Bimtek {who.mark}" in page.text
            ticket = re.search(r'name="tiket" value="([^"]+)"', page.text)
            assert ticket is not None
            form = {"csrf": csrf_of(page.text), "tiket": ticket.group(1), "nip": who.nip}
            done = phone.post(f"{two.root}/hadir/{event.code}/1", data=form, timeout=30)
            assert done.status_code == 200
            assert who.name in done.text
        with reading(opened.store) as connection:
            assert {one.nip for one in records_of_event(connection, event.event_id)} == {who.nip}


def test_a_key_reads_its_own_record_store_alone(two: Two) -> None:
    headers = {"X-Experience-API-Version": "1.0.3"}
    ids = {}
    for mine, other in ((OURS, THEIRS), (THEIRS, OURS)):
        answer = requests.get(
            f"{two.root}/xapi/statements", auth=two.keys[mine.code], headers=headers, timeout=30
        )
        assert answer.status_code == 200, answer.text
        assert mine.nip in answer.text
        assert other.nip not in answer.text
        statements = answer.json()["statements"]
        assert len(statements) == 1
        ids[mine.code] = statements[0]["id"]
    for mine, other in ((OURS, THEIRS), (THEIRS, OURS)):
        params = {"statementId": ids[other.code]}
        answer = requests.get(
            f"{two.root}/xapi/statements",
            params=params,
            auth=two.keys[mine.code],
            headers=headers,
            timeout=30,
        )
        assert answer.status_code == 404
    for wrong in (("nobody", "x"), (two.keys["biak"][0], two.keys[HERE][1])):
        token = base64.b64encode(":".join(wrong).encode()).decode()
        told = headers | {"Authorization": f"Basic {token}"}
        assert requests.get(f"{two.root}/xapi/statements", headers=told, timeout=30).status_code == 401


def test_an_unknown_office_is_refused_with_a_sentence(two: Two) -> None:
    with pytest.raises(RefuseInput, match="no tenant 'sorong'"):
        two.ours.of_tenant("sorong")
    for code in ("Biak", "a_b", "-x", ""):
        with pytest.raises(RefuseInput, match="can't be used"):
            add_tenant(
                two.ours.home,
                two.ours.store,
                two.ours.main,
                TenantRow(code, "x", "Asia/Jayapura", system_clock()),
            )


# -- what is sent, not only what is asked --------------------------------------------------------------------

NOT_OF_ONE = frozenset({"account", "audit_read", "spent_link"})
"""Tables that change when anybody signs in or reads."""


def rows_of(two: Two, tenant: str) -> dict[str, list[Any]]:
    """Every row that is the tenant's, and those of tables that name no tenant (they hang on others)."""
    found: dict[str, list[Any]] = {}
    with two.ours.store.connect() as connection:
        for table in metadata.sorted_tables:
            if table.name in NOT_OF_ONE:
                continue
            query = sa.select(table)
            if "tenant" in table.c:
                query = query.where(table.c.tenant == tenant)
            found[table.name] = sorted(map(repr, connection.execute(query)))
    return found


def sent_to(page: Page, two: Two, other: Marked) -> list[str]:
    """The page's addresses with the other office's names and numbers."""
    found = [page.path]
    theirs = {
        "event": [two.filled[other.code].event],
        "learner_id": [str(two.learners[other.code])],
        "finding_id": [str(number) for number in of_tenant(two, "finding", "finding_id", other.code)],
        "batch_id": [str(number) for number in of_tenant(two, "import_batch", "batch_id", other.code)],
        "number": ["1"],
    }
    for place in re.findall(r"{\w+(?::\w+)?}", page.path):
        values = theirs.get(place.strip("{}").partition(":")[0], ["x"])
        found = [one.replace(place, value) for one in found for value in values]
    return found


def of_tenant(two: Two, table: str, column: str, tenant: str) -> list[int]:
    query = sa.text(f"SELECT {column} FROM {table} WHERE tenant = :tenant ORDER BY 1")
    with two.ours.store.connect() as connection:
        return [int(row[0]) for row in connection.execute(query, {"tenant": tenant})]


@pytest.mark.parametrize(("mine", "other"), [(OURS, THEIRS), (THEIRS, OURS)], ids=["ours", "theirs"])
def test_nothing_that_is_sent_changes_another_offices_rows(two: Two, mine: Marked, other: Marked) -> None:
    """Every form of every page that names something, sent with what is theirs and a valid token."""
    before = rows_of(two, other.code)
    assert before["field_event"]
    assert before["ledger_entry"]
    session = sign_in(two.root, f"admin@{mine.code}")
    token = csrf_of(session.get(f"{two.root}/riwayat", timeout=30).text)
    form = {
        "csrf": token, "owner": "Penyusup", "comment": "x", "what": "accept", "kind": "reject", "reason": "x",
        "nip": mine.nip, "daftar": mine.nip, "keadaan": "closed", "aksi": "undo", "action": "undo", "tanda": "hadir",
        "job": "pull", "source": other.source, "cron": "0 2 * * *",
        "decision_id": "1", "request_id": "1", "device": "1",
    }  # fmt: skip
    asked = 0
    for page in PAGES:
        if (
            page.method != "POST"
            or page.roles == PUBLIC
            or page.path in ("/keluar", "/riwayat", "/acara/baru")
        ):
            continue
        for address in sent_to(page, two, other):
            answer = session.post(two.root + address, data=form, allow_redirects=False, timeout=60)
            asked += 1
            if address != page.path and "x" not in address.rsplit("/", 1):
                assert answer.status_code in (400, 403, 404), (address, answer.status_code)
            for word in other.words:
                assert word not in answer.text or word == other.source, address
    assert asked > 10
    assert rows_of(two, other.code) == before


def test_a_hint_is_for_the_office_whose_secret_it_brings(two: Two) -> None:
    """Two offices may have a source of one name."""
    for opened, code in ((two.ours, HERE), (two.theirs, "biak")):
        with unit(opened.store) as connection:
            row = SourceRow(0, "bersama", "moodle", "https://lms.example.id", {}, "", True)
            store_source(connection, code, row, opened.clock())
    query = sa.text(
        "SELECT tenant FROM source JOIN source_cursor USING (source_id) WHERE name = 'bersama' AND stream = :stream"
    )
    for code in ("biak", HERE):
        secret = hook_secret(two.ours.web_secret(), code, "bersama")
        headers = {"Authorization": f"Bearer {secret}"}
        assert requests.post(f"{two.root}/hook/bersama", headers=headers, timeout=30).status_code == 202
        with two.ours.store.connect() as connection:
            assert code in {row.tenant for row in connection.execute(query, {"stream": STREAM})}
        if code == "biak":
            with two.ours.store.connect() as connection:
                assert {row.tenant for row in connection.execute(query, {"stream": STREAM})} == {"biak"}
    wrong = {"Authorization": f"Bearer {hook_secret(two.ours.web_secret(), 'lain', 'bersama')}"}
    assert requests.post(f"{two.root}/hook/bersama", headers=wrong, timeout=30).status_code == 403
