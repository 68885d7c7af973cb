"""Tables of operations: when jobs run, what was alarmed, and until when a source's token lives."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, ForeignKey, Integer, String, Table, Text, UniqueConstraint, text

from bridge.store.tables import metadata
from bridge.store.types import BigId, Instant, Json


def _tenant() -> Column[str]:
    return Column("tenant", String(64), ForeignKey("tenant.code"), nullable=False)


job_schedule = Table(  # what an office changed of the jobs' table in code; absent rows mean the default
    "job_schedule",
    metadata,
    Column("schedule_id", BigId, primary_key=True, autoincrement=True),
    _tenant(),
    Column("job", String(32), nullable=False),
    Column("source", String(64), nullable=False, server_default=text("''")),  # '' is the whole tenant
    Column("cron", Text, nullable=False),  # '' is the job's own
    Column("paused", Boolean, nullable=False),
    Column("limit_minutes", Integer),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", Instant, nullable=False),
    UniqueConstraint("tenant", "job", "source"),
)

alert = Table(  # one row a thing that is wrong; told once until its fingerprint changes
    "alert",
    metadata,
    Column("alert_id", BigId, primary_key=True, autoincrement=True),
    _tenant(),
    Column("code", String(32), nullable=False),
    Column("subject", Text, nullable=False),
    Column("params", Json, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("raised_at", Instant, nullable=False),
    Column("told_at", Instant),
    Column("cleared_at", Instant),
    UniqueConstraint("tenant", "code", "subject"),
)

token_expiry = Table(  # what no web service tells: until when a person made the token valid
    "token_expiry",
    metadata,
    Column("expiry_id", BigId, primary_key=True, autoincrement=True),
    _tenant(),
    Column("source", String(64), nullable=False),
    Column("expires_on", Date, nullable=False),
    UniqueConstraint("tenant", "source"),
)
