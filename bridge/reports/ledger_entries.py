"""The auditor's search of the ledger, and one entry with its statement and the checkpoint that covers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select

from bridge.reports.learners import escaped_like, matching_learners, newest_nip
from bridge.reports.report import Column, Kind, Report
from bridge.store.tables import checkpoint, learner, ledger_entry, outbox


@dataclass(frozen=True, slots=True)
class EntryRow:
    """`jp` is signed hundredths. `statement_id` is None until the outbox knows the entry; `published_at`
    until the statement stands in the LRS."""

    entry_id: int
    entry_key: str
    kind: str
    person_key: str
    learner_id: int
    learner_name: str
    nip: str | None
    office_name: str
    year: int
    title: str
    organiser: str
    form: int
    started_on: date
    ended_on: date
    jp: int
    reason: str
    rule_version: str
    evidence: tuple[str, ...]
    run_id: str
    recorded_at: datetime
    leaf_hash: str
    statement_id: str | None
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class CheckpointRow:
    """A signed head of the ledger's Merkle log over the first `tree_size` entries."""

    checkpoint_id: int
    tree_size: int
    root_hash: str
    signed_at: datetime
    key_id: str
    signature: str


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Absent parts do not filter. `person` is a NIP or words of a name, `programme` words of the title."""

    person: str = ""
    programme: str = ""
    year: int | None = None

    def asked(self) -> Mapping[str, str]:
        return {"person": self.person, "programme": self.programme, "year": str(self.year or "")}


REPORT = Report(
    "entri",
    "Entri buku besar JP",
    (
        Column("entry_id", "Nomor", link="/audit/entri/{entry_id}"),
        Column("recorded_at", "Dicatat", Kind.INSTANT),
        Column("learner_name", "Nama"),
        Column("nip", "NIP", Kind.NIP),
        Column("title", "Kegiatan"),
        Column("year", "Tahun", Kind.YEAR),
        Column("kind", "Jenis", Kind.CODE),
        Column("jp", "JP", Kind.JP),
        Column("statement_id", "Pernyataan xAPI", on_screen=False),
    ),
)


def _entries(tenant: str) -> Select[tuple[object, ...]]:
    entry = ledger_entry.c
    return (
        select(
            *(entry[name] for name in _OWN),
            learner.c.name.label("learner_name"),
            learner.c.office_name,
            newest_nip(entry.learner_id).label("nip"),
            outbox.c.statement_id,
            outbox.c.published_at,
        )
        .select_from(
            ledger_entry.join(learner, learner.c.learner_id == entry.learner_id).outerjoin(
                outbox, outbox.c.entry_id == entry.entry_id
            )
        )
        .where(entry.tenant == tenant)
    )


_OWN = (
    "entry_id", "entry_key", "kind", "person_key", "learner_id", "year", "title", "organiser", "form",
    "started_on", "ended_on", "jp", "reason", "rule_version", "evidence", "run_id", "recorded_at",
    "leaf_hash",
)  # fmt: skip


def _entry(row: Row[tuple[object, ...]]) -> EntryRow:
    own = {name: getattr(row, name) for name in _OWN}
    own["evidence"] = tuple(row.evidence or ())
    return EntryRow(
        **own,
        learner_name=row.learner_name,
        office_name=row.office_name,
        nip=row.nip,
        statement_id=row.statement_id,
        published_at=row.published_at,
    )


def search_entries(
    connection: Connection,
    tenant: str,
    wanted: EntryFilter,
    limit: int | None = 50,
    before: int | None = None,
) -> list[EntryRow]:
    """Newest first; `before` is the last entry_id of the page before (paging that loses and repeats nothing
    while the night writes)."""
    entry = ledger_entry.c
    # the keys first: sorting whole rows would cost all of the ledger for a page of it
    keys = select(entry.entry_id).where(entry.tenant == tenant)
    if wanted.person.strip():
        keys = keys.where(entry.learner_id.in_(matching_learners(tenant, wanted.person)))
    keys = keys.where(*_titled(wanted.programme))
    if wanted.year is not None:
        keys = keys.where(entry.year == wanted.year)
    if before is not None:
        keys = keys.where(entry.entry_id < before)
    if limit is not None:
        keys = keys.order_by(entry.entry_id.desc()).limit(limit)
    chosen = keys.subquery("chosen")
    query = _entries(tenant).where(entry.entry_id.in_(select(chosen.c.entry_id)))
    return [_entry(row) for row in connection.execute(query.order_by(entry.entry_id.desc()))]


def _titled(programme: str) -> list[ColumnElement[bool]]:
    """The title has each word of the programme's name."""
    title = func.lower(ledger_entry.c.title)
    return [title.like(f"%{escaped_like(word.lower())}%", escape="\\") for word in programme.split()]


def activities_of_programme(
    connection: Connection, tenant: str, programme: str, limit: int = 200
) -> list[str]:
    """Keys of the activities that an entry of such a title was made for, at most `limit`."""
    query = (
        select(ledger_entry.c.activity_key)
        .where(ledger_entry.c.tenant == tenant, *_titled(programme))
        .distinct()
        .order_by(ledger_entry.c.activity_key)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def one_entry(connection: Connection, tenant: str, entry_id: int) -> EntryRow | None:
    row = connection.execute(_entries(tenant).where(ledger_entry.c.entry_id == entry_id)).one_or_none()
    return None if row is None else _entry(row)


def entry_of_statement(connection: Connection, tenant: str, statement_id: str) -> int | None:
    query = select(outbox.c.entry_id).where(outbox.c.tenant == tenant, outbox.c.statement_id == statement_id)
    return connection.execute(query).scalar_one_or_none()


def siblings(connection: Connection, tenant: str, entry: EntryRow) -> list[EntryRow]:
    """All entries of the same person and activity, oldest first: award, adjustments, reversal."""
    key = (
        select(ledger_entry.c.activity_key).where(ledger_entry.c.entry_id == entry.entry_id).scalar_subquery()
    )
    query = (
        _entries(tenant)
        .where(ledger_entry.c.learner_id == entry.learner_id, ledger_entry.c.activity_key == key)
        .order_by(ledger_entry.c.entry_id)
    )
    return [_entry(row) for row in connection.execute(query)]


def leaf_index(connection: Connection, tenant: str, entry_id: int) -> int:
    """The entry's place in the tenant's Merkle log, from 0: leaves stand in the order of entry_id."""
    query = select(func.count()).where(ledger_entry.c.tenant == tenant, ledger_entry.c.entry_id < entry_id)
    return int(connection.execute(query).scalar_one())


def covering_checkpoint(connection: Connection, tenant: str, leaf: int) -> CheckpointRow | None:
    """The first signed checkpoint that covers the leaf."""
    query = (
        select(
            checkpoint.c.checkpoint_id,
            checkpoint.c.tree_size,
            checkpoint.c.root_hash,
            checkpoint.c.signed_at,
            checkpoint.c.key_id,
            checkpoint.c.signature,
        )
        .where(checkpoint.c.tenant == tenant, checkpoint.c.tree_size > leaf)
        .order_by(checkpoint.c.tree_size)
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else CheckpointRow(*row)
