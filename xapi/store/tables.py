"""The tables of the record store. All are named `xapi_…`, so that they may share a database with others.

Two ideas carry the speed:

- `ord`, the microsecond of `stored`, is unique and grows with every statement; it is the primary key, the
  sort order, the paging position and the answer to `since` and `until` at once.
- `xapi_statement_key` holds (key, ord) for everything a statement can be found by, so that each filter is one
  short walk along one index, however many statements there are.

Texts that a sender chooses freely are kept as bytes (UTF-8): PostgreSQL refuses U+0000 in text.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
)

SCHEMA_VERSION = 2

metadata = MetaData()

# SQLite counts rows by INTEGER only; elsewhere a microsecond needs 64 bits.
_Ord = BigInteger().with_variant(Integer(), "sqlite")
_KEY = LargeBinary(16)  # BLAKE2b, 128 bits: see keys.py

schema = Table(
    "xapi_schema",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
)

statement = Table(
    "xapi_statement",
    metadata,
    Column("ord", _Ord, primary_key=True, autoincrement=False),
    Column("statement_id", _KEY, nullable=False),
    Column("voided", Boolean, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Index("uq_xapi_statement_id", "statement_id", unique=True),
)

# What a statement is found by. `depth` says whose facets these are: 0 its own, 1 those of the statement that
# its StatementRef targets, 2 those of that one's target, and so on (xAPI Part 3 2.1.3, Filter Conditions for
# StatementRefs). A voided statement has no rows here.
statement_key = Table(
    "xapi_statement_key",
    metadata,
    Column("key", _KEY, primary_key=True),
    Column("ord", _Ord, primary_key=True, autoincrement=False),
    Column("depth", SmallInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

# Statements whose object is a StatementRef, by the statement that they target (which may come later).
reference = Table(
    "xapi_reference",
    metadata,
    Column("target", _KEY, primary_key=True),
    Column("ord", _Ord, primary_key=True, autoincrement=False),
    Column("voiding", Boolean, nullable=False),
    sqlite_with_rowid=False,
)

activity = Table(  # the canonical definition, merged from what statements said
    "xapi_activity",
    metadata,
    Column("key", _KEY, primary_key=True),
    Column("iri", Text, nullable=False),
    Column("definition", LargeBinary, nullable=False),
)

verb = Table(  # the canonical display
    "xapi_verb",
    metadata,
    Column("key", _KEY, primary_key=True),
    Column("iri", Text, nullable=False),
    Column("display", LargeBinary, nullable=False),
)

agent_name = Table(  # what an agent was called, for the Person object
    "xapi_agent_name",
    metadata,
    Column("agent", _KEY, primary_key=True),
    Column("name_key", _KEY, primary_key=True),
    Column("name", LargeBinary, nullable=False),
)

document = Table(
    "xapi_document",
    metadata,
    Column("space", String(16), primary_key=True),  # state, agent_profile, activity_profile
    Column("owner", _KEY, primary_key=True),  # activity and agent, or the one of them
    Column("registration", _KEY, primary_key=True),  # sixteen zero bytes where there is none
    Column("name", LargeBinary, primary_key=True),  # stateId, profileId
    Column("content_type", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("etag", String(64), nullable=False),
    Column("updated", BigInteger, nullable=False),
    Column("agent", LargeBinary),  # the name of the agent that it belongs to: erasing has to find it
)

attachment = Table(  # content-addressed: the same file is kept once
    "xapi_attachment",
    metadata,
    Column("sha2", String(128), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

credential = Table(
    "xapi_credential",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("secret_hash", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("authority", LargeBinary, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger),
    Column("revoked", BigInteger),
)

# Where statements go on to. The statements are their own outbox: `ord` grows and has no late comers, so the
# last one that was looked at says for good what is still to be sent.
forward_target = Table(
    "xapi_forward_target",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("endpoint", Text, nullable=False),
    Column("login", Text, nullable=False),
    Column("secret", Text, nullable=False),  # where the secret is kept, never the secret
    Column("version", String(8), nullable=False),
    Column("filter", LargeBinary, nullable=False),  # JSON
    Column("position", BigInteger, nullable=False),  # the last `ord` that was looked at
    Column("paused", Boolean, nullable=False),
    Column("attempts", Integer, nullable=False),  # failed ones since the last success
    Column("next_try", BigInteger, nullable=False),
    Column("claimed_until", BigInteger, nullable=False),
    Column("sent", BigInteger, nullable=False),
    Column("last_success", BigInteger),
    Column("last_error", Text, nullable=False),
)

forward_dead = Table(  # statements that a target refused for good
    "xapi_forward_dead",
    metadata,
    Column("target", String(64), primary_key=True),
    Column("ord", _Ord, primary_key=True, autoincrement=False),
    Column("statement_id", _KEY, nullable=False),
    Column("reason", Text, nullable=False),
    Column("refused", BigInteger, nullable=False),
)

read = Table(  # counts and exports: who read what, for those who watch over readers
    "xapi_read",
    metadata,
    Column("at", BigInteger, nullable=False),
    Column("key", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("asked", Text, nullable=False),
    Index("ix_xapi_read_at", "at"),
)
