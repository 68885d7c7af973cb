"""Alerts: what operations tells people unasked, whom it tells, and a message to try that."""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response

from bridge.domain.alert_catalogue import alert_words
from bridge.errors import RefuseInput, RetryLater
from bridge.store.alert_rows import AlertRow, open_alerts, past_alerts
from bridge.web.visit import Visit

LOOKED_BACK = timedelta(days=30)
DONE = ("terkirim", "tak-diterima", "diperiksa")


def _shown(visit: Visit, row: AlertRow) -> dict[str, object]:
    sentence, step = alert_words(row.code, row.params, english=visit.language == "en")
    return {
        "code": row.code,
        "sentence": sentence,
        "step": step,
        "raised_at": row.raised_at,
        "told_at": row.told_at,
        "cleared_at": row.cleared_at,
    }


def listed(visit: Visit) -> Response:
    with visit.store() as connection:
        standing = open_alerts(connection, visit.context.tenant)
        over = past_alerts(connection, visit.context.tenant, visit.now - LOOKED_BACK)
    desk = visit.context.alert_desk
    done = visit.asked("hasil")
    return visit.page(
        "ops/alerts.html",
        standing=[_shown(visit, row) for row in standing],
        over=[_shown(visit, row) for row in over],
        channels=desk.channels() if desk is not None else [],
        can_send=desk is not None,
        can_check=visit.context.run_job is not None,
        done=done if done in DONE else "",
    )


def act(visit: Visit) -> Response:
    """Which button was pressed says what is wanted."""
    what, who = visit.form.get("what", ""), visit.account.name
    if what == "test":
        if visit.context.alert_desk is None:
            raise _not_here("jpbridge alerts test")
        return visit.go(
            f"/peringatan?hasil={DONE[0] if visit.context.alert_desk.send_test(who) else DONE[1]}"
        )
    if what == "check":
        if visit.context.run_job is None:
            raise _not_here("jpbridge alerts check")
        visit.context.run_job("watch", "", who)
        return visit.go(f"/peringatan?hasil={DONE[2]}")
    raise RefuseInput(
        "ALERT-WHAT",
        "Tombol itu tidak dikenal. Muat ulang halaman lalu coba lagi.",
        "That button is unknown. Reload the page and try again.",
    )


def _not_here(command: str) -> RetryLater:
    return RetryLater(
        "ALERTS-NOT-HERE",
        f"Itu tidak dapat dilakukan dari konsol ini. Jalankan: {command}",
        f"That can't be done from this console. Run: {command}",
    )
