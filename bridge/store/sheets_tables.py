"""Tables of the sheets room: what a sender's headings mean, uploads that wait for a person's word, the scans of
signed papers, and the organisers' confirmations."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from bridge.store.tables import metadata
from bridge.store.types import BigId, Instant, Json

sheet_mapping = Table(  # one heading of one sender
    "sheet_mapping",
    metadata,
    Column("mapping_id", BigId, primary_key=True, autoincrement=True),
    Column("tenant", String(64), ForeignKey("tenant.code"), nullable=False),
    Column("sender", String(128), nullable=False),  # empty: sheets whose sender nobody named
    Column("heading", Text, nullable=False),  # as bridge.attendance.header.heading_key spells it
    Column("role", String(16), nullable=False),  # `-`: the column is ignored
    Column("confirmed_by", Text, nullable=False),
    Column("confirmed_at", Instant, nullable=False),
    UniqueConstraint("tenant", "sender", "heading"),
)

sheet_upload = Table(  # a file that was shown and waits to be committed; deleted then, or after a day
    "sheet_upload",
    metadata,
    Column("upload_id", String(36), primary_key=True),
    Column("tenant", String(64), ForeignKey("tenant.code"), nullable=False),
    Column("kind", String(16), nullable=False),  # attendance | decisions
    Column("source", String(64), nullable=False),
    Column("sender", String(128), nullable=False),
    Column("file_name", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("mapping", Json, nullable=False),  # heading -> role, on top of what the sender's headings mean
    Column("begins", String(5)),  # when each day begins (`08:00`), where the person says so
    Column("body", LargeBinary, nullable=False),
    Column("uploaded_by", Text, nullable=False),
    Column("uploaded_at", Instant, nullable=False),
    Index(None, "tenant", "uploaded_at"),
)

attachment = Table(  # the scan of a signed paper, byte for byte; insert-only
    "attachment",
    metadata,
    Column("attachment_id", BigId, primary_key=True, autoincrement=True),
    Column("tenant", String(64), ForeignKey("tenant.code"), nullable=False),
    Column("source", String(64), nullable=False),  # the sheet that it is the paper of
    Column("file_name", Text, nullable=False),
    Column("media_type", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("attached_by", Text, nullable=False),
    Column("attached_at", Instant, nullable=False),
    UniqueConstraint("tenant", "source", "sha256"),
)

event_confirmation = (
    Table(  # an organiser's word about one event's roll; the newest row of an event holds; insert-only
        "event_confirmation",
        metadata,
        Column("confirmation_id", BigId, primary_key=True, autoincrement=True),
        Column("tenant", String(64), ForeignKey("tenant.code"), nullable=False),
        Column("source", String(64), nullable=False),
        Column("event_ref", Text, nullable=False),
        Column(
            "state", String(16), nullable=False
        ),  # confirmed | withdrawn (taken back) | lapsed (the roll changed)
        Column("roll_hash", String(64), nullable=False),  # of the roll that was confirmed
        Column("people", Integer, nullable=False),  # rows on that roll
        Column(
            "confirmed_by", Text, nullable=False
        ),  # the organiser: name and post, or the account in the field
        Column("recorded_by", Text, nullable=False),  # the account or command that recorded it
        Column("recorded_at", Instant, nullable=False),
        Index(None, "tenant", "source", "event_ref"),
    )
)
