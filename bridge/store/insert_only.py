"""Triggers that keep evidence and ledger insert-only, declared with the tables (and copied in migrations)."""

from __future__ import annotations

from sqlalchemy import DDL, MetaData, event

INSERT_ONLY = (
    "completion",
    "offline_event",
    "attendance",
    "ledger_entry",
    "checkpoint",
    "learner_history",
    "audit_read",
    "field_record",
    "field_refusal",
    "field_session_version",
    "rule_set",
    "decision",
    "decision_revocation",
    "attachment",
    "event_confirmation",
)

POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION jpbridge_insert_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '%% is insert-only', TG_TABLE_NAME;
END $$
"""


def sqlite_triggers(table: str) -> tuple[str, ...]:
    """Two triggers: SQLite has one a kind of statement."""
    return tuple(
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is insert-only'); END"
        for verb in ("UPDATE", "DELETE")
    )


def postgres_trigger(table: str) -> str:
    return (
        f"CREATE TRIGGER {table}_insert_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION jpbridge_insert_only()"
    )


def _only_on(dialect: str, statement: str) -> DDL:
    ddl: DDL = DDL(statement)  # type: ignore[no-untyped-call]  # SQLAlchemy leaves its constructor untyped
    return ddl.execute_if(dialect=dialect)


def declare(metadata: MetaData) -> None:
    """Make `metadata.create_all` create the triggers too."""
    event.listen(metadata, "before_create", _only_on("postgresql", POSTGRES_FUNCTION))
    for name in INSERT_ONLY:
        table = metadata.tables[name]
        for statement in sqlite_triggers(name):
            event.listen(table, "after_create", _only_on("sqlite", statement))
        event.listen(table, "after_create", _only_on("postgresql", postgres_trigger(name)))
