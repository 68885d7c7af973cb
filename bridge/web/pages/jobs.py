"""Jobs: when each runs, how it went, and the forms that change it."""

from __future__ import annotations

from starlette.responses import Response

from bridge.domain.alert_catalogue import alert_words
from bridge.errors import RefuseInput, RetryLater
from bridge.flows.alerts import JOB_WORDS
from bridge.store.alert_rows import open_alerts
from bridge.web.context import JobBoard
from bridge.web.visit import Visit

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
        rows = open_alerts(connection, visit.context.tenant)
    english = visit.language == "en"
    alerts = [alert_words(row.code, row.params, english=english) for row in rows]
    return visit.page("ops/jobs.html", lines=lines, alerts=alerts, done=visit.asked("sudah"))


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
