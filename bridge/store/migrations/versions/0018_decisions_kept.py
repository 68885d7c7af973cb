"""Decisions and rule sets are insert-only like the ledger that rests on them; who activated a rule set is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLES = ("rule_set", "decision")


def upgrade() -> None:
    op.add_column("rule_set", sa.Column("activated_by", sa.Text(), nullable=False, server_default=sa.text("''")))
    for table in TABLES:  # the function of PostgreSQL's triggers is there since 0001
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
