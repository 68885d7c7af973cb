"""News of a run that goes on, as server-sent events (WHATWG HTML 9.2): `progress` as it moves, `end` once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from bridge.flows.live import Seen, read_live
from bridge.reports.runs import one_run
from bridge.reports.words import word
from bridge.web.visit import Visit

EVERY = 1.0
LONGEST = 1800.0
"""Seconds; the browser then asks anew by itself."""


@dataclass(frozen=True, slots=True)
class _Moment:
    state: str | None
    seen: Seen | None


def news(visit: Visit) -> Response:
    run_id = str(visit.part("run_id"))
    if _look(visit, run_id).state is None:
        return visit.page("missing.html", 404, what="run", sought=run_id)
    return StreamingResponse(
        _events(visit, run_id),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},  # nginx would keep it back
    )


def _look(visit: Visit, run_id: str) -> _Moment:
    with visit.store() as connection:
        run = one_run(connection, visit.context.tenant, run_id)
    if run is None:
        return _Moment(None, None)
    home = visit.context.home
    return _Moment(run.state, read_live(home, run.run_id) if home is not None else None)


async def _events(visit: Visit, run_id: str) -> AsyncIterator[bytes]:
    told = b""
    for _ in range(int(LONGEST / EVERY)):
        moment = await run_in_threadpool(_look, visit, run_id)
        if moment.state != "running":
            yield _event("end", {"state": moment.state})
            return
        if moment.seen is not None:
            seen = moment.seen
            words = word(seen.stage, visit.language)
            facts = {"stage": seen.stage, "words": words, "done": seen.done, "total": seen.total}
            event = _event("progress", facts)
            if event != told:
                yield event
                told = event
        else:
            yield b": hidup\n\n"  # a comment keeps proxies from closing the line
        await asyncio.sleep(EVERY)


def _event(name: str, facts: dict[str, object]) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps(facts))
