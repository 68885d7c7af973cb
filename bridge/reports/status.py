"""Where things stand: one small set of numbers for the command line and for machines."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from bridge.domain.clock import day_in_zone
from bridge.store.finding_rows import open_findings_by_code
from bridge.store.ledger_rows import count_entries, count_waiting
from bridge.store.people import count_learners
from bridge.store.runs import last_run
from bridge.store.tables import completion, ledger_entry

DUTY = 2000  # hundredths: 20 JP a year (PP 11/2017 jo. PP 17/2020, article 203(4))


@dataclass(frozen=True, slots=True)
class Status:
    """`at_duty` counts learners at or above 20 JP in `year`; `findings` open ones by code."""

    year: int
    learners: int
    at_duty: int
    completions: int
    entries: int
    waiting: int
    last_night: str
    last_state: str
    findings: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def count_completions(connection: Connection, tenant: str) -> int:
    """Distinct completions ever stored, whatever their versions."""
    query = (
        select(func.count())
        .select_from(completion)
        .where(completion.c.tenant == tenant, completion.c.version == 1)
    )
    return int(connection.execute(query).scalar_one())


def status_of(connection: Connection, tenant: str, now: datetime, zone: str) -> Status:
    year = day_in_zone(now, zone).year
    sums = (
        select(ledger_entry.c.learner_id)
        .where(ledger_entry.c.tenant == tenant, ledger_entry.c.year == year)
        .group_by(ledger_entry.c.learner_id)
        .having(func.sum(ledger_entry.c.jp) >= DUTY)
        .subquery()
    )
    night = last_run(connection, tenant, "night")
    return Status(
        year=year,
        learners=count_learners(connection, tenant),
        at_duty=int(connection.execute(select(func.count()).select_from(sums)).scalar_one()),
        completions=count_completions(connection, tenant),
        entries=count_entries(connection, tenant),
        waiting=count_waiting(connection, tenant),
        last_night="" if night is None else night["started_at"].isoformat(timespec="seconds"),
        last_state="" if night is None else str(night["state"]),
        findings=open_findings_by_code(connection, tenant),
    )
