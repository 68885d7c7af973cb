"""One learner for the administrator: credits, why, findings, the computation in words; and the search."""

from __future__ import annotations

from starlette.responses import Response

from bridge.reports import learners as learners_report
from bridge.reports.credits import credits_of_learner
from bridge.reports.findings import FindingFilter, findings_listed
from bridge.reports.learners import one_learner, search_learners
from bridge.reports.report import Filled
from bridge.web.learner_link import PATH, make_learner_link
from bridge.web.visit import Visit


def search(visit: Visit) -> Response:
    sought, year = visit.asked("cari"), visit.year()
    with visit.store() as connection:
        rows = search_learners(connection, visit.context.tenant, sought, year)
    if len(rows) == 1:
        return visit.go(f"/pegawai/{rows[0].learner_id}")
    table = visit.table(Filled(learners_report.REPORT, rows)) if rows else ""
    return visit.page("search.html", sought=sought, count=len(rows), table=table)


def learner(visit: Visit) -> Response:
    learner_id, year = int(visit.part("learner_id")), visit.year()
    context = visit.context
    with visit.store() as connection:
        person = one_learner(connection, context.tenant, learner_id, year)
        if person is None:
            return visit.page("missing.html", 404, what="learner", sought=str(learner_id))
        net_credits = credits_of_learner(connection, context.tenant, learner_id, year)
        findings = findings_listed(
            connection, context.tenant, FindingFilter(learner_id=learner_id), visit.language
        )
    wanted = visit.asked("jelaskan") == "ya" and context.explain is not None
    steps = context.explain(learner_id, year, visit.language) if wanted and context.explain else ()
    token = make_learner_link(
        context.secret_key,
        context.tenant,
        person.person_key,
        visit.now,
        generation=context.learner_link_generation,
    )
    return visit.page(
        "learner.html",
        year=year,
        person=person,
        credits=net_credits,
        findings=findings,
        explained=wanted,
        can_explain=context.explain is not None,
        steps=steps,
        learner_address=f"{str(visit.request.base_url).rstrip('/')}{PATH}{token}",
    )
