"""The roster as proposals look at it: everybody active, or only those near one trace."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from bridge.domain.learner import Scheme
from bridge.identity.names import name_tokens
from bridge.identity.proposals import Person, Trace, neighbours
from bridge.store.people import current_first
from bridge.store.tables import identifier, learner

NEAR_LIMIT = 5000
"""People read for one trace; a name that more people bear says nothing."""


def roster_people(connection: Connection, tenant: str, near: Trace | None = None) -> list[Person]:
    """Active learners with their numbers. With `near`, only those for whom the trace may speak, found by the
    database: the page of one finding does not read a whole province."""
    query = select(learner).where(learner.c.tenant == tenant, learner.c.active.is_(True))
    if near is not None:
        conditions = _near(near, tenant)
        if not conditions:
            return []
        query = query.where(or_(*conditions)).limit(NEAR_LIMIT)
    people = connection.execute(query).all()
    held: dict[int, list[tuple[str, str]]] = defaultdict(list)
    names = _held(tenant)
    if near is None:
        rows = connection.execute(names).all()
    else:
        ids = [row.learner_id for row in people]
        rows = connection.execute(names.where(identifier.c.learner_id.in_(ids))).all() if ids else []
    for row in rows:
        held[row.learner_id].append((row.scheme, row.value))
    return [
        Person(
            learner_id=row.learner_id,
            name=row.name,
            nips=tuple(value for scheme, value in held[row.learner_id] if scheme == Scheme.NIP),
            office_code=row.office_code,
            office_name=row.office_name,
            email=row.email,
            niks=tuple(value for scheme, value in held[row.learner_id] if scheme == Scheme.NIK),
            other_emails=tuple(value for scheme, value in held[row.learner_id] if scheme == Scheme.EMAIL),
        )
        for row in people
    ]


def _held(tenant: str) -> Select[tuple[int, str, str]]:
    return (
        select(identifier.c.learner_id, identifier.c.scheme, identifier.c.value)
        .where(
            identifier.c.tenant == tenant,
            identifier.c.scheme.in_([Scheme.NIP.value, Scheme.NIK.value, Scheme.EMAIL.value]),
        )
        .order_by(*current_first())
    )


def _near(trace: Trace, tenant: str) -> list[ColumnElement[bool]]:
    digits = trace.digits
    holds: list[ColumnElement[bool]] = []
    if len(digits) >= 6:
        first = digits[:8]
        holds.append(identifier.c.value.between(first, first + "9" * (18 - len(first))))
    if near := neighbours(digits):
        holds.append(identifier.c.value.in_(sorted(near)))  # their own number is between, above
    conditions: list[ColumnElement[bool]] = []
    if holds:
        numbers = select(identifier.c.learner_id).where(
            identifier.c.tenant == tenant, identifier.c.scheme == Scheme.NIP.value, or_(*holds)
        )
        conditions.append(learner.c.learner_id.in_(numbers))
    if trace.nik:
        nik = select(identifier.c.learner_id).where(
            identifier.c.tenant == tenant,
            identifier.c.scheme == Scheme.NIK.value,
            identifier.c.value == trace.nik,
        )
        conditions.append(learner.c.learner_id.in_(nik))
    if trace.emails:
        addresses = [one.lower() for one in trace.emails]
        conditions.append(func.lower(learner.c.email).in_(addresses))
        known = select(identifier.c.learner_id).where(
            identifier.c.tenant == tenant,
            identifier.c.scheme == Scheme.EMAIL.value,
            func.lower(identifier.c.value).in_(addresses),
        )
        conditions.append(learner.c.learner_id.in_(known))
    words = [word for word in name_tokens(trace.name) if len(word) >= 3]
    conditions += [func.lower(learner.c.name).contains(word[:4], autoescape=True) for word in words]
    return conditions
