"""Runs, one run, and *run now*."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from starlette.responses import Response

from bridge.errors import RetryLater
from bridge.reports import runs as runs_report
from bridge.reports.report import Filled
from bridge.reports.runs import one_run, runs_listed
from bridge.web.visit import Visit


def listed(visit: Visit) -> Response:
    with visit.store() as connection:
        rows = runs_listed(connection, visit.context.tenant)
    return visit.page(
        "runs.html",
        rows=rows,
        table=visit.table(Filled(runs_report.REPORT, rows)),
        can_run=visit.context.run_now is not None,
    )


def start(visit: Visit) -> Response:
    if visit.context.run_now is None:
        raise RetryLater(
            "RUN-NOT-HERE",
            "Proses malam tidak dapat dimulai dari konsol ini. Jalankan: jpbridge night",
            "The nightly job can't be started from this console. Run: jpbridge night",
        )
    return visit.go(f"/riwayat/{visit.context.run_now(visit.account.name)}")


def one(visit: Visit) -> Response:
    run_id = str(visit.part("run_id"))
    with visit.store() as connection:
        run = one_run(connection, visit.context.tenant, run_id)
    if run is None:
        return visit.page("missing.html", 404, what="run", sought=run_id)
    return visit.page(
        "run.html",
        run=run,
        counts=list(flat_counts(run.counts)),
        errors=[error_words(error, visit.language) for error in run.errors],
    )


def flat_counts(counts: Mapping[str, Any], before: str = "") -> Iterable[tuple[str, object]]:
    """Nested counts as (path, value): `{"pull": {"rows": 3}}` is (`pull / rows`, 3)."""
    for name, value in counts.items():
        path = f"{before} / {name}" if before else str(name)
        if isinstance(value, Mapping):
            yield from flat_counts(value, path)
        else:
            yield path, value


def error_words(error: Any, language: str) -> str:
    """An error of a run: an object with a sentence in each language, or a text."""
    if not isinstance(error, Mapping):
        return str(error)
    sentence = error.get("sentence" if language == "id" else "english") or error.get("sentence")
    where = error.get("where") or error.get("source")
    words = str(sentence or error.get("code") or dict(error))
    return f"{where}: {words}" if where else words
