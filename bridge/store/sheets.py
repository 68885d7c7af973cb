"""Around a sheet: what its sender's headings mean, uploads that wait for a person's word, imports as people
see them, and the scans of signed papers."""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, delete, func, select, update

from bridge.store.tables import attachment, import_batch, raw_payload, sheet_mapping, sheet_upload
from bridge.store.upsert import insert_for

UPLOAD_LIFE = timedelta(hours=24)


def remembered_mapping(connection: Connection, tenant: str, sender: str) -> dict[str, str]:
    """heading -> role, as people confirmed it for the sender."""
    query = select(sheet_mapping.c.heading, sheet_mapping.c.role).where(
        sheet_mapping.c.tenant == tenant, sheet_mapping.c.sender == sender
    )
    return {row.heading: row.role for row in connection.execute(query)}


def remember_mapping(
    connection: Connection, tenant: str, sender: str, mapping: Mapping[str, str], who: str, now: datetime
) -> None:
    """Keep what a person confirmed; the newest word on a heading counts."""
    rows = [
        {
            "tenant": tenant,
            "sender": sender,
            "heading": heading,
            "role": role,
            "confirmed_by": who,
            "confirmed_at": now,
        }
        for heading, role in sorted(mapping.items())
    ]
    if not rows:
        return
    statement = insert_for(connection, sheet_mapping)
    statement = statement.on_conflict_do_update(
        index_elements=["tenant", "sender", "heading"],
        set_={name: statement.excluded[name] for name in ("role", "confirmed_by", "confirmed_at")},
    )
    connection.execute(statement, rows)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that waits. `kind` is `attendance` or `decisions`."""

    upload_id: str
    kind: str
    source: str
    sender: str
    file_name: str
    mapping: Mapping[str, str]
    body: bytes
    uploaded_by: str
    begins: str = ""  # when each day began, where the person says so: `08:00`


def keep_upload(
    connection: Connection,
    tenant: str,
    *,
    kind: str,
    source: str,
    sender: str,
    file_name: str,
    body: bytes,
    who: str,
    now: datetime,
    begins: str = "",
) -> str:
    """Returns its id. Uploads that nobody committed within a day are thrown away on the way."""
    connection.execute(
        delete(sheet_upload).where(
            sheet_upload.c.tenant == tenant, sheet_upload.c.uploaded_at < now - UPLOAD_LIFE
        )
    )
    upload_id = str(uuid.uuid4())
    statement = insert_for(connection, sheet_upload).values(
        upload_id=upload_id,
        tenant=tenant,
        kind=kind,
        source=source,
        sender=sender,
        file_name=file_name,
        sha256=sha256(body).hexdigest(),
        mapping={},
        begins=begins or None,
        body=zlib.compress(body, 1),
        uploaded_by=who,
        uploaded_at=now,
    )
    connection.execute(statement)
    return upload_id


def waiting_upload(connection: Connection, tenant: str, upload_id: str) -> Upload | None:
    query = select(sheet_upload).where(sheet_upload.c.tenant == tenant, sheet_upload.c.upload_id == upload_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return Upload(
        row.upload_id,
        row.kind,
        row.source,
        row.sender,
        row.file_name,
        row.mapping,
        zlib.decompress(row.body),
        row.uploaded_by,
        row.begins or "",
    )


def map_upload(connection: Connection, tenant: str, upload_id: str, mapping: Mapping[str, str]) -> None:
    connection.execute(
        update(sheet_upload)
        .where(sheet_upload.c.tenant == tenant, sheet_upload.c.upload_id == upload_id)
        .values(mapping=dict(mapping))
    )


def drop_upload(connection: Connection, tenant: str, upload_id: str) -> None:
    connection.execute(
        delete(sheet_upload).where(sheet_upload.c.tenant == tenant, sheet_upload.c.upload_id == upload_id)
    )


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One import. `counts` is True for the newest of its sheet that was not undone: what stands."""

    batch_id: int
    source: str
    kind: str
    file_name: str
    sha256: str
    rows_read: int
    rows_with_problem: int
    imported_by: str
    imported_at: datetime
    undone_at: datetime | None
    counts: bool
    attachments: int


def imports_listed(
    connection: Connection, tenant: str, *, batch_id: int | None = None, source: str = "", limit: int = 200
) -> list[ImportRow]:
    """Newest first."""
    newest = (
        select(import_batch.c.source, func.max(import_batch.c.batch_id).label("batch_id"))
        .where(import_batch.c.tenant == tenant)
        .group_by(import_batch.c.source)
        .subquery()
    )
    papers = (
        select(func.count())
        .where(attachment.c.tenant == import_batch.c.tenant, attachment.c.source == import_batch.c.source)
        .scalar_subquery()
    )
    query = (
        select(import_batch, newest.c.batch_id.label("newest_id"), papers.label("papers"))
        .join(newest, newest.c.source == import_batch.c.source)
        .where(import_batch.c.tenant == tenant)
        .order_by(import_batch.c.batch_id.desc())
        .limit(limit)
    )
    if batch_id is not None:
        query = query.where(import_batch.c.batch_id == batch_id)
    if source:
        query = query.where(import_batch.c.source == source)
    return [
        ImportRow(
            row.batch_id, row.source, row.kind, row.file_name, row.sha256, row.rows_read,
            row.rows_with_problem, row.imported_by, row.imported_at, row.undone_at,
            row.newest_id == row.batch_id and row.undone_at is None, row.papers,
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def file_of_import(connection: Connection, tenant: str, source: str, fingerprint: str) -> bytes | None:
    """The file of an import as it arrived."""
    query = select(raw_payload.c.body).where(
        raw_payload.c.tenant == tenant,
        raw_payload.c.source == source,
        raw_payload.c.sha256 == fingerprint,
    )
    body = connection.execute(query).scalar_one_or_none()
    return None if body is None else zlib.decompress(body)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A scan without its bytes."""

    attachment_id: int
    source: str
    file_name: str
    media_type: str
    sha256: str
    size: int
    attached_by: str
    attached_at: datetime


def attach(
    connection: Connection,
    tenant: str,
    *,
    source: str,
    file_name: str,
    media_type: str,
    body: bytes,
    who: str,
    now: datetime,
) -> bool:
    """Whether it is new: the same scan of the same sheet is kept once."""
    statement = (
        insert_for(connection, attachment)
        .values(
            tenant=tenant,
            source=source,
            file_name=file_name,
            media_type=media_type,
            sha256=sha256(body).hexdigest(),
            size=len(body),
            body=body,
            attached_by=who,
            attached_at=now,
        )
        .on_conflict_do_nothing(index_elements=["tenant", "source", "sha256"])
        .returning(attachment.c.attachment_id)
    )
    return connection.execute(statement).first() is not None


_SHOWN = [column for column in attachment.c if column.name not in ("tenant", "body")]


def attachments_of(connection: Connection, tenant: str, sources: set[str]) -> list[Attachment]:
    """The scans of these sheets, oldest first."""
    query = (
        select(*_SHOWN)
        .where(attachment.c.tenant == tenant, attachment.c.source.in_(sorted(sources)))
        .order_by(attachment.c.attachment_id)
    )
    return [Attachment(*row) for row in connection.execute(query)]


def attached_file(connection: Connection, tenant: str, attachment_id: int) -> tuple[Attachment, bytes] | None:
    query = select(*_SHOWN, attachment.c.body).where(
        attachment.c.tenant == tenant, attachment.c.attachment_id == attachment_id
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else (Attachment(*row[:-1]), row[-1])
