"""What a sheet would do before it does it: how it is read, row by row against its earlier version, and what the
ledger would gain or lose. The rehearsal runs the import itself in a transaction that is thrown away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson

from bridge.attendance.header import column_keys
from bridge.attendance.reading import ABSENT, SheetReading
from bridge.domain.evidence import OfflineEvent
from bridge.domain.keys import attendance_key
from bridge.errors import RefuseInput
from bridge.flows.context import Context
from bridge.flows.imports import ImportReport, SheetFile, import_sheet, place, read_handed_in, take_in
from bridge.store.batches import newest_batch
from bridge.store.evidence import record_text, withdraw_attendances
from bridge.store.people import nip_of_learners
from bridge.store.sheet_evidence import current_records
from bridge.store.touched import read_touched
from bridge.store.unit import reading, rehearsal

if TYPE_CHECKING:
    import pyarrow as pa

NEW, CHANGED, GONE = "new", "changed", "gone"


@dataclass(frozen=True, slots=True)
class FieldChange:
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row against the sheet's earlier version. `what` is NEW, CHANGED or GONE."""

    place: str
    name: str
    what: str
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class LedgerChange:
    """What one activity of one learner would count for, in hundredths of JP, without and with the change."""

    learner_id: int
    name: str
    nip: str
    title: str
    year: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Remark:
    """What the rules and the roster would find in a row: a finding that is not there yet."""

    place: str
    code: str
    params: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What `work` returned in a transaction that was thrown away, and what the engine would say after it."""

    result: Any
    ledger: list[LedgerChange]
    findings: list[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class ShownColumn:
    key: str
    heading: str
    role: str  # a Role's value, empty: nothing that we need


@dataclass(frozen=True, slots=True)
class ShownLayout:
    sheet: str
    first_row: int
    last_row: int
    confident: bool
    why: str
    why_english: str
    columns: tuple[ShownColumn, ...]


@dataclass(slots=True)
class SheetPreview:
    """All that a person needs before saying yes. `fingerprint` names exactly this: committing with it refuses
    where the file, the mapping or the sheet's earlier version have changed meanwhile."""

    file: SheetFile
    kind: str
    fingerprint: str
    report: ImportReport
    events: tuple[OfflineEvent, ...]
    layouts: tuple[ShownLayout, ...]
    absent: int
    replaces: Mapping[str, Any] | None
    changes: list[RowChange] = field(default_factory=list)
    ledger: list[LedgerChange] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    reading: SheetReading | None = None

    @property
    def sure(self) -> bool:
        return all(layout.confident for layout in self.layouts)

    @property
    def ignored_columns(self) -> list[str]:
        """Headings that nothing was read from."""
        return [column.heading for layout in self.layouts for column in layout.columns if not column.role]

    @property
    def late(self) -> list[int]:
        """How late each person came at worst, of those who did."""
        return (
            [max(record.late) for record in self.reading.attendances if record.late] if self.reading else []
        )

    @property
    def ledger_jp(self) -> int:
        return sum(change.after - change.before for change in self.ledger)


def preview_sheet(ctx: Context, file: SheetFile) -> SheetPreview:
    """Raises RefuseInput where the file can't be read. Nothing is stored."""
    read = read_handed_in(ctx, file)
    tenant = ctx.office.tenant
    with reading(ctx.store) as connection:
        earlier = newest_batch(connection, tenant, file.source)
        before = current_records(connection, tenant, file.source)
    preview = SheetPreview(
        file=file,
        kind=read.kind,
        fingerprint=_fingerprint(file, read, earlier),
        report=ImportReport(file.file_name, "attendance"),
        events=read.events,
        layouts=_shown_layouts(read),
        absent=sum(record.problem == ABSENT for record in read.attendances),
        replaces=earlier if before else None,
        changes=_row_changes(before, read) if before else [],
        reading=read,
    )
    done = rehearsed(ctx, lambda connection: take_in(ctx, connection, file, read, "preview"))
    preview.report, preview.ledger = done.result, done.ledger
    preview.remarks = _remarks(done.findings, read)
    return preview


