"""Completions whose date moved: from which date, and whether the source had withdrawn them in between."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, MetaData, String, Table, Text, UniqueConstraint

from bridge.store.types import BigId, Instant


def declare(metadata: MetaData) -> Table:
    """One row a completion that moved: the date that its newest version replaced."""
    return Table(
        "completion_move",
        metadata,
        Column("move_id", BigId, primary_key=True, autoincrement=True),
        Column("tenant", String(64), ForeignKey("tenant.code"), nullable=False),
        Column("source", String(64), nullable=False),
        Column("external_learner", Text, nullable=False),
        Column("external_course", Text, nullable=False),
        Column("attempt", String(64), nullable=False),
        Column("earlier_at", Instant, nullable=False),
        Column("earlier_standing", String(16), nullable=False),  # of the version that bore the earlier date
        Column("moved_at", Instant, nullable=False),
        UniqueConstraint("tenant", "source", "external_learner", "external_course", "attempt"),
    )
