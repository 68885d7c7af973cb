"""Every route of the console, found by walking the application: who gets in and who does not."""

from __future__ import annotations

import re

import pytest
import requests
from sqlalchemy import select
from starlette.routing import Mount, Route

from bridge.store.console import Role
from bridge.store.tables import audit_read, finding
from bridge.web.app import PAGES, make_app
from bridge.web.gate import PUBLIC, Page
from tests.integration.web.conftest import csrf_of, signed_in
from tests.integration.web.scene import Scene, served

SAMPLES = {
    "finding_code": "NIP-MISSING",
    "code": "8001.01",
    "source": "lms",
    "learner_id": "1",
    "finding_id": "1",
    "run_id": "run-1",
    "report": "cakupan",
    "shape": "csv",
    "entry_id": "1",
    "token": "nonsense",
    "language": "en",
    "number": "1",
    "file": "app.js",
    "upload_id": "nonsense",
    "batch_id": "1",
    "attachment_id": "1",
}
OF_SHEETS = ("/lembar/", "/lembar-kerja")
OF_RECORDS = ("/audit/pernyataan/jumlah", "/audit/pernyataan/unduh/")
OPEN_PATHS = {
    "/masuk",
    "/masuk/tautan/{token}",
    "/saya/{token}",
    "/bahasa/{language}",
    "/healthz",
    "/hadir/{event}/{number:int}",
    "/lapangan/",
    "/lapangan/{file}",
    "/lapangan/qr/{file}",
    "/readyz",
    "/metrics",
    "/hook/{source}",
}
NAME_OF = {Role.ADMINISTRATOR: "bkpsdm", Role.AUDITOR: "inspektorat", Role.ORGANISER: "panitia"}


def address(page: Page, event: str) -> str:
    samples = {**SAMPLES, "event": event}
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda place: samples[place.group(1)], page.path)


def call(session: requests.Session, root: str, page: Page, event: str) -> requests.Response:
    return session.request(
        page.method, root + address(page, event), data={} if page.method == "POST" else None,
        allow_redirects=False, timeout=30,
    )  # fmt: skip


def test_every_route_of_the_application_is_a_declared_page(scene: Scene) -> None:
    app = make_app(scene.context())
    declared = {(page.path, page.method) for page in PAGES}
    for route in app.routes:
        if isinstance(route, Mount):
            assert route.path == "/xapi"
            continue
        assert isinstance(route, Route)
        if route.path in {"/gaya.css", "/kabar.js", "/xapi/{rest:path}"}:
            continue
        for method in (route.methods or set()) - {"HEAD"}:
            assert (route.path, method) in declared
    assert {page.path for page in PAGES if page.roles == PUBLIC} == OPEN_PATHS


def test_anonymous_is_refused_everywhere_but_on_the_open_pages(console: str, scene: Scene) -> None:
    for page in PAGES:
        answer = call(requests.Session(), console, page, scene.event_code)
        if page.roles == PUBLIC:
            continue
        if page.method == "GET":
            assert answer.status_code == 303, page.path
            assert answer.headers["location"].startswith("/masuk?ke="), page.path
        else:
            assert answer.status_code == 403, page.path


@pytest.mark.parametrize("role", list(Role))
def test_a_role_is_refused_where_it_is_not_named(console: str, scene: Scene, role: Role) -> None:
    session = signed_in(console, NAME_OF[role])
    for page in PAGES:
        if page.roles == PUBLIC or (page.path == "/keluar"):
            continue
        answer = call(session, console, page, scene.event_code)
        if role in page.roles:
            wanted = (200, 303) if page.method == "GET" else (403,)  # a POST without the form's token
            if page.method == "GET" and page.path.startswith((*OF_SHEETS, *OF_RECORDS)):
                wanted = (400, 404)  # let in, but this scene has neither sheets nor a record store
            assert answer.status_code in wanted, (page.path, answer.status_code, answer.text[:300])
        else:
            assert answer.status_code == 403, page.path
            assert "tidak berhak" in answer.text or page.method == "POST"


