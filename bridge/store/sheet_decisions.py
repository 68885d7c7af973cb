"""What a worksheet needs of the store: the evidence that findings are about, the roster for proposals, the
decisions that stand. New ones are made by bridge.store.decision_rows, as everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from bridge.domain.keys import unspell
from bridge.store.among import among
from bridge.store.decision_rows import standing_decisions
from bridge.store.evidence import ATTENDANCE_KEY, COMPLETION_KEY
from bridge.store.tables import attendance, completion, decision, decision_request, identifier, learner

PART = 400
_TABLES = {"attendance1": (attendance, ATTENDANCE_KEY), "completion1": (completion, COMPLETION_KEY)}


@dataclass(frozen=True, slots=True)
class Evidence:
    """The newest version of a piece of evidence, as far as a decision on it needs it."""

    subject: str
    evidence_hash: str
    name: str
    nip: str | None


def evidence_of(connection: Connection, tenant: str, subjects: Iterable[str]) -> dict[str, Evidence]:
    """By evidence key; keys of other things, and of evidence that is not there, are left out."""
    by_kind: dict[str, dict[tuple[str, ...], str]] = {}
    for subject in subjects:
        kind, parts = unspell(subject)
        if kind in _TABLES and len(parts) == len(_TABLES[kind][1]):
            by_kind.setdefault(kind, {})[tuple(parts)] = subject
    found: dict[str, Evidence] = {}
    for kind, wanted in by_kind.items():
        table, names = _TABLES[kind]
        columns = [table.c[name] for name in names]
        keys = sorted(wanted)
        for start in range(0, len(keys), PART):
            query = (
                select(*columns, table.c.evidence_hash, table.c.learner_name, table.c.nip)
                .where(table.c.tenant == tenant, among(columns, keys[start : start + PART]))
                .order_by(table.c.version)
            )
            for *key, known_hash, name, nip in connection.execute(query):
                subject = wanted[tuple(key)]
                found[subject] = Evidence(subject, known_hash, name, nip)
    return found


def learners_of_nips(connection: Connection, tenant: str, nips: Sequence[str]) -> dict[str, tuple[int, str]]:
    """nip -> (learner_id, name). A NIP that two people hold is left out: a person must say who."""
    found: dict[str, set[tuple[int, str]]] = {}
    for start in range(0, len(nips), PART):
        query = (
            select(identifier.c.value, learner.c.learner_id, learner.c.name)
            .join(learner, learner.c.learner_id == identifier.c.learner_id)
            .where(
                identifier.c.tenant == tenant,
                identifier.c.scheme == "nip",
                identifier.c.value.in_(nips[start : start + PART]),
            )
        )
        for nip, learner_id, name in connection.execute(query):
            found.setdefault(nip, set()).add((learner_id, name))
    return {nip: next(iter(people)) for nip, people in found.items() if len(people) == 1}


def roster_names(connection: Connection, tenant: str) -> list[tuple[str, str]]:
    """(name, NIP) of everybody who is active."""
    query = (
        select(learner.c.name, identifier.c.value)
        .join(identifier, identifier.c.learner_id == learner.c.learner_id)
        .where(learner.c.tenant == tenant, learner.c.active, identifier.c.scheme == "nip")
        .order_by(learner.c.learner_id)
    )
    return [(row.name, row.value) for row in connection.execute(query)]


def answers_standing(
    connection: Connection, tenant: str, subjects: Sequence[str]
) -> dict[tuple[str, str], tuple[str, str, int | None, int | None]]:
    """(subject, `verdict` or the kind) -> (kind, made_on, learner_id, jp) of the newest decision that nobody took
    back, or of the request that waits for a second person."""
    found: dict[tuple[str, str], tuple[str, str, int | None, int | None]] = {}
    waiting = select(decision_request).where(
        decision_request.c.tenant == tenant, decision_request.c.settled_at.is_(None)
    )
    for start in range(0, len(subjects), PART):
        part = subjects[start : start + PART]
        asked = (
            standing_decisions(tenant).where(decision.c.subject.in_(part)),
            waiting.where(decision_request.c.subject.in_(part)).order_by(decision_request.c.request_id),
        )
        for row in (row for query in asked for row in connection.execute(query)):
            about = "verdict" if row.kind in ("accept", "reject") else row.kind
            found[row.subject, about] = (row.kind, row.made_on, row.learner_id, row.jp)
    return found
