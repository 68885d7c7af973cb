"""One entry point: any attendance file becomes events, attendances and an account of the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, time
from functools import partial
from pathlib import Path

from bridge.attendance.cells import Grid, is_blank
from bridge.attendance.coaching_log import read_coaching_log
from bridge.attendance.columns import Role
from bridge.attendance.container import DEFAULT_LIMITS, Limits, refuse
from bridge.attendance.day_records import read_day_records
from bridge.attendance.grid import content_of, read_grids
from bridge.attendance.header import NOTHING_SAID, ColumnMapping, Layout, find_header
from bridge.attendance.import_template import read_import
from bridge.attendance.reading import SheetNote, SheetReading
from bridge.attendance.roll import RollSheet, is_summary, read_roll, read_roll_sheet
from bridge.attendance.time_clock import read_time_clock
from bridge.domain.evidence import Attendance, OfflineEvent

HIDDEN = "lembar tersembunyi"
EMPTY = "lembar kosong"
NO_TABLE = "tidak ada tabel dengan kolom Nama atau NIP"
SUMMARY = "rekapitulasi: mengulang isi lembar lain"
INVITED = "daftar nama tanpa tanda kehadiran"

Reader = Callable[[Grid, Layout, str, str, date], SheetReading]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader is told beside the tables."""

    file_name: str
    source: str
    as_of: date
    begins: time | None


def read_sheet(
    content: Path | str | bytes,
    file_name: str,
    *,
    source: str,
    as_of: date,
    mapping: ColumnMapping = NOTHING_SAID,
    begins: time | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> SheetReading:
    """Reads a whole file. `content` is the bytes or a path; `file_name` is shown in sentences only.

    `source` becomes the source of every event and attendance; what lies after `as_of` is in the future.
    `mapping` is what the sender's headings are known to mean; `begins` the time of day at which each day began,
    where the person who hands the sheet in says so.
    Raises RefuseInput with one sentence where the file can't be read or holds no table of people; nothing
    is read by halves.
    """
    grids = read_grids(content_of(content, file_name, limits), file_name, limits)
    ignored: list[tuple[str, str]] = []
    tables: list[tuple[Grid, Layout]] = []
    for grid in grids:
        layout = find_header(grid, mapping)
        if not grid.visible:
            ignored.append((grid.name, HIDDEN))
        elif all(is_blank(cell) for row in grid.rows for cell in row):
            ignored.append((grid.name, EMPTY))
        elif layout is None:
            ignored.append((grid.name, NO_TABLE))
        else:
            tables.append((grid, layout))
    readings = _read_tables(tables, Asked(file_name, source, as_of, begins), ignored)
    readings = [reading for reading in readings if reading.attendances]
    if not readings:
        raise refuse(
            file_name,
            "SHEET-NO-TABLE",
            f"Berkas “{file_name}” tidak memuat tabel peserta: tidak ditemukan kepala tabel dengan kolom NIP"
            " atau Nama. Periksa apakah ini berkas yang benar.",
            f"The file “{file_name}” holds no table of participants: no header with a NIP or name column was"
            " found. Check that it is the right file.",
        )
    return _joined(readings, file_name, ignored)


def _read_tables(
    tables: Sequence[tuple[Grid, Layout]],
    asked: Asked,
    ignored: list[tuple[str, str]],
) -> list[SheetReading]:
    readings: list[SheetReading] = []
    rolls: list[tuple[Grid, Layout]] = []
    for grid, layout in tables:
        reader = _reader(layout, asked.begins)
        if reader is None:
            rolls.append((grid, layout))
        else:
            readings.append(reader(grid, layout, asked.file_name, asked.source, asked.as_of))
    sheets = _rolls(rolls, asked, ignored)
    if sheets:
        readings.append(read_roll(sheets, asked.file_name, asked.source, asked.as_of))
    return readings


def _reader(layout: Layout, begins: time | None) -> Reader | None:
    """Which reader a header calls for; None for a roll."""
    if layout.has(Role.COACH) or layout.has(Role.COACH_NIP):
        return read_coaching_log
    if layout.has(Role.TIME_IN, Role.TIME_OUT):
        return partial(read_time_clock, begins=begins)
    if layout.has(Role.EVENT_TITLE):
        return read_import
    if layout.has(Role.DAY) and (layout.has(Role.STATUS) or layout.has(Role.DURATION)):
        return partial(read_day_records, begins=begins)
    return None


def _rolls(
    tables: list[tuple[Grid, Layout]], asked: Asked, ignored: list[tuple[str, str]]
) -> list[RollSheet]:
    """The rolls to read: no summaries and no lists of names beside sheets that do say who came."""
    sheets = [(grid, read_roll_sheet(grid, layout, asked.begins)) for grid, layout in tables]
    telling = [sheet for grid, sheet in sheets if sheet.says_attendance and not is_summary(grid)]
    if not telling:
        return [sheet for _, sheet in sheets]
    for grid, sheet in sheets:
        if is_summary(grid):
            ignored.append((grid.name, SUMMARY))
        elif not sheet.says_attendance:
            ignored.append((grid.name, INVITED))
    return telling


def _joined(readings: list[SheetReading], file_name: str, ignored: list[tuple[str, str]]) -> SheetReading:
    events: dict[str, OfflineEvent] = {}
    people: dict[tuple[str, str], Attendance] = {}
    for reading in readings:
        for event in reading.events:
            events.setdefault(event.event_ref, event)
        for person in reading.attendances:
            people.setdefault((person.event_ref, person.attendee), person)
    return SheetReading(
        file_name=file_name,
        kind=readings[0].kind,
        events=tuple(events.values()),
        attendances=tuple(people.values()),
        ignored_rows=tuple(rows for reading in readings for rows in reading.ignored_rows),
        ignored_sheets=tuple(ignored),
        layouts=tuple(layout for reading in readings for layout in reading.layouts),
        notes=(*(note for reading in readings for note in reading.notes), *_unsaid(readings)),
    )


def _unsaid(readings: Sequence[SheetReading]) -> list[SheetNote]:
    """What a roll or a clock's dump has to say above its table, and doesn't: without it nothing can count."""
    notes = []
    for reading in readings:
        sheet = reading.layouts[0].sheet if reading.layouts else ""
        if reading.kind not in ("import", "coaching-log"):
            if any(not event.title for event in reading.events):
                notes.append(
                    SheetNote(
                        "TITLE-MISSING",
                        sheet,
                        "Nama kegiatan tidak ditemukan. Tulis “Nama Kegiatan : …” di atas tabel, lalu unggah lagi.",
                        "The activity has no name. Write “Nama Kegiatan : …” above the table and upload again.",
                    )
                )
            if any(event.start is None for event in reading.events):
                notes.append(
                    SheetNote(
                        "DATE-MISSING",
                        sheet,
                        "Tanggal kegiatan tidak ditemukan. Tulis “Tanggal : …” di atas tabel, lalu unggah lagi.",
                        "The activity has no date. Write “Tanggal : …” above the table and upload again.",
                    )
                )
    return notes
