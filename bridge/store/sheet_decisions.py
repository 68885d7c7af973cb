"""What a worksheet needs of the store: the evidence that findings are about, the roster for proposals, the
decisions that stand, and new ones with everybody whom they touch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, tuple_

from bridge.domain.decision import Decision
from bridge.domain.keys import unspell
from bridge.store.evidence import ATTENDANCE_KEY, COMPLETION_KEY
from bridge.store.tables import attendance, completion, decision, identifier, learner
from bridge.store.touched import touch

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
                .where(table.c.tenant == tenant, tuple_(*columns).in_(keys[start : start + PART]))
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


def standing_decisions(
    connection: Connection, tenant: str, subjects: Sequence[str]
) -> dict[tuple[str, str], tuple[str, str, int | None]]:
    """(subject, `verdict` or the kind) -> (kind, made_on, learner_id) of the newest decision."""
    found: dict[tuple[str, str], tuple[str, str, int | None]] = {}
    for start in range(0, len(subjects), PART):
        query = (
            select(decision)
            .where(decision.c.tenant == tenant, decision.c.subject.in_(subjects[start : start + PART]))
            .order_by(decision.c.decision_id)
        )
        for row in connection.execute(query):
            about = "verdict" if row.kind in ("accept", "reject") else row.kind
            found[row.subject, about] = (row.kind, row.made_on, row.learner_id)
    return found


def put_decisions(connection: Connection, tenant: str, made: Sequence[tuple[Decision, Evidence]]) -> None:
    """Keep decisions on evidence and touch whom they concern: the evidence, who bears its NIP, to whom it is
    linked now and to whom it was linked before."""
    if not made:
        return
    rows: list[dict[str, Any]] = [
        {
            "tenant": tenant,
            "kind": item.kind.value,
            "subject": item.subject,
            "made_on": item.made_on,
            "learner_id": item.learner_id,
            "jp": item.jp,
            "reason": item.reason,
            "made_by": item.made_by,
            "made_at": item.made_at,
        }
        for item, _ in made
    ]
    before = standing_decisions(connection, tenant, [item.subject for item, _ in made])
    connection.execute(insert(decision), rows)
    subjects = {f"evidence:{item.subject}" for item, _ in made}
    subjects |= {f"nip:{evidence.nip}" for _, evidence in made if evidence.nip}
    subjects |= {f"learner:{item.learner_id}" for item, _ in made if item.learner_id is not None}
    subjects |= {f"learner:{linked}" for _, _, linked in before.values() if linked is not None}
    touch(connection, tenant, subjects)
