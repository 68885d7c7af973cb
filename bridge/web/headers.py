"""Security headers on every answer of the console. The record store under /xapi sets its own."""

from __future__ import annotations

import base64
import hashlib

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send


def style_source(css: str) -> str:
    """The CSP source of an inline style sheet: its hash, so that no other style runs."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()}'"


def with_scripts(response: Response, *, camera: bool = False) -> Response:
    """Let this one page run scripts of ours, from files, and nothing else: the field page and the screen with the
    rotating code. `camera` lets it ask for the camera."""
    response.headers["content-security-policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    if camera:
        response.headers["permissions-policy"] = "camera=(self), geolocation=(), microphone=()"
    return response


WITH_SCRIPT = "jpbridge.script"
"""Set in the scope of the one page that follows a run: it may load our script file and ask us for news."""


class SecurityHeaders:
    """No script is allowed but our own files on the pages that say so; styles are our file and inline sheets.
    What a page says for itself (`with_scripts`) stands."""

    def __init__(self, app: ASGIApp, *, inline_styles: tuple[str, ...], open_prefix: str) -> None:
        self._app = app
        self._open_prefix = open_prefix
        styles = " ".join(["'self'", *(style_source(css) for css in inline_styles)])
        self._headers = {
            "content-security-policy": (
                f"default-src 'none'; style-src {styles}; img-src 'self' data:; form-action 'self'; "
                "base-uri 'none'; frame-ancestors 'none'"
            ),
            "x-frame-options": "DENY",
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": "camera=(), geolocation=(), microphone=()",
            "x-robots-tag": "noindex, nofollow",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._is_open(scope):
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if scope.get(WITH_SCRIPT):
                    headers["content-security-policy"] += "; script-src 'self'; connect-src 'self'"
                headers.setdefault("cache-control", "no-store")
                if scope.get("scheme") == "https":
                    headers["strict-transport-security"] = "max-age=31536000"
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _is_open(self, scope: Scope) -> bool:
        path = str(scope["path"]).removeprefix(scope.get("root_path", ""))
        return path == self._open_prefix or path.startswith(self._open_prefix + "/")
