"""Take in what offices keep in files: the roster, the catalogue, attendance sheets. All or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection

from bridge.attendance.catalogue import read_catalogue
from bridge.attendance.fields import RowProblem
from bridge.attendance.lateness import clock_of
from bridge.attendance.mapping import from_stated, mapping_of_layouts, stated
from bridge.attendance.reading import ABSENT, SheetReading
from bridge.attendance.roster import read_roster
from bridge.attendance.sheet import read_sheet
from bridge.domain.clock import day_in_zone
from bridge.domain.evidence import Attendance, OfflineEvent
from bridge.domain.learner import Scheme
from bridge.errors import RefuseInput
from bridge.flows.context import Context
from bridge.identity.nip import read_identity, read_nip
from bridge.store.batches import mark_undone, newest_batch, record_batch
from bridge.store.catalogue import store_catalogue
from bridge.store.confirmations import lapse_confirmations
from bridge.store.evidence import ReadIdentity, keep_raw, withdraw_attendances
from bridge.store.people import store_roster
from bridge.store.sheet_evidence import store_sheet
from bridge.store.sheets import remember_mapping, remembered_mapping
from bridge.store.unit import reading, unit


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """A row that needs a look. `sentence` is empty where the finding catalogue words the code and params."""

    place: str
    code: str
    params: dict[str, str] = field(default_factory=dict)
    sentence: str = ""
    english: str = ""


@dataclass(slots=True)
class ImportReport:
    """Counts of one import, and the rows that need a look. `lapsed`: events whose roll is no longer the one that
    their organiser confirmed."""

    file: str
    kind: str
    rows: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    withdrawn: int = 0
    lapsed: int = 0
    source: str = ""
    unchanged_file: bool = False
    problems: list[ImportProblem] = field(default_factory=list)


MAX_FILE_BYTES = 64 * 1024 * 1024


def read_file(path: Path) -> bytes:
    """Raises RefuseInput where the file is missing, a folder, or too large."""
    if not path.is_file():
        raise RefuseInput(
            "FILE-MISSING",
            f"Berkas {path} tidak ditemukan. Periksa nama dan foldernya.",
            f"The file {path} was not found. Check its name and folder.",
            where=str(path),
        )
    if path.stat().st_size > MAX_FILE_BYTES:
        raise RefuseInput(
            "FILE-TOO-LARGE",
            f"Berkas {path.name} lebih besar dari 64 MB. Bagi menjadi beberapa berkas.",
            f"The file {path.name} is larger than 64 MB. Split it into several files.",
            where=str(path),
        )
    return path.read_bytes()


def _identity(record: Attendance) -> ReadIdentity:
    """The NIP that the sheet's reader cleaned; where it could not, the reader's own word for why."""
    if len(record.identifiers) == 1 and record.identifiers[0].scheme is Scheme.NIP:
        found = read_nip(record.identifiers[0].value)  # nearly every row: what read_identity says of it too
    else:
        found = read_identity(record.identifiers)
    problem = record.problem if record.problem and record.problem.startswith("NIP-") else found.problem
    return ReadIdentity(found.value, None if found.value else problem)


def _row_problems(problems: Iterable[RowProblem]) -> list[ImportProblem]:
    return [
        ImportProblem(f"baris {item.row}", item.code, sentence=item.sentence, english=item.english)
        for item in problems
    ]


def sheet_problems(read: SheetReading) -> list[ImportProblem]:
    events = {event.event_ref: event for event in read.events}
    return [
        ImportProblem(
            place(record),
            record.problem,
            _words_of_row(record, events.get(record.event_ref)) | record.problem_params,
        )
        for record in read.attendances
        if record.problem is not None and record.problem != ABSENT
    ]


def _words_of_row(record: Attendance, event: OfflineEvent | None) -> dict[str, str]:
    """What any finding's sentence about a row may show; the reader's own word for its problem goes before it."""
    day = record.day or (event.end or event.start if event is not None else None)
    return {
        "name": record.learner_name or (record.identifiers[0].value if record.identifiers else ""),
        "title": (event.title if event is not None else "") or "–",
        "place": place(record),
        "date": str(day or "?"),
        "jp": (event.jp_stated if event is not None else None) or "",
        "form": (event.form_stated if event is not None else None) or "",
    }


def place(record: Attendance) -> str:
    return f"{record.sheet or record.source} baris {record.row}"


def logical_name(file_name: str, name: str) -> str:
    """The name under which a sheet is known: a corrected file of the same name replaces the earlier one."""
    return (name.strip() or file_name.strip())[:64]


def import_roster(ctx: Context, path: Path) -> ImportReport:
    """Take in the roster. Rows that can't be read are reported with their number; the others count."""
    read = read_roster(read_file(path), path.name)
    report = ImportReport(path.name, "roster", len(read.learners), problems=_row_problems(read.problems))
    with unit(ctx.store) as connection:
        counts = store_roster(connection, ctx.office.tenant, read.learners, ctx.clock())
    report.new, report.changed, report.same = counts.new, counts.changed, counts.same
    return report


