"""Decisions in the console: on a finding's evidence, and a second person's word on what waits."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from starlette.responses import Response

from bridge.domain.decision import Decision, DecisionKind
from bridge.domain.jp import to_hundredths
from bridge.errors import RefuseInput
from bridge.identity.nip import read_nip
from bridge.reports.findings import one_finding
from bridge.store.decision_rows import make_decision, revoke_decision, settle_request, told_decisions
from bridge.store.people import learner_of_nip
from bridge.store.unit import unit
from bridge.web.visit import Visit

SHOWN = 200


def listed(visit: Visit) -> Response:
    """What waits first, then the newest."""
    with visit.store() as connection:
        told = told_decisions(connection, visit.context.tenant)
    told.sort(key=lambda one: one.state != "menunggu")
    return visit.page("decisions.html", decisions=told[:SHOWN], saved=visit.asked("tersimpan") == "ya")


def decide(visit: Visit) -> Response:
    """Accept, reject, link or set the JP of the evidence that the finding is about. `made_on` is what the page
    showed: a decision on evidence that changed meanwhile is refused."""
    finding_id = int(visit.part("finding_id"))
    tenant, form = visit.context.tenant, visit.form
    try:
        kind = DecisionKind(form.get("kind", ""))
    except ValueError:
        raise _refused(
            "DECISION-KIND", "Pilih salah satu tombol keputusan.", "Choose one of the buttons."
        ) from None
    with unit(visit.context.engine) as connection:
        row = one_finding(connection, tenant, finding_id, visit.language)
        if row is None:
            return visit.page("missing.html", 404, what="finding", sought=str(finding_id))
        learner_id = None
        if kind is DecisionKind.LINK:
            written = form.get("other", "").strip() or form.get("nip", "").strip()
            person = learner_of_nip(connection, tenant, read_nip(written).value or written)
            learner_id = None if person is None else int(person.learner_id)
        made = Decision(
            kind=kind,
            subject=row.subject,
            made_on=form.get("made_on", ""),
            made_by=visit.account.name,
            made_at=visit.now,
            reason=form.get("reason", "")[:1000],
            learner_id=learner_id,
            jp=_jp(form.get("jp", "")) if kind is DecisionKind.OVERRIDE_JP else None,
        )
        told = make_decision(connection, tenant, made, approval_above=visit.context.approval_jp)
    saved = "putusan" if told.decision_id is not None else "permintaan"
    return visit.go(f"/temuan/{finding_id}?tersimpan={saved}")


def _jp(text: str) -> int:
    try:
        return to_hundredths(Decimal(text.strip().replace(",", ".")))
    except (InvalidOperation, ValueError, OverflowError):
        raise _refused("DECISION-JP", f"JP “{text}” bukan angka. Tulis misalnya 24 atau 2,5.",
                       f"The JP “{text}” is no number. Write 24 or 2.5, say.") from None  # fmt: skip


def _refused(code: str, sentence: str, english: str) -> RefuseInput:
    return RefuseInput(code, sentence, english)


def settle(visit: Visit) -> Response:
    """Approve or refuse a request of somebody else, or take a decision back."""
    tenant, form, who = visit.context.tenant, visit.form, visit.account.name
    what = form.get("what", "")
    number = form.get("decision" if what == "revoke" else "request", "")
    if what not in ("approve", "refuse", "revoke") or not (
        number.isascii() and number.isdigit() and len(number) < 16
    ):
        raise _refused("DECISION-KIND", "Pilih salah satu tombol keputusan.", "Choose one of the buttons.")
    with unit(visit.context.engine) as connection:
        if what == "revoke":
            revoke_decision(
                connection, tenant, int(number), who=who, reason="dicabut di konsol", now=visit.now
            )
        else:
            settle_request(connection, tenant, int(number), who=who, approve=what == "approve", now=visit.now)
    return visit.go("/keputusan?tersimpan=ya")
