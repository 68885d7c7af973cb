"""Coverage of 20 JP by office.

The duty of at least 20 JP is a PNS's (PP 11/2017 jo. PP 17/2020, article 203(4)), so the share is of PNS.
A PPPK has a ceiling of 24 JP a contract year (PP 49/2018), shown in columns of its own: what lies above it is
flagged, never deleted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Subquery, and_, case, func, select

from bridge.domain.jp import HUNDREDTHS
from bridge.domain.learner import Employment
from bridge.reports.report import Column, Kind, Report
from bridge.store.tables import learner, ledger_entry

DUTY = 20 * HUNDREDTHS
CEILING_PPPK = 24 * HUNDREDTHS


@dataclass(frozen=True, slots=True)
class OfficeCoverage:
    """People are the active ones on the roster. JP are hundredths; `share` basis points, None without PNS."""

    office_code: str
    office_name: str
    people: int
    pns: int
    reached: int
    below: int
    share: int | None
    pppk: int
    pppk_above: int
    total_jp: int
    mean_jp: int


REPORT = Report(
    "cakupan",
    "Cakupan 20 JP per OPD",
    (
        Column("office_name", "OPD", link="/opd/{office_code}"),
        Column("share", "PNS tercapai", Kind.PERCENT),
        Column("people", "ASN", Kind.COUNT),
        Column("reached", "PNS ≥ 20 JP", Kind.COUNT),
        Column("below", "PNS < 20 JP", Kind.COUNT),
        Column("total_jp", "Total JP", Kind.JP),
        Column("mean_jp", "Rata-rata JP", Kind.JP),
        Column("pppk", "PPPK", Kind.COUNT),
        Column("pppk_above", "PPPK > 24 JP", Kind.COUNT),
    ),
)


def jp_of_year(tenant: str, year: int) -> Subquery:
    """One row a learner with entries in the year: the sum of the signed entries."""
    return (
        select(ledger_entry.c.learner_id, func.sum(ledger_entry.c.jp).label("jp"))
        .where(ledger_entry.c.tenant == tenant, ledger_entry.c.year == year)
        .group_by(ledger_entry.c.learner_id)
        .subquery("jp_of_year")
    )


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def coverage_by_office(connection: Connection, tenant: str, year: int) -> list[OfficeCoverage]:
    """One row an office, by name."""
    earned = jp_of_year(tenant, year)
    jp = func.coalesce(earned.c.jp, 0)
    pns = learner.c.employment == Employment.PNS.value
    pppk = learner.c.employment == Employment.PPPK.value
    query = (
        select(
            learner.c.office_code,
            func.max(learner.c.office_name).label("office_name"),
            func.count().label("people"),
            _count(pns).label("pns"),
            _count(and_(pns, jp >= DUTY)).label("reached"),
            _count(pppk).label("pppk"),
            _count(and_(pppk, jp > CEILING_PPPK)).label("pppk_above"),
            func.sum(jp).label("total_jp"),
        )
        .select_from(learner.outerjoin(earned, earned.c.learner_id == learner.c.learner_id))
        .where(learner.c.tenant == tenant, learner.c.active.is_(True))
        .group_by(learner.c.office_code)
        .order_by(func.max(learner.c.office_name), learner.c.office_code)
    )
    return [
        _coverage(
            row.office_code, row.office_name, row.people, row.pns, row.reached, row.pppk, row.pppk_above,
            int(row.total_jp),
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def _coverage(
    code: str, name: str, people: int, pns: int, reached: int, pppk: int, pppk_above: int, total: int
) -> OfficeCoverage:
    return OfficeCoverage(
        office_code=code,
        office_name=name,
        people=people,
        pns=pns,
        reached=reached,
        below=pns - reached,
        # rounded down: nobody reads 100 % while one is missing
        share=reached * 10_000 // pns if pns else None,
        pppk=pppk,
        pppk_above=pppk_above,
        total_jp=total,
        mean_jp=round(total / people) if people else 0,
    )


def total_of(offices: Iterable[OfficeCoverage]) -> OfficeCoverage:
    """All offices together."""
    rows = list(offices)
    return _coverage(
        "",
        "",
        sum(row.people for row in rows),
        sum(row.pns for row in rows),
        sum(row.reached for row in rows),
        sum(row.pppk for row in rows),
        sum(row.pppk_above for row in rows),
        sum(row.total_jp for row in rows),
    )


def years_known(connection: Connection, tenant: str) -> list[int]:
    """Years with entries, newest first."""
    query = (
        select(ledger_entry.c.year)
        .where(ledger_entry.c.tenant == tenant)
        .distinct()
        .order_by(ledger_entry.c.year.desc())
    )
    return list(connection.execute(query).scalars())
