"""Who will miss 20 JP at the present pace.

The formula, in words: JP that stand today, divided by the days of the year that have passed, times the days of the
year. Who already has 20 JP has reached the duty whatever the pace. PNS only: for a PPPK 24 JP is a ceiling
(PP 49/2018), and the duty of 20 JP is a PNS's (PP 11/2017 jo. PP 17/2020, article 203(4)). Training comes in lumps,
so a forecast early in the year is rough; before the 31st day none is made.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, func, select

from bridge.domain.learner import Employment
from bridge.reports.coverage import DUTY, jp_of_year
from bridge.store.people import nip_of_learners
from bridge.store.tables import learner

EARLIEST_DAY = 31

FORMULA = (
    "Ramalan = JP sampai hari ini ÷ hari yang sudah lewat × hari dalam setahun. "
    "PNS yang ramalannya di bawah 20 JP diperkirakan tidak mencapai kewajiban."
)


@dataclass(frozen=True, slots=True)
class Forecast:
    """A PNS who has less than 20 JP. JP are hundredths; `needed_monthly` what is missing by month left (a month
    that has begun counts), `misses` whether the present pace falls short."""

    learner_id: int
    nip: str
    name: str
    office_code: str
    office_name: str
    jp: int
    expected: int
    missing: int
    needed_monthly: int
    misses: bool


@dataclass(frozen=True, slots=True)
class ForecastReport:
    """`reached`, `on_pace` and `missing` together are all active PNS. `day` of `days` in the year; `rows` are those
    who will miss, the farthest first. `too_early`: no forecast is made yet and `rows` are everybody below 20 JP."""

    year: int
    day: int
    days: int
    reached: int
    on_pace: int
    missing: int
    too_early: bool
    rows: tuple[Forecast, ...]


def expected_jp(jp: int, day: int, days: int) -> int:
    """The formula, in hundredths, rounded down: nobody is told 20 who is expected at 19.99."""
    return jp * days // day


def forecast_of_year(connection: Connection, tenant: str, today: date) -> ForecastReport:
    """For the year of `today` (a day of the tenant's zone)."""
    day = today.timetuple().tm_yday
    days = date(today.year, 12, 31).timetuple().tm_yday
    below = list(_below(connection, tenant, today, day, days))
    reached = _count_pns(connection, tenant) - len(below)
    too_early = day < EARLIEST_DAY
    rows = [one for one in below if one.misses or too_early]
    rows.sort(key=lambda one: (one.expected, one.jp, one.office_name, one.name, one.learner_id))
    return ForecastReport(
        today.year, day, days, reached, len(below) - len(rows), len(rows), too_early, tuple(rows)
    )


def _count_pns(connection: Connection, tenant: str) -> int:
    query = select(func.count()).where(
        learner.c.tenant == tenant,
        learner.c.active.is_(True),
        learner.c.employment == Employment.PNS.value,
    )
    return int(connection.execute(query).scalar_one())


def _below(connection: Connection, tenant: str, today: date, day: int, days: int) -> Iterable[Forecast]:
    earned = jp_of_year(tenant, today.year)
    jp = func.coalesce(earned.c.jp, 0)
    query = (
        select(
            learner.c.learner_id, learner.c.name, learner.c.office_code, learner.c.office_name, jp.label("jp")
        )
        .select_from(learner.outerjoin(earned, earned.c.learner_id == learner.c.learner_id))
        .where(
            learner.c.tenant == tenant,
            learner.c.active.is_(True),
            learner.c.employment == Employment.PNS.value,
            jp < DUTY,
        )
    )
    nips = nip_of_learners(connection, tenant)
    months_left = 13 - today.month
    for row in connection.execute(query):
        stands = int(row.jp)
        expected = expected_jp(stands, day, days)
        missing = DUTY - stands
        yield Forecast(
            row.learner_id, nips.get(row.learner_id, ""), row.name, row.office_code, row.office_name, stands,
            expected, missing, -(-missing // months_left), expected < DUTY,
        )  # fmt: skip
