"""/metrics for Prometheus: from this machine itself, or with the token. Numbers of work, nothing about people."""

from __future__ import annotations

import hmac
import ipaddress

from starlette.responses import PlainTextResponse, Response

from bridge.web.visit import Visit

_FORWARDED = ("x-forwarded-for", "x-real-ip", "forwarded", "via")


def metrics(visit: Visit) -> Response:
    if visit.context.metrics is None:
        return PlainTextResponse("metrics are not made here\n", 404)
    if not (_from_here(visit) or _has_token(visit)):
        return PlainTextResponse("this machine only, or Authorization: Bearer TOKEN\n", 403)
    return Response(visit.context.metrics(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _from_here(visit: Visit) -> bool:
    """A request that came through a proxy is not from here, though the proxy is."""
    client = visit.request.client
    if client is None or any(name in visit.request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(client.host).is_loopback
    except ValueError:
        return False


def _has_token(visit: Visit) -> bool:
    token = visit.context.metrics_token
    scheme, _, given = visit.request.headers.get("authorization", "").partition(" ")
    return bool(token) and scheme.lower() == "bearer" and hmac.compare_digest(token.encode(), given.encode())
