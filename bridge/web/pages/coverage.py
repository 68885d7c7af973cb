"""The administrator's first page, and one office."""

from __future__ import annotations

from starlette.responses import Response

from bridge.reports import coverage as coverage_report
from bridge.reports import learners as learners_report
from bridge.reports.coverage import coverage_by_office, total_of, years_known
from bridge.reports.findings import open_findings_by_code
from bridge.reports.gathered import gathered_findings
from bridge.reports.learners import learners_of_office
from bridge.reports.report import Filled
from bridge.reports.runs import last_run
from bridge.store.alert_rows import open_alerts
from bridge.store.console import Role
from bridge.store.decision_rows import told_decisions
from bridge.web.visit import Visit

LINES = 12
"""Gathered lines on the first page; the rest is in the list of findings."""


def home(visit: Visit) -> Response:
    if visit.account.role is Role.AUDITOR:
        return visit.go("/audit")
    if visit.account.role is Role.ORGANISER:
        return visit.go("/acara")
    year = visit.year()
    tenant = visit.context.tenant
    with visit.store() as connection:
        offices = coverage_by_office(connection, tenant, year)
        years = years_known(connection, tenant)
        groups = open_findings_by_code(connection, tenant, visit.language)
        lines, single = gathered_findings(connection, tenant, visit.language)
        waiting = len(told_decisions(connection, tenant, waiting_only=True))
        run = last_run(connection, tenant, visit.context.nightly_job)
        alert_count = len(open_alerts(connection, tenant))
    return visit.page(
        "home.html",
        year=year,
        years=sorted({*years, visit.this_year, year}, reverse=True),
        total=total_of(offices),
        offices=offices,
        table=visit.table(Filled(coverage_report.REPORT, offices)),
        groups=groups,
        lines=lines[:LINES],
        more_lines=max(len(lines) - LINES, 0),
        single=single,
        waiting=waiting,
        open_count=sum(group.count for group in groups),
        run=run,
        alert_count=alert_count,
        can_run=visit.context.run_now is not None,
    )


def office(visit: Visit) -> Response:
    code, year = str(visit.part("code")), visit.year()
    with visit.store() as connection:
        rows = learners_of_office(connection, visit.context.tenant, code, year)
        offices = [
            row
            for row in coverage_by_office(connection, visit.context.tenant, year)
            if row.office_code == code
        ]
    if not offices:
        return visit.page("missing.html", 404, what="office", sought=code)
    return visit.page(
        "office.html",
        year=year,
        office=offices[0],
        table=visit.table(Filled(learners_report.REPORT, rows)),
    )