def import_catalogue(ctx: Context, path: Path) -> ImportReport:
    """Take in the programme catalogue."""
    programmes, problems = read_catalogue(read_file(path), path.name)
    report = ImportReport(path.name, "catalogue", len(programmes), problems=_row_problems(problems))
    with unit(ctx.store) as connection:
        counts = store_catalogue(connection, ctx.office.tenant, programmes, ctx.clock())
    report.new, report.changed, report.same = counts.new, counts.changed, counts.same
    return report


@dataclass(frozen=True, slots=True)
class SheetFile:
    """A sheet that somebody hands in. `source` is the name under which it is known: a corrected file of the
    same name replaces the earlier one. `mapping` (heading -> role) is said on top of what the sender's headings
    are known to mean; `begins` (`08:00`) when each day began, where the sheet does not say."""

    file_name: str
    body: bytes
    source: str
    sender: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    begins: str = ""


def sheet_file(
    path: Path,
    *,
    name: str = "",
    sender: str = "",
    mapping: Mapping[str, str] | None = None,
    begins: str = "",
) -> SheetFile:
    """Raises RefuseInput where the file can't be opened."""
    return SheetFile(
        path.name,
        read_file(path),
        logical_name(path.name, name),
        clean_sender(sender),
        mapping or {},
        clean_begins(begins),
    )


def clean_begins(text: str) -> str:
    """`8.00`, `08:00 WIT` -> `08:00`; empty stays empty. Raises RefuseInput where it is no time of day."""
    if not text.strip():
        return ""
    clock = clock_of(text)
    if clock is None:
        raise RefuseInput(
            "BEGINS-WRONG",
            f"Jam mulai “{text}” tidak terbaca. Tulis seperti 08:00.",
            f"The start “{text}” can't be read. Write it like 08:00.",
            where=text,
        )
    return f"{clock:%H:%M}"


def clean_sender(text: str) -> str:
    return " ".join(text.split())[:128]


def read_handed_in(ctx: Context, file: SheetFile) -> SheetReading:
    """The sheet as the sender's headings are known to mean. Raises RefuseInput with one sentence."""
    with reading(ctx.store) as connection:
        known = remembered_mapping(connection, ctx.office.tenant, file.sender)
    return read_sheet(
        file.body,
        file.file_name,
        source=file.source,
        as_of=day_in_zone(ctx.clock(), ctx.office.zone),
        mapping=from_stated(known | dict(file.mapping)),
        begins=clock_of(file.begins),
    )


def import_attendance(
    ctx: Context,
    path: Path,
    *,
    name: str,
    imported_by: str,
    sender: str = "",
    mapping: Mapping[str, str] | None = None,
    confirmed: bool = False,
) -> ImportReport:
    """Take in a sheet: the same file again changes nothing, a corrected file replaces its earlier version."""
    file = sheet_file(path, name=name, sender=sender, mapping=mapping)
    return import_sheet(ctx, file, read_handed_in(ctx, file), imported_by, confirmed=confirmed)


