"""The ASGI app: which resource answers which path, and what every answer carries.

    app = Starlette(routes=[Mount("/xapi", app=make_lrs(store)), …])

Work that waits for the database runs in threads of the app's own; reading and validating statements, which
only takes CPU, runs where it is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from xapi.errors import (
    MethodNotAllowed,
    NotFound,
    StoreUnavailable,
    TooManyFailures,
    Unauthenticated,
    XapiError,
)
from xapi.lrs.access import Access, Failures
from xapi.lrs.answers import Answer
from xapi.lrs.documents import ACTIVITY_PROFILE, AGENT_PROFILE, STATE, DocumentResource
from xapi.lrs.exchange import Exchange, headers_of, read_exchange
from xapi.lrs.lookups import Lookups
from xapi.lrs.questions import Questions
from xapi.lrs.settings import LrsSettings
from xapi.lrs.statements import CONSISTENT, Statements
from xapi.lrs.threads import Threads
from xapi.model.formats import timestamp_of_micros
from xapi.model.version import Version, version_named
from xapi.store.credentials import Credential
from xapi.store.store import Store, Submission

log = logging.getLogger("xapi.lrs")

VERSION_HEADER = "X-Experience-API-Version"
_VERSION_NAME = VERSION_HEADER.lower().encode()
_BODILESS = (204, 304)  # RFC 9110 8.6: no Content-Length
_EXPOSED = ["ETag", "Last-Modified", "Content-Type", CONSISTENT, VERSION_HEADER, "X-Experience-API-Hash"]
_ALLOWED_HEADERS = [
    "Authorization", "Content-Type", "Accept", "Accept-Language", "If-Match", "If-None-Match",
    "Content-Encoding", VERSION_HEADER, "X-Experience-API-Hash",
]  # fmt: skip

Reader = Callable[[Exchange, Credential], Answer]
Writer = Callable[[Exchange, Credential], Submission]


@dataclass(frozen=True, slots=True)
class Resource:
    """Handlers by method. `reads` wait for the database in a thread; `writes` queue statements."""

    reads: dict[str, Reader]
    writes: dict[str, Writer]
    open: Callable[[Exchange], Answer] | None = None  # for everybody, without credentials

    def methods(self) -> list[str]:
        named = {*self.reads, *self.writes, "OPTIONS"}
        return sorted(named | ({"GET", "HEAD"} if "GET" in named or self.open else set()))


def make_lrs(store: Store, settings: LrsSettings | None = None, *, prefix: str = "") -> ASGIApp:
    """The record store's server over an open store whose schema exists: to be mounted, or, with the `prefix`
    of its resources' paths, an application by itself."""
    return _Dressed(_Lrs(store, settings or LrsSettings(), prefix))


class _Dressed:
    """CORS and compression for those who ask for them; the others, LMSs that send a statement at a time, go
    straight to the resources."""

    def __init__(self, lrs: _Lrs) -> None:
        self._plain = lrs
        compressed = GZipMiddleware(lrs, minimum_size=1024, compresslevel=5)
        shared = CORSMiddleware(
            compressed,
            allow_origins=list(lrs.settings.origins),
            allow_methods=["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS"],
            allow_headers=_ALLOWED_HEADERS,
            expose_headers=_EXPOSED,
            max_age=86400,
        )
        self._whole = _Finished(shared, version=lrs.settings.unversioned)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        for name, value in scope["headers"]:
            if name == b"origin" or (name == b"accept-encoding" and b"gzip" in value):
                await self._whole(scope, receive, send)
                return
        await self._plain(scope, receive, send)


