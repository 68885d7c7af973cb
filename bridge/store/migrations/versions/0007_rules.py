"""Rules: the highest score, decisions that wait or were taken back, and decisions about persons"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bridge.store.insert_only import postgres_trigger, sqlite_triggers
from bridge.store.types import Instant, Json

revision = "0007"
down_revision = "0004"
branch_labels = None
depends_on = None


def _id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("completion", sa.Column("score_max", sa.Text(), nullable=True))
    op.create_table(
        "decision_request",
        sa.Column("request_id", _id(), autoincrement=True, nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("made_on", sa.Text(), nullable=False),
        sa.Column("learner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("jp", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.code"], name=op.f("fk_decision_request_tenant_tenant")),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.learner_id"], name=op.f("fk_decision_request_learner_id_learner")
        ),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_decision_request")),
    )
    op.create_index(
        op.f("ix_decision_request_tenant_subject"), "decision_request", ["tenant", "subject"], unique=False
    )
    op.create_table(
        "decision_revocation",
        sa.Column("decision_id", _id(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("revoked_by", sa.Text(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decision.decision_id"], name=op.f("fk_decision_revocation_decision_id_decision")
        ),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_decision_revocation")),
    )
    op.create_table(
        "person_decision",
        sa.Column("person_decision_id", _id(), autoincrement=True, nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("learner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("other_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("details", Json(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.code"], name=op.f("fk_person_decision_tenant_tenant")),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.learner_id"], name=op.f("fk_person_decision_learner_id_learner")
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["learner.learner_id"], name=op.f("fk_person_decision_other_id_learner")
        ),
        sa.PrimaryKeyConstraint("person_decision_id", name=op.f("pk_person_decision")),
    )
    op.create_index(op.f("ix_person_decision_tenant_undone_at"), "person_decision", ["tenant", "undone_at"])
    if op.get_bind().dialect.name == "sqlite":
        for statement in sqlite_triggers("decision_revocation"):
            op.execute(statement)
    else:
        op.execute(postgres_trigger("decision_revocation"))
