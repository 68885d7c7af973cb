"""Jobs: when each runs, how it went, and the forms that change it."""

from __future__ import annotations

from starlette.responses import Response

from bridge.errors import RefuseInput, RetryLater
from bridge.flows.alerts import JOB_WORDS
from bridge.store.alert_rows import open_alerts
from bridge.store.sources import load_sources
from bridge.web.context import JobBoard
from bridge.web.schedule_words import schedule_words
from bridge.web.visit import Visit

EXAMPLES = ("0 1 * * *", "30 2 * * sen", "0 4 1 * *", "20 * * * *", "*/15 * * * *")
DOES = ("set", "pause", "resume", "reset", "run")


def _board(visit: Visit) -> JobBoard:
    if visit.context.jobs is None:
        raise RetryLater(
            "JOBS-NOT-HERE",
            "Pekerjaan tidak diatur dari konsol ini. Jalankan: jpbridge jobs list",
            "Jobs are not set from this console. Run: jpbridge jobs list",
        )
    return visit.context.jobs


def listed(visit: Visit) -> Response:
    lines = visit.context.jobs.lines() if visit.context.jobs is not None else []
    with visit.store() as connection:
        alert_count = len(open_alerts(connection, visit.context.tenant))
        sources = [row.name for row in load_sources(connection, visit.context.tenant) if row.enabled]
    return visit.page(
        "ops/jobs.html",
        lines=[(line, schedule_words(line.cron, visit.language)) for line in lines],
        by_source=[line for line in lines if line.by_source and not line.source],
        sources=sources,
        examples=[(cron, schedule_words(cron, visit.language)) for cron in EXAMPLES],
        alert_count=alert_count,
        done=visit.asked("sudah"),
    )


def change(visit: Visit) -> Response:
    """One form a line: which button was pressed says what is wanted."""
    board = _board(visit)
    name, source, what = (visit.form.get(part, "").strip() for part in ("job", "source", "what"))
    who = f"console:{visit.account.name}"
    if what not in DOES:
        raise RefuseInput(
            "JOB-WHAT",
            "Tombol itu tidak dikenal. Muat ulang halaman lalu coba lagi.",
            "That button is unknown. Reload the page and try again.",
        )
    if what == "set":
        board.change(
            name, source, who, cron=visit.form.get("cron", "").strip() or None, limit_minutes=_limit(visit)
        )
    elif what == "reset":
        board.reset(name, source)
    elif what == "run":
        _run(visit, name, source)
    else:
        board.change(name, source, who, paused=what == "pause")
    return visit.go(f"/pekerjaan?sudah={name if name in JOB_WORDS else 'ya'}")


def _limit(visit: Visit) -> int | None:
    text = visit.form.get("limit", "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise RefuseInput(
            "LIMIT-WRONG",
            "Batas waktu harus angka bulat dalam menit.",
            "The time limit must be a whole number of minutes.",
        )
    return int(text)


def _run(visit: Visit, name: str, source: str) -> None:
    run_job = visit.context.run_job
    if run_job is None:
        raise RetryLater(
            "RUN-NOT-HERE",
            f"Pekerjaan tidak dapat dimulai dari konsol ini. Jalankan: jpbridge jobs run {name}",
            f"The job can't be started from this console. Run: jpbridge jobs run {name}",
        )
    run_job(name, source, visit.account.name)
