"""The console as one ASGI application: every page with the roles that may open it, and the record store."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from bridge.log_lines import Log
from bridge.web.context import WebContext
from bridge.web.gate import ADMINISTRATORS, AUDITORS, EVERY_ROLE, ORGANISERS, PUBLIC, Page, guarded
from bridge.web.headers import SecurityHeaders
from bridge.web.pages import (
    alerts,
    audit,
    check_in,
    confirmation,
    coverage,
    decisions,
    downloads,
    event,
    event_list,
    event_sessions,
    field,
    field_file,
    findings,
    forecast,
    health,
    hook,
    jobs,
    learner,
    live,
    metrics,
    persons,
    runs,
    saya,
    sheets,
    sign_in,
    statements,
)
from bridge.web.rendering import CONSOLE_CSS, LEARNER_CSS, LIVE_JS
from bridge.web.traced import Traced

LRS_PREFIX = "/xapi"

PAGES: tuple[Page, ...] = (
    Page("/", coverage.home, EVERY_ROLE),
    Page("/opd/{code:path}", coverage.office, ADMINISTRATORS),
    Page("/pegawai", learner.search, ADMINISTRATORS),
    Page("/pegawai/{learner_id:int}", learner.learner, ADMINISTRATORS),
    Page("/temuan", findings.listed, ADMINISTRATORS),
    Page("/temuan/kode/{finding_code}", findings.of_code, ADMINISTRATORS),
    Page("/temuan/{finding_id:int}", findings.one, ADMINISTRATORS),
    Page("/temuan/{finding_id:int}", findings.note, ADMINISTRATORS, "POST"),
    *confirmation.PAGES,
    *sheets.PAGES,
    Page("/temuan/{finding_id:int}/putuskan", decisions.decide, ADMINISTRATORS, "POST"),
    Page("/keputusan", decisions.listed, ADMINISTRATORS),
    Page("/keputusan", decisions.settle, ADMINISTRATORS, "POST"),
    Page("/orang", persons.listed, ADMINISTRATORS),
    Page("/orang", persons.change, ADMINISTRATORS, "POST"),
    Page("/ramalan", forecast.listed, ADMINISTRATORS),
    Page("/riwayat", runs.listed, ADMINISTRATORS),
    Page("/riwayat", runs.start, ADMINISTRATORS, "POST"),
    Page("/riwayat/{run_id}", runs.one, ADMINISTRATORS),
    Page("/riwayat/{run_id}/kabar", live.news, ADMINISTRATORS),
    Page("/pekerjaan", jobs.listed, ADMINISTRATORS),
    Page("/pekerjaan", jobs.change, ADMINISTRATORS, "POST"),
    Page("/peringatan", alerts.listed, ADMINISTRATORS),
    Page("/peringatan", alerts.act, ADMINISTRATORS, "POST"),
    Page("/unduh/{report}.{shape}", downloads.download, ADMINISTRATORS),
    Page("/audit", audit.entries, AUDITORS),
    Page("/audit/entri/{entry_id:int}", audit.entry, AUDITORS),
    Page("/audit/pernyataan", audit.statements, AUDITORS),
    Page("/audit/pernyataan/jumlah", statements.counts, AUDITORS),
    Page("/audit/pernyataan/unduh/pernyataan.{shape}", statements.download, AUDITORS),
    Page("/audit/unduh/entri.{shape}", downloads.download_entries, AUDITORS),
    Page("/masuk", sign_in.form, PUBLIC),
    Page("/masuk", sign_in.sign_in, PUBLIC, "POST"),
    Page("/masuk/tautan/{token}", sign_in.link, PUBLIC),
    Page("/masuk/tautan/{token}", sign_in.sign_in_by_link, PUBLIC, "POST"),
    Page("/keluar", sign_in.sign_out, EVERY_ROLE, "POST"),
    Page("/saya/{token}", saya.my_jp, PUBLIC),
    Page("/bahasa/{language}", sign_in.choose_language, PUBLIC),
    Page("/acara", event_list.listed, ORGANISERS),
    Page("/acara/baru", event_list.form, ORGANISERS),
    Page("/acara/baru", event_list.create, ORGANISERS, "POST"),
    Page("/acara/berkas", field_file.form, ORGANISERS),
    Page("/acara/berkas", field_file.bring, ORGANISERS, "POST", upload_bytes=field_file.LARGEST_FILE),
    Page("/acara/perangkat", event_list.revoke, ORGANISERS, "POST"),
    Page("/acara/{event}", event.one, ORGANISERS),
    Page("/acara/{event}/peserta", event.add_people, ORGANISERS, "POST"),
    Page("/acara/{event}/daftar-hadir.pdf", event.sign_in_sheet, ORGANISERS),
    Page("/acara/{event}/kartu.pdf", event.cards, ORGANISERS),
    Page("/acara/{event}/sesi", event_sessions.add, ORGANISERS, "POST"),
    Page("/acara/{event}/sesi/{number:int}", event_sessions.change, ORGANISERS, "POST"),
    Page("/acara/{event}/sesi/{number:int}/tanda", event.mark, ORGANISERS, "POST"),
    Page("/acara/{event}/sesi/{number:int}/keadaan", event.state, ORGANISERS, "POST"),
    Page("/acara/{event}/sesi/{number:int}/layar", check_in.screen, ORGANISERS),
    Page("/acara/{event}/sesi/{number:int}/kode", check_in.code, ORGANISERS),
    Page("/hadir/{event}/{number:int}", check_in.form, PUBLIC),
    Page("/hadir/{event}/{number:int}", check_in.check_in, PUBLIC, "POST"),
    Page("/lapangan/", field.shell, PUBLIC, needs_store=False),
    Page("/lapangan/{file}", field.static, PUBLIC, needs_store=False),
    Page("/lapangan/qr/{file}", field.decoder, PUBLIC, needs_store=False),
    Page("/lapangan/data/saya", field.hello, ORGANISERS),
    Page("/lapangan/data/acara/{event}", field.event_data, ORGANISERS),
    Page("/lapangan/data/perangkat", field.enrol, ORGANISERS, "POST"),
    Page("/lapangan/data/sinkron", field.synchronise, ORGANISERS, "POST", upload_bytes=field.LARGEST_SENT),
    Page("/hook/{source}", hook.hint, PUBLIC, "POST", own_secret=True),
    Page("/healthz", health.health, PUBLIC, needs_store=False),
    Page("/readyz", health.ready, PUBLIC, needs_store=False),
    Page("/metrics", metrics.metrics, PUBLIC, needs_store=False),
)

log = Log(__name__)


def _style(_request: Request) -> Response:
    """The console's style sheet: the only file that a page asks for."""
    return Response(CONSOLE_CSS, media_type="text/css", headers={"cache-control": "public, max-age=3600"})


