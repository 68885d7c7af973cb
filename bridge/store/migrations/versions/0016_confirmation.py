"""Organisers' confirmations, minutes late, and when a day begins. What was confirmed in the field stays confirmed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bridge.store.types

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "event_confirmation",
        sa.Column(
            "confirmation_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("event_ref", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("roll_hash", sa.String(length=64), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", bridge.store.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenant.code"], name=op.f("fk_event_confirmation_tenant_tenant")
        ),
        sa.PrimaryKeyConstraint("confirmation_id", name=op.f("pk_event_confirmation")),
    )
    op.create_index(
        op.f("ix_event_confirmation_tenant_source_event_ref"),
        "event_confirmation",
        ["tenant", "source", "event_ref"],
    )
    # no batch: SQLite would copy the table, and lose its triggers
    op.add_column("attendance", sa.Column("late", sa.Text(), nullable=True))
    op.add_column("sheet_upload", sa.Column("begins", sa.String(length=5), nullable=True))
    _field_confirmations()
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER event_confirmation_insert_only BEFORE UPDATE OR DELETE ON event_confirmation "
            "FOR EACH ROW EXECUTE FUNCTION jpbridge_insert_only()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER event_confirmation_no_{verb.lower()} BEFORE {verb} ON event_confirmation "
            "BEGIN SELECT RAISE(ABORT, 'event_confirmation is insert-only'); END"
        )


def _field_confirmations() -> None:
    """An event in the field has evidence only where its organiser confirmed it: its newest import is that word."""
    op.execute(
        "INSERT INTO event_confirmation "
        "(tenant, source, event_ref, state, roll_hash, people, confirmed_by, recorded_by, recorded_at) "
        "SELECT b.tenant, b.source, substr(b.source, 7), 'confirmed', b.sha256, b.rows_read, b.imported_by, "
        "b.imported_by, b.imported_at FROM import_batch AS b "
        "WHERE b.kind = 'field' AND b.undone_at IS NULL AND b.rows_read > 0 AND NOT EXISTS ("
        "SELECT 1 FROM import_batch AS n WHERE n.tenant = b.tenant AND n.source = b.source "
        "AND n.batch_id > b.batch_id)"
    )
