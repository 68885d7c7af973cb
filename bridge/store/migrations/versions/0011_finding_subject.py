"""Findings by subject: a bucket of a large store looks up only its own."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_finding_tenant_subject", "finding", ["tenant", "subject"])
