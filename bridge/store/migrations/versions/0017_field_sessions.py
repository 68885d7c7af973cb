"""Every version of an event's sessions is kept: added, moved, cancelled, confirmed, by whom and when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bridge.store.types

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "field_session_version",
        sa.Column(
            "version_id",
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
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", bridge.store.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["field_event.event_id"], name=op.f("fk_field_session_version_event_id_field_event")
        ),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_field_session_version")),
    )
    op.create_index(op.f("ix_field_session_version_event_id"), "field_session_version", ["event_id"])
    _keep_what_stands()
    _make_insert_only()


def _keep_what_stands() -> None:
    """The first version of the sessions that are there: as they are, from the day the event was made."""
    op.execute(
        "INSERT INTO field_session_version "
        "(event_id, number, title, starts_at, ends_at, state, changed_by, changed_at) "
        "SELECT s.event_id, s.number, s.title, s.starts_at, s.ends_at, s.state, s.confirmed_by, e.created_at "
        "FROM field_session s JOIN field_event e ON e.event_id = s.event_id ORDER BY s.session_id"
    )


def _make_insert_only() -> None:
    """The function of PostgreSQL's triggers is there since 0001."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER field_session_version_insert_only BEFORE UPDATE OR DELETE ON field_session_version "
            "FOR EACH ROW EXECUTE FUNCTION jpbridge_insert_only()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER field_session_version_no_{verb.lower()} BEFORE {verb} ON field_session_version "
            "BEGIN SELECT RAISE(ABORT, 'field_session_version is insert-only'); END"
        )