def test_a_post_needs_the_token_of_this_session(
    console: str, administrator: requests.Session, scene: Scene
) -> None:
    url = f"{console}/temuan/1"
    foreign = signed_in(console, "bkpsdm")
    stolen = csrf_of(foreign.get(url, timeout=30).text)
    fields = {"owner": "Ester", "comment": "sudah ditelepon"}
    for csrf in ("", "0" * 64, stolen):
        answer = administrator.post(url, data={**fields, "csrf": csrf}, timeout=30)
        assert answer.status_code == 403
    own = csrf_of(administrator.get(url, timeout=30).text)
    cross = administrator.post(
        url, data={**fields, "csrf": own}, headers={"sec-fetch-site": "cross-site"}, timeout=30
    )
    assert cross.status_code == 403
    with scene.engine.connect() as connection:
        assert connection.execute(select(finding.c.owner).where(finding.c.finding_id == 1)).scalar() is None
    saved = administrator.post(url, data={**fields, "csrf": own}, timeout=30)
    assert saved.status_code == 200
    assert "Catatan tersimpan." in saved.text
    with scene.engine.connect() as connection:
        row = connection.execute(
            select(finding.c.owner, finding.c.comment).where(finding.c.finding_id == 1)
        ).one()
    assert tuple(row) == ("Ester", "sudah ditelepon")


def test_every_read_of_an_auditor_is_logged_and_no_administrators(
    console: str, auditor: requests.Session, administrator: requests.Session, scene: Scene
) -> None:
    auditor.get(f"{console}/audit?orang=Felle&tahun=2026", timeout=30)
    auditor.get(f"{console}/audit/entri/3", timeout=30)
    auditor.get(f"{console}/audit/unduh/entri.csv?program=SIPD", timeout=30)
    administrator.get(f"{console}/temuan", timeout=30)
    with scene.engine.connect() as connection:
        rows = connection.execute(
            select(audit_read.c.who, audit_read.c.what, audit_read.c.query).order_by(audit_read.c.read_id)
        ).all()
    assert [tuple(row) for row in rows] == [
        ("inspektorat", "/audit", {"orang": "Felle", "tahun": "2026"}),
        ("inspektorat", "/audit/entri/{entry_id:int}", {"entry_id": "3"}),
        ("inspektorat", "/audit/unduh/entri.{shape}", {"shape": "csv", "program": "SIPD"}),
    ]


def test_a_form_is_bounded(console: str, administrator: requests.Session) -> None:
    answer = administrator.post(f"{console}/temuan/1", data={"comment": "a" * 70_000}, timeout=30)
    assert answer.status_code == 413
    assert "64 kB" in answer.text


def test_security_headers_stand_on_every_kind_of_answer(console: str, scene: Scene) -> None:
    for path, status in (
        ("/masuk", 200),
        ("/nowhere", 404),
        ("/", 303),
        ("/healthz", 200),
        ("/gaya.css", 200),
    ):
        answer = requests.get(console + path, allow_redirects=False, timeout=30)
        assert answer.status_code == status
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert "script-src" not in policy  # default-src 'none' allows none
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
    assert requests.get(f"{console}/masuk", timeout=30).headers["cache-control"] == "no-store"


def test_a_mounted_record_store_answers_under_xapi_with_its_own_headers(scene: Scene) -> None:
    async def record_store(scope, receive, send):  # type: ignore[no-untyped-def]
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-lrs", b"yes")]})
        await send({"type": "http.response.body", "body": scope["root_path"].encode()})

    with served(make_app(scene.context(lrs=record_store))) as root:
        answer = requests.get(f"{root}/xapi/about", timeout=30)
    assert answer.text == "/xapi"
    assert answer.headers["x-lrs"] == "yes"
    assert "content-security-policy" not in answer.headers


def test_a_broken_page_shows_a_sentence_and_no_traceback(scene: Scene) -> None:
    def broken(learner_id: int, year: int, language: str) -> tuple[()]:
        raise RuntimeError(f"secret of {learner_id}")

    with served(make_app(scene.context(explain=broken))) as root:
        session = signed_in(root, "bkpsdm")
        answer = session.get(f"{root}/pegawai/1?jelaskan=ya", timeout=30)
    assert answer.status_code == 500
    assert "Coba lagi" in answer.text
    assert "Traceback" not in answer.text
    assert "secret" not in answer.text