def import_sheet(
    ctx: Context, file: SheetFile, read: SheetReading, imported_by: str, *, confirmed: bool = False
) -> ImportReport:
    """Raises RefuseInput where the columns are unsure and nobody has confirmed them; confirming, or saying a
    mapping, teaches what the sender's headings mean."""
    if not confirmed and not all(layout.confident for layout in read.layouts):
        raise unsure(file, read)
    with unit(ctx.store) as connection:
        report = take_in(ctx, connection, file, read, imported_by)
        if confirmed or file.mapping:
            taught = stated(mapping_of_layouts(read.layouts)) if confirmed else file.mapping
            remember_mapping(connection, ctx.office.tenant, file.sender, taught, imported_by, ctx.clock())
    return report


def unsure(file: SheetFile, read: SheetReading) -> RefuseInput:
    why = "; ".join(layout.why for layout in read.layouts if not layout.confident)
    english = "; ".join(layout.why_english for layout in read.layouts if not layout.confident)
    return RefuseInput(
        "MAPPING-UNSURE",
        f"Arti kolom berkas {file.file_name} belum pasti ({why}). Periksa dengan --preview, lalu ulangi dengan "
        "--yes jika benar, atau sebutkan artinya dengan --mapping “JUDUL=PERAN”.",
        f"The meaning of the columns of {file.file_name} is unsure ({english}). Look with --preview, then "
        "repeat with --yes if it is right, or say it with --mapping “HEADING=ROLE”.",
        where=file.file_name,
    )


def take_in(
    ctx: Context, connection: Connection, file: SheetFile, read: SheetReading, imported_by: str
) -> ImportReport:
    """Write a sheet in the caller's transaction: the import itself, and the rehearsal of it in a preview."""
    tenant, now = ctx.office.tenant, ctx.clock()
    report = ImportReport(
        file.file_name,
        "attendance",
        len(read.attendances),
        source=file.source,
        problems=sheet_problems(read),
    )
    fingerprint = sha256(file.body).hexdigest()
    before = newest_batch(connection, tenant, file.source)
    same_file = before is not None and before["sha256"] == fingerprint and before["undone_at"] is None
    if same_file and not file.mapping and not file.begins:
        report.unchanged_file, report.same = True, report.rows
        return report
    keep_raw(connection, tenant, file.source, "application/octet-stream", file.body, now)
    batch_id = record_batch(
        connection,
        tenant,
        source=file.source,
        kind=read.kind,
        file_name=file.file_name,
        sha256=fingerprint,
        rows_read=report.rows,
        rows_with_problem=len(report.problems),
        imported_by=imported_by,
        now=now,
    )
    counts = store_sheet(
        connection,
        tenant,
        file.source,
        read.events,
        ((record, _identity(record)) for record in read.attendances),
        batch_id=batch_id,
        now=now,
    )
    report.new, report.changed, report.same = counts.new, counts.changed, counts.same
    report.withdrawn = counts.withdrawn
    report.lapsed = lapse_confirmations(connection, tenant, file.source, imported_by, now)
    return report


def undo_import(ctx: Context, name: str, undone_by: str) -> int:
    """Withdraw everything that a sheet brought; returns how many attendances. Raises RefuseInput where no
    such import stands."""
    with unit(ctx.store) as connection:
        batch = newest_batch(connection, ctx.office.tenant, name)
        if batch is None or batch["undone_at"] is not None:
            raise RefuseInput(
                "IMPORT-UNKNOWN",
                f"Tidak ada impor bernama {name!r} yang masih berlaku. Lihat: jpbridge status.",
                f"No import named {name!r} stands. See: jpbridge status.",
                where=name,
            )
        mark_undone(connection, batch["batch_id"], ctx.clock())
        gone = withdraw_attendances(connection, ctx.office.tenant, name, None, ctx.clock())
        lapse_confirmations(connection, ctx.office.tenant, name, undone_by, ctx.clock())
    return gone
