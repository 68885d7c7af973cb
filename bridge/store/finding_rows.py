"""Findings in the store: what the engine finds is opened, what it no longer finds is closed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from bridge.domain.finding import Finding
from bridge.store.tables import finding
from bridge.store.upsert import insert_for

CHUNK = 2000


@dataclass(slots=True)
class FindingCounts:
    opened: int = 0
    closed: int = 0
    same: int = 0


def sync_findings(
    connection: Connection,
    tenant: str,
    found: Iterable[Finding],
    *,
    in_scope: Callable[[Any], bool],
    now: datetime,
    learners: Collection[int] | None = None,
    subjects: Collection[str] = (),
) -> FindingCounts:
    """Bring the stored findings of a scope to those found now. `in_scope(row)` says which open rows this run
    could have found again; only those may be closed. Owner and comment survive a closing and reopening.
    `learners` keeps the look to their rows, to `subjects` and to what was found (a part of a large store); None:
    all rows."""
    counts = FindingCounts()
    wanted = {(item.code, item.subject): item for item in found}
    rows = select(finding).where(finding.c.tenant == tenant)
    queries = [rows]
    if learners is not None:
        queries = [rows.where(finding.c.learner_id.in_(part)) for part in _parts(learners)]
        queries += [
            rows.where(finding.c.subject.in_(part))
            for part in _parts({*subjects, *(subject for _, subject in wanted)})
        ]
    known = {(row.code, row.subject): row for query in queries for row in connection.execute(query)}
    upserts = []
    for key, item in wanted.items():
        row = known.get(key)
        unchanged = row is not None and row.params == item.params and row.learner_id == item.learner_id
        if unchanged and row is not None and row.closed_at is None:
            counts.same += 1
            continue
        if row is None or row.closed_at is not None:
            counts.opened += 1
        upserts.append(
            {
                "tenant": tenant,
                "code": item.code,
                "subject": item.subject,
                "learner_id": item.learner_id,
                "params": item.params,
                "opened_at": row.opened_at if row is not None and row.closed_at is None else now,
                "closed_at": None,
            }
        )
    if upserts:
        statement = insert_for(connection, finding)
        statement = statement.on_conflict_do_update(
            index_elements=["tenant", "code", "subject"],
            set_={
                name: statement.excluded[name] for name in ("learner_id", "params", "opened_at", "closed_at")
            },
        )
        connection.execute(statement, upserts)
    gone = [
        {"gone_id": row.finding_id}
        for key, row in known.items()
        if row.closed_at is None and key not in wanted and in_scope(row)
    ]
    if gone:
        counts.closed = len(gone)
        connection.execute(
            update(finding).where(finding.c.finding_id == bindparam("gone_id")).values(closed_at=now),
            gone,
        )
    return counts


def _parts(values: Collection[Any]) -> Iterable[list[Any]]:
    ordered = sorted(values)
    return (ordered[start : start + CHUNK] for start in range(0, len(ordered), CHUNK))


def close_unseen(
    connection: Connection, tenant: str, seen: Collection[tuple[str, str]], now: datetime
) -> int:
    """Close what is open about no learner and was not found by any bucket of a full run; what is about a source
    belongs to the pull. Returns how many."""
    query = select(finding.c.finding_id, finding.c.code, finding.c.subject).where(
        finding.c.tenant == tenant, finding.c.closed_at.is_(None), finding.c.learner_id.is_(None)
    )
    gone = [
        {"gone_id": row.finding_id}
        for row in connection.execute(query)
        if (row.code, row.subject) not in seen and not row.subject.startswith("source:")
    ]
    if gone:
        statement = update(finding).where(finding.c.finding_id == bindparam("gone_id")).values(closed_at=now)
        connection.execute(statement, gone)
    return len(gone)


def open_findings_by_code(connection: Connection, tenant: str) -> dict[str, int]:
    query = select(finding.c.code).where(finding.c.tenant == tenant, finding.c.closed_at.is_(None))
    counts: dict[str, int] = {}
    for row in connection.execute(query):
        counts[row.code] = counts.get(row.code, 0) + 1
    return dict(sorted(counts.items()))


def open_findings_of(connection: Connection, tenant: str, code: str) -> list[Row[Any]]:
    """Subject, params and opened_at of the open findings of one code."""
    query = select(finding.c.subject, finding.c.params, finding.c.opened_at).where(
        finding.c.tenant == tenant, finding.c.code == code, finding.c.closed_at.is_(None)
    )
    return list(connection.execute(query))
