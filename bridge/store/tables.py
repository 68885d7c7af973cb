"""The operational store, as SQLAlchemy Core tables. Alembic migrates to exactly this; a test compares them.

Evidence (`completion`, `attendance`, `raw_payload`) and `ledger_entry` are insert-only, by trigger too
(see migrations). A change is a new version of the same key; the newest version counts.
Everything belongs to a tenant. JP are integer hundredths, instants microseconds UTC.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from bridge.store import decision_tables, field_tables, move_tables
from bridge.store.insert_only import declare
from bridge.store.types import BigId, Instant, Json

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _tenant() -> Column[str]:
    return Column("tenant", String(64), ForeignKey("tenant.code"), nullable=False)


tenant = Table(
    "tenant",
    metadata,
    Column("code", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("zone", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
)

# -- who and what ------------------------------------------------------------------------------------------

learner = Table(
    "learner",
    metadata,
    Column("learner_id", BigId, primary_key=True, autoincrement=True),
    _tenant(),
    Column("person_key", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("employment", String(8), nullable=False),
    Column("post", String(16), nullable=False),
    Column("office_code", String(64), nullable=False),
    Column("office_name", Text, nullable=False),
    Column("email", Text, nullable=False, server_default=text("''")),
    Column("active", Boolean, nullable=False),
    Column("updated_at", Instant, nullable=False),
    UniqueConstraint("tenant", "person_key"),
    Index(None, "tenant", "office_code"),
)

learner_history = Table(  # what the roster said before; insert-only
    "learner_history",
    metadata,
    Column("history_id", BigId, primary_key=True, autoincrement=True),
    Column("learner_id", BigId, ForeignKey("learner.learner_id"), nullable=False),
    Column("row", Json, nullable=False),
    Column("recorded_at", Instant, nullable=False),
)

identifier = Table(
    "identifier",
    metadata,
    Column("identifier_id", BigId, primary_key=True, autoincrement=True),
    _tenant(),
    Column("learner_id", BigId, ForeignKey("learner.learner_id"), nullable=False),
    Column("scheme", String(16), nullable=False),
    Column("source", String(64), nullable=False, server_default=text("''")),
    Column("value", Text, nullable=False),
    Column("valid_from", Date),
    Column("valid_to", Date),
    Column("recorded_at", Instant, nullable=False),
    UniqueConstraint("tenant", "scheme", "source", "value", "learner_id"),
    Index(None, "learner_id"),
)

programme = Table(
    "programme",
    metadata,
    Column("programme_id", BigId, primary_key=True, autoincrement=True),
    _tenant(),
    Column("code", String(128), nullable=False),
    Column("title", Text, nullable=False),
    Column("form", Integer, nullable=False),
    Column("jp", Integer),
    Column("scope", String(16), nullable=False),
    Column("partial", Boolean, nullable=False),
    Column("organiser", Text, nullable=False),
    Column("valid_from", Date),
    Column("valid_to", Date),
    Column("updated_at", Instant, nullable=False),
    UniqueConstraint("tenant", "code"),
)

programme_component = Table(
    "programme_component",
    metadata,
    Column("component_id", BigId, primary_key=True, autoincrement=True),
    Column("programme_id", BigId, ForeignKey("programme.programme_id"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("mode", String(8), nullable=False),
    Column("source", String(64), nullable=False),
    Column("external_course", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("jp", Integer),
    UniqueConstraint("programme_id", "ordinal"),
)

rule_set = Table(
    "rule_set",
    metadata,
    Column("rule_set_id", BigId, primary_key=True, autoincrement=True),
    _tenant(),
    Column("version", String(64), nullable=False),
    Column("effective_from", Date, nullable=False),
    Column("document", Text, nullable=False),  # the rule file as it was activated, byte for byte
    Column("sha256", String(64), nullable=False),
    Column("activated_at", Instant, nullable=False),
    Column("activated_by", Text, nullable=False, server_default=text("''")),  # '': it came with the program
    UniqueConstraint("tenant", "version"),
)

# -- sources and evidence ----------------------------------------------------------------------------------

source = Table(
    "source",
    metadata,
    Column("source_id", BigId, primary_key=True, autoincrement=True),
    _tenant(),
    Column("name", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("address", Text, nullable=False),
    Column("settings", Json, nullable=False),  # never a secret: secrets are named, not kept here
    Column("secret_ref", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("tenant", "name"),
)

source_cursor = Table(
    "source_cursor",
    metadata,
    Column("source_id", BigId, ForeignKey("source.source_id"), primary_key=True),
    Column("stream", String(128), primary_key=True),
    Column("position", Json, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

raw_payload = Table(  # what arrived, byte for byte (zlib); insert-only
    "raw_payload",
    metadata,
    Column("payload_id", BigId, primary_key=True, autoincrement=True),
    _tenant(),
    Column("source", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("media_type", String(128), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("received_at", Instant, nullable=False),
    UniqueConstraint("tenant", "source", "sha256"),
)

completion = Table(
    "completion",
    metadata,
    Column("completion_id", BigId, primary_key=True, autoincrement=True),
    _tenant(),
    Column("source", String(64), nullable=False),
    Column("external_learner", Text, nullable=False),
    Column("external_course", Text, nullable=False),
    Column("attempt", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("evidence_hash", String(64), nullable=False),
    Column("standing", String(16), nullable=False),
    Column("completed_at", Instant, nullable=False),
    Column("precision", String(8), nullable=False),
    Column("nip", String(18)),  # as read by bridge.identity, None where it can't be known
    Column("nip_problem", String(32)),
    Column("identifiers", Json, nullable=False),
    Column("learner_name", Text, nullable=False),
    Column("learner_suspended", Boolean, nullable=False),
    Column("course_code", Text, nullable=False),
    Column("course_title", Text, nullable=False),
    Column("jp_stated", Text),
    Column("form_stated", Text),
    Column("score", Text),
    Column("score_max", Text),
    Column("minutes", Integer),
    Column("certificate_no", Text),
    Column("record", Json, nullable=False),  # the whole normalised record
    Column("payload_id", BigId, ForeignKey("raw_payload.payload_id")),
    Column("stored_at", Instant, nullable=False),
    UniqueConstraint("tenant", "source", "external_learner", "external_course", "attempt", "version"),
    Index(None, "tenant", "nip"),
)

import_batch = Table(
    "import_batch",
    metadata,
    Column("batch_id", BigId, primary_key=True, autoincrement=True),
    _tenant(),
    Column("source", String(64), nullable=False),  # the logical name of the sheet: its newest batch counts
    Column("kind", String(32), nullable=False),
    Column("file_name", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("rows_read", Integer, nullable=False),
    Column("rows_with_problem", Integer, nullable=False),
    Column("imported_by", Text, nullable=False),
    Column("imported_at", Instant, nullable=False),
    Column("undone_at", Instant),
)

offline_event = Table(  # versions, insert-only
    "offline_event",
    metadata,
    Column("event_id", BigId, primary_key=True, autoincrement=True),
    _tenant(),
    Column("source", String(64), nullable=False),
    Column("event_ref", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("evidence_hash", String(64), nullable=False),
    Column("title", Text, nullable=False),
    Column("organiser", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("form_stated", Text),
    Column("scope", String(16), nullable=False),
    Column("start_on", Date),
    Column("end_on", Date),
    Column("jp_stated", Text),
    Column("programme_code", String(128), nullable=False),
    Column("lms_course_code", Text, nullable=False),
    Column("record", Json, nullable=False),
    Column("batch_id", BigId, ForeignKey("import_batch.batch_id")),
    Column("stored_at", Instant, nullable=False),
    UniqueConstraint("tenant", "source", "event_ref", "version"),
)

attendance = Table(
    "attendance",
    metadata,
    Column("attendance_id", BigId, primary_key=True, autoincrement=True),
    _tenant(),
    Column("source", String(64), nullable=False),
    Column("event_ref", Text, nullable=False),
    Column("attendee", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("evidence_hash", String(64), nullable=False),
    Column("standing", String(16), nullable=False),
    Column("nip", String(18)),
    Column("nip_problem", String(32)),
    Column("learner_name", Text, nullable=False),
    Column("sheet", Text, nullable=False),
    Column("row", Integer, nullable=False),
    Column("sessions_attended", Integer),
    Column("sessions_total", Integer),
    Column("minutes", Integer),
    Column("day", Date),
    Column("certificate_no", Text),
    Column("problem", String(32)),
    Column("late", Text),  # minutes late, one number a session that began without the person: `5,40`
    Column("record", Json, nullable=False),
    Column("batch_id", BigId, ForeignKey("import_batch.batch_id")),
    Column("stored_at", Instant, nullable=False),
    UniqueConstraint("tenant", "source", "event_ref", "attendee", "version"),
    Index(None, "tenant", "nip"),
)

decision = Table(
    "decision",
    metadata,
    Column("decision_id", BigId, primary_key=True, autoincrement=True),
    _tenant(),
    Column("kind", String(16), nullable=False),
    Column("subject", Text, nullable=False),
    Column("made_on", Text, nullable=False),
    Column("learner_id", BigId, ForeignKey("learner.learner_id")),
    Column("jp", Integer),
    Column("reason", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Index(None, "tenant", "subject"),
)

touched = Table(  # who must be recomputed; written with the evidence, deleted with the ledger's difference
    "touched",
    metadata,
    Column("tenant", String(64), ForeignKey("tenant.code"), primary_key=True),
    Column("subject", Text, primary_key=True),  # `nip:…`, `learner:…`, `evidence:…` or `all`
    # grows with every touch: a reader deletes only the stamp that it read, so that evidence which arrives
    # while it computes stays touched
    Column("stamp", Integer, nullable=False),
)

# -- the ledger --------------------------------------------------------------------------------------------

ledger_entry = Table(  # insert-only
    "ledger_entry",
    metadata,
    Column("entry_id", BigId, primary_key=True, autoincrement=True),
    _tenant(),
    Column("entry_key", Text, nullable=False),
    Column("learner_id", BigId, ForeignKey("learner.learner_id"), nullable=False),
    Column("person_key", String(64), nullable=False),
    Column("activity_key", Text, nullable=False),
    Column("year", Integer, nullable=False),
    Column("rule_version", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("form", Integer, nullable=False),
    Column("jp", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("organiser", Text, nullable=False),
    Column("started_on", Date, nullable=False),
    Column("ended_on", Date, nullable=False),
    Column("reason", String(64), nullable=False),
    Column("evidence", Json, nullable=False),
    Column("run_id", String(36), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("leaf_hash", String(64), nullable=False),
    UniqueConstraint("tenant", "entry_key"),
    Index(None, "tenant", "learner_id", "year"),
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("checkpoint_id", BigId, primary_key=True, autoincrement=True),
    _tenant(),
    Column("tree_size", Integer, nullable=False),
    Column("root_hash", String(64), nullable=False),
    Column("frontier", Json, nullable=False),
    Column("signed_at", Instant, nullable=False),
    Column("key_id", String(64), nullable=False),
    Column("signature", Text, nullable=False),
    UniqueConstraint("tenant", "tree_size"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("outbox_id", BigId, primary_key=True, autoincrement=True),
    _tenant(),
    Column("entry_id", BigId, ForeignKey("ledger_entry.entry_id"), nullable=False, unique=True),
    Column("statement_id", String(36), nullable=False),
    Column("agent_name", Text, nullable=False),  # the NIP on that day: a repeat is the same statement
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("last_error", Text),
    Column("next_at", Instant),
    Column("published_at", Instant),
    Index("ix_outbox_due", "tenant", "published_at", "next_at"),
    Index(None, "statement_id"),
)

finding = Table(
    "finding",
    metadata,
    Column("finding_id", BigId, primary_key=True, autoincrement=True),
    _tenant(),
    Column("code", String(32), nullable=False),
    Column("subject", Text, nullable=False),
    Column("learner_id", BigId, ForeignKey("learner.learner_id")),
    Column("params", Json, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("owner", Text),
    Column("comment", Text),
    UniqueConstraint("tenant", "code", "subject"),
    Index("ix_finding_open", "tenant", "closed_at", "code"),
    Index(None, "tenant", "subject"),
    Index(None, "tenant", "learner_id"),
)

# -- operations --------------------------------------------------------------------------------------------

run = Table(
    "run",
    metadata,
    Column("run_id", String(36), primary_key=True),
    _tenant(),
    Column("job", String(32), nullable=False),
    Column("scheduled_for", Instant),
    Column("started_by", Text, nullable=False),
    Column("version", String(32), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("state", String(16), nullable=False),  # running | done | failed | abandoned
    Column("counts", Json, nullable=False),
    Column("errors", Json, nullable=False),
    Index(None, "tenant", "started_at"),
)

tick = Table(  # a constraint decides which process runs a tick
    "tick",
    metadata,
    Column("tick_id", BigId, primary_key=True, autoincrement=True),
    _tenant(),
    Column("job", String(128), nullable=False),  # `night`, or `pull/source` where a source has its own time
    Column("scheduled_for", Instant, nullable=False),
    Column("claimed_by", Text, nullable=False),
    Column("claimed_at", Instant, nullable=False),
    Column("state", String(16), nullable=False, server_default=text("'done'")),  # see bridge.store.ticks
    Column("attempts", Integer, nullable=False, server_default=text("1")),
    Column("beat_at", Instant),  # the claimer lived then
    Column("retry_at", Instant),
    Column("ended_at", Instant),
    UniqueConstraint("tenant", "job", "scheduled_for"),
)

account = Table(
    "account",
    metadata,
    Column("account_id", BigId, primary_key=True, autoincrement=True),
    _tenant(),
    Column("name", String(128), nullable=False),
    Column("role", String(16), nullable=False),  # administrator | auditor | organiser
    Column("password_hash", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("disabled_at", Instant),
    UniqueConstraint("tenant", "name"),
)

audit_read = Table(  # every read by an auditor
    "audit_read",
    metadata,
    Column("read_id", BigId, primary_key=True, autoincrement=True),
    _tenant(),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("query", Json, nullable=False),
    Column("read_at", Instant, nullable=False),
)

spent_link = Table(  # a signed login link works once: the unique row decides who used it
    "spent_link",
    metadata,
    Column("spent_id", BigId, primary_key=True, autoincrement=True),
    _tenant(),
    Column("nonce", String(64), nullable=False),
    Column("spent_at", Instant, nullable=False),
    UniqueConstraint("tenant", "nonce"),
)

field_tables.define(metadata)
decision_request, decision_revocation, person_decision = decision_tables.declare(metadata)
completion_move = move_tables.declare(metadata)
import bridge.store.ops_tables  # noqa: E402, F401  they join this metadata
from bridge.store.sheets_tables import (  # noqa: E402  they need `metadata`
    attachment,
    event_confirmation,
    sheet_mapping,
    sheet_upload,
)

__all__ = ["attachment", "event_confirmation", "metadata", "sheet_mapping", "sheet_upload"]

declare(metadata)
