"""Sheets: meanings of headings, uploads that wait, scans of signed papers"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bridge.store.types

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sheet_mapping",
        sa.Column(
            "mapping_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("sender", sa.String(length=128), nullable=False),
        sa.Column("heading", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        sa.Column("confirmed_at", bridge.store.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.code"], name=op.f("fk_sheet_mapping_tenant_tenant")),
        sa.PrimaryKeyConstraint("mapping_id", name=op.f("pk_sheet_mapping")),
        sa.UniqueConstraint(
            "tenant", "sender", "heading", name=op.f("uq_sheet_mapping_tenant_sender_heading")
        ),
    )
    op.create_table(
        "sheet_upload",
        sa.Column("upload_id", sa.String(length=36), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("sender", sa.String(length=128), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("mapping", bridge.store.types.Json(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("uploaded_by", sa.Text(), nullable=False),
        sa.Column("uploaded_at", bridge.store.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.code"], name=op.f("fk_sheet_upload_tenant_tenant")),
        sa.PrimaryKeyConstraint("upload_id", name=op.f("pk_sheet_upload")),
    )
    op.create_index(op.f("ix_sheet_upload_tenant_uploaded_at"), "sheet_upload", ["tenant", "uploaded_at"])
    op.create_table(
        "attachment",
        sa.Column(
            "attachment_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("attached_by", sa.Text(), nullable=False),
        sa.Column("attached_at", bridge.store.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.code"], name=op.f("fk_attachment_tenant_tenant")),
        sa.PrimaryKeyConstraint("attachment_id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("tenant", "source", "sha256", name=op.f("uq_attachment_tenant_source_sha256")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER attachment_insert_only BEFORE UPDATE OR DELETE ON attachment "
            "FOR EACH ROW EXECUTE FUNCTION jpbridge_insert_only()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER attachment_no_{verb.lower()} BEFORE {verb} ON attachment "
            "BEGIN SELECT RAISE(ABORT, 'attachment is insert-only'); END"
        )
