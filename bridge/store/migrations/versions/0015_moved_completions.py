"""Completions whose date moved"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bridge.store.types import Instant

revision = "0015"
down_revision = "0011"
branch_labels = None
depends_on = None

KEY = ["tenant", "source", "external_learner", "external_course", "attempt"]


def upgrade() -> None:
    op.create_table(
        "completion_move",
        sa.Column(
            "move_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("external_learner", sa.Text(), nullable=False),
        sa.Column("external_course", sa.Text(), nullable=False),
        sa.Column("attempt", sa.String(length=64), nullable=False),
        sa.Column("earlier_at", Instant(), nullable=False),
        sa.Column("earlier_standing", sa.String(length=16), nullable=False),
        sa.Column("moved_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.code"], name=op.f("fk_completion_move_tenant_tenant")),
        sa.PrimaryKeyConstraint("move_id", name=op.f("pk_completion_move")),
        sa.UniqueConstraint(*KEY, name=op.f("uq_completion_move_" + "_".join(KEY))),
    )
