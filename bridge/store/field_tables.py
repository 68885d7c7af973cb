"""Tables of the field: events, sessions, rosters, enrolled devices, and what was recorded.

`field_record`, `field_refusal` and `field_session_version` are insert-only, by trigger too: a mark is taken back by
another record.
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from bridge.store.types import BigId, Instant


def _tenant() -> Column[str]:
    return Column("tenant", String(64), ForeignKey("tenant.code"), nullable=False)


def _event(metadata: MetaData) -> None:
    Table(
        "field_event",
        metadata,
        Column("event_id", BigId, primary_key=True, autoincrement=True),
        _tenant(),
        Column("code", String(24), nullable=False),
        Column("title", Text, nullable=False),
        Column("form", Integer, nullable=False),
        Column("scope", String(16), nullable=False),
        Column("organiser", Text, nullable=False),
        Column("place", Text, nullable=False),
        Column("jp_stated", Text, nullable=False),
        Column("programme_code", String(128), nullable=False),
        Column("account_id", BigId, ForeignKey("account.account_id"), nullable=False),
        Column("start_on", Date, nullable=False),
        Column("end_on", Date, nullable=False),
        Column("created_at", Instant, nullable=False),
        UniqueConstraint("tenant", "code"),
        Index(None, "account_id"),
    )


def _session(metadata: MetaData) -> None:
    Table(
        "field_session",
        metadata,
        Column("session_id", BigId, primary_key=True, autoincrement=True),
        Column("event_id", BigId, ForeignKey("field_event.event_id"), nullable=False),
        Column("number", Integer, nullable=False),
        Column("title", Text, nullable=False),
        Column("starts_at", Instant, nullable=False),
        Column("ends_at", Instant, nullable=False),
        Column("state", String(16), nullable=False),  # open | confirmed | cancelled
        Column("confirmed_at", Instant),
        Column("confirmed_by", Text, nullable=False),
        UniqueConstraint("event_id", "number"),
    )


def _session_version(metadata: MetaData) -> None:
    Table(
        "field_session_version",  # insert-only: what a session was, from the first day on
        metadata,
        Column("version_id", BigId, primary_key=True, autoincrement=True),
        Column("event_id", BigId, ForeignKey("field_event.event_id"), nullable=False),
        Column("number", Integer, nullable=False),
        Column("title", Text, nullable=False),
        Column("starts_at", Instant, nullable=False),
        Column("ends_at", Instant, nullable=False),
        Column("state", String(16), nullable=False),
        Column("changed_by", Text, nullable=False),
        Column("changed_at", Instant, nullable=False),
        Index(None, "event_id"),
    )


def _participant(metadata: MetaData) -> None:
    Table(
        "field_participant",
        metadata,
        Column("participant_id", BigId, primary_key=True, autoincrement=True),
        Column("event_id", BigId, ForeignKey("field_event.event_id"), nullable=False),
        Column("nip", String(18), nullable=False),
        Column("name", Text, nullable=False),
        Column("office", Text, nullable=False),
        Column("added_at", Instant, nullable=False),
        UniqueConstraint("event_id", "nip"),
    )


def _device(metadata: MetaData) -> None:
    Table(
        "field_device",
        metadata,
        Column("device_id", BigId, primary_key=True, autoincrement=True),
        _tenant(),
        Column("account_id", BigId, ForeignKey("account.account_id"), nullable=False),
        Column("key_id", String(16), nullable=False),
        Column("label", Text, nullable=False),
        Column("public_key", Text, nullable=False),  # the uncompressed point, hexadecimal
        Column("enrolled_at", Instant, nullable=False),
        Column("revoked_at", Instant),
        UniqueConstraint("tenant", "key_id"),
    )


def _record(metadata: MetaData) -> None:
    Table(
        "field_record",  # insert-only
        metadata,
        Column("record_id", BigId, primary_key=True, autoincrement=True),
        _tenant(),
        Column("event_id", BigId, ForeignKey("field_event.event_id"), nullable=False),
        Column("session", Integer, nullable=False),
        Column("nonce", String(36), nullable=False),
        Column("act", String(8), nullable=False),
        Column("typed", Text, nullable=False),
        Column("nip", String(18)),
        Column("nip_problem", String(32)),
        Column("name", Text, nullable=False),
        Column("maker", Text, nullable=False),
        Column("device_id", BigId, ForeignKey("field_device.device_id")),
        Column("counter", Integer),
        Column("device_at", Instant),
        Column("happened_at", Instant, nullable=False),
        Column("earliest", Instant, nullable=False),
        Column("latest", Instant, nullable=False),
        Column("clock_doubt", String(16), nullable=False),
        Column("carried", String(8), nullable=False),
        Column("received_at", Instant, nullable=False),
        Column(
            "body", Text, nullable=False
        ),  # the signed text, byte for byte; empty where nothing was signed
        Column("signature", Text, nullable=False),
        UniqueConstraint("tenant", "nonce"),
        Index(None, "event_id", "session"),
        Index(None, "device_id", "counter"),
    )


def _refusal(metadata: MetaData) -> None:
    Table(
        "field_refusal",  # insert-only
        metadata,
        Column("refusal_id", BigId, primary_key=True, autoincrement=True),
        _tenant(),
        Column("event_id", BigId, ForeignKey("field_event.event_id")),
        Column("key_id", String(16), nullable=False),
        Column("nonce", Text, nullable=False),
        Column("reason", String(16), nullable=False),
        Column("fingerprint", String(64), nullable=False),
        Column("body", Text, nullable=False),
        Column("signature", Text, nullable=False),
        Column("received_at", Instant, nullable=False),
        UniqueConstraint("tenant", "fingerprint"),
    )


def define(metadata: MetaData) -> None:
    """Add the field's tables to the schema; bridge.store.tables calls it once."""
    for add in (_event, _session, _session_version, _participant, _device, _record, _refusal):
        add(metadata)
