"""The ledger in the store: entries in, with their outbox row and a signed checkpoint, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from bridge.domain.credit import EntryKind, LedgerEntry
from bridge.domain.keys import statement_id
from bridge.store.bulk import insert_rows
from bridge.store.tables import checkpoint, ledger_entry, outbox


@dataclass(frozen=True, slots=True)
class DueStatement:
    """An entry whose statement has not been published yet."""

    outbox_id: int
    entry_id: int
    statement_id: str
    agent_name: str
    leaf_hash: str
    entry: LedgerEntry


def insert_entries(
    connection: Connection,
    tenant: str,
    entries: Sequence[LedgerEntry],
    *,
    leaf_hashes: Sequence[str],
    agent_names: Mapping[int, str],
    run_id: str,
) -> None:
    """Insert entries and their outbox rows. The unique entry_key refuses a double with IntegrityError: two
    runs at once are a defect of the lock, never a silent second credit."""
    if not entries:
        return
    insert_rows(
        connection,
        ledger_entry,
        ("tenant", *_COPIED, "kind", "evidence", "run_id", "leaf_hash"),
        (
            (tenant, *_facts(entry), entry.kind.value, list(entry.evidence), run_id, leaf)
            for entry, leaf in zip(entries, leaf_hashes, strict=True)
        ),
    )
    before = connection.execute(
        select(func.coalesce(func.max(outbox.c.entry_id), 0)).where(outbox.c.tenant == tenant)
    ).scalar_one()
    inserted = connection.execute(
        select(ledger_entry.c.entry_id, ledger_entry.c.entry_key, ledger_entry.c.learner_id)
        .where(ledger_entry.c.tenant == tenant, ledger_entry.c.entry_id > before)
        .order_by(ledger_entry.c.entry_id)
    )
    insert_rows(
        connection,
        outbox,
        ("tenant", "entry_id", "statement_id", "agent_name", "attempts"),
        (
            (tenant, row.entry_id, statement_id(row.entry_key), agent_names[row.learner_id], 0)
            for row in inserted.all()
        ),
    )


_COPIED = (
    "entry_key", "learner_id", "person_key", "activity_key", "year", "rule_version", "ordinal", "form", "jp",
    "title", "organiser", "started_on", "ended_on", "reason", "recorded_at",
)  # fmt: skip
_facts = attrgetter(*_COPIED)


def last_checkpoint(connection: Connection, tenant: str) -> Row[Any] | None:
    query = (
        select(checkpoint)
        .where(checkpoint.c.tenant == tenant)
        .order_by(checkpoint.c.tree_size.desc())
        .limit(1)
    )
    return connection.execute(query).first()


def insert_checkpoint(
    connection: Connection,
    tenant: str,
    *,
    tree_size: int,
    root_hash: str,
    frontier: list[str],
    signed_at: datetime,
    key_id: str,
    signature: str,
) -> None:
    connection.execute(
        insert(checkpoint).values(
            tenant=tenant,
            tree_size=tree_size,
            root_hash=root_hash,
            frontier=frontier,
            signed_at=signed_at,
            key_id=key_id,
            signature=signature,
        )
    )


def leaf_hashes(connection: Connection, tenant: str) -> Iterator[str]:
    """All leaf hashes in the log's order."""
    query = (
        select(ledger_entry.c.leaf_hash)
        .where(ledger_entry.c.tenant == tenant)
        .order_by(ledger_entry.c.entry_id)
    )
    for row in connection.execute(query):
        yield row.leaf_hash


def entry_from_row(row: Row[Any]) -> LedgerEntry:
    return LedgerEntry(
        entry_key=row.entry_key,
        learner_id=row.learner_id,
        person_key=row.person_key,
        activity_key=row.activity_key,
        year=row.year,
        rule_version=row.rule_version,
        kind=EntryKind(row.kind),
        ordinal=row.ordinal,
        form=row.form,
        jp=row.jp,
        title=row.title,
        organiser=row.organiser,
        started_on=row.started_on,
        ended_on=row.ended_on,
        reason=row.reason,
        evidence=tuple(row.evidence),
        recorded_at=row.recorded_at,
    )


def all_entries(
    connection: Connection, tenant: str, batch: int = 5000
) -> Iterator[list[tuple[LedgerEntry, str]]]:
    """(entry, leaf hash as kept) in the log's order, in batches."""
    after = 0
    while True:
        query = (
            select(ledger_entry)
            .where(ledger_entry.c.tenant == tenant, ledger_entry.c.entry_id > after)
            .order_by(ledger_entry.c.entry_id)
            .limit(batch)
        )
        rows = connection.execute(query).all()
        if not rows:
            return
        after = rows[-1].entry_id
        yield [(entry_from_row(row), row.leaf_hash) for row in rows]


def entry_by_id(connection: Connection, tenant: str, entry_id: int) -> LedgerEntry | None:
    query = select(ledger_entry).where(ledger_entry.c.tenant == tenant, ledger_entry.c.entry_id == entry_id)
    row = connection.execute(query).first()
    return None if row is None else entry_from_row(row)


