"""Take in what offices keep in files: the roster, the catalogue, attendance sheets. All or nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from bridge.attendance.catalogue import read_catalogue
from bridge.attendance.fields import RowProblem
from bridge.attendance.reading import ABSENT, SheetReading
from bridge.attendance.roster import read_roster
from bridge.attendance.sheet import read_sheet
from bridge.domain.clock import day_in_zone
from bridge.domain.evidence import Attendance
from bridge.errors import RefuseInput
from bridge.flows.context import Context
from bridge.identity.nip import read_identity
from bridge.store.batches import mark_undone, newest_batch, record_batch
from bridge.store.catalogue import store_catalogue
from bridge.store.evidence import ReadIdentity, keep_raw, store_attendances, withdraw_attendances
from bridge.store.people import store_roster
from bridge.store.unit import unit


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
    """Counts of one import, and the rows that need a look."""

    file: str
    kind: str
    rows: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    withdrawn: int = 0
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
    found = read_identity(record.identifiers)
    problem = record.problem if record.problem and record.problem.startswith("NIP-") else found.problem
    return ReadIdentity(found.value, None if found.value else problem)


def _row_problems(problems: Iterable[RowProblem]) -> list[ImportProblem]:
    return [
        ImportProblem(f"baris {item.row}", item.code, sentence=item.sentence, english=item.english)
        for item in problems
    ]


def _sheet_problems(read: SheetReading) -> list[ImportProblem]:
    titles = {event.event_ref: event.title for event in read.events}
    return [
        ImportProblem(
            place(record),
            record.problem,
            {
                "name": record.learner_name,
                "title": titles.get(record.event_ref, ""),
                "place": place(record),
            }
            | record.problem_params,
        )
        for record in read.attendances
        if record.problem is not None and record.problem != ABSENT
    ]


def place(record: Attendance) -> str:
    return f"{record.sheet or record.source} baris {record.row}"


def _logical_name(path: Path, name: str) -> str:
    """The name under which a sheet is known: a corrected file of the same name replaces the earlier one."""
    return (name or path.name).strip()[:64]


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


def import_attendance(ctx: Context, path: Path, *, name: str, imported_by: str) -> ImportReport:
    """Take in a sheet: the same file again changes nothing, a corrected file replaces its earlier version."""
    body = read_file(path)
    source = _logical_name(path, name)
    tenant = ctx.office.tenant
    fingerprint = sha256(body).hexdigest()
    report = ImportReport(path.name, "attendance")
    now = ctx.clock()
    read = read_sheet(body, path.name, source=source, as_of=day_in_zone(now, ctx.office.zone))
    report.rows = len(read.attendances)
    report.problems = _sheet_problems(read)
    with unit(ctx.store) as connection:
        before = newest_batch(connection, tenant, source)
        if before is not None and before["sha256"] == fingerprint and before["undone_at"] is None:
            report.unchanged_file, report.same = True, report.rows
            return report
        keep_raw(connection, tenant, source, "application/octet-stream", body, now)
        batch_id = record_batch(
            connection,
            tenant,
            source=source,
            kind=read.kind,
            file_name=path.name,
            sha256=fingerprint,
            rows_read=report.rows,
            rows_with_problem=len(report.problems),
            imported_by=imported_by,
            now=now,
        )
        counts = store_attendances(
            connection,
            tenant,
            read.events,
            ((record, _identity(record)) for record in read.attendances),
            batch_id=batch_id,
            now=now,
        )
        keep = {(record.event_ref, record.attendee) for record in read.attendances}
        report.withdrawn = withdraw_attendances(connection, tenant, source, keep, now)
    report.new, report.changed, report.same = counts.new, counts.changed, counts.same
    return report


def undo_import(ctx: Context, name: str) -> int:
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
        return withdraw_attendances(connection, ctx.office.tenant, name, None, ctx.clock())
