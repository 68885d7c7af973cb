"""The console as one ASGI application: every page with the roles that may open it, and the record store."""

from __future__ import annotations

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from bridge.web.context import WebContext
from bridge.web.gate import ADMINISTRATORS, AUDITORS, EVERY_ROLE, PUBLIC, Page, guarded
from bridge.web.headers import SecurityHeaders
from bridge.web.pages import (
    audit,
    coverage,
    decisions,
    downloads,
    findings,
    forecast,
    health,
    learner,
    runs,
    saya,
    sign_in,
)
from bridge.web.rendering import CONSOLE_CSS, LEARNER_CSS

LRS_PREFIX = "/xapi"

PAGES: tuple[Page, ...] = (
    Page("/", coverage.home, EVERY_ROLE),
    Page("/opd/{code:path}", coverage.office, ADMINISTRATORS),
    Page("/pegawai", learner.search, ADMINISTRATORS),
    Page("/pegawai/{learner_id:int}", learner.learner, ADMINISTRATORS),
    Page("/temuan", findings.listed, ADMINISTRATORS),
    Page("/temuan/{finding_id:int}", findings.one, ADMINISTRATORS),
    Page("/temuan/{finding_id:int}", findings.note, ADMINISTRATORS, "POST"),
    Page("/temuan/{finding_id:int}/putuskan", decisions.decide, ADMINISTRATORS, "POST"),
    Page("/keputusan", decisions.listed, ADMINISTRATORS),
    Page("/keputusan", decisions.settle, ADMINISTRATORS, "POST"),
    Page("/ramalan", forecast.listed, ADMINISTRATORS),
    Page("/riwayat", runs.listed, ADMINISTRATORS),
    Page("/riwayat", runs.start, ADMINISTRATORS, "POST"),
    Page("/riwayat/{run_id}", runs.one, ADMINISTRATORS),
    Page("/unduh/{report}.{shape}", downloads.download, ADMINISTRATORS),
    Page("/audit", audit.entries, AUDITORS),
    Page("/audit/entri/{entry_id:int}", audit.entry, AUDITORS),
    Page("/audit/pernyataan", audit.statements, AUDITORS),
    Page("/audit/unduh/entri.{shape}", downloads.download_entries, AUDITORS),
    Page("/masuk", sign_in.form, PUBLIC),
    Page("/masuk", sign_in.sign_in, PUBLIC, "POST"),
    Page("/masuk/tautan/{token}", sign_in.link, PUBLIC),
    Page("/masuk/tautan/{token}", sign_in.sign_in_by_link, PUBLIC, "POST"),
    Page("/keluar", sign_in.sign_out, EVERY_ROLE, "POST"),
    Page("/saya/{token}", saya.my_jp, PUBLIC),
    Page("/bahasa/{language}", sign_in.choose_language, PUBLIC),
    Page("/healthz", health.health, PUBLIC, needs_store=False),
)

log = structlog.get_logger(__name__)


def _style(_request: Request) -> Response:
    """The console's style sheet: the only file that a page asks for."""
    return Response(CONSOLE_CSS, media_type="text/css", headers={"cache-control": "public, max-age=3600"})


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
    routes.append(
        Mount(LRS_PREFIX, app=context.lrs)
        if context.lrs is not None
        else Route(LRS_PREFIX + "/{rest:path}", _no_record_store)
    )
    headers = Middleware(SecurityHeaders, inline_styles=(LEARNER_CSS,), open_prefix=LRS_PREFIX)
    return Starlette(
        routes=routes,
        middleware=[headers],
        exception_handlers={HTTPException: _http_error, Exception: _broken},
    )
