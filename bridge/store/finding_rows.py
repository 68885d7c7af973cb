"""Findings in the store: what the engine finds is opened, what it no longer finds is closed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select, update

from bridge.domain.finding import Finding
from bridge.store.among import in_parts, one_of
from bridge.store.bulk import column_writers, insert_rows, insert_tuples, rows_written
from bridge.store.tables import finding

CHUNK = 2000


@dataclass(slots=True)
class FindingCounts:
    opened: int = 0
    closed: int = 0
    same: int = 0


class FoundKeys:
    """What a run found, remembered by digests: a country's findings fit in the memory of one run."""

    def __init__(self) -> None:
        self._digests: set[bytes] = set()

    def add(self, code: str, subject: str) -> None:
        self._digests.add(_digest(code, subject))

    def __contains__(self, key: tuple[str, str]) -> bool:
        return _digest(*key) in self._digests


def _digest(code: str, subject: str) -> bytes:
    return blake2b(f"{code} {subject}".encode(), digest_size=16).digest()


def sync_findings(
    connection: Connection,
    tenant: str,
    found: Iterable[Finding],
    *,
    in_scope: Callable[[Any], bool],
    now: datetime,
    known: Mapping[tuple[str, str], Any] | None = None,
) -> FindingCounts:
    """Bring the stored findings of a scope to those found now. `in_scope(row)` says which open rows this run
    could have found again; only those may be closed. Owner and comment survive a closing and reopening.
    `known` are the stored ones of the scope and of what was found, by code and subject (a part of a large store: see
    known_findings); None: all rows are read."""
    wanted = {(item.code, item.subject): item for item in found}
    if known is None:
        query = select(finding).where(finding.c.tenant == tenant)
        known = {(row.code, row.subject): row for row in connection.execute(query)}
    counts = _open(connection, tenant, wanted.values(), known, now, alone=False)
    closed = [
        row.finding_id
        for key, row in known.items()
        if row.closed_at is None and key not in wanted and in_scope(row)
    ]
    _close(connection, closed, now)
    counts.closed = len(closed)
    return counts


def open_found(connection: Connection, tenant: str, found: Sequence[Finding], now: datetime) -> FindingCounts:
    """Open or refresh what one part of a full run found; nothing is closed before all parts have been seen."""
    queries = _about({item.subject for item in found}, tenant)
    known = {(row.code, row.subject): row for query in queries for row in connection.execute(query)}
    return _open(connection, tenant, found, known, now, alone=True)


def close_unseen(connection: Connection, tenant: str, seen: FoundKeys, now: datetime) -> int:
    """Close what is open and was found by no part of a full run; what is about a source belongs to the pull.
    Returns how many."""
    query = select(finding.c.finding_id, finding.c.code, finding.c.subject).where(
        finding.c.tenant == tenant, finding.c.closed_at.is_(None)
    )
    gone = [
        row.finding_id
        for row in connection.execute(query)
        if not row.subject.startswith("source:") and (row.code, row.subject) not in seen
    ]
    _close(connection, gone, now)
    return len(gone)


def _about(subjects: Collection[str], tenant: str) -> list[Select[Any]]:
    rows = select(finding).where(finding.c.tenant == tenant)
    return [rows.where(one_of(finding.c.subject, part)) for part in in_parts(sorted(subjects), CHUNK)]


def _open(
    connection: Connection,
    tenant: str,
    wanted: Iterable[Finding],
    known: Mapping[tuple[str, str], Any],
    now: datetime,
    *,
    alone: bool,
) -> FindingCounts:
    counts = FindingCounts()
    fresh: list[tuple[Any, ...]] = []
    changed: list[dict[str, Any]] = []
    for item in wanted:
        row = known.get((item.code, item.subject))
        if row is None:
            counts.opened += 1
            fresh.append((tenant, item.code, item.subject, item.learner_id, item.params, now))
        elif row.closed_at is not None:
            counts.opened += 1
            changed.append(_change(row, item, now))
        elif row.params == item.params and row.learner_id == item.learner_id:
            counts.same += 1
        else:
            changed.append(_change(row, item, row.opened_at))
    if fresh:
        _insert(connection, fresh, alone)
    if changed:
        values: dict[str, Any] = {
            name: bindparam(f"new_{name}") for name in ("learner_id", "params", "opened_at")
        }
        statement = update(finding).where(finding.c.finding_id == bindparam("known_id"))
        connection.execute(statement.values(values | {"closed_at": None}), changed)
    return counts


_COLUMNS = ("tenant", "code", "subject", "learner_id", "params", "opened_at")


def _insert(connection: Connection, rows: Sequence[tuple[Any, ...]], alone: bool) -> None:
    """`alone`: the run's lock keeps others away. Else two may open the same finding at once, and one loses."""
    if alone:
        insert_rows(connection, finding, _COLUMNS, rows)
        return
    written = rows_written(column_writers(connection, finding, _COLUMNS), rows)
    insert_tuples(connection, finding, _COLUMNS, written, unique=("tenant", "code", "subject"))


def _change(row: Any, item: Finding, opened_at: datetime) -> dict[str, Any]:
    return {
        "known_id": row.finding_id,
        "new_learner_id": item.learner_id,
        "new_params": item.params,
        "new_opened_at": opened_at,
    }


def _close(connection: Connection, finding_ids: Sequence[int], now: datetime) -> None:
    if finding_ids:
        statement = update(finding).where(finding.c.finding_id == bindparam("gone_id")).values(closed_at=now)
        connection.execute(statement, [{"gone_id": one} for one in finding_ids])


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
