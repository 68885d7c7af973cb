"""Decisions of people: what they are about, what they were made on, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.domain.decision import Decision, DecisionKind
from bridge.errors import RefuseInput
from bridge.flows.context import Context
from bridge.identity.nip import read_nip
from bridge.reports.findings import one_finding
from bridge.store.decision_rows import (
    ACTIVITY,
    Made,
    evidence_facts,
    make_decision,
    revoke_decision,
    settle_request,
    subject_of_entry,
)
from bridge.store.people import learner_of_nip
from bridge.store.unit import reading, unit
from bridge.wording import INDONESIAN


@dataclass(frozen=True, slots=True)
class Subject:
    """What a decision is about. `made_on` is the hash of its evidence now; `owner` the learner of an activity."""

    key: str
    made_on: str
    owner: int | None = None


def subject_named(
    ctx: Context, *, finding_id: int | None = None, evidence: str = "", entry_id: int | None = None
) -> Subject:
    """The evidence of a finding, evidence by its key, or the activity of a ledger entry. Raises RefuseInput."""
    tenant = ctx.office.tenant
    if entry_id is not None:
        with reading(ctx.store) as connection:
            found = subject_of_entry(connection, tenant, entry_id)
        if found is None:
            raise _unknown(f"Entri {entry_id}", f"Entry {entry_id}")
        return Subject(found[0], activity_hash(ctx, *found), found[1])
    key = evidence.replace(" · ", "\x1f")
    with reading(ctx.store) as connection:
        if finding_id is not None:
            row = one_finding(connection, tenant, finding_id, INDONESIAN)
            key = row.subject if row is not None else ""
        facts = evidence_facts(connection, tenant, key) if key else None
    if facts is None:
        if finding_id is None:
            raise _unknown(f"Kunci {evidence}", f"The key {evidence}")
        raise _unknown(f"Temuan {finding_id}", f"Finding {finding_id}")
    return Subject(key, facts.evidence_hash)


def _unknown(what: str, english: str) -> RefuseInput:
    return RefuseInput(
        "EVIDENCE-UNKNOWN",
        f"{what} bukan tentang bukti yang dapat diputuskan. Lihat: jpbridge findings",
        f"{english} is not about evidence that can be decided on. See: jpbridge findings",
    )


def activity_hash(ctx: Context, activity_key: str, learner_id: int) -> str:
    """What a decision on the learner's activity is made on now. Raises RefuseInput where it has no evidence."""
    from bridge.engine.explain import explain
    from bridge.flows.inputs import inputs_for
    from bridge.store.feed import scope_of

    with reading(ctx.store) as connection:
        scope = scope_of(connection, ctx.office.tenant, [f"learner:{learner_id}"])
        inputs = inputs_for(ctx, connection, scope)
    valued = next(view for view in explain(inputs).steps if view.name == "valued")
    for row in valued.dicts():
        if row["activity_key"] == activity_key and row["learner_id"] == learner_id:
            return str(row["activity_hash"])
    raise RefuseInput(
        "ACTIVITY-GONE",
        "Kegiatan itu sekarang tidak punya bukti yang dihitung; putuskan buktinya lewat temuannya.",
        "That activity has no evidence that counts now; decide on the evidence by its finding.",
    )


def decide(
    ctx: Context,
    kind: DecisionKind,
    subject: Subject,
    *,
    who: str,
    reason: str,
    nip: str = "",
    jp: int | None = None,
) -> Made:
    """Record the decision and touch whom it concerns: the next run applies it. Raises RefuseInput."""
    if kind is DecisionKind.LINK and subject.key.startswith(ACTIVITY):
        raise RefuseInput(
            "DECISION-KIND",
            "Yang ditautkan ke pegawai adalah bukti, bukan kegiatan. Pakai --finding atau --evidence.",
            "Evidence is linked to a learner, not an activity. Use --finding or --evidence.",
        )
    learner_id = subject.owner
    with unit(ctx.store) as connection:
        if kind is DecisionKind.LINK:
            person = learner_of_nip(connection, ctx.office.tenant, read_nip(nip).value or nip)
            if person is None:
                raise RefuseInput(
                    "LEARNER-UNKNOWN",
                    f"Pegawai tujuan, NIP {nip}, tidak ada di daftar pegawai. Periksa NIP-nya.",
                    f"The learner to link to, NIP {nip}, is not on the roster. Check the NIP.",
                    where=nip,
                )
            learner_id = int(person.learner_id)
        made = Decision(kind, subject.key, subject.made_on, who, ctx.clock(), reason, learner_id, jp)
        return make_decision(connection, ctx.office.tenant, made, approval_above=ctx.office.approval_jp)


def settle(ctx: Context, request_id: int, *, who: str, approve: bool) -> Made:
    """A second person's word on a request. Raises RefuseInput."""
    with unit(ctx.store) as connection:
        return settle_request(
            connection, ctx.office.tenant, request_id, who=who, approve=approve, now=ctx.clock()
        )


def revoke(ctx: Context, decision_id: int, *, who: str, reason: str) -> None:
    """Take a decision back. Raises RefuseInput."""
    with unit(ctx.store) as connection:
        revoke_decision(connection, ctx.office.tenant, decision_id, who=who, reason=reason, now=ctx.clock())
