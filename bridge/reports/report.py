"""What a report is: a title, columns, and rows. HTML, CSV and XLSX follow from that (see `formats`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a column holds; it decides alignment and writing in every format."""

    TEXT = "text"
    CODE = "code"  # a stable code, shown by its word
    NIP = "nip"  # 18 digits that are text: Excel would round the last three away
    COUNT = "count"
    YEAR = "year"
    JP = "jp"  # integer hundredths
    PERCENT = "percent"  # basis points: 6667 is 66,67 %; None where there is nobody to count
    DAY = "day"
    INSTANT = "instant"


NUMERIC = frozenset({Kind.COUNT, Kind.JP, Kind.PERCENT})


@dataclass(frozen=True, slots=True)
class Column:
    """`field` is the row's attribute, `heading` the Indonesian msgid; `link` a path under the console with
    places that the row fills (`/opd/{office_code}`)."""

    field: str
    heading: str
    kind: Kind = Kind.TEXT
    link: str = ""
    on_screen: bool = True  # False: in the downloads only

    @property
    def alignment(self) -> str:
        return "right" if self.kind in NUMERIC else "left"


@dataclass(frozen=True, slots=True)
class Report:
    """`name` is the file name and the address of the download; `title` an Indonesian msgid."""

    name: str
    title: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """For whom a report is written: language (`id`, `en`) and the tenant's zone."""

    language: str
    zone: str


@dataclass(frozen=True, slots=True)
class Filled:
    """A report with its rows; each row is the report's own dataclass."""

    report: Report
    rows: Sequence[Any]
