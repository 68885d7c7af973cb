"""The tally of one sweep through a paged report: what was seen, and whether that was provably everything.

Every page runs the report's query again, so rows may move between pages. A row that moves forward is lost and
one that moves back comes twice. Counts, the digest of each row and a last look at a page boundary show it.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from bridge.domain.evidence import Completion
from bridge.errors import SkipRecord
from lms_adapters.moodle.client import ReportPage
from lms_adapters.moodle.map import (
    COURSE_PATHS,
    NO_EXTRAS,
    USER_PATHS,
    Extras,
    Headings,
    columns_of,
    linked_id,
    row_ref,
    to_completion,
)
from lms_adapters.spec import RESUME, Page, Quarantined, SweepEnd

STREAM = "completions"
RECENT = "recent"
RAW_ROW = 4000  # characters of a quarantined row that are kept beside the page's own bytes


@dataclass(frozen=True, slots=True)
class Start:
    """Where and on what a sweep starts. `first` is the digest of the report's first row, `earlier_total` the
    count of the last complete sweep (None at first). A sweep that is continued begins at `page` with what the
    interrupted one had: its `rows`, the (index, digest) of its last row, its newest time, its bad rows."""

    source: str
    report: int
    size: int
    zone: ZoneInfo
    total: int
    first: str
    page: int = 0
    rows: int = 0
    earlier_total: int | None = None
    edge: tuple[int, int] | None = None
    seen_to: int | None = None
    quarantined: int = 0


def row_digest(row: Any) -> int:
    """64 bits of a row as it came."""
    return int.from_bytes(hashlib.blake2b(orjson.dumps(row), digest_size=8).digest(), "big")


@dataclass(slots=True)
class Sweep:
    """Takes pages in order. Memory is 8 bytes a row beside the page in hand."""

    start: Start
    extras: Extras = NO_EXTRAS
    rows: int = 0
    latest_total: int = 0
    quarantined: int = 0  # rows of which not even the user and the course could be read
    seen_to: int | None = None  # the newest time that was seen, never beyond the site's own clock; epoch
    reasons: list[str] = field(default_factory=list)
    boundary: tuple[int, int] | None = None  # (index, digest) of the last row of the last full page
    _digests: array[int] = field(default_factory=lambda: array("Q"))
    _page_before: dict[tuple[str, str], Completion] = field(default_factory=dict)
    _unique: bool = True

    def __post_init__(self) -> None:
        self.rows = self.start.rows
        self.latest_total = self.start.total
        self.boundary = self.start.edge
        self.seen_to = self.start.seen_to
        self.quarantined = self.start.quarantined

    def doubt(self, reason: str) -> None:
        if reason not in self.reasons:
            self.reasons.append(reason)

    def take(self, page: ReportPage, headings: Headings, number: int) -> Page:
        """The page's completions, at most one per user and course, and its unreadable rows."""
        table = page.answer.data
        self._count(table.rows, table.totalrowcount, number)
        self._unique = self._unique and page.answer.details.uniquerows
        kept: dict[tuple[str, str], Completion] = {}
        bad: list[Quarantined] = []
        for place, row in enumerate(table.rows):
            ref = row_ref(self.start.report, number, place)
            try:
                columns = columns_of(row, len(table.headers), ref)
                found = to_completion(
                    columns,
                    headings,
                    source=self.start.source,
                    zone=self.start.zone,
                    ref=ref,
                    extras=self.extras,
                )
            except SkipRecord as skipped:
                bad.append(_quarantined(row, ref, headings, skipped))
                continue
            self._keep(kept, found)
        self.quarantined += sum(one.key is None for one in bad)
        self._page_before = kept
        self._note_times(kept.values(), page.said_at)
        return Page(
            stream=STREAM,
            completions=tuple(kept.values()),
            quarantined=tuple(bad),
            raw=page.raw,
            cursor=self._cursor(number + 1),
            total=table.totalrowcount,
            number=number,
            drift=(*headings.drift, *self.extras.lacks),
        )

    def end(self, shrink_limit: int) -> SweepEnd:
        """The verdict. `shrink_limit` is the percentage of rows that may vanish at once and be believed."""
        self._weigh(shrink_limit)
        complete = not self.reasons
        known = self.start.total if complete else self.start.earlier_total
        cursor: dict[str, Any] = {"report": self.start.report, "seen_to": self.seen_to}
        if known is not None:
            cursor["complete_total"] = known
        return SweepEnd(STREAM, complete, self.rows, "; ".join(self.reasons), cursor)

    def _note_times(self, found: Iterable[Completion], now: datetime | None) -> None:
        newest = max((one.completed_at for one in found), default=None)
        if newest is not None:
            # A time in the future (a clock that was wrong) must not push later pulls past what is to come.
            moment = int((newest if now is None else min(newest, now)).timestamp())
            self.seen_to = moment if self.seen_to is None else max(self.seen_to, moment)

    def _keep(self, kept: dict[tuple[str, str], Completion], found: Completion) -> None:
        """Two enrolments give two rows of one completion: the earliest time stands. Moodle itself holds one
        time per user and course, and the report is sorted by it, so the twin stands next to it or on the
        next page."""
        key = (found.external_learner, found.external_course)
        before = kept.get(key) or self._page_before.get(key)
        if before is None or found.completed_at < before.completed_at:
            kept[key] = found

    def _count(self, rows: tuple[Any, ...], total: int, number: int) -> None:
        start = self.start
        expected = max(0, min(start.size, total - number * start.size))
        self.latest_total = total
        if total != start.total:
            self.doubt(f"the count moved from {start.total} to {total} while paging")
        if len(rows) != expected:
            self.doubt(f"page {number + 1} gave {len(rows)} rows instead of {expected}")
        digests = [row_digest(row) for row in rows]
        self._digests.extend(digests)
        self.rows += len(rows)
        if len(rows) == start.size:
            self.boundary = ((number + 1) * start.size - 1, digests[-1])

    def _weigh(self, shrink_limit: int) -> None:
        start = self.start
        if self.rows != start.total:
            self.doubt(f"{self.rows} rows came of {start.total}")
        in_order = sorted(self._digests)
        twice = sum(one == next_one for one, next_one in pairwise(in_order))
        if twice:
            self.doubt(f"{twice} rows came twice, so as many may be lost")
        if self.rows and not self._unique:
            self.doubt("the report does not show unique rows only, so a lost row can't be told")
        if self.quarantined:
            self.doubt(f"{self.quarantined} rows could not be read")
        earlier = start.earlier_total
        if earlier and self.rows * 100 < earlier * (100 - shrink_limit):
            self.doubt(f"the report shrank from {earlier} to {self.rows} rows, more than {shrink_limit} %")

    def _cursor(self, next_page: int) -> Mapping[str, Any]:
        start = self.start
        cursor: dict[str, Any] = {
            "report": start.report,
            "complete_total": start.earlier_total,
            "seen_to": start.seen_to,
        }
        if self.reasons:  # what is in doubt already is not worth going on with
            return cursor
        cursor[RESUME] = {
            "next": next_page,
            "size": start.size,
            "total": start.total,
            "first": start.first,
            "rows": self.rows,
            "edge": None if self.boundary is None else [self.boundary[0], f"{self.boundary[1]:016x}"],
            "seen_to": self.seen_to,
            "quarantined": self.quarantined,
        }
        return cursor


def _quarantined(row: Any, ref: str, headings: Headings, skipped: SkipRecord) -> Quarantined:
    """Known by its user and course where these can be read, so that the same bad row is the same finding."""
    columns = row.get("columns") if isinstance(row, dict) else None
    key = None
    if isinstance(columns, list) and not headings.missing:
        ids = []
        for name, paths in (("user_link", USER_PATHS), ("course_link", COURSE_PATHS)):
            place = headings.places[name]
            ids.append(linked_id(str(columns[place]), paths)[0] if place < len(columns) else "")
        if all(ids):
            ref = f"user {ids[0]} course {ids[1]}"
            key = (ids[0], ids[1], "1")
    raw = orjson.dumps(row).decode()[:RAW_ROW]
    return Quarantined(ref, skipped.code, skipped.english, raw, key)
