"""Evidence whose day has come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from bridge.domain.clock import day_in_zone
from bridge.flows.context import Context
from bridge.store.finding_rows import open_findings_of
from bridge.store.touched import touch
from bridge.store.unit import reading, unit


def touch_ripe(ctx: Context) -> None:
    """Evidence that was dated in the future when it was read (a course entered ahead, a clock that stood
    wrong) counts once its day has come, though nothing touched it since."""
    zone = ctx.office.zone
    today = day_in_zone(ctx.clock(), zone)
    with reading(ctx.store) as connection:
        held = open_findings_of(connection, ctx.office.tenant, "DATE-IMPLAUSIBLE")
    ripe = [
        f"evidence:{row.subject}"
        for row in held
        if (day := _day_told(row.params)) is not None and day_in_zone(row.opened_at, zone) < day <= today
    ]
    if ripe:
        with unit(ctx.store) as connection:
            touch(connection, ctx.office.tenant, ripe)


def _day_told(params: Mapping[str, str]) -> date | None:
    try:
        return date.fromisoformat(params.get("date", ""))
    except ValueError:
        return None
