"""Downloads: each report as CSV or XLSX, with the filters of the page that links to it."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from bridge.errors import RefuseInput
from bridge.reports import coverage, findings, learners, ledger_entries, runs
from bridge.reports import credits as learner_credits
from bridge.reports.formats import csv_pieces, xlsx_bytes
from bridge.reports.report import Filled
from bridge.web.pages.audit import asked_entries
from bridge.web.pages.findings import asked_filter
from bridge.web.visit import Visit

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOST_ENTRIES = 200_000

Fill = Callable[[Visit, Connection], Filled]


def _coverage(visit: Visit, connection: Connection) -> Filled:
    rows = coverage.coverage_by_office(connection, visit.context.tenant, visit.year())
    return Filled(coverage.REPORT, rows)


def _learners(visit: Visit, connection: Connection) -> Filled:
    office = visit.asked("opd")
    rows = learners.learners_of_office(connection, visit.context.tenant, office, visit.year())
    return Filled(learners.REPORT, rows)


def _credits(visit: Visit, connection: Connection) -> Filled:
    learner_id = visit.whole_number("pegawai")
    if learner_id is None:
        raise RefuseInput(
            "DOWNLOAD-WHOSE",
            "Unduhan ini memerlukan pegawai. Unduh dari halaman pegawai.",
            "This download needs a learner. Take it from the learner's page.",
        )
    rows = learner_credits.credits_of_learner(connection, visit.context.tenant, learner_id, visit.year())
    return Filled(learner_credits.REPORT, rows)


def _findings(visit: Visit, connection: Connection) -> Filled:
    rows = findings.findings_listed(connection, visit.context.tenant, asked_filter(visit), visit.language)
    return Filled(findings.REPORT, rows)


def _runs(visit: Visit, connection: Connection) -> Filled:
    return Filled(runs.REPORT, runs.runs_listed(connection, visit.context.tenant, limit=10_000))


REPORTS: dict[str, Fill] = {
    coverage.REPORT.name: _coverage,
    learners.REPORT.name: _learners,
    learner_credits.REPORT.name: _credits,
    findings.REPORT.name: _findings,
    runs.REPORT.name: _runs,
}


def download(visit: Visit) -> Response:
    fill = REPORTS.get(str(visit.part("report")))
    if fill is None:
        raise HTTPException(404)
    with visit.store() as connection:
        filled = fill(visit, connection)
    return _file(visit, filled)


def download_entries(visit: Visit) -> Response:
    with visit.store() as connection:
        rows = ledger_entries.search_entries(
            connection, visit.context.tenant, asked_entries(visit), _MOST_ENTRIES
        )
    return _file(visit, Filled(ledger_entries.REPORT, rows))


def _file(visit: Visit, filled: Filled) -> Response:
    shape = str(visit.part("shape"))
    day = f"{visit.now:%Y%m%d}"
    headers = {"content-disposition": f'attachment; filename="{filled.report.name}-{day}.{shape}"'}
    if shape == "csv":
        pieces = csv_pieces(filled, visit.reading)
        return StreamingResponse(pieces, media_type="text/csv; charset=utf-8", headers=headers)
    if shape == "xlsx":
        return Response(xlsx_bytes(filled, visit.reading), media_type=_XLSX, headers=headers)
    raise HTTPException(404)
