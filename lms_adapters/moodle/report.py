"""Reading the custom report: a sweep of all of it, or the rows completed lately through a filter."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from bridge.errors import BridgeError
from lms_adapters.moodle.client import RETRIEVE_REPORT, MoodleClient, ReportPage
from lms_adapters.moodle.map import Extras, Headings
from lms_adapters.moodle.settings import MoodleSettings
from lms_adapters.moodle.sweep import RECENT, STREAM, Start, Sweep, row_digest
from lms_adapters.moodle.wire import ReportDetails
from lms_adapters.spec import RESUME, Page, SweepEnd

log = logging.getLogger(__name__)

UTC_ZONE = ZoneInfo("UTC")
SECOND_ZONE = "Asia/Jakarta"  # any zone that is never UTC's equal shows whether the site listens
PROBE_ROWS = 2
PROBES = 3
Cursors = Mapping[str, Mapping[str, Any]]
ExtrasFor = Callable[[Headings], Extras]
"""What else is looked up, given the report's headings."""


@dataclass(frozen=True, slots=True)
class Probe:
    """The first rows, asked in two zones: count, digest of the first row, and the zone to read times in."""

    page: ReportPage
    zone: ZoneInfo
    forced: bool
    headings: Headings

    @property
    def total(self) -> int:
        return self.page.answer.data.totalrowcount

    @property
    def first(self) -> str:
        rows = self.page.answer.data.rows
        return f"{row_digest(rows[0]):016x}" if rows else ""


