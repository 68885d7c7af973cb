"""Decisions about persons: merge, split, alias. Each changes which learner holds which identifier, keeps what is
needed to undo it, and touches everybody concerned; the next run moves the credits.

A merge moves every identifier of one learner to the other and repeats the decisions that named the first; a
split makes a new person and moves the identifiers named; an alias adds an identifier with validity dates, or
changes the dates of one that is known. The roster's next import keeps to them (bridge.store.people).
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from bridge.domain.keys import completion_key
from bridge.errors import RefuseInput
from bridge.store.decision_rows import standing_decisions, touch_subject
from bridge.store.tables import (
    completion,
    decision,
    decision_revocation,
    identifier,
    learner,
    person_decision,
)
from bridge.store.touched import touch

MERGE, SPLIT, ALIAS = "merge", "split", "alias"


@dataclass(frozen=True, slots=True)
class Why:
    """Who decides, why, and when."""

    who: str
    reason: str
    now: datetime


@dataclass(frozen=True, slots=True)
class ToldPersonDecision:
    """`other` is the merged-away or split-off person. `identifiers` are values, as moved or added."""

    person_decision_id: int
    kind: str
    person: str
    other: str
    identifiers: tuple[str, ...]
    reason: str
    decided_by: str
    decided_at: datetime
    undone_by: str | None


def _refused(code: str, sentence: str, english: str) -> RefuseInput:
    return RefuseInput(code, sentence, english)


def _recorded(
    connection: Connection, tenant: str, kind: str, learner_id: int, other_id: int | None,
    details: dict[str, Any], why: Why,
) -> int:  # fmt: skip
    if len(why.reason.strip()) < 5:
        raise _refused("DECISION-REASON", "Alasan keputusan harus ditulis (paling sedikit 5 huruf).",
                       "A decision needs its reason (at least 5 letters).")  # fmt: skip
    key = connection.execute(
        insert(person_decision).values(
            tenant=tenant,
            kind=kind,
            learner_id=learner_id,
            other_id=other_id,
            details=details,
            reason=why.reason.strip(),
            decided_by=why.who,
            decided_at=why.now,
        )
    ).inserted_primary_key
    return int(key[0]) if key else 0


def _held(connection: Connection, learner_id: int) -> Sequence[Row[Any]]:
    query = (
        select(identifier).where(identifier.c.learner_id == learner_id).order_by(identifier.c.identifier_id)
    )
    return connection.execute(query).all()


def _touch_people(connection: Connection, tenant: str, learner_ids: Sequence[int]) -> None:
    """The learners, every number that is theirs now, and the evidence of their accounts: once an account is gone
    from a learner, nothing else would lead the next run to what it completed."""
    subjects = {f"learner:{one}" for one in learner_ids}
    for one in learner_ids:
        for row in _held(connection, one):
            if row.scheme == "nip":
                subjects.add(f"nip:{row.value}")
            elif row.scheme == "account":
                subjects |= _evidence_of_account(connection, tenant, row.source, row.value)
    touch(connection, tenant, subjects)


def _evidence_of_account(connection: Connection, tenant: str, source: str, account: str) -> set[str]:
    columns = (
        completion.c.source,
        completion.c.external_learner,
        completion.c.external_course,
        completion.c.attempt,
    )
    query = select(*columns).where(
        completion.c.tenant == tenant, completion.c.source == source, completion.c.external_learner == account
    )
    return {f"evidence:{completion_key(*row)}" for row in connection.execute(query.distinct())}


def merge_people(connection: Connection, tenant: str, keep: int, gone: int, why: Why) -> int:
    """`gone` turns out to be `keep`: identifiers and decisions follow, credits with the next run. Returns the
    decision's number. Raises RefuseInput."""
    if keep == gone:
        raise _refused("PERSON-SAME", "Kedua NIP itu milik orang yang sama.", "Both NIPs are one person's.")
    _touch_people(connection, tenant, [keep, gone])
    have = {(row.scheme, row.source, row.value) for row in _held(connection, keep)}
    moved, kept_back = [], []
    for row in _held(connection, gone):
        if (row.scheme, row.source, row.value) in have:  # both had it: the merged one's goes
            kept_back.append(_plain(row))
            connection.execute(delete(identifier).where(identifier.c.identifier_id == row.identifier_id))
        else:
            moved.append(row.identifier_id)
    _move(connection, moved, keep)
    copied = _copy_decisions(connection, tenant, gone, keep, why)
    connection.execute(update(learner).where(learner.c.learner_id == gone).values(active=False))
    details = {
        "moved": moved,
        "dropped": kept_back,
        "decisions": copied,
        "values": _values(connection, moved),
    }
    return _recorded(connection, tenant, MERGE, keep, gone, details, why)


def _plain(row: Row[Any]) -> dict[str, Any]:
    return {
        "identifier_id": row.identifier_id,  # restored under its number: an earlier decision may name it
        "scheme": row.scheme,
        "source": row.source,
        "value": row.value,
        "valid_from": row.valid_from.isoformat() if row.valid_from else None,
        "valid_to": row.valid_to.isoformat() if row.valid_to else None,
    }