def _remarks(findings: Iterable[Mapping[str, Any]], read: SheetReading) -> list[Remark]:
    """What the engine would find in rows of this sheet, beside what its reader has told already; in the order of the
    rows."""
    rows = {
        attendance_key(record.source, record.event_ref, record.attendee): record
        for record in read.attendances
    }
    found = []
    for finding in findings:
        record = rows.get(finding["subject"])
        if record is not None and finding["code"] not in (record.problem, ABSENT):
            params = {name: value or "–" for name, value in orjson.loads(finding["params"]).items()}
            found.append(
                (record.row, Remark(place(record), finding["code"], params | {"place": place(record)}))
            )
    return [remark for _, remark in sorted(found, key=lambda each: (each[0], each[1].code))]


def commit_previewed(
    ctx: Context, file: SheetFile, fingerprint: str, imported_by: str, *, confirmed: bool = False
) -> ImportReport:
    """Take in exactly what was previewed. Raises RefuseInput where it is no longer that."""
    read = read_handed_in(ctx, file)
    with reading(ctx.store) as connection:
        earlier = newest_batch(connection, ctx.office.tenant, file.source)
    if _fingerprint(file, read, earlier) != fingerprint:
        raise RefuseInput(
            "PREVIEW-STALE",
            f"Berkas {file.file_name}, pemetaannya, atau versi sebelumnya sudah berubah sejak dilihat. "
            "Lihat pratinjaunya sekali lagi.",
            f"The file {file.file_name}, its mapping or its earlier version has changed since you looked. "
            "Look at the preview again.",
            where=file.file_name,
        )
    return import_sheet(ctx, file, read, imported_by, confirmed=confirmed)


def _fingerprint(file: SheetFile, read: SheetReading, earlier: Mapping[str, Any] | None) -> str:
    said = orjson.dumps(dict(file.mapping), option=orjson.OPT_SORT_KEYS).decode()
    standing = [str((earlier or {}).get(name)) for name in ("batch_id", "undone_at")]
    whole = sha256()
    for part in (file.source, file.sender, said, file.begins, *standing):
        whole.update(part.encode() + b"\x1f")
    for text in (*map(record_text, read.events), *map(record_text, read.attendances)):
        whole.update(text.encode() + b"\x1f")
    return whole.hexdigest()


def _shown_layouts(read: SheetReading) -> tuple[ShownLayout, ...]:
    return tuple(
        ShownLayout(
            layout.sheet,
            layout.top + 1,
            layout.bottom + 1,
            layout.confident,
            layout.why,
            layout.why_english,
            tuple(
                ShownColumn(key, heading, role.value if role else "")
                for key, heading, role in zip(
                    column_keys(layout.headings), layout.headings, layout.roles(), strict=True
                )
                if key
            ),
        )
        for layout in read.layouts
    )


# -- row by row --------------------------------------------------------------------------------------------

_PLACE = frozenset({"sheet", "row", "source", "event_ref", "attendee"})


def _row_changes(before: Mapping[tuple[str, str], Mapping[str, Any]], read: SheetReading) -> list[RowChange]:
    """Rows that say something else, rows that are new and rows that are gone. A row that only moved is none."""
    after = {
        (record.event_ref, record.attendee): orjson.loads(record_text(record)) for record in read.attendances
    }
    titles = {event.event_ref: event for event in read.events}
    gone = {key: row for key, row in before.items() if key not in after}
    # The event was corrected: its rows have another event's key and are the same rows all the same.
    moved = {attendee: (event_ref, attendee) for event_ref, attendee in gone}
    changes = []
    for key, row in after.items():
        old_key = key if key in before else moved.get(key[1])
        if old_key is None:
            changes.append(RowChange(_place(row), row["learner_name"], NEW))
            continue
        fields = _field_changes(before[old_key], row)
        if old_key != key:
            gone.pop(old_key, None)
            fields = (FieldChange("event", old_key[0], titles[key[0]].title), *fields)
        if fields:
            changes.append(RowChange(_place(row), row["learner_name"], CHANGED, fields))
    changes += [RowChange(_place(row), row["learner_name"], GONE) for row in gone.values()]
    return changes


