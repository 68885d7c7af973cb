"""A real record store (ours) over real HTTP on loopback, that can be told to misbehave.

with LrsSite(tmp_path) as site:
    site.serve(completions(20))
    site.meddle(status(503), times=1)
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Any, Self
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from xapi.lrs.app import make_lrs
from xapi.lrs.settings import LrsSettings
from xapi.store.store import Store

HOME = "https://moodle.example.go.id"
COURSE = "https://w3id.org/xapi/cmi5/activitytype/course"
COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
CMI5 = "https://w3id.org/xapi/cmi5/context/categories/cmi5"
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
LMS = {"objectType": "Agent", "account": {"homePage": HOME, "name": "logstore"}}

Meddle = Callable[[str, dict[str, str], bytes, int], Response | None]


def statement(
    name: str,
    course: int | str,
    at: datetime,
    *,
    verb: str = COMPLETED,
    kind: str = COURSE,
    registration: str = "",
    categories: Sequence[str] = (),
    person: str = "",
    **members: Any,
) -> dict[str, Any]:
    """A statement as an LMS sends it; its id follows from what it says."""
    target = course if isinstance(course, str) else f"{HOME}/course/view.php?id={course}"
    context: dict[str, Any] = {}
    if registration:
        context["registration"] = registration
    if categories:
        context["contextActivities"] = {"category": [{"id": one} for one in categories]}
    value: dict[str, Any] = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{name} {target} {verb} {at} {registration}")),
        "actor": {"name": person or f"Peserta {name}", "account": {"homePage": HOME, "name": name}},
        "verb": {"id": verb, "display": {"en": verb.rsplit("/", 1)[-1]}},
        "object": {"id": target, "definition": {"type": kind, "name": {"id": f"Kursus {course}"}}},
        "timestamp": at.isoformat(),
    }
    if context:
        value["context"] = context
    return value | members


def voiding(target: str) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"void {target}")),
        "actor": LMS,
        "verb": {"id": "http://adlnet.gov/expapi/verbs/voided", "display": {"en": "voided"}},
        "object": {"objectType": "StatementRef", "id": target},
    }


def completions(number: int, *, since: datetime = START) -> list[dict[str, Any]]:
    """So many completions, each of another person, ten to a course, an hour apart."""
    return [statement(str(1000 + at), at // 10 + 1, since + timedelta(hours=at)) for at in range(number)]


class _Server(uvicorn.Server):
    def install_signal_handlers(self) -> None:
        """Signals belong to the test run."""


class LrsSite:
    """The store under `folder`. `requests` are the queries of every call, in order."""

    def __init__(self, folder: Path, *, largest_page: int = 100) -> None:
        self.store = Store(f"sqlite+pysqlite:///{folder / 'lrs.db'}")
        self.store.create_schema()
        self.key, self.secret = self.store.credentials.add("uji", ["statements/read"])
        self.requests: list[dict[str, str]] = []
        self._meddles: list[tuple[Meddle, int | None]] = []
        lrs = make_lrs(self.store, LrsSettings(page=largest_page, largest_page=largest_page))
        self._app = Starlette(routes=[Mount("/xapi", app=lrs)])
        config = uvicorn.Config(
            self._serve, host="127.0.0.1", port=0, log_level="warning", lifespan="off", interface="asgi3"
        )
        self._server = _Server(config)
        self._thread = Thread(target=self._server.run, daemon=True)

    @property
    def url(self) -> str:
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}/xapi"

    def __enter__(self) -> Self:
        self._thread.start()
        until = monotonic() + 20
        while not self._server.started:
            if monotonic() > until:
                raise RuntimeError("the record store did not start in 20 s")
            sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        self.store.close()

    def serve(self, statements: Sequence[dict[str, Any]], authority: dict[str, Any] = LMS) -> None:
        self.store.put_statements(statements, authority)

    def meddle(self, change: Meddle, *, times: int | None = None) -> None:
        """`change(path, query, body, status)` gives another answer, or None for the good one. To `times` of
        the answers that it changes; None: to all."""
        self._meddles.append((change, times))

    def well(self) -> None:
        """No more meddling."""
        self._meddles.clear()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        query = dict(parse_qsl(request.url.query))
        self.requests.append(query)
        parts: list[dict[str, Any]] = []

        async def keep(message: Any) -> None:
            parts.append(message)

        plain = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        await self._app({**scope, "headers": plain}, receive, keep)
        body = b"".join(part.get("body", b"") for part in parts)
        changed = self._changed(scope["path"], query, body, parts[0]["status"])
        if changed is not None:
            await changed(scope, receive, send)
            return
        for part in parts:
            await send(part)

    def _changed(self, path: str, query: dict[str, str], body: bytes, status: int) -> Response | None:
        for place, (change, times) in enumerate(self._meddles):
            if times == 0:
                continue
            answer = change(path, query, body, status)
            if answer is not None:
                self._meddles[place] = (change, None if times is None else times - 1)
                return answer
        return None


def status(number: int, **headers: str) -> Meddle:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _path, _query, _body, _status: Response("no", number, named)


def html() -> Meddle:
    return lambda *_: Response("<html><title>Wi-Fi login</title></html>", 200, media_type="text/html")


def truncated(keep: int) -> Meddle:
    return lambda _p, _q, body, _s: Response(body[:keep], 200, media_type="application/json")


def empty() -> Meddle:
    return lambda *_: Response('{"statements":[],"more":""}', 200, media_type="application/json")