def _values(connection: Connection, identifier_ids: Sequence[int]) -> list[str]:
    query = select(identifier.c.value).where(identifier.c.identifier_id.in_(identifier_ids))
    return sorted(row.value for row in connection.execute(query))


def _move(connection: Connection, identifier_ids: Sequence[int], learner_id: int) -> None:
    connection.execute(
        update(identifier).where(identifier.c.identifier_id.in_(identifier_ids)).values(learner_id=learner_id)
    )


def _copy_decisions(connection: Connection, tenant: str, gone: int, keep: int, why: Why) -> list[int]:
    """Links to, and decisions on activities of, the one who is merged away are repeated for the other."""
    copied = []
    for row in connection.execute(standing_decisions(tenant).where(decision.c.learner_id == gone)).all():
        values = {
            "tenant": tenant,
            "kind": row.kind,
            "subject": row.subject,
            "made_on": row.made_on,
            "learner_id": keep,
            "jp": row.jp,
            "reason": row.reason,
            "made_by": f"{row.made_by} + {why.who}",
            "made_at": why.now,
        }
        key = connection.execute(insert(decision).values(**values)).inserted_primary_key
        copied.append(int(key[0]) if key else 0)
        touch_subject(connection, tenant, row.subject, keep)
    return copied


def split_person(
    connection: Connection, tenant: str, learner_id: int, values: Sequence[str], name: str, why: Why
) -> int:
    """The identifiers named belong to somebody else: a new person with that name, of the same office. Raises
    RefuseInput where an identifier is not the learner's, or none would be left."""
    held = _held(connection, learner_id)
    moved = [row.identifier_id for row in held if row.value in set(values)]
    if not moved or {row.value for row in held if row.identifier_id in set(moved)} != set(values):
        raise _refused("IDENTIFIER-UNKNOWN", "Pengenal itu bukan milik pegawai tersebut. Periksa angkanya.",
                       "That identifier is not the learner's. Check the digits.")  # fmt: skip
    if len(moved) == len(held):
        raise _refused("PERSON-EMPTY", "Tidak ada pengenal yang tersisa pada pegawai semula.",
                       "No identifier would be left with the first person.")  # fmt: skip
    _touch_people(connection, tenant, [learner_id])
    first = connection.execute(select(learner).where(learner.c.learner_id == learner_id)).one()
    facts = {c: getattr(first, c) for c in ("tenant", "employment", "post", "office_code", "office_name")}
    key = connection.execute(
        insert(learner).values(
            **facts, person_key=f"split-{uuid.uuid4()}", name=name.strip() or first.name, email="", active=True,
            updated_at=why.now,
        )
    ).inserted_primary_key  # fmt: skip
    other = int(key[0]) if key else 0
    _move(connection, moved, other)
    details = {"moved": moved, "values": sorted(values)}
    number = _recorded(connection, tenant, SPLIT, learner_id, other, details, why)
    _touch_people(connection, tenant, [learner_id, other])
    return number


def add_alias(
    connection: Connection, tenant: str, learner_id: int, scheme: str, source: str, value: str,
    valid_from: date | None, valid_to: date | None, why: Why,
) -> int:  # fmt: skip
    """The learner is, or was, known by this identifier between these days (None: open). Raises RefuseInput."""
    if valid_from is not None and valid_to is not None and valid_from > valid_to:
        raise _refused("ALIAS-DATES", "Masa berlaku berakhir sebelum mulai.",
                       "The validity ends before it begins.")  # fmt: skip
    known = connection.execute(
        select(identifier).where(
            identifier.c.tenant == tenant,
            identifier.c.learner_id == learner_id,
            identifier.c.scheme == scheme,
            identifier.c.source == source,
            identifier.c.value == value,
        )
    ).first()
    before = None if known is None else _plain(known)
    if known is None:
        key = connection.execute(
            insert(identifier).values(
                tenant=tenant, learner_id=learner_id, scheme=scheme, source=source, value=value,
                valid_from=valid_from, valid_to=valid_to, recorded_at=why.now,
            )
        ).inserted_primary_key  # fmt: skip
        number = int(key[0]) if key else 0
    else:
        number = known.identifier_id
        connection.execute(
            update(identifier)
            .where(identifier.c.identifier_id == number)
            .values(valid_from=valid_from, valid_to=valid_to)
        )
    details = {"identifier": number, "before": before, "values": [value]}
    told = _recorded(connection, tenant, ALIAS, learner_id, None, details, why)
    _touch_people(connection, tenant, [learner_id])
    return told


