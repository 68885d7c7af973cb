"""One row's person, and the attendance that the row becomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.attendance.cells import Cell, lines_of, text_of
from bridge.attendance.columns import Role
from bridge.attendance.header import Layout
from bridge.attendance.reading import DUPLICATE_ROW, settle
from bridge.domain.evidence import Attendance
from bridge.domain.learner import Identifier, Scheme
from bridge.identity.nip import NipReading, read_nip


@dataclass(frozen=True, slots=True)
class Person:
    """Who a row is about, as written; `cell` is the NIP cell's own text."""

    nip: NipReading
    name: str
    office: str = ""
    nik: str = ""
    cell: str = ""

    @property
    def identifiers(self) -> tuple[Identifier, ...]:
        known = [Identifier(Scheme.NIP, self.nip.value)] if self.nip.value else []
        return (*known, Identifier(Scheme.NIK, self.nik)) if self.nik else tuple(known)


def read_person(layout: Layout, row: Sequence[Cell]) -> Person:
    """The person of a row. A second line in the name cell is the unit in small print."""
    names = lines_of(layout.value(row, Role.NAME))
    cell = layout.value(row, Role.NIP)
    nik = "".join(c for c in layout.text(row, Role.NIK) if c.isdigit())
    office = layout.text(row, Role.OFFICE) or (names[1] if len(names) > 1 else "")
    return Person(
        nip=read_nip(cell if isinstance(cell, str | int | float) else text_of(cell)),
        name=names[0] if names else "",
        office=office,
        nik=nik if len(nik) == 16 else "",
        cell=text_of(cell),
    )


@dataclass(frozen=True, slots=True)
class Seat:
    """Where an attendance stands in the file. `row` is numbered from 1."""

    source: str
    sheet: str
    row: int

    def attendee(self, person: Person, duplicate: bool = False) -> str:
        """The cleaned NIP, else `row:SHEET:N`; a duplicate carries both, so that keys stay unique."""
        here = f"row:{self.sheet}:{self.row}"
        if person.nip.value is None:
            return here
        return f"{person.nip.value}:{here}" if duplicate else person.nip.value


def attendance(
    seat: Seat,
    event_ref: str,
    person: Person,
    problems: list[str],
    *,
    attended: int | None = None,
    total: int | None = None,
    minutes: int | None = None,
    params: dict[str, str] | None = None,
    certificate_no: str | None = None,
) -> Attendance:
    """The attendance of a row with all its reading problems; those of the NIP are added here."""
    found = list(problems)
    told: dict[str, str] = dict(params or {})
    if person.nip.problem is not None:
        found.append(person.nip.problem)
        told |= {"cell": person.cell, "why": person.nip.why}
    problem, also = settle(found)
    return Attendance(
        source=seat.source,
        event_ref=event_ref,
        attendee=seat.attendee(person, DUPLICATE_ROW in found),
        sheet=seat.sheet,
        row=seat.row,
        identifiers=person.identifiers,
        learner_name=person.name,
        office=person.office,
        sessions_attended=attended,
        sessions_total=total,
        minutes=minutes,
        certificate_no=certificate_no,
        problem=problem,
        problem_params=told | also,
    )
