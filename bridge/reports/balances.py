"""Balances of the ledger: by year, form, competence or office; as known at any past moment, as valid on any day.

*Known at* a moment: entries that had been recorded by then; what was corrected later is not corrected yet. *Valid
on* a day: activities that had ended by then, by all that is known. Both together answer what an auditor asks:
what did you know on that day about that day?
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, select

from bridge.domain.learner import Employment
from bridge.reports.coverage import CEILING_PPPK, DUTY
from bridge.reports.words import form_name
from bridge.store.tables import learner, ledger_entry
from bridge.wording import translate

MANAGERIAL, TECHNICAL, SOCIO_CULTURAL, UNSTATED = (
    "manajerial",
    "teknis",
    "sosial kultural",
    "tidak dinyatakan",
)
COMPETENCE = {1: MANAGERIAL, 5: MANAGERIAL, 2: TECHNICAL, 3: TECHNICAL, 6: SOCIO_CULTURAL}
"""By the form's own name (PerLAN 10/2018: managerial, technical, socio-cultural training; leadership is managerial,
functional is technical). Other forms state no competence. An assumption, not a regulation."""

BY = ("year", "form", "competence", "office")


@dataclass(frozen=True, slots=True)
class Balance:
    """`jp` is hundredths; `people` those with JP above 0 in the group; `entries` ledger rows that were summed."""

    group: str
    jp: int
    people: int
    entries: int


@dataclass(frozen=True, slots=True)
class Duty:
    """A learner's year against the duty or the ceiling. `missing` is to 20 JP (PNS), `above` beyond 24 JP (PPPK)."""

    year: int
    jp: int
    employment: str
    missing: int
    above: int


def _sums(
    connection: Connection, tenant: str, *, known_at: datetime | None, valid_on: date | None,
    learner_id: int | None, year: int | None,
) -> Iterable[tuple[int, int, int, str, int, int]]:  # fmt: skip
    """(learner, year, form, office, JP, entries), what is cancelled out left in with 0."""
    query = (
        select(
            ledger_entry.c.learner_id,
            ledger_entry.c.year,
            ledger_entry.c.form,
            learner.c.office_name,
            func.sum(ledger_entry.c.jp),
            func.count(),
        )
        .join(learner, learner.c.learner_id == ledger_entry.c.learner_id)
        .where(ledger_entry.c.tenant == tenant)
        .group_by(ledger_entry.c.learner_id, ledger_entry.c.year, ledger_entry.c.form, learner.c.office_name)
    )
    if known_at is not None:
        query = query.where(ledger_entry.c.recorded_at <= known_at)
    if valid_on is not None:
        query = query.where(ledger_entry.c.ended_on <= valid_on)
    if learner_id is not None:
        query = query.where(ledger_entry.c.learner_id == learner_id)
    if year is not None:
        query = query.where(ledger_entry.c.year == year)
    for row in connection.execute(query):
        yield row[0], row[1], row[2], row[3], int(row[4]), row[5]


def balances(
    connection: Connection,
    tenant: str,
    by: str,
    language: str,
    *,
    known_at: datetime | None = None,
    valid_on: date | None = None,
    learner_id: int | None = None,
    year: int | None = None,
) -> list[Balance]:
    """One row a group in the group's order. `by` is one of BY; raises ValueError on another."""
    if by not in BY:
        raise ValueError(f"no such grouping: {by}")
    jp: dict[str, int] = {}
    entries: dict[str, int] = {}
    people: dict[str, dict[int, int]] = {}
    order: dict[str, tuple[int, str]] = {}
    rows = _sums(connection, tenant, known_at=known_at, valid_on=valid_on, learner_id=learner_id, year=year)
    for who, row_year, form, office, amount, count in rows:
        place, group = _group(by, row_year, form, office, language)
        order[group] = (place, group)
        jp[group] = jp.get(group, 0) + amount
        entries[group] = entries.get(group, 0) + count
        mine = people.setdefault(group, {})
        mine[who] = mine.get(who, 0) + amount
    return [
        Balance(group, jp[group], sum(amount > 0 for amount in people[group].values()), entries[group])
        for group in sorted(order, key=lambda one: order[one])
    ]


def _group(by: str, year: int, form: int, office: str, language: str) -> tuple[int, str]:
    """(place in the order, the group's name)."""
    if by == "year":
        return year, str(year)
    if by == "form":
        return form, f"{form} {form_name(form, language)}"
    if by == "competence":
        return 0, translate(COMPETENCE.get(form, UNSTATED), language)
    return 0, office


def duties_of(
    connection: Connection,
    tenant: str,
    learner_id: int,
    *,
    known_at: datetime | None = None,
    valid_on: date | None = None,
) -> list[Duty]:
    """One row a year with entries, oldest first."""
    employment = connection.execute(
        select(learner.c.employment).where(learner.c.learner_id == learner_id)
    ).scalar_one()
    told = balances(
        connection, tenant, "year", "id", known_at=known_at, valid_on=valid_on, learner_id=learner_id
    )
    pns = employment == Employment.PNS.value
    return [
        Duty(
            int(one.group),
            one.jp,
            employment,
            max(DUTY - one.jp, 0) if pns else 0,
            0 if pns else max(one.jp - CEILING_PPPK, 0),
        )
        for one in told
    ]