def undo_person_decision(connection: Connection, tenant: str, number: int, why: Why) -> None:
    """Undo the newest standing decision about its persons; an older one must wait for those after it. Raises
    RefuseInput."""
    row = connection.execute(
        select(person_decision).where(
            person_decision.c.tenant == tenant, person_decision.c.person_decision_id == number
        )
    ).first()
    if row is None or row.undone_at is not None:
        raise _refused("PERSON-DECISION-UNKNOWN", f"Keputusan orang {number} tidak ada atau sudah dibatalkan.",
                       f"The person decision {number} does not exist or is undone.")  # fmt: skip
    people = [one for one in (row.learner_id, row.other_id) if one is not None]
    later = connection.execute(
        select(person_decision.c.person_decision_id).where(
            person_decision.c.tenant == tenant,
            person_decision.c.person_decision_id > number,
            person_decision.c.undone_at.is_(None),
            or_(person_decision.c.learner_id.in_(people), person_decision.c.other_id.in_(people)),
        )
    ).first()
    if later is not None:
        raise _refused("PERSON-DECISION-LATER", f"Batalkan dahulu keputusan orang {later[0]} yang dibuat sesudahnya.",
                       f"Undo the later person decision {later[0]} first.")  # fmt: skip
    _touch_people(connection, tenant, people)
    _UNDO[row.kind](connection, tenant, row, why)
    connection.execute(
        update(person_decision)
        .where(person_decision.c.person_decision_id == number)
        .values(undone_by=why.who, undone_at=why.now)
    )
    _touch_people(connection, tenant, people)


def _undo_merge(connection: Connection, tenant: str, row: Row[Any], why: Why) -> None:
    _move(connection, row.details["moved"], row.other_id)
    for told in row.details["dropped"]:
        _restore(connection, tenant, row.other_id, told, why.now)
    for number in row.details["decisions"]:
        subject = connection.execute(
            select(decision.c.subject).where(decision.c.decision_id == number)
        ).scalar_one()
        connection.execute(
            insert(decision_revocation).values(
                decision_id=number, reason=why.reason, revoked_by=why.who, revoked_at=why.now
            )
        )
        touch_subject(connection, tenant, subject, row.other_id)
    connection.execute(update(learner).where(learner.c.learner_id == row.other_id).values(active=True))


def _undo_split(connection: Connection, _tenant: str, row: Row[Any], _why: Why) -> None:
    _move(connection, row.details["moved"], row.learner_id)
    connection.execute(update(learner).where(learner.c.learner_id == row.other_id).values(active=False))


def _undo_alias(connection: Connection, tenant: str, row: Row[Any], why: Why) -> None:
    connection.execute(delete(identifier).where(identifier.c.identifier_id == row.details["identifier"]))
    if row.details["before"] is not None:
        _restore(connection, tenant, row.learner_id, row.details["before"], why.now)


_UNDO = {MERGE: _undo_merge, SPLIT: _undo_split, ALIAS: _undo_alias}


def _restore(
    connection: Connection, tenant: str, learner_id: int, told: dict[str, Any], now: datetime
) -> None:
    span = {
        name: date.fromisoformat(told[name]) if told[name] else None for name in ("valid_from", "valid_to")
    }
    facts = {name: told[name] for name in ("identifier_id", "scheme", "source", "value")}
    connection.execute(
        insert(identifier).values(tenant=tenant, learner_id=learner_id, **facts, **span, recorded_at=now)
    )


def told_person_decisions(connection: Connection, tenant: str) -> list[ToldPersonDecision]:
    """Newest first."""
    other = learner.alias("other")
    query = (
        select(person_decision, learner.c.name.label("person_name"), other.c.name.label("other_name"))
        .select_from(
            person_decision.join(learner, learner.c.learner_id == person_decision.c.learner_id).outerjoin(
                other, other.c.learner_id == person_decision.c.other_id
            )
        )
        .where(person_decision.c.tenant == tenant)
        .order_by(person_decision.c.person_decision_id.desc())
    )
    return [
        ToldPersonDecision(
            row.person_decision_id, row.kind, row.person_name, row.other_name or "",
            tuple(row.details["values"]), row.reason, row.decided_by, row.decided_at, row.undone_by,
        )
        for row in connection.execute(query)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moves:
    """What standing decisions say against the roster's own rows: whose learner is merged into which, and to whom
    identifiers went."""

    merged: dict[int, int]
    moved: dict[tuple[str, str, str, int], int]


def standing_moves(connection: Connection, tenant: str) -> Moves:
    """For the roster's import: an identifier that a person moved is not given back by the next roster."""
    query = (
        select(person_decision)
        .where(person_decision.c.tenant == tenant, person_decision.c.undone_at.is_(None))
        .order_by(person_decision.c.person_decision_id)
    )
    merged: dict[int, int] = {}
    moved: dict[tuple[str, str, str, int], int] = {}
    for row in connection.execute(query).all():
        if row.kind == ALIAS:
            continue
        source, target = (
            (row.other_id, row.learner_id) if row.kind == MERGE else (row.learner_id, row.other_id)
        )
        if row.kind == MERGE:
            merged[row.other_id] = row.learner_id
        held = select(identifier).where(identifier.c.identifier_id.in_(row.details["moved"]))
        for one in connection.execute(held):
            moved[one.scheme, one.source, one.value, source] = target
        for one in row.details.get("dropped", ()):
            moved[one["scheme"], one["source"], one["value"], source] = target
    return Moves(merged, moved)