def _script(_request: Request) -> Response:
    """The only script: it follows a run. Every page works without it."""
    return Response(LIVE_JS, media_type="text/javascript", headers={"cache-control": "public, max-age=3600"})


def _http_error(_request: Request, fault: Exception) -> Response:
    status = fault.status_code if isinstance(fault, HTTPException) else 500
    sentences = {
        404: "Halaman tidak ditemukan. Periksa alamatnya. / No such page. Check the address.",
        405: "Cara itu tidak diterima di alamat ini. / That method is not taken at this address.",
    }
    return PlainTextResponse(sentences.get(status, "Permintaan ditolak. / Refused."), status)


def _broken(request: Request, fault: Exception) -> Response:
    """No traceback reaches a user; the log has it, without the query (it may hold a NIP)."""
    log.error("page failed", path=request.scope.get("route_path", ""), exc_info=fault)
    return PlainTextResponse(
        "Terjadi galat di sistem. Coba lagi; bila berulang, hubungi pengelola sistem.\n"
        "The system failed. Try again; if it happens again, tell who runs the system.",
        500,
    )


def _no_record_store(_request: Request) -> Response:
    return JSONResponse({"error": "no record store is mounted here"}, 503)


def make_app(context: WebContext) -> Starlette:
    """The application; serve it with uvicorn, `root_path` where it lives under a sub-path."""
    routes: list[BaseRoute] = [
        Route(page.path, guarded(page, context), methods=[page.method]) for page in PAGES
    ]
    routes.append(Route("/gaya.css", _style))
    routes.append(Route("/kabar.js", _script))
    routes.append(
        Mount(LRS_PREFIX, app=Traced(context.lrs, LRS_PREFIX))
        if context.lrs is not None
        else Route(LRS_PREFIX + "/{rest:path}", _no_record_store)
    )
    headers = Middleware(SecurityHeaders, inline_styles=(LEARNER_CSS,), open_prefix=LRS_PREFIX)
    return Starlette(
        routes=routes,
        middleware=[headers],
        exception_handlers={HTTPException: _http_error, Exception: _broken},
    )
