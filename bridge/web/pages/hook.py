"""POST /hook/{source}: a platform says that something happened. Only that is believed: the source is marked as
due, and the next pull asks it. What the call carries is not read, so it can't be evidence.

The secret comes as `Authorization: Bearer …` or as the password of Basic: never in the address, because addresses
land in logs.
"""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from bridge.flows.hints import mark_due
from bridge.web.hook_secret import is_right, presented
from bridge.web.visit import Visit


def hint(visit: Visit) -> Response:
    """202 where the source is now due; 403 for a wrong secret and for a source that does not exist alike."""
    context, source = visit.context, str(visit.part("source"))
    given = presented(visit.request.headers.get("authorization", ""))
    address = visit.request.client.host if visit.request.client else ""
    wait = context.throttle.wait(f"hook {source}", address, visit.now)
    if wait is not None:
        return JSONResponse({"due": False}, 429, {"Retry-After": str(int(wait.total_seconds()) + 1)})
    if not is_right(given, context.secret_key, context.tenant, source):
        context.throttle.failed(f"hook {source}", address, visit.now)
        return JSONResponse({"due": False}, 403)
    with context.engine.begin() as connection:
        due = mark_due(connection, context.tenant, source, visit.now)
    return JSONResponse({"due": due}, 202 if due else 403)
