"""/healthz: for machines, without sign-in and without anything about people."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse, Response

from bridge.reports.runs import RunRow, last_run
from bridge.web.visit import Visit


def health(visit: Visit) -> Response:
    """200 while the database answers, else 503. `last_run` is the newest nightly run, or null."""
    context = visit.context
    try:
        with visit.store() as connection:
            run = last_run(connection, context.tenant, context.nightly_job)
    except SQLAlchemyError:
        return JSONResponse(
            {"status": "failing", "version": context.version, "database": "failing", "last_run": None}, 503
        )
    return JSONResponse(
        {"status": "ok", "version": context.version, "database": "ok", "last_run": _shape(run)}
    )


def _shape(run: RunRow | None) -> dict[str, object] | None:
    if run is None:
        return None
    return {
        "run_id": run.run_id,
        "state": run.state,
        "started_at": run.started_at.isoformat(),
        "ended_at": run.ended_at.isoformat() if run.ended_at else None,
        "errors": run.error_count,
    }