class ReportReader:
    """One report of one site. Raises bridge.errors by remedy."""

    def __init__(self, client: MoodleClient, settings: MoodleSettings) -> None:
        self._client = client
        self._settings = settings

    def report(self) -> ReportDetails:
        """The report that the setting names, by number or by name."""
        wanted = self._settings.report
        if wanted.isascii() and wanted.isdigit():
            return self._client.report_page(int(wanted), page=0, size=1).answer.details
        listed = self._client.reports()
        same = [one for one in listed if one.name.strip().casefold() == wanted.casefold()]
        if len(same) == 1:
            return same[0]
        seen = [str(one.id) for one in same] or [one.name for one in listed] or ["-"]
        code = "MOODLE-REPORT-TWICE" if same else "MOODLE-REPORT-MISSING"
        raise self._fault(code, report=repr(wanted), seen=", ".join(seen[:10]))

    def probe(self, report: int) -> Probe:
        """Raises StopSource where a needed heading is missing, or the site forces a zone that nobody
        stated."""
        for _ in range(PROBES):
            page = self._client.report_page(report, page=0, size=PROBE_ROWS)
            headings = Headings.read(page.answer.data.headers)
            if headings.missing:
                raise self._fault("MOODLE-REPORT-HEADINGS", missing=", ".join(headings.missing))
            if not page.answer.data.rows:
                return Probe(page, UTC_ZONE, False, headings)
            other = self._client.report_page(report, page=0, size=PROBE_ROWS, zone=SECOND_ZONE)
            forced = _forced(page, other, headings)
            if forced is not None:
                return Probe(page, self._zone(forced), forced, headings)
        raise self._fault("MOODLE-REPORT-RESTLESS")

    def sweep(
        self, report: int, cursors: Cursors, extras_for: ExtrasFor, *, clears: bool, way: str
    ) -> Iterator[Page | SweepEnd]:
        """Every row. It goes on where an interrupted sweep stood if nothing that it read has moved since: the report
        is no shorter, and its first row and the last row that was read are what they were."""
        if clears:
            self._client.clear_filters(report)
        probe = self.probe(report)
        earlier = cursors.get(STREAM, {})
        start = self._start(report, probe, earlier)
        sweep = Sweep(start, extras_for(probe.headings))
        for page in self._pages(sweep, probe):
            yield replace(page, continues=start.page > 0 and page.number == start.page)
        self._look_back(sweep)
        if clears:
            self._leave_clean(report)
        elif start.earlier_total is not None and sweep.rows < start.earlier_total:
            sweep.doubt(f"fewer rows than before ({start.earlier_total}), and filters can't be cleared")
        yield replace(sweep.end(self._settings.shrink_limit), way=way)

    def recent(
        self, report: int, cursors: Cursors, extras_for: ExtrasFor, since: datetime, way: str
    ) -> Iterator[Page | SweepEnd]:
        """The rows completed at `since` or later. The filter belongs to the token's user and would stay: it is
        cleared before anything is read and however this ends, and every sweep clears it again."""
        self._client.clear_filters(report)
        probe = self.probe(report)
        try:
            self._client.filter_since(report, int(since.timestamp()))
            filtered = self._client.report_page(report, page=0, size=1).answer.data.totalrowcount
            start = Start(
                source=self._client.http.source,
                report=report,
                size=self._settings.page_size,
                zone=probe.zone,
                total=filtered,
                first="",
            )
            sweep = Sweep(start, extras_for(probe.headings))
            before = dict(cursors.get(RECENT, {}))
            for page in self._pages(sweep, probe):
                yield replace(page, stream=RECENT, cursor=before)
        finally:
            self._leave_clean(report)
        cursor = {"report": report, "seen_to": sweep.seen_to or before.get("seen_to")}
        yield SweepEnd(RECENT, False, sweep.rows, "only recent rows were asked for", cursor, way)

    def recent_from(self, report: int, cursors: Cursors) -> datetime | None:
        """Where a light pull begins: behind the newest time that was seen, by the overlap. None where no pull
        of this report has been through yet."""
        seen = [
            int(cursor["seen_to"])
            for cursor in (cursors.get(STREAM, {}), cursors.get(RECENT, {}))
            if cursor.get("report") == report and cursor.get("seen_to")
        ]
        if not seen:
            return None
        return datetime.fromtimestamp(max(seen), UTC_ZONE) - timedelta(days=self._settings.overlap_days)

    def _zone(self, forced: bool) -> ZoneInfo:
        if not forced:
            return UTC_ZONE
        if self._settings.zone is None:
            raise self._fault("MOODLE-ZONE-FORCED")
        return self._settings.zone

    def _start(self, report: int, probe: Probe, earlier: Mapping[str, Any]) -> Start:
        known = earlier if earlier.get("report") == report else {}
        resume = known.get(RESUME) or {}
        size = self._settings.page_size
        # Newer rows stand behind all others: a report that grew is gone on with where its last row still stands.
        same = bool(resume.get("next")) and (resume.get("size"), resume.get("first")) == (size, probe.first)
        same = same and int(resume.get("total", 0)) <= probe.total
        edge = resume.get("edge") if same else None
        if edge is not None and not self._stands(report, edge[0], int(edge[1], 16)):
            edge = None
        start = Start(
            source=self._client.http.source,
            report=report,
            size=size,
            zone=probe.zone,
            total=probe.total,
            first=probe.first,
            earlier_total=known.get("complete_total"),
        )
        if edge is None:
            return start
        return replace(
            start,
            page=int(resume["next"]),
            rows=int(resume["rows"]),
            edge=(int(edge[0]), int(edge[1], 16)),
            seen_to=resume.get("seen_to"),
            quarantined=int(resume.get("quarantined", 0)),
        )

    def _pages(self, sweep: Sweep, probe: Probe) -> Iterator[Page]:
        start = sweep.start
        for number in count(start.page):
            if number and number * start.size >= sweep.latest_total:
                return
            page = self._client.report_page(start.report, page=number, size=start.size)
            headings = Headings.read(page.answer.data.headers)
            if headings.places != probe.headings.places:
                raise self._fault("MOODLE-REPORT-RESTLESS")
            yield sweep.take(page, headings, number)

    def _look_back(self, sweep: Sweep) -> None:
        """One row asked again: if the last row of the last full page still stands there, nothing before it
        came or went on balance. Counts alone don't show a row that left while another was added at the
        end."""
        if sweep.reasons or sweep.boundary is None:
            return
        if not self._stands(sweep.start.report, *sweep.boundary):
            sweep.doubt("rows moved across a page's edge while paging")

    def _stands(self, report: int, index: int, digest: int) -> bool:
        again = self._client.report_page(report, page=index, size=1).answer.data.rows
        return bool(again) and row_digest(again[0]) == digest

    def _leave_clean(self, report: int) -> None:
        """Clearing after the sweep is a courtesy to the next reader: its failure does not undo the sweep,
        because every pull clears before it reads."""
        try:
            self._client.clear_filters(report)
        except BridgeError as error:
            log.warning("%s: filters not cleared after the sweep: %s", self._client.http.source, error.code)

    def _fault(self, code: str, **params: str) -> BridgeError:
        return self._client.asked(RETRIEVE_REPORT).fault(code, **params)


def _forced(one: ReportPage, other: ReportPage, headings: Headings) -> bool | None:
    """Whether the same rows show the same times in two zones; None where the rows can't be compared."""
    times = [
        {
            _row_key(row, headings): _written(row, headings)
            for row in page.answer.data.rows
            if _written(row, headings)
        }
        for page in (one, other)
    ]
    common = times[0].keys() & times[1].keys()
    if not common:
        # Rows without a readable time say nothing; they go to quarantine one by one, so the zone is moot.
        return False if not any(times) else None
    return all(times[0][key] == times[1][key] for key in common)


def _cell(row: Any, headings: Headings, name: str) -> str:
    columns = row.get("columns") if isinstance(row, dict) else None
    place = headings.places[name]
    return str(columns[place] or "") if isinstance(columns, list) and place < len(columns) else ""


def _row_key(row: Any, headings: Headings) -> tuple[str, str]:
    return _cell(row, headings, "user_link"), _cell(row, headings, "course_link")


def _written(row: Any, headings: Headings) -> str:
    return _cell(row, headings, "timecompleted")
