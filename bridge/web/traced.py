"""A span for each request to the record store, by its resource. Its queries name people, so they are never kept."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bridge.tracing import span

RESOURCES = frozenset(
    {
        "statements",
        "activities",
        "agents",
        "about",
        "activities/state",
        "activities/profile",
        "agents/profile",
    }
)
"""xAPI Part 3, 2 (Resources)."""


class Traced:
    """The app under `prefix`, which is mounted there."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app, self._prefix = app, prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        resource = str(scope["path"]).rpartition(self._prefix + "/")[2].strip("/")
        route = f"{self._prefix}/{resource if resource in RESOURCES else '{other}'}"
        method = str(scope["method"])
        with span(f"{method} {route}", http_method=method, http_route=route) as traced:

            async def noting(message: Message) -> None:
                if message["type"] == "http.response.start":
                    traced.note(http_status=message["status"])
                    if message["status"] >= 500:
                        traced.fail(str(message["status"]))
                await send(message)

            await self._app(scope, receive, noting)
