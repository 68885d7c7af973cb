"""One row's person, and the attendance that the row becomes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bridge.attendance.cells import Cell, lines_of, text_of
from bridge.attendance.columns import Role
from bridge.attendance.header import Layout
from bridge.attendance.reading import DUPLICATE_ROW, settle
from bridge.attendance.recall import column
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
        return _identifiers(self.nip.value, self.nik)


@lru_cache(maxsize=65_536)
def _identifiers(nip: str | None, nik: str) -> tuple[Identifier, ...]:
    known = [Identifier(Scheme.NIP, nip)] if nip else []
    return (*known, Identifier(Scheme.NIK, nik)) if nik else tuple(known)


def person_reader(layout: Layout) -> Callable[[Sequence[Cell]], Person]:
    """Reads the person of a row. A second line in the name cell is the unit in small print."""
    name_of = column(layout, Role.NAME, lines_of)
    nip_of = column(layout, Role.NIP, _nip)
    nik_of = column(layout, Role.NIK, _nik)
    office_of = column(layout, Role.OFFICE, text_of)

    def read(row: Sequence[Cell]) -> Person:
        names = name_of(row)
        nip, cell = nip_of(row)
        office = office_of(row) or (names[1] if len(names) > 1 else "")
        return Person(nip, names[0] if names else "", office, nik_of(row), cell)

    return read


def read_person(layout: Layout, row: Sequence[Cell]) -> Person:
    """The person of one row alone."""
    return person_reader(layout)(row)


def _nip(cell: Cell) -> tuple[NipReading, str]:
    return read_nip(cell if isinstance(cell, str | int | float) else text_of(cell)), text_of(cell)


def _nik(cell: Cell) -> str:
    digits = "".join(c for c in text_of(cell) if c.isdigit())
    return digits if len(digits) == 16 else ""


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
    late: tuple[int, ...] = (),
) -> Attendance:
    """The attendance of a row with all its reading problems; those of the NIP are added here."""
    told: dict[str, str] = dict(params) if params else {}
    problem = None
    if problems or person.nip.problem is not None:
        found = list(problems)
        if person.nip.problem is not None:
            found.append(person.nip.problem)
            told |= {"cell": person.cell, "why": person.nip.why}
        problem, also = settle(found)
        told |= also
    return Attendance(
        source=seat.source,
        event_ref=event_ref,
        attendee=seat.attendee(person, DUPLICATE_ROW in problems),
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
        problem_params=told,
        late=late if attended != 0 else (),
    )
