"""*JP Saya*: the learner's own page, by a signed link, for a phone on a bad line.

Everything is inline and it is one answer: no script, no second request.
"""

from __future__ import annotations

from starlette.responses import Response

from bridge.domain.learner import Employment
from bridge.reports.coverage import CEILING_PPPK, DUTY, years_known
from bridge.reports.credits import credits_of_learner
from bridge.reports.findings import FindingFilter, findings_listed
from bridge.reports.learners import learner_of_person
from bridge.web.learner_link import read_learner_link
from bridge.web.visit import Visit
from bridge.wording import INDONESIAN, LANGUAGES

_MOST_SHOWN = 30  # keeps the page under 60 kB; the year's total counts all


def my_jp(visit: Visit) -> Response:
    context = visit.context
    token = str(visit.part("token"))
    wanted = visit.asked("bahasa")
    visit.language = wanted if wanted in LANGUAGES else INDONESIAN
    person_key = read_learner_link(
        context.secret_key, context.tenant, token, visit.now, generation=context.learner_link_generation
    )
    if person_key is None:
        return visit.page("link_dead.html", 410, whose="learner")
    year = visit.year()
    with visit.store() as connection:
        person = learner_of_person(connection, context.tenant, person_key, year)
        if person is None:
            return visit.page("link_dead.html", 410, whose="learner")
        net_credits = credits_of_learner(connection, context.tenant, person.learner_id, year)
        findings = findings_listed(
            connection, context.tenant, FindingFilter(learner_id=person.learner_id), visit.language
        )
        years = years_known(connection, context.tenant)
    pns = person.employment == Employment.PNS.value
    goal = DUTY if pns else CEILING_PPPK
    counted = [credit for credit in net_credits if credit.jp > 0]
    return visit.page(
        "saya.html",
        year=year,
        years=sorted({*years, visit.this_year}, reverse=True)[:4],
        token=token,
        person=person,
        pns=pns,
        goal=goal,
        share=min(max(person.jp, 0) * 100 // goal, 100),
        counted=counted[:_MOST_SHOWN],
        counted_more=max(len(counted) - _MOST_SHOWN, 0),
        reversed=[credit for credit in net_credits if credit.jp <= 0][:_MOST_SHOWN],
        findings=findings[:_MOST_SHOWN],
        findings_more=max(len(findings) - _MOST_SHOWN, 0),
    )
