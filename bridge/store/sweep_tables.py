"""Sweeps of sources and what each of them saw, kept so that a sweep which was cut off can be continued."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from bridge.store.tables import metadata
from bridge.store.types import BigId, Instant

sweep = Table(
    "sweep",
    metadata,
    Column("sweep_id", BigId, primary_key=True, autoincrement=True),
    Column("source_id", BigId, ForeignKey("source.source_id"), nullable=False),
    Column("state", String(16), nullable=False),  # running | complete | incomplete | abandoned
    Column("rows", Integer, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Index(None, "source_id", "state"),
)

sweep_seen = Table(  # the newest sweep that saw a key: one row a key, however many sweeps there were
    "sweep_seen",
    metadata,
    Column("source_id", BigId, ForeignKey("source.source_id"), primary_key=True),
    Column("external_learner", Text, primary_key=True),
    Column("external_course", Text, primary_key=True),
    Column("attempt", String(64), primary_key=True),
    Column("sweep_id", BigId, nullable=False),
)
