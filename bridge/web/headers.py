"""Security headers on every answer of the console. The record store under /xapi sets its own."""

from __future__ import annotations

import base64
import hashlib

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


def style_source(css: str) -> str:
    """The CSP source of an inline style sheet: its hash, so that no other style runs."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()}'"


class SecurityHeaders:
    """No script at all is allowed, since the console has none; styles are our file and inline sheets."""

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
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
                if scope.get("scheme") == "https":
                    headers["strict-transport-security"] = "max-age=31536000"
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _is_open(self, scope: Scope) -> bool:
        path = str(scope["path"]).removeprefix(scope.get("root_path", ""))
        return path == self._open_prefix or path.startswith(self._open_prefix + "/")
