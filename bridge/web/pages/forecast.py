"""Who will miss 20 JP at the present pace."""

from __future__ import annotations

from starlette.responses import Response

from bridge.domain.clock import day_in_zone
from bridge.reports.forecast import FORMULA, forecast_of_year
from bridge.web.visit import Visit

SHOWN = 500


def listed(visit: Visit) -> Response:
    today = day_in_zone(visit.now, visit.facts.zone)
    with visit.store() as connection:
        told = forecast_of_year(connection, visit.context.tenant, today)
    return visit.page(
        "forecast.html",
        told=told,
        rows=told.rows[:SHOWN],
        more=max(len(told.rows) - SHOWN, 0),
        formula=visit.say(FORMULA),
    )