class _Lrs:
    def __init__(self, store: Store, settings: LrsSettings, prefix: str) -> None:
        self.settings = settings
        self._prefix = prefix
        self._store = store
        self._statements = Statements(store, settings)
        self._access = Access(store.credentials, Failures(settings.failures_allowed, settings.failure_window))
        self._threads = Threads(settings.threads, "xapi-reader")
        self._resources = self.resources()

    def resources(self) -> dict[str, Resource]:
        statements, lookups, questions = self._statements, Lookups(self._store), Questions(self._store)
        found = {
            "/statements": Resource(
                {"GET": statements.get}, {"PUT": statements.put, "POST": statements.post}
            ),
            "/statements/counts": Resource({"GET": questions.counts}, {}),
            "/statements/export": Resource({"GET": questions.export}, {}),
            "/agents": Resource({"GET": lookups.agents}, {}),
            "/activities": Resource({"GET": lookups.activities}, {}),
            "/about": Resource({}, {}, open=lookups.about),
        }
        for path, kind in (
            ("/activities/state", STATE),
            ("/agents/profile", AGENT_PROFILE),
            ("/activities/profile", ACTIVITY_PROFILE),
        ):
            one = DocumentResource(self._store, kind)
            found[path] = Resource(
                {"GET": one.get, "PUT": one.put, "POST": one.post, "DELETE": one.delete}, {}
            )
        return found

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        resource = self._resources.get(scope["path"].removeprefix(scope.get("root_path", "") + self._prefix))
        try:
            if resource is None:
                raise NotFound("not_found")
            exchange, answer = await self._serve(resource, scope, receive)
        except XapiError as fault:
            answer, version = await self._refused(scope, fault)
        except ClientDisconnect:
            return
        except Exception:
            log.exception("xAPI request failed: %s %s", scope["method"], scope["path"])
            answer, version = await self._refused(scope, _Internal("internal"))
        else:
            version = (exchange.version or Version.V2).value  # only About is asked without a version
        if answer.pieces is None:
            await _respond(scope, send, answer, version)
        else:
            await self._stream(scope, send, answer, version)

    async def _stream(self, scope: Scope, send: Send, answer: Answer, version: str) -> None:
        """A body without an end in sight, made in a thread, one piece at a time as the reader takes them. What
        breaks on the way breaks the connection: the reader must not take half a file for a whole one."""
        pieces = answer.pieces or iter(())
        await send({"type": "http.response.start", "status": 200, "headers": _headers(answer, version)})
        if scope["method"] != "HEAD":
            while (piece := await self._threads.run(next, pieces, None)) is not None:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _serve(self, resource: Resource, scope: Scope, receive: Receive) -> tuple[Exchange, Answer]:
        exchange = await read_exchange(
            scope, receive, body_limit=self.settings.body_limit, versioned=resource.open is None
        )
        method = "GET" if exchange.method == "HEAD" else exchange.method
        if scope["method"] == "OPTIONS":
            return exchange, Answer(204, b"", {"Allow": ", ".join(resource.methods())})
        if resource.open is not None and method == "GET":
            return exchange, resource.open(exchange)
        if method not in resource.reads and method not in resource.writes:
            raise MethodNotAllowed("method_not_allowed", clause="xAPI Part 3 2", value=exchange.method)
        credential = await self._credential(scope, exchange)
        if method in resource.writes:
            outcome = await self._store.write(resource.writes[method](exchange, credential))
            return exchange, self._statements.stored(exchange, outcome)
        return exchange, await self._threads.run(resource.reads[method], exchange, credential)

    async def _credential(self, scope: Scope, exchange: Exchange) -> Credential:
        known = self._access.recall(exchange.headers)
        if known is not None:
            return known
        address = scope["client"][0] if scope.get("client") else ""
        return await self._threads.run(self._access.verify, exchange.headers, address)

    # -- what goes wrong ---------------------------------------------------------------------------------

    async def _refused(self, scope: Scope, fault: XapiError) -> tuple[Answer, str]:
        headers: dict[str, str] = {}
        if fault.__cause__ is not None:
            log.error("the store failed: %s", fault.__cause__)
        if isinstance(fault, Unauthenticated):
            headers["WWW-Authenticate"] = 'Basic realm="xAPI", charset="UTF-8"'
        if isinstance(fault, TooManyFailures):
            headers["Retry-After"] = str(fault.after)
        if scope["path"].endswith("/statements"):
            headers[CONSISTENT] = timestamp_of_micros(await self._through(fault))
        answer = Answer.of_json(fault.as_json(), status=fault.status, headers=headers)
        return answer, self._version_of(scope)

    async def _through(self, fault: XapiError) -> int:
        """xAPI Part 3 2.1.3: on all responses of the Statement Resource; those who poll see it on errors too.
        Strangers and a failing database get the moment that is known without asking."""
        if isinstance(fault, Unauthenticated | TooManyFailures | StoreUnavailable):
            return self._store.known_through
        try:
            return await self._threads.run(self._store.consistent_through)
        except StoreUnavailable:
            return self._store.known_through

    def _version_of(self, scope: Scope) -> str:
        """The version that an error answer names: the one asked for; our latest 1.0.x where it is unknown."""
        said = headers_of(scope).get("x-experience-api-version")
        if said is None:
            return self.settings.unversioned
        named = version_named(said.strip())
        return (named or Version.V1).value


class _Internal(XapiError):
    status = 500


def _headers(answer: Answer, version: str) -> list[tuple[bytes, bytes]]:
    headers = [
        (name.lower().encode("latin-1"), said.encode("latin-1")) for name, said in answer.headers.items()
    ]
    return [*headers, (_VERSION_NAME, version.encode("latin-1"))]


async def _respond(scope: Scope, send: Send, answer: Answer, version: str) -> None:
    headers = _headers(answer, version)
    if answer.status not in _BODILESS:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    body = b"" if scope["method"] == "HEAD" else answer.body
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class _Finished:
    """The last touch on every response.

    xAPI Part 3 3.3: it names a version, also where others made it (CORS). RFC 9110 8.8.3: the ETag of a
    compressed answer is another than that of the plain one; a weak one says so.
    """

    def __init__(self, app: ASGIApp, version: str) -> None:
        self._app = app
        self._header = (_VERSION_NAME, version.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"]
                if not any(name == self._header[0] for name, _ in headers):
                    headers = [*headers, self._header]
                if (b"content-encoding", b"gzip") in headers:
                    headers = [(name, b"W/" + value if name == b"etag" else value) for name, value in headers]
                message["headers"] = headers
            await send(message)

        await self._app(scope, receive, sending)
