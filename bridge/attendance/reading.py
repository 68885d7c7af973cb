"""What comes out of a sheet: events, attendances, and an account of every row that is neither."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date

from bridge.attendance.cells import folded
from bridge.attendance.header import Layout
from bridge.domain.evidence import Attendance, OfflineEvent

DATE_IMPLAUSIBLE = "DATE-IMPLAUSIBLE"
JP_INVALID = "JP-INVALID"
FORM_UNKNOWN = "FORM-UNKNOWN"
ORGANISER_MISSING = "ORGANISER-MISSING"
DUPLICATE_ROW = "DUPLICATE-ROW"
TIME_MISSING = "TIME-MISSING"
COACH_IS_COACHEE = "COACH-IS-COACHEE"
ATTENDANCE_UNKNOWN = "ATTENDANCE-UNKNOWN"
ABSENT = "ABSENT"

# The first that applies is the row's problem, the others stand in its params under `also`.
PRECEDENCE = (
    "NIP-CONFLICT",
    "NIP-TRUNCATED",
    "NIP-INVALID",
    "NIP-MISSING",
    DATE_IMPLAUSIBLE,
    JP_INVALID,
    FORM_UNKNOWN,
    ORGANISER_MISSING,
    COACH_IS_COACHEE,
    DUPLICATE_ROW,
    TIME_MISSING,
    ATTENDANCE_UNKNOWN,
    ABSENT,
)


@dataclass(frozen=True, slots=True)
class IgnoredRows:
    """Rows `first` to `last`, numbered as in the spreadsheet program, are no participants; `why` in words."""

    sheet: str
    first: int
    last: int
    why: str


@dataclass(frozen=True, slots=True)
class SheetNote:
    """Something odd about a sheet that a person should see: a code, two sentences, where."""

    code: str
    sheet: str
    sentence: str
    english: str
    row: int | None = None


@dataclass(frozen=True, slots=True)
class SheetReading:
    """All that one file says. `kind` is how it was read: `roll`, `import`, `day-records`, `coaching-log`,
    `time-clock`. `layouts` are the headers that were found, for confirmation where not `confident`."""

    file_name: str
    kind: str
    events: tuple[OfflineEvent, ...]
    attendances: tuple[Attendance, ...]
    ignored_rows: tuple[IgnoredRows, ...] = ()
    ignored_sheets: tuple[tuple[str, str], ...] = ()
    layouts: tuple[Layout, ...] = ()
    notes: tuple[SheetNote, ...] = ()


_ABBREVIATIONS = (
    (re.compile(r"\bkab\b\.?"), "kabupaten"),
    (re.compile(r"\bprov\b\.?"), "provinsi"),
    (re.compile(r"\bbimbingan teknis\b"), "bimtek"),
    (re.compile(r"&"), " dan "),
)


def normal_words(text: str) -> str:
    """A title or an organiser for comparison: case, blanks, punctuation and usual abbreviations levelled."""
    plain = folded(text)
    for pattern, full in _ABBREVIATIONS:
        plain = pattern.sub(full, plain)
    return " ".join(re.findall(r"\w+", plain))


def event_ref(title: str, organiser: str, start: date | None, end: date | None) -> str:
    """The event's name within its source: `ev1-` and 16 hexadecimal digits of a SHA-256 over the levelled
    title, organiser and the dates. The same event in a corrected file keeps its name as long as these stay;
    where they are what was corrected, it is another event and the old one is withdrawn by the import."""
    parts = [normal_words(title), normal_words(organiser), str(start or ""), str(end or "")]
    return "ev1-" + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def settle(problems: list[str]) -> tuple[str | None, dict[str, str]]:
    """The row's problem by precedence, and the params that name the others."""
    ordered = sorted(set(problems), key=PRECEDENCE.index)
    if not ordered:
        return None, {}
    return ordered[0], {"also": ",".join(ordered[1:])} if ordered[1:] else {}


def ranges(rows: list[tuple[int, str]], sheet: str) -> list[IgnoredRows]:
    """Single rows with reasons, joined where neighbours share the reason. Rows are numbered from 1."""
    joined: list[IgnoredRows] = []
    for row, why in rows:
        if joined and joined[-1].last == row - 1 and joined[-1].why == why:
            joined[-1] = IgnoredRows(sheet, joined[-1].first, row, why)
        else:
            joined.append(IgnoredRows(sheet, row, row, why))
    return joined
