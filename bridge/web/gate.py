"""The gate in front of every page: who may come in, the form's token, and the log of what an auditor reads.

A page without declared roles can't be made, so a new page is closed until somebody says for whom it is open.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from bridge.errors import BridgeError, RefuseInput, RetryLater
from bridge.store.console import Role, TenantFacts, record_read, tenant_facts
from bridge.web.context import WebContext
from bridge.web.session import (
    FORM_COOKIE,
    LANGUAGE_COOKIE,
    form_token_is_right,
    read_session,
)
from bridge.web.visit import Visit
from bridge.wording import LANGUAGES

Handler = Callable[[Visit], Response]

ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
AUDITORS = frozenset({Role.AUDITOR})
EVERY_ROLE = frozenset(Role)
PUBLIC: frozenset[Role] = frozenset()

_LARGEST_FORM = 64 * 1024


@dataclass(frozen=True, slots=True)
class Page:
    """`roles` is PUBLIC, or those who may come in. `needs_store` is False for a page that must answer while
    the database is gone."""

    path: str
    handler: Handler
    roles: frozenset[Role]
    method: str = "GET"
    needs_store: bool = True


async def _form(request: Request) -> dict[str, str]:
    """An urlencoded form, bounded while it arrives."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _LARGEST_FORM:
            raise RefuseInput(
                "FORM-LARGE",
                "Isian terlalu besar (paling banyak 64 kB). Perpendek lalu kirim lagi.",
                "The form is too large (64 kB at most). Shorten it and send it again.",
            )
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=50))
    except ValueError as fault:
        raise RefuseInput(
            "FORM-BROKEN",
            "Isian tidak terbaca. Muat ulang halaman lalu kirim lagi.",
            "The form can't be read. Reload the page and send it again.",
        ) from fault


def _language(context: WebContext, request: Request) -> str:
    kept = request.cookies.get(LANGUAGE_COOKIE, "")
    return kept if kept in LANGUAGES else context.language


class _Refused(Exception):
    """Carries the answer to somebody who may not come in."""

    def __init__(self, response: Response) -> None:
        super().__init__("refused")
        self.response = response


def _admit(page: Page, visit: Visit) -> None:
    if not page.roles:
        return
    if visit.session is None:
        if page.method == "GET":
            target = visit.request.url.path.removeprefix(visit.root)
            raise _Refused(visit.go(f"/masuk?ke={quote(target, safe='')}"))
        raise _Refused(visit.page("refused.html", 403, why="anonymous"))
    if visit.account.role not in page.roles:
        raise _Refused(visit.page("refused.html", 403, why="role"))


def _check_form(page: Page, visit: Visit) -> None:
    if page.method != "POST":
        return
    nonce = visit.session.nonce if visit.session else visit.request.cookies.get(FORM_COOKIE, "")
    foreign = visit.request.headers.get("sec-fetch-site", "same-origin") == "cross-site"
    if foreign or not form_token_is_right(visit.context, nonce, visit.form.get("csrf", "")):
        raise _Refused(visit.page("refused.html", 403, why="form"))


def _log_read(page: Page, visit: Visit) -> None:
    """Committed before the page is made: a read that failed half-way was a read all the same."""
    if visit.session is None or visit.account.role is not Role.AUDITOR or page.method != "GET":
        return
    asked = {**{k: str(v) for k, v in visit.request.path_params.items()}, **visit.request.query_params}
    with visit.context.engine.begin() as connection:
        record_read(connection, visit.context.tenant, visit.account.name, page.path, asked, visit.now)


def _serve(page: Page, context: WebContext, request: Request, form: Mapping[str, str]) -> Response:
    visit = Visit(context, request, _language(context, request), TenantFacts("", "UTC"))
    visit.form = form
    try:
        if page.needs_store:
            _know(visit)
        _admit(page, visit)
        _check_form(page, visit)
        _log_read(page, visit)
        return page.handler(visit)
    except _Refused as refused:
        return refused.response
    except RetryLater as fault:
        return error_page(visit, fault, 503)
    except BridgeError as fault:
        return error_page(visit, fault, 400 if isinstance(fault, RefuseInput) else 503)


def _know(visit: Visit) -> None:
    with visit.store() as connection:
        visit.facts = tenant_facts(connection, visit.context.tenant)
        visit.session = read_session(visit.context, visit.request, connection)


def error_page(visit: Visit, fault: BridgeError, status: int) -> Response:
    sentence = fault.sentence if visit.language == "id" else fault.english
    return visit.page("error.html", status, sentence=sentence, code=fault.code)


def guarded(page: Page, context: WebContext) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of a page. Pages are plain functions that run beside the event loop, in a thread."""

    async def endpoint(request: Request) -> Response:
        form: Mapping[str, str] = {}
        if page.method == "POST":
            try:
                form = await _form(request)
            except RefuseInput as fault:
                visit = Visit(context, request, _language(context, request), TenantFacts("", "UTC"))
                return error_page(visit, fault, 413 if fault.code == "FORM-LARGE" else 400)
        return await run_in_threadpool(_serve, page, context, request, form)

    return endpoint
