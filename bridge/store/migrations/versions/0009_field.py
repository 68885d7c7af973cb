"""Events in the field: sessions, rosters, devices, records"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bridge.store.types

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INSERT_ONLY = ("field_record", "field_refusal")


def upgrade() -> None:
    op.create_table(
        "field_device",
        sa.Column(
            "device_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("enrolled_at", bridge.store.types.Instant(), nullable=False),
        sa.Column("revoked_at", bridge.store.types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_field_device_account_id_account")
        ),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.code"], name=op.f("fk_field_device_tenant_tenant")),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_field_device")),
        sa.UniqueConstraint("tenant", "key_id", name=op.f("uq_field_device_tenant_key_id")),
    )
    op.create_table(
        "field_event",
        sa.Column(
            "event_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("form", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("organiser", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("jp_stated", sa.Text(), nullable=False),
        sa.Column("programme_code", sa.String(length=128), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("end_on", sa.Date(), nullable=False),
        sa.Column("created_at", bridge.store.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_field_event_account_id_account")
        ),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.code"], name=op.f("fk_field_event_tenant_tenant")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_field_event")),
        sa.UniqueConstraint("tenant", "code", name=op.f("uq_field_event_tenant_code")),
    )
    with op.batch_alter_table("field_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_field_event_account_id"), ["account_id"], unique=False)
    op.create_table(
        "field_participant",
        sa.Column(
            "participant_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("nip", sa.String(length=18), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("added_at", bridge.store.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["field_event.event_id"], name=op.f("fk_field_participant_event_id_field_event")
        ),
        sa.PrimaryKeyConstraint("participant_id", name=op.f("pk_field_participant")),
        sa.UniqueConstraint("event_id", "nip", name=op.f("uq_field_participant_event_id_nip")),
    )
    op.create_table(
        "field_record",
        sa.Column(
            "record_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("session", sa.Integer(), nullable=False),
        sa.Column("nonce", sa.String(length=36), nullable=False),
        sa.Column("act", sa.String(length=8), nullable=False),
        sa.Column("typed", sa.Text(), nullable=False),
        sa.Column("nip", sa.String(length=18), nullable=True),
        sa.Column("nip_problem", sa.String(length=32), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("maker", sa.Text(), nullable=False),
        sa.Column("device_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("counter", sa.Integer(), nullable=True),
        sa.Column("device_at", bridge.store.types.Instant(), nullable=True),
        sa.Column("happened_at", bridge.store.types.Instant(), nullable=False),
        sa.Column("earliest", bridge.store.types.Instant(), nullable=False),
        sa.Column("latest", bridge.store.types.Instant(), nullable=False),
        sa.Column("clock_doubt", sa.String(length=16), nullable=False),
        sa.Column("carried", sa.String(length=8), nullable=False),
        sa.Column("received_at", bridge.store.types.Instant(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["field_device.device_id"], name=op.f("fk_field_record_device_id_field_device")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["field_event.event_id"], name=op.f("fk_field_record_event_id_field_event")
        ),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.code"], name=op.f("fk_field_record_tenant_tenant")),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_field_record")),
        sa.UniqueConstraint("tenant", "nonce", name=op.f("uq_field_record_tenant_nonce")),
    )
    with op.batch_alter_table("field_record", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_field_record_device_id_counter"), ["device_id", "counter"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_field_record_event_id_session"), ["event_id", "session"], unique=False
        )
    op.create_table(
        "field_refusal",
        sa.Column(
            "refusal_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("received_at", bridge.store.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["field_event.event_id"], name=op.f("fk_field_refusal_event_id_field_event")
        ),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.code"], name=op.f("fk_field_refusal_tenant_tenant")),
        sa.PrimaryKeyConstraint("refusal_id", name=op.f("pk_field_refusal")),
        sa.UniqueConstraint("tenant", "fingerprint", name=op.f("uq_field_refusal_tenant_fingerprint")),
    )
    op.create_table(
        "field_session",
        sa.Column(
            "session_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("starts_at", bridge.store.types.Instant(), nullable=False),
        sa.Column("ends_at", bridge.store.types.Instant(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("confirmed_at", bridge.store.types.Instant(), nullable=True),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["field_event.event_id"], name=op.f("fk_field_session_event_id_field_event")
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_field_session")),
        sa.UniqueConstraint("event_id", "number", name=op.f("uq_field_session_event_id_number")),
    )

    _make_insert_only()


def _make_insert_only() -> None:
    """The function of PostgreSQL's triggers is there since 0001."""
    for table in INSERT_ONLY:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(
                f"CREATE TRIGGER {table}_insert_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION jpbridge_insert_only()"
            )
            continue
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is insert-only'); END"
            )
