"""Operations: schedules, alerts, tokens' ends; a tick has a state and a beat"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bridge.store.types

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def _key(name: str) -> sa.Column[int]:
    return sa.Column(
        name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
    )


def _tenant(table: str) -> tuple[sa.ForeignKeyConstraint]:
    return (
        sa.ForeignKeyConstraint(["tenant"], ["tenant.code"], name=op.f(f"fk_{table}_tenant_tenant")),
    )


def upgrade() -> None:
    op.create_table(
        "job_schedule",
        _key("schedule_id"),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("job", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=64), server_default=sa.text("''"), nullable=False),
        sa.Column("cron", sa.Text(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("limit_minutes", sa.Integer(), nullable=True),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", bridge.store.types.Instant(), nullable=False),
        *_tenant("job_schedule"),
        sa.PrimaryKeyConstraint("schedule_id", name=op.f("pk_job_schedule")),
        sa.UniqueConstraint("tenant", "job", "source", name=op.f("uq_job_schedule_tenant_job_source")),
    )
    op.create_table(
        "alert",
        _key("alert_id"),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("params", bridge.store.types.Json(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("raised_at", bridge.store.types.Instant(), nullable=False),
        sa.Column("told_at", bridge.store.types.Instant(), nullable=True),
        sa.Column("cleared_at", bridge.store.types.Instant(), nullable=True),
        *_tenant("alert"),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_alert")),
        sa.UniqueConstraint("tenant", "code", "subject", name=op.f("uq_alert_tenant_code_subject")),
    )
    op.create_table(
        "token_expiry",
        _key("expiry_id"),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        *_tenant("token_expiry"),
        sa.PrimaryKeyConstraint("expiry_id", name=op.f("pk_token_expiry")),
        sa.UniqueConstraint("tenant", "source", name=op.f("uq_token_expiry_tenant_source")),
    )
    with op.batch_alter_table("tick", schema=None) as batch:
        # a job of one source is claimed by `pull/name-of-the-source`
        batch.alter_column("job", existing_type=sa.String(length=32), type_=sa.String(length=128), existing_nullable=False)
        batch.add_column(sa.Column("state", sa.String(length=16), server_default=sa.text("'done'"), nullable=False))
        batch.add_column(sa.Column("attempts", sa.Integer(), server_default=sa.text("1"), nullable=False))
        batch.add_column(sa.Column("beat_at", bridge.store.types.Instant(), nullable=True))
        batch.add_column(sa.Column("retry_at", bridge.store.types.Instant(), nullable=True))
        batch.add_column(sa.Column("ended_at", bridge.store.types.Instant(), nullable=True))
