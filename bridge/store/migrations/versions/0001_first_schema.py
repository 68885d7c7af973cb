"""First schema"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bridge.store.types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tenant",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("created_at", bridge.store.types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_tenant")),
    )
    op.create_table(
        "account",
        sa.Column(
            "account_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created_at", bridge.store.types.Instant(), nullable=False),
        sa.Column("disabled_at", bridge.store.types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.code"], name=op.f("fk_account_tenant_tenant")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account")),
        sa.UniqueConstraint("tenant", "name", name=op.f("uq_account_tenant_name")),
    )
    op.create_table(
        "audit_read",
        sa.Column(
            "read_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("query", bridge.store.types.Json(), nullable=False),
        sa.Column("read_at", bridge.store.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.code"], name=op.f("fk_audit_read_tenant_tenant")),
        sa.PrimaryKeyConstraint("read_id", name=op.f("pk_audit_read")),
    )
    op.create_table(
        "checkpoint",
        sa.Column(
            "checkpoint_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("tree_size", sa.Integer(), nullable=False),
        sa.Column("root_hash", sa.String(length=64), nullable=False),
        sa.Column("frontier", bridge.store.types.Json(), nullable=False),
        sa.Column("signed_at", bridge.store.types.Instant(), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.code"], name=op.f("fk_checkpoint_tenant_tenant")),
        sa.PrimaryKeyConstraint("checkpoint_id", name=op.f("pk_checkpoint")),
        sa.UniqueConstraint("tenant", "tree_size", name=op.f("uq_checkpoint_tenant_tree_size")),
    )
    op.create_table(
        "import_batch",
        sa.Column(
            "batch_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("rows_with_problem", sa.Integer(), nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.Column("imported_at", bridge.store.types.Instant(), nullable=False),
        sa.Column("undone_at", bridge.store.types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.code"], name=op.f("fk_import_batch_tenant_tenant")),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_import_batch")),
    )
    op.create_table(
        "learner",
        sa.Column(
            "learner_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("person_key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("employment", sa.String(length=8), nullable=False),
        sa.Column("post", sa.String(length=16), nullable=False),
        sa.Column("office_code", sa.String(length=64), nullable=False),
        sa.Column("office_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), server_default=sa.text("('')"), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("updated_at", bridge.store.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.code"], name=op.f("fk_learner_tenant_tenant")),
        sa.PrimaryKeyConstraint("learner_id", name=op.f("pk_learner")),
        sa.UniqueConstraint("tenant", "person_key", name=op.f("uq_learner_tenant_person_key")),
    )
    with op.batch_alter_table("learner", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_learner_tenant_office_code"), ["tenant", "office_code"], unique=False
        )

    op.create_table(
        "programme",
        sa.Column(
            "programme_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=128), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("form", sa.Integer(), nullable=False),
        sa.Column("jp", sa.Integer(), nullable=True),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("partial", sa.Boolean(), nullable=False),
        sa.Column("organiser", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("updated_at", bridge.store.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.code"], name=op.f("fk_programme_tenant_tenant")),
        sa.PrimaryKeyConstraint("programme_id", name=op.f("pk_programme")),
        sa.UniqueConstraint("tenant", "code", name=op.f("uq_programme_tenant_code")),
    )
    op.create_table(
        "raw_payload",
        sa.Column(
            "payload_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=128), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", bridge.store.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.code"], name=op.f("fk_raw_payload_tenant_tenant")),
        sa.PrimaryKeyConstraint("payload_id", name=op.f("pk_raw_payload")),
        sa.UniqueConstraint("tenant", "source", "sha256", name=op.f("uq_raw_payload_tenant_source_sha256")),
    )
    op.create_table(
        "rule_set",
        sa.Column(
            "rule_set_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("activated_at", bridge.store.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.code"], name=op.f("fk_rule_set_tenant_tenant")),
        sa.PrimaryKeyConstraint("rule_set_id", name=op.f("pk_rule_set")),
        sa.UniqueConstraint("tenant", "version", name=op.f("uq_rule_set_tenant_version")),
    )
    op.create_table(
        "run",
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("job", sa.String(length=32), nullable=False),
        sa.Column("scheduled_for", bridge.store.types.Instant(), nullable=True),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("started_at", bridge.store.types.Instant(), nullable=False),
        sa.Column("ended_at", bridge.store.types.Instant(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("counts", bridge.store.types.Json(), nullable=False),
        sa.Column("errors", bridge.store.types.Json(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.code"], name=op.f("fk_run_tenant_tenant")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run")),
    )
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_run_tenant_started_at"), ["tenant", "started_at"], unique=False)

    op.create_table(
        "source",
        sa.Column(
            "source_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("settings", bridge.store.types.Json(), nullable=False),
        sa.Column("secret_ref", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", bridge.store.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.code"], name=op.f("fk_source_tenant_tenant")),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_source")),
        sa.UniqueConstraint("tenant", "name", name=op.f("uq_source_tenant_name")),
    )
    op.create_table(
        "spent_link",
        sa.Column(
            "spent_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("spent_at", bridge.store.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.code"], name=op.f("fk_spent_link_tenant_tenant")),
        sa.PrimaryKeyConstraint("spent_id", name=op.f("pk_spent_link")),
        sa.UniqueConstraint("tenant", "nonce", name=op.f("uq_spent_link_tenant_nonce")),
    )
    op.create_table(
        "tick",
        sa.Column(
            "tick_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("job", sa.String(length=32), nullable=False),
        sa.Column("scheduled_for", bridge.store.types.Instant(), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=False),
        sa.Column("claimed_at", bridge.store.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.code"], name=op.f("fk_tick_tenant_tenant")),
        sa.PrimaryKeyConstraint("tick_id", name=op.f("pk_tick")),
        sa.UniqueConstraint("tenant", "job", "scheduled_for", name=op.f("uq_tick_tenant_job_scheduled_for")),
    )
    op.create_table(
        "touched",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("stamp", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.code"], name=op.f("fk_touched_tenant_tenant")),
        sa.PrimaryKeyConstraint("tenant", "subject", name=op.f("pk_touched")),
    )
    op.create_table(
        "attendance",
        sa.Column(
            "attendance_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("event_ref", sa.Text(), nullable=False),
        sa.Column("attendee", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("evidence_hash", sa.String(length=64), nullable=False),
        sa.Column("standing", sa.String(length=16), nullable=False),
        sa.Column("nip", sa.String(length=18), nullable=True),
        sa.Column("nip_problem", sa.String(length=32), nullable=True),
        sa.Column("learner_name", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("sessions_attended", sa.Integer(), nullable=True),
        sa.Column("sessions_total", sa.Integer(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("certificate_no", sa.Text(), nullable=True),
        sa.Column("problem", sa.String(length=32), nullable=True),
        sa.Column("record", bridge.store.types.Json(), nullable=False),
        sa.Column("batch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("stored_at", bridge.store.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batch.batch_id"], name=op.f("fk_attendance_batch_id_import_batch")
        ),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.code"], name=op.f("fk_attendance_tenant_tenant")),
        sa.PrimaryKeyConstraint("attendance_id", name=op.f("pk_attendance")),
        sa.UniqueConstraint(
            "tenant",
            "source",
            "event_ref",
            "attendee",
            "version",
            name=op.f("uq_attendance_tenant_source_event_ref_attendee_version"),
        ),
    )
    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attendance_tenant_nip"), ["tenant", "nip"], unique=False)

    op.create_table(
        "completion",
        sa.Column(
            "completion_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("external_learner", sa.Text(), nullable=False),
        sa.Column("external_course", sa.Text(), nullable=False),
        sa.Column("attempt", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("evidence_hash", sa.String(length=64), nullable=False),
        sa.Column("standing", sa.String(length=16), nullable=False),
        sa.Column("completed_at", bridge.store.types.Instant(), nullable=False),
        sa.Column("precision", sa.String(length=8), nullable=False),
        sa.Column("nip", sa.String(length=18), nullable=True),
        sa.Column("nip_problem", sa.String(length=32), nullable=True),
        sa.Column("identifiers", bridge.store.types.Json(), nullable=False),
        sa.Column("learner_name", sa.Text(), nullable=False),
        sa.Column("learner_suspended", sa.Boolean(), nullable=False),
        sa.Column("course_code", sa.Text(), nullable=False),
        sa.Column("course_title", sa.Text(), nullable=False),
        sa.Column("jp_stated", sa.Text(), nullable=True),
        sa.Column("form_stated", sa.Text(), nullable=True),
        sa.Column("score", sa.Text(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("certificate_no", sa.Text(), nullable=True),
        sa.Column("record", bridge.store.types.Json(), nullable=False),
        sa.Column("payload_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("stored_at", bridge.store.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["payload_id"], ["raw_payload.payload_id"], name=op.f("fk_completion_payload_id_raw_payload")
        ),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.code"], name=op.f("fk_completion_tenant_tenant")),
        sa.PrimaryKeyConstraint("completion_id", name=op.f("pk_completion")),
        sa.UniqueConstraint(
            "tenant",
            "source",
            "external_learner",
            "external_course",
            "attempt",
            "version",
            name=op.f("uq_completion_tenant_source_external_learner_external_course_attempt_version"),
        ),
    )
    with op.batch_alter_table("completion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_completion_tenant_nip"), ["tenant", "nip"], unique=False)

    op.create_table(
        "decision",
        sa.Column(
            "decision_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("made_on", sa.Text(), nullable=False),
        sa.Column("learner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("jp", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", bridge.store.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.learner_id"], name=op.f("fk_decision_learner_id_learner")
        ),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.code"], name=op.f("fk_decision_tenant_tenant")),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_decision")),
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decision_tenant_subject"), ["tenant", "subject"], unique=False)

    op.create_table(
        "finding",
        sa.Column(
            "finding_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("learner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("params", bridge.store.types.Json(), nullable=False),
        sa.Column("opened_at", bridge.store.types.Instant(), nullable=False),
        sa.Column("closed_at", bridge.store.types.Instant(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.learner_id"], name=op.f("fk_finding_learner_id_learner")
        ),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.code"], name=op.f("fk_finding_tenant_tenant")),
        sa.PrimaryKeyConstraint("finding_id", name=op.f("pk_finding")),
        sa.UniqueConstraint("tenant", "code", "subject", name=op.f("uq_finding_tenant_code_subject")),
    )
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.create_index("ix_finding_open", ["tenant", "closed_at", "code"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_finding_tenant_learner_id"), ["tenant", "learner_id"], unique=False
        )

    op.create_table(
        "identifier",
        sa.Column(
            "identifier_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("learner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("scheme", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=64), server_default=sa.text("('')"), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", bridge.store.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.learner_id"], name=op.f("fk_identifier_learner_id_learner")
        ),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.code"], name=op.f("fk_identifier_tenant_tenant")),
        sa.PrimaryKeyConstraint("identifier_id", name=op.f("pk_identifier")),
        sa.UniqueConstraint(
            "tenant",
            "scheme",
            "source",
            "value",
            "learner_id",
            name=op.f("uq_identifier_tenant_scheme_source_value_learner_id"),
        ),
    )
    with op.batch_alter_table("identifier", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identifier_learner_id"), ["learner_id"], unique=False)

    op.create_table(
        "learner_history",
        sa.Column(
            "history_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("learner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("row", bridge.store.types.Json(), nullable=False),
        sa.Column("recorded_at", bridge.store.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.learner_id"], name=op.f("fk_learner_history_learner_id_learner")
        ),
        sa.PrimaryKeyConstraint("history_id", name=op.f("pk_learner_history")),
    )
    op.create_table(
        "ledger_entry",
        sa.Column(
            "entry_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("entry_key", sa.Text(), nullable=False),
        sa.Column("learner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_key", sa.String(length=64), nullable=False),
        sa.Column("activity_key", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("rule_version", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("form", sa.Integer(), nullable=False),
        sa.Column("jp", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("organiser", sa.Text(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("evidence", bridge.store.types.Json(), nullable=False),
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("recorded_at", bridge.store.types.Instant(), nullable=False),
        sa.Column("leaf_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.learner_id"], name=op.f("fk_ledger_entry_learner_id_learner")
        ),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.code"], name=op.f("fk_ledger_entry_tenant_tenant")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("tenant", "entry_key", name=op.f("uq_ledger_entry_tenant_entry_key")),
    )
    with op.batch_alter_table("ledger_entry", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_ledger_entry_tenant_learner_id_year"),
            ["tenant", "learner_id", "year"],
            unique=False,
        )

    op.create_table(
        "offline_event",
        sa.Column(
            "event_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("event_ref", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("evidence_hash", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("organiser", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("form_stated", sa.Text(), nullable=True),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=True),
        sa.Column("end_on", sa.Date(), nullable=True),
        sa.Column("jp_stated", sa.Text(), nullable=True),
        sa.Column("programme_code", sa.String(length=128), nullable=False),
        sa.Column("lms_course_code", sa.Text(), nullable=False),
        sa.Column("record", bridge.store.types.Json(), nullable=False),
        sa.Column("batch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("stored_at", bridge.store.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batch.batch_id"], name=op.f("fk_offline_event_batch_id_import_batch")
        ),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.code"], name=op.f("fk_offline_event_tenant_tenant")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_offline_event")),
        sa.UniqueConstraint(
            "tenant",
            "source",
            "event_ref",
            "version",
            name=op.f("uq_offline_event_tenant_source_event_ref_version"),
        ),
    )
    op.create_table(
        "programme_component",
        sa.Column(
            "component_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("programme_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("external_course", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("jp", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.programme_id"],
            name=op.f("fk_programme_component_programme_id_programme"),
        ),
        sa.PrimaryKeyConstraint("component_id", name=op.f("pk_programme_component")),
        sa.UniqueConstraint(
            "programme_id", "ordinal", name=op.f("uq_programme_component_programme_id_ordinal")
        ),
    )
    op.create_table(
        "source_cursor",
        sa.Column("source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stream", sa.String(length=128), nullable=False),
        sa.Column("position", bridge.store.types.Json(), nullable=False),
        sa.Column("updated_at", bridge.store.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.source_id"], name=op.f("fk_source_cursor_source_id_source")
        ),
        sa.PrimaryKeyConstraint("source_id", "stream", name=op.f("pk_source_cursor")),
    )
    op.create_table(
        "outbox",
        sa.Column(
            "outbox_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("statement_id", sa.String(length=36), nullable=False),
        sa.Column("agent_name", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("next_at", bridge.store.types.Instant(), nullable=True),
        sa.Column("published_at", bridge.store.types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["ledger_entry.entry_id"], name=op.f("fk_outbox_entry_id_ledger_entry")
        ),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.code"], name=op.f("fk_outbox_tenant_tenant")),
        sa.PrimaryKeyConstraint("outbox_id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_outbox_entry_id")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_due", ["tenant", "published_at", "next_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_statement_id"), ["statement_id"], unique=False)

    _make_insert_only()


INSERT_ONLY = (
    "completion",
    "offline_event",
    "attendance",
    "ledger_entry",
    "checkpoint",
    "learner_history",
    "audit_read",
)


def _make_insert_only() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            """
CREATE OR REPLACE FUNCTION jpbridge_insert_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is insert-only', TG_TABLE_NAME;
END $$
"""
        )
        for table in INSERT_ONLY:
            op.execute(
                f"CREATE TRIGGER {table}_insert_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION jpbridge_insert_only()"
            )
        return
    for table in INSERT_ONLY:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is insert-only'); END"
            )
