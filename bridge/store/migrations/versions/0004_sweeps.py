"""Sweeps and what they saw"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bridge.store.types

revision = "0004"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sweep",
        sa.Column(
            "sweep_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("started_at", bridge.store.types.Instant(), nullable=False),
        sa.Column("ended_at", bridge.store.types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["source.source_id"], name=op.f("fk_sweep_source_id_source")),
        sa.PrimaryKeyConstraint("sweep_id", name=op.f("pk_sweep")),
    )
    with op.batch_alter_table("sweep", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sweep_source_id_state"), ["source_id", "state"], unique=False)
    op.create_table(
        "sweep_seen",
        sa.Column("source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("external_learner", sa.Text(), nullable=False),
        sa.Column("external_course", sa.Text(), nullable=False),
        sa.Column("attempt", sa.String(length=64), nullable=False),
        sa.Column("sweep_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.source_id"], name=op.f("fk_sweep_seen_source_id_source")
        ),
        sa.PrimaryKeyConstraint(
            "source_id", "external_learner", "external_course", "attempt", name=op.f("pk_sweep_seen")
        ),
    )