def _place(row: Mapping[str, Any]) -> str:
    return f"{row['sheet'] or row['source']} baris {row['row']}"


def _field_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    return tuple(
        FieldChange(name, _told(before.get(name)), _told(after.get(name)))
        for name in dict.fromkeys((*after, *before))
        if name not in _PLACE and name != "problem_params" and before.get(name) != after.get(name)
    )


def _told(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, list):  # identifiers, or minutes late
        return ", ".join(str(item["value"] if isinstance(item, dict) else item) for item in value) or "–"
    return str(value)


def preview_undo(ctx: Context, source: str) -> tuple[int, list[LedgerChange]]:
    """How many attendances an undo would withdraw, and what the ledger would lose."""
    gone, ledger = rehearse(
        ctx,
        lambda connection: withdraw_attendances(connection, ctx.office.tenant, source, None, ctx.clock()),
    )
    return int(gone), ledger


# -- what the ledger would say -----------------------------------------------------------------------------


def rehearse(ctx: Context, work: Any) -> tuple[Any, list[LedgerChange]]:
    """Do `work(connection)` in a transaction that is thrown away; returns its result and what the ledger would
    count otherwise for everybody whom it touches."""
    done = rehearsed(ctx, work)
    return done.result, done.ledger


def rehearsed(ctx: Context, work: Any) -> Rehearsal:
    """As `rehearse`, with the findings that would be new."""
    from bridge.engine.run import reconcile as compute
    from bridge.flows.inputs import inputs_for
    from bridge.store.feed import scope_of

    tenant = ctx.office.tenant
    with rehearsal(ctx.store) as connection:
        stamps = read_touched(connection, tenant)
        result = work(connection)
        subjects = [
            subject
            for subject, stamp in read_touched(connection, tenant).items()
            if stamps.get(subject) != stamp
        ]
        scope = scope_of(connection, tenant, subjects)
        after = None if scope.empty else inputs_for(ctx, connection, scope)
    if after is None:
        return Rehearsal(result, [], [])
    with reading(ctx.store) as connection:
        before = inputs_for(ctx, connection, scope)
        nips = nip_of_learners(connection, tenant)
    people = {row["learner_id"]: row["name"] for row in after["learner"].to_pylist()}
    was, would = compute(before), compute(after)
    known = set(zip(was.finding["code"].to_pylist(), was.finding["subject"].to_pylist(), strict=True))
    fresh = [row for row in would.finding.to_pylist() if (row["code"], row["subject"]) not in known]
    return Rehearsal(result, _ledger_changes(was.desired, would.desired, people, nips), fresh)


def _ledger_changes(
    before: pa.Table, after: pa.Table, people: Mapping[int, str], nips: Mapping[int, str]
) -> list[LedgerChange]:
    credit: dict[tuple[int, str, int], list[Any]] = {}
    for at, table in enumerate((before, after)):
        for row in table.to_pylist():
            key = (row["learner_id"], row["activity_key"], row["year"])
            entry = credit.setdefault(key, ["", 0, 0])
            entry[0] = row["title"]
            entry[1 + at] = row["jp"]
    changes = [
        LedgerChange(learner, people.get(learner, ""), nips.get(learner, ""), title, year, was, would)
        for (learner, _, year), (title, was, would) in credit.items()
        if was != would
    ]
    return sorted(changes, key=lambda change: (change.name, change.learner_id, change.title))


def by_learner(changes: Iterable[LedgerChange]) -> Sequence[tuple[int, str, str, int, int]]:
    """(learner_id, name, nip, year, JP gained or lost in hundredths) a person and year."""
    totals: dict[tuple[int, str, str, int], int] = {}
    for change in changes:
        key = (change.learner_id, change.name, change.nip, change.year)
        totals[key] = totals.get(key, 0) + change.after - change.before
    return [(*key, jp) for key, jp in totals.items() if jp]
