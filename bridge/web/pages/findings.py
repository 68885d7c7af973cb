"""The list of findings with its filters, and one finding with its note."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import Response

from bridge.reports.finding_pages import finding_page
from bridge.reports.findings import (
    FindingFilter,
    codes_known,
    findings_counted,
    findings_listed,
    offices_known,
    one_finding,
)
from bridge.reports.proposals import IDENTITY_CODES, ToldProposal, proposals_for
from bridge.store.console import note_finding
from bridge.store.decision_rows import evidence_facts, told_decisions
from bridge.web.visit import Visit

_A_PAGE = 50
_LONGEST_OWNER, _LONGEST_COMMENT = 128, 2000
STATES = ("terbuka", "selesai", "semua")


def asked_filter(visit: Visit) -> FindingFilter:
    state = visit.asked("keadaan")
    return FindingFilter(
        code=visit.asked("kode"),
        office=visit.asked("opd"),
        owner=visit.asked("penanggung"),
        state=state if state in STATES else "terbuka",
        title=visit.asked("judul"),
    )


def filter_query(wanted: FindingFilter) -> str:
    """The filter as a query string, for the links to pages and downloads."""
    parts = {
        "kode": wanted.code,
        "opd": wanted.office,
        "penanggung": wanted.owner,
        "keadaan": wanted.state,
        "judul": wanted.title,
    }
    return urlencode({name: value for name, value in parts.items() if value})


def listed(visit: Visit) -> Response:
    wanted = asked_filter(visit)
    number = max(visit.whole_number("hal") or 1, 1)
    tenant = visit.context.tenant
    with visit.store() as connection:
        count = findings_counted(connection, tenant, wanted)
        rows = findings_listed(
            connection, tenant, wanted, visit.language, limit=_A_PAGE, offset=(number - 1) * _A_PAGE
        )
        codes = codes_known(connection, tenant)
        offices = offices_known(connection, tenant)
    return visit.page(
        "findings.html",
        rows=rows,
        count=count,
        number=number,
        last=max(-(-count // _A_PAGE), 1),
        codes=codes,
        offices=offices,
        wanted=wanted,
        states=STATES,
        query=filter_query(wanted),
    )


def of_code(visit: Visit) -> Response:
    """What a code means and what to do about it."""
    code = visit.part("finding_code").upper()
    page = finding_page(code, visit.language)
    if page is None:
        return visit.page("missing.html", 404, what="finding", sought=code[:64])
    return visit.page("finding_code.html", page=page)


def one(visit: Visit) -> Response:
    finding_id = int(visit.part("finding_id"))
    tenant = visit.context.tenant
    with visit.store() as connection:
        row = one_finding(connection, tenant, finding_id, visit.language)
        if row is None:
            return visit.page("missing.html", 404, what="finding", sought=str(finding_id))
        facts = evidence_facts(connection, tenant, row.subject)
        proposals: tuple[ToldProposal, ...] = ()
        if facts is not None and row.closed_at is None and row.code in IDENTITY_CODES:
            proposals = proposals_for(connection, tenant, row.subject, visit.language)
        decisions = told_decisions(connection, tenant, subject=row.subject)
    return visit.page(
        "finding.html",
        row=row,
        saved=visit.asked("tersimpan"),
        made_on=facts.evidence_hash if facts is not None else "",
        proposals=proposals,
        decisions=decisions,
        age=(visit.now - row.opened_at).days,
        approval_jp=visit.context.approval_jp,
    )


def note(visit: Visit) -> Response:
    """Owner and comment; empty means none. The page is then asked for anew: a reload repeats nothing."""
    finding_id = int(visit.part("finding_id"))
    owner = visit.form.get("owner", "").strip()[:_LONGEST_OWNER] or None
    comment = visit.form.get("comment", "").strip()[:_LONGEST_COMMENT] or None
    with visit.context.engine.begin() as connection:
        known = note_finding(connection, visit.context.tenant, finding_id, owner, comment)
    if not known:
        return visit.page("missing.html", 404, what="finding", sought=str(finding_id))
    return visit.go(f"/temuan/{finding_id}?tersimpan=ya")