def evidence_of_activity(connection: Connection, tenant: str, learner_id: int, activity_key: str) -> set[str]:
    """Keys of all evidence that any entry of the learner's activity rested on: a reversal names none itself."""
    query = select(ledger_entry.c.evidence).where(
        ledger_entry.c.tenant == tenant,
        ledger_entry.c.learner_id == learner_id,
        ledger_entry.c.activity_key == activity_key,
    )
    return {key for row in connection.execute(query) for key in row.evidence}


def entries_of_learner(
    connection: Connection, tenant: str, learner_id: int
) -> list[tuple[int, int, LedgerEntry]]:
    """(number, place in the log from 0, entry) of all of a learner's entries, in the log's order."""
    query = (
        select(ledger_entry)
        .where(ledger_entry.c.tenant == tenant, ledger_entry.c.learner_id == learner_id)
        .order_by(ledger_entry.c.entry_id)
    )
    told = []
    for row in connection.execute(query).all():
        before = select(func.count()).where(
            ledger_entry.c.tenant == tenant, ledger_entry.c.entry_id < row.entry_id
        )
        told.append((row.entry_id, int(connection.execute(before).scalar_one()), entry_from_row(row)))
    return told


def due_statements(connection: Connection, tenant: str, now: datetime, limit: int) -> list[DueStatement]:
    """Outbox rows that wait and whose time has come, in the ledger's order."""
    query = (
        select(outbox.c.outbox_id, outbox.c.statement_id, outbox.c.agent_name, ledger_entry)
        .join(ledger_entry, ledger_entry.c.entry_id == outbox.c.entry_id)
        .where(
            outbox.c.tenant == tenant,
            outbox.c.published_at.is_(None),
            or_(outbox.c.next_at.is_(None), outbox.c.next_at <= now),
        )
        .order_by(outbox.c.outbox_id)
        .limit(limit)
    )
    return [
        DueStatement(
            outbox_id=row.outbox_id,
            entry_id=row.entry_id,
            statement_id=row.statement_id,
            agent_name=row.agent_name,
            leaf_hash=row.leaf_hash,
            entry=entry_from_row(row),
        )
        for row in connection.execute(query)
    ]


def earlier_statements(
    connection: Connection, tenant: str, entry: LedgerEntry, before_entry_id: int
) -> list[str]:
    """Statement ids of the entries of the same learner, activity and year that stood before this one and
    that no earlier reversal has voided, in order."""
    query = (
        select(outbox.c.statement_id, ledger_entry.c.kind)
        .join(ledger_entry, ledger_entry.c.entry_id == outbox.c.entry_id)
        .where(
            ledger_entry.c.tenant == tenant,
            ledger_entry.c.learner_id == entry.learner_id,
            ledger_entry.c.activity_key == entry.activity_key,
            ledger_entry.c.year == entry.year,
            ledger_entry.c.entry_id < before_entry_id,
        )
        .order_by(ledger_entry.c.entry_id)
    )
    standing: list[str] = []
    for row in connection.execute(query):
        if row.kind == EntryKind.REVERSAL:
            standing.clear()
        else:
            standing.append(row.statement_id)
    return standing


def published_awards(connection: Connection, tenant: str) -> list[str]:
    """Statement ids that the outbox calls published, of entries that have a statement of their own id (a
    reversal's statements are named by what they void)."""
    query = (
        select(outbox.c.statement_id)
        .join(ledger_entry, ledger_entry.c.entry_id == outbox.c.entry_id)
        .where(
            outbox.c.tenant == tenant,
            outbox.c.published_at.is_not(None),
            ledger_entry.c.kind != EntryKind.REVERSAL.value,
        )
    )
    return [str(row.statement_id) for row in connection.execute(query)]


def mark_published(connection: Connection, outbox_ids: Sequence[int], now: datetime) -> None:
    for start in range(0, len(outbox_ids), 5000):
        connection.execute(
            update(outbox)
            .where(outbox.c.outbox_id.in_(outbox_ids[start : start + 5000]))
            .values(published_at=now, last_error=None)
        )


def mark_failed(connection: Connection, outbox_ids: Sequence[int], error: str, next_at: datetime) -> None:
    connection.execute(
        update(outbox)
        .where(outbox.c.outbox_id.in_(outbox_ids))
        .values(attempts=outbox.c.attempts + 1, last_error=error, next_at=next_at)
    )


def count_entries(connection: Connection, tenant: str) -> int:
    query = select(func.count()).select_from(ledger_entry).where(ledger_entry.c.tenant == tenant)
    return int(connection.execute(query).scalar_one())


def count_waiting(connection: Connection, tenant: str) -> int:
    """Entries whose statement has not been published."""
    query = (
        select(func.count())
        .select_from(outbox)
        .where(outbox.c.tenant == tenant, outbox.c.published_at.is_(None))
    )
    return int(connection.execute(query).scalar_one())


def jp_of_learner(connection: Connection, tenant: str, learner_id: int, year: int) -> int:
    """Hundredths of JP that stand in the ledger for the year."""
    query = select(func.coalesce(func.sum(ledger_entry.c.jp), 0)).where(
        ledger_entry.c.tenant == tenant,
        ledger_entry.c.learner_id == learner_id,
        ledger_entry.c.year == year,
    )
    return int(connection.execute(query).scalar_one())
