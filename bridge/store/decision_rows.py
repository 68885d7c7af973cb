"""Decisions of people in the store: made, awaiting a second person, taken back. Each touches whom it is about.

A decision is kept for ever with who made it and on which evidence. What the engine sees are the decisions that
nobody took back; a request for approval is none before a second person approves it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, exists, insert, select, update
from sqlalchemy.exc import IntegrityError

from bridge.domain.decision import Decision, DecisionKind
from bridge.domain.keys import spell, unspell
from bridge.errors import RefuseInput
from bridge.store.evidence import newest_versions
from bridge.store.tables import (
    attendance,
    completion,
    decision,
    decision_request,
    decision_revocation,
    finding,
    learner,
    ledger_entry,
)
from bridge.store.touched import touch

ACTIVITY = "activity1"
LEAST_REASON = 5
"""Letters."""
MOST_JP = 200_000
"""Hundredths that a decision may set."""
_KEYS = {
    "completion1": (completion, ("source", "external_learner", "external_course", "attempt")),
    "attendance1": (attendance, ("source", "event_ref", "attendee")),
}


@dataclass(frozen=True, slots=True)
class EvidenceFacts:
    """The newest version of a piece of evidence: what a decision is made on, and what a proposal needs."""

    subject: str
    evidence_hash: str
    nip: str | None
    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Made:
    """A decision that counts from the next run on (`decision_id`), or waits for a second person (`request_id`)."""

    decision_id: int | None
    request_id: int | None


@dataclass(frozen=True, slots=True)
class ToldDecision:
    """A decision or a request as people see it. `state` of a decision: berlaku, usang (its evidence changed, so it
    is not applied), diganti (a newer one about the same counts), dicabut; of a request: menunggu, ditolak,
    disetujui."""

    decision_id: int | None
    request_id: int | None
    kind: str
    subject: str
    made_on: str
    jp: int | None
    learner_id: int | None
    learner_name: str | None
    reason: str
    made_by: str
    made_at: datetime
    state: str
    settled_by: str | None


def evidence_facts(connection: Connection, tenant: str, subject: str) -> EvidenceFacts | None:
    """None where the subject is no evidence key, or nothing is stored under it."""
    version, parts = unspell(subject)
    if version not in _KEYS or len(parts) != len(_KEYS[version][1]):
        return None
    table, names = _KEYS[version]
    query = (
        select(table.c.evidence_hash, table.c.nip, table.c.record)
        .where(table.c.tenant == tenant, *(table.c[n] == p for n, p in zip(names, parts, strict=True)))
        .order_by(table.c.version.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else EvidenceFacts(subject, row.evidence_hash, row.nip, row.record)


def standing_decisions(tenant: str) -> Select[Any]:
    """What the engine sees: decisions that nobody took back, oldest first."""
    revoked = exists().where(decision_revocation.c.decision_id == decision.c.decision_id)
    return select(decision).where(decision.c.tenant == tenant, ~revoked).order_by(decision.c.decision_id)


def make_decision(connection: Connection, tenant: str, made: Decision, *, approval_above: int) -> Made:
    """Record a decision, or a request where it sets more JP (hundredths) than one person may. Raises RefuseInput
    where the evidence has changed since the decider saw it, or the words or numbers are missing."""
    _check(connection, tenant, made)
    values = {
        "tenant": tenant,
        "kind": made.kind.value,
        "subject": made.subject,
        "made_on": made.made_on,
        "learner_id": made.learner_id,
        "jp": made.jp,
        "reason": made.reason.strip(),
        "made_by": made.made_by,
        "made_at": made.made_at,
    }
    if made.kind is DecisionKind.OVERRIDE_JP and (made.jp or 0) > approval_above:
        key = connection.execute(insert(decision_request).values(**values)).inserted_primary_key
        return Made(None, int(key[0]) if key else None)
    key = connection.execute(insert(decision).values(**values)).inserted_primary_key
    touch_subject(connection, tenant, made.subject, made.learner_id)
    return Made(int(key[0]) if key else None, None)


def _check(connection: Connection, tenant: str, made: Decision) -> None:
    if len(made.reason.strip()) < LEAST_REASON:
        raise _refused("DECISION-REASON", "Alasan keputusan harus ditulis (paling sedikit 5 huruf).",
                       "A decision needs its reason (at least 5 letters).")  # fmt: skip
    if made.kind is DecisionKind.OVERRIDE_JP and not 0 < (made.jp or 0) <= MOST_JP:
        raise _refused("DECISION-JP", "JP harus lebih dari 0 dan paling banyak 2000.",
                       "The JP must be above 0 and 2000 at most.")  # fmt: skip
    if made.kind is DecisionKind.LINK or made.subject.startswith(ACTIVITY):
        known = select(learner.c.learner_id).where(
            learner.c.tenant == tenant, learner.c.learner_id == made.learner_id
        )
        if connection.execute(known).first() is None:
            raise _refused("LEARNER-UNKNOWN", "Pegawai tujuan tidak ada di daftar pegawai. Periksa NIP-nya.",
                           "The learner is not on the roster. Check the NIP.")  # fmt: skip
    if made.subject.startswith(ACTIVITY):
        return
    facts = evidence_facts(connection, tenant, made.subject)
    if facts is None:
        raise _refused("EVIDENCE-UNKNOWN", "Bukti itu tidak ada. Pilih lagi dari daftar temuan.",
                       "There is no such evidence. Choose again from the findings.")  # fmt: skip
    if facts.evidence_hash != made.made_on:
        raise _changed()


def _refused(code: str, sentence: str, english: str) -> RefuseInput:
    return RefuseInput(code, sentence, english)


def _changed() -> RefuseInput:
    return _refused(
        "EVIDENCE-CHANGED",
        "Bukti itu berubah sejak Anda melihatnya. Buka lagi halamannya, lalu putuskan.",
        "The evidence has changed since you looked at it. Open the page again, then decide.",
    )


def touch_subject(connection: Connection, tenant: str, subject: str, learner_id: int | None) -> None:
    """Whoever a decision on the subject may concern is recomputed: the owner by NIP, the one it is linked to, and
    those whom earlier links named."""
    subjects = set() if subject.startswith(ACTIVITY) else {f"evidence:{subject}"}
    if learner_id is not None:
        subjects.add(f"learner:{learner_id}")
    facts = evidence_facts(connection, tenant, subject)
    if facts is not None and facts.nip:
        subjects.add(f"nip:{facts.nip}")
    earlier = select(decision.c.learner_id).where(
        decision.c.tenant == tenant, decision.c.subject == subject, decision.c.kind == DecisionKind.LINK.value
    )
    subjects |= {f"learner:{row.learner_id}" for row in connection.execute(earlier)}
    touch(connection, tenant, subjects)


def settle_request(
    connection: Connection, tenant: str, request_id: int, *, who: str, approve: bool, now: datetime
) -> Made:
    """A second person's word. Raises RefuseInput where it is the first person's own, is settled already, or the
    evidence changed meanwhile."""
    row = connection.execute(
        select(decision_request).where(
            decision_request.c.tenant == tenant, decision_request.c.request_id == request_id
        )
    ).first()
    if row is None:
        raise _refused("REQUEST-UNKNOWN",
                       f"Permintaan {request_id} tidak ada. Lihat: jpbridge decide list --waiting",
                       f"There is no request {request_id}. See: jpbridge decide list --waiting")  # fmt: skip
    if row.made_by == who and approve:
        raise _refused("SECOND-PERSON", "Keputusan ini harus disetujui orang kedua, bukan yang mengusulkannya.",
                       "A second person must approve this, not the one who asked for it.")  # fmt: skip
    # the row decides a race: only one of two at once finds it open
    changed = connection.execute(
        update(decision_request)
        .where(decision_request.c.request_id == request_id, decision_request.c.settled_at.is_(None))
        .values(settled_by=who, settled_at=now, approved=approve)
    )
    if changed.rowcount != 1:
        raise _refused("REQUEST-SETTLED", f"Permintaan {request_id} sudah diselesaikan.",
                       f"The request {request_id} is settled already.")  # fmt: skip
    if not approve:
        return Made(None, request_id)
    made = Decision(
        kind=DecisionKind(row.kind),
        subject=row.subject,
        made_on=row.made_on,
        made_by=f"{row.made_by} + {who}",
        made_at=now,
        reason=row.reason,
        learner_id=row.learner_id,
        jp=row.jp,
    )
    return make_decision(connection, tenant, made, approval_above=made.jp or 0)


def revoke_decision(
    connection: Connection, tenant: str, decision_id: int, *, who: str, reason: str, now: datetime
) -> None:
    """Take a decision back: what stood before it stands again. Raises RefuseInput."""
    row = connection.execute(
        select(decision.c.subject, decision.c.learner_id).where(
            decision.c.tenant == tenant, decision.c.decision_id == decision_id
        )
    ).first()
    if row is None:
        raise _refused("DECISION-UNKNOWN", f"Keputusan {decision_id} tidak ada. Lihat: jpbridge decide list",
                       f"There is no decision {decision_id}. See: jpbridge decide list")  # fmt: skip
    try:
        with connection.begin_nested():
            connection.execute(
                insert(decision_revocation).values(
                    decision_id=decision_id, reason=reason.strip(), revoked_by=who, revoked_at=now
                )
            )
    except IntegrityError as error:
        raise _refused("DECISION-REVOKED", f"Keputusan {decision_id} sudah dicabut.",
                       f"The decision {decision_id} is taken back already.") from error  # fmt: skip
    touch_subject(connection, tenant, row.subject, row.learner_id)


def told_decisions(
    connection: Connection, tenant: str, *, subject: str | None = None, waiting_only: bool = False
) -> list[ToldDecision]:
    """Decisions and requests, newest first, of one subject or of all."""
    told = _requests(connection, tenant, subject, waiting_only=waiting_only)
    if not waiting_only:
        told += _decisions(connection, tenant, subject)
    return sorted(told, key=lambda one: one.made_at, reverse=True)


def _decisions(connection: Connection, tenant: str, subject: str | None) -> list[ToldDecision]:
    query = (
        select(decision, learner.c.name.label("learner_name"), decision_revocation.c.revoked_by)
        .select_from(
            decision.outerjoin(learner, learner.c.learner_id == decision.c.learner_id).outerjoin(
                decision_revocation, decision_revocation.c.decision_id == decision.c.decision_id
            )
        )
        .where(decision.c.tenant == tenant)
    )
    if subject is not None:
        query = query.where(decision.c.subject == subject)
    rows = connection.execute(query.order_by(decision.c.decision_id)).all()
    newest = {_about(row): row.decision_id for row in rows if not row.revoked_by}
    stale = _stale_subjects(connection, tenant)
    return [
        ToldDecision(
            row.decision_id, None, row.kind, row.subject, row.made_on, row.jp, row.learner_id, row.learner_name,
            row.reason, row.made_by, row.made_at, _state(row, newest, stale), row.revoked_by,
        )
        for row in rows
    ]  # fmt: skip


def _about(row: Any) -> tuple[str, str, int | None]:
    """Decisions of which only the newest counts: acceptance and rejection answer one question, and an activity's
    key is the same for everybody who took part."""
    question = "verdict" if row.kind in (DecisionKind.ACCEPT.value, DecisionKind.REJECT.value) else row.kind
    return question, row.subject, row.learner_id if row.subject.startswith(ACTIVITY) else None


def _state(
    row: Any, newest: Mapping[tuple[str, str, int | None], int], stale: set[tuple[str, int | None]]
) -> str:
    if row.revoked_by:
        return "dicabut"
    if newest[_about(row)] != row.decision_id:
        return "diganti"
    owner = row.learner_id if row.subject.startswith(ACTIVITY) else None
    return "usang" if (row.subject, owner) in stale else "berlaku"


def _stale_subjects(connection: Connection, tenant: str) -> set[tuple[str, int | None]]:
    """What the last run found decided on evidence that has changed: (subject, the learner of an activity)."""
    query = select(finding.c.subject, finding.c.learner_id).where(
        finding.c.tenant == tenant, finding.c.code == "DECISION-STALE", finding.c.closed_at.is_(None)
    )
    found: set[tuple[str, int | None]] = set()
    for row in connection.execute(query):
        version, parts = unspell(row.subject)
        found.add((parts[1], row.learner_id) if version == "decision1" else (row.subject, None))
    return found


def _requests(
    connection: Connection, tenant: str, subject: str | None, *, waiting_only: bool
) -> list[ToldDecision]:
    query = (
        select(decision_request, learner.c.name.label("learner_name"))
        .select_from(
            decision_request.outerjoin(learner, learner.c.learner_id == decision_request.c.learner_id)
        )
        .where(decision_request.c.tenant == tenant)
    )
    if subject is not None:
        query = query.where(decision_request.c.subject == subject)
    if waiting_only:
        query = query.where(decision_request.c.settled_at.is_(None))
    return [
        ToldDecision(
            None, row.request_id, row.kind, row.subject, row.made_on, row.jp, row.learner_id, row.learner_name,
            row.reason, row.made_by, row.made_at, _request_state(row), row.settled_by,
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def _request_state(row: Any) -> str:
    if row.settled_at is None:
        return "menunggu"
    return "disetujui" if row.approved else "ditolak"


def links_of(connection: Connection, tenant: str) -> list[tuple[str, int, str | None]]:
    """(subject, learner, NIP on the evidence) of every standing link: whom a run must take along."""
    revoked = exists().where(decision_revocation.c.decision_id == decision.c.decision_id)
    query = select(decision.c.subject, decision.c.learner_id).where(
        decision.c.tenant == tenant, decision.c.kind == DecisionKind.LINK.value, ~revoked
    )
    rows = connection.execute(query.distinct()).all()
    nips: dict[str, str | None] = {}
    for version, (table, names) in _KEYS.items():
        keys = [tuple(parts) for name, parts in (unspell(row.subject) for row in rows) if name == version]
        newest = newest_versions(connection, table, tenant, [table.c[name] for name in names], keys)
        nips |= {spell(version, key): nip for key, (_, _, nip) in newest.items()}
    return [(row.subject, row.learner_id, nips.get(row.subject)) for row in rows]


def subject_of_entry(connection: Connection, tenant: str, entry_id: int) -> tuple[str, int] | None:
    """(activity key, learner) of a ledger entry."""
    query = select(ledger_entry.c.activity_key, ledger_entry.c.learner_id).where(
        and_(ledger_entry.c.tenant == tenant, ledger_entry.c.entry_id == entry_id)
    )
    row = connection.execute(query).first()
    return None if row is None else (row.activity_key, row.learner_id)
