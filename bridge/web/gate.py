"""The gate in front of every page: who may come in, the form's token, and the log of what an auditor reads.

A page without declared roles can't be made, so a new page is closed until somebody says for whom it is open.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote

from starlette.concurrency import run_in_threadpool
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import Response

from bridge.errors import BridgeError, RefuseInput, RetryLater
from bridge.store.console import Role, TenantFacts, record_read, tenant_facts
from bridge.tracing import span
from bridge.web.context import WebContext
from bridge.web.session import (
    FORM_COOKIE,
    LANGUAGE_COOKIE,
    form_token_is_right,
    read_session,
)
from bridge.web.tenants import of_visitor
from bridge.web.visit import Uploaded, Visit
from bridge.wording import LANGUAGES

Handler = Callable[[Visit], Response]

ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
AUDITORS = frozenset({Role.AUDITOR})
ORGANISERS = frozenset({Role.ORGANISER, Role.ADMINISTRATOR})
"""An organiser sees own events only: the pages ask for the owner too."""
EVERY_ROLE = frozenset(Role)
PUBLIC: frozenset[Role] = frozenset()

_LARGEST_FORM = 64 * 1024
_TOO_LARGE = ("FORM-LARGE", "FILE-TOO-LARGE")


@dataclass(frozen=True, slots=True)
class Page:
    """`roles` is PUBLIC, or those who may come in. `needs_store` is False for a page that must answer while
    the database is gone. `upload_bytes` above 0 lets its form carry one file of at most that size.
    `own_secret`: called by machines, which prove themselves to the page itself and have no form; its body is
    not read.
    """

    path: str
    handler: Handler
    roles: frozenset[Role]
    method: str = "GET"
    needs_store: bool = True
    upload_bytes: int = 0
    own_secret: bool = False


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
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=1_000))
    except ValueError as fault:
        raise RefuseInput(
            "FORM-BROKEN",
            "Isian tidak terbaca. Muat ulang halaman lalu kirim lagi.",
            "The form can't be read. Reload the page and send it again.",
        ) from fault


async def _multipart(request: Request, most: int) -> tuple[dict[str, str], Uploaded | None]:
    """A form with at most one file, bounded while it arrives: the file in a temporary file, the rest small."""
    taken = 0

    async def bounded() -> AsyncGenerator[bytes, None]:
        nonlocal taken
        async for piece in request.stream():
            taken += len(piece)
            if taken > most + _LARGEST_FORM:
                raise RefuseInput(
                    "FILE-TOO-LARGE",
                    f"Berkas lebih besar dari {most // 2**20} MB. Bagi menjadi beberapa berkas, lalu unggah lagi.",
                    f"The file is larger than {most // 2**20} MB. Split it into several and upload each.",
                )
            yield piece

    parser = MultiPartParser(
        request.headers, bounded(), max_files=1, max_fields=1_000, max_part_size=_LARGEST_FORM
    )
    try:
        form = await parser.parse()
    except (MultiPartException, UnicodeDecodeError, KeyError) as fault:
        raise RefuseInput(
            "FORM-BROKEN",
            "Unggahan tidak terbaca. Muat ulang halaman lalu kirim lagi.",
            "The upload can't be read. Reload the page and send it again.",
        ) from fault
    fields: dict[str, str] = {}
    file: Uploaded | None = None
    for name, value in form.multi_items():
        if isinstance(value, str):
            fields[name] = value
        elif value.filename:
            file = Uploaded(value.filename.replace("\\", "/").rsplit("/", 1)[-1][:200], await value.read())
    await form.close()
    return fields, file


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
    if page.method != "POST" or page.own_secret:
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


def _turned_away(page: Page, context: WebContext, request: Request) -> Response | None:
    """The answer to somebody who may not upload here, before a byte of the file is read."""
    context, _ = of_visitor(context, request, {})
    visit = Visit(context, request, _language(context, request), TenantFacts("", "UTC"))
    try:
        _know(visit)
        _admit(page, visit)
    except _Refused as refused:
        return refused.response
    except BridgeError as fault:
        return error_page(visit, fault, 503)
    return None


def _serve(
    page: Page,
    context: WebContext,
    request: Request,
    form: Mapping[str, str],
    file: Uploaded | None = None,
) -> Response:
    if page.needs_store:
        context, form = of_visitor(context, request, form)
    visit = Visit(context, request, _language(context, request), TenantFacts("", "UTC"))
    visit.form, visit.file = form, file
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
        with span(f"{page.method} {page.path}", http_method=page.method, http_route=page.path) as traced:
            answer = await answered(request)
            traced.note(http_status=answer.status_code)
            if answer.status_code >= 500:
                traced.fail(str(answer.status_code))
            return answer

    async def answered(request: Request) -> Response:
        form: Mapping[str, str] = {}
        file: Uploaded | None = None
        carries_file = request.headers.get("content-type", "").startswith("multipart/form-data")
        if page.upload_bytes and carries_file:
            answer = await run_in_threadpool(_turned_away, page, context, request)
            if answer is not None:
                return answer
        if page.method == "POST" and not page.own_secret:
            try:
                if page.upload_bytes and carries_file:
                    form, file = await _multipart(request, page.upload_bytes)
                else:
                    form = await _form(request)
            except RefuseInput as fault:
                visit = Visit(context, request, _language(context, request), TenantFacts("", "UTC"))
                return error_page(visit, fault, 413 if fault.code in _TOO_LARGE else 400)
        return await run_in_threadpool(_serve, page, context, request, form, file)

    return endpoint
