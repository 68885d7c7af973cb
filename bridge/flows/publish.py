"""Tell the learning record store every ledger entry, in order, through the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bridge.domain.credit import EntryKind
from bridge.errors import RetryLater, StopSource
from bridge.flows.context import Context
from bridge.statements.build import Naming, statements_of
from bridge.store.ledger_rows import (
    DueStatement,
    count_waiting,
    due_statements,
    earlier_statements,
    mark_failed,
    mark_published,
)
from bridge.store.unit import reading, unit

BATCH = 500


@dataclass(slots=True)
class PublishReport:
    entries: int = 0
    statements: int = 0
    waiting: int = 0
    error: str = ""


def _naming(ctx: Context) -> Naming:
    return Naming(ctx.office.activity_base, ctx.office.agent_home_page)


def _told(ctx: Context, due: list[DueStatement]) -> list[dict[str, Any]]:
    naming = _naming(ctx)
    told: list[dict[str, Any]] = []
    with reading(ctx.store) as connection:
        for item in due:
            standing: list[str] = []
            if item.entry.kind is EntryKind.REVERSAL:
                standing = earlier_statements(connection, ctx.office.tenant, item.entry, item.entry_id)
            told += statements_of(
                item.entry,
                leaf_hash=item.leaf_hash,
                agent_name=item.agent_name,
                standing=standing,
                naming=naming,
            )
    return told


def publish(ctx: Context) -> PublishReport:
    """Publish all that is due. A kill between the LRS's commit and ours repeats the same statements, which
    the LRS knows by their ids. A fault leaves the rest in the outbox for the next time."""
    report = PublishReport()
    with reading(ctx.store) as connection:
        report.waiting = count_waiting(connection, ctx.office.tenant)
    ctx.progress.stage("publish", report.waiting)
    while True:
        now = ctx.clock()
        with reading(ctx.store) as connection:
            due = due_statements(connection, ctx.office.tenant, now, BATCH)
        if not due:
            return report
        ids = [item.outbox_id for item in due]
        told = _told(ctx, due)
        try:
            ctx.statements.put(told)
        except (RetryLater, StopSource) as error:
            with unit(ctx.store) as connection:
                mark_failed(connection, ids, error.english, now + timedelta(minutes=10))
            report.error = error.english
            return report
        with unit(ctx.store) as connection:
            mark_published(connection, ids, now)
        report.entries += len(due)
        report.statements += len(told)
        report.waiting -= len(due)
        ctx.progress.advance(len(due))
