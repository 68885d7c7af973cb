"""Tables for what people decide beyond the decision itself: requests that wait for a second person, decisions
taken back, and decisions about persons (merge, split, alias)."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, MetaData, String, Table, Text

from bridge.store.types import BigId, Instant, Json


def declare(metadata: MetaData) -> tuple[Table, Table, Table]:
    """Add the tables to the metadata: decision_request, decision_revocation, person_decision."""
    request = Table(  # a decision that needs a second person; the engine does not see it before
        "decision_request",
        metadata,
        Column("request_id", BigId, primary_key=True, autoincrement=True),
        Column("tenant", String(64), ForeignKey("tenant.code"), nullable=False),
        Column("kind", String(16), nullable=False),
        Column("subject", Text, nullable=False),
        Column("made_on", Text, nullable=False),
        Column("learner_id", BigId, ForeignKey("learner.learner_id")),
        Column("jp", Integer),
        Column("reason", Text, nullable=False),
        Column("made_by", Text, nullable=False),
        Column("made_at", Instant, nullable=False),
        Column("settled_by", Text),
        Column("settled_at", Instant),
        Column("approved", Boolean),
        Index(None, "tenant", "subject"),
    )
    revocation = Table(  # insert-only: a decision is taken back once, and the record of both stays
        "decision_revocation",
        metadata,
        Column(
            "decision_id", BigId, ForeignKey("decision.decision_id"), primary_key=True, autoincrement=False
        ),
        Column("reason", Text, nullable=False),
        Column("revoked_by", Text, nullable=False),
        Column("revoked_at", Instant, nullable=False),
    )
    person = Table(
        "person_decision",
        metadata,
        Column("person_decision_id", BigId, primary_key=True, autoincrement=True),
        Column("tenant", String(64), ForeignKey("tenant.code"), nullable=False),
        Column("kind", String(16), nullable=False),  # merge | split | alias
        Column("learner_id", BigId, ForeignKey("learner.learner_id"), nullable=False),
        Column("other_id", BigId, ForeignKey("learner.learner_id")),
        Column("details", Json, nullable=False),  # what undoing needs: identifiers moved, decisions copied
        Column("reason", Text, nullable=False),
        Column("decided_by", Text, nullable=False),
        Column("decided_at", Instant, nullable=False),
        Column("undone_by", Text),
        Column("undone_at", Instant),
        Index(None, "tenant", "undone_at"),
    )
    return request, revocation, person
