"""Accounts of learners at sources: how a numeric user id of an LMS becomes a person of the roster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, select

from bridge.domain.learner import Scheme
from bridge.store.among import among, in_parts
from bridge.store.tables import identifier
from bridge.store.touched import touch
from bridge.store.upsert import insert_for

CHUNK = 2000


@dataclass(frozen=True, slots=True)
class AccountRow:
    """`account` is the completion's `external_learner` at `source`."""

    nip: str
    source: str
    account: str


@dataclass(slots=True)
class StoredAccounts:
    new: int = 0
    same: int = 0
    unknown: list[AccountRow] = field(default_factory=list)
    taken: list[AccountRow] = field(default_factory=list)


def store_accounts(
    connection: Connection, tenant: str, rows: Sequence[AccountRow], now: datetime
) -> StoredAccounts:
    """Add accounts to the learners who hold the NIPs. A NIP that nobody (or more than one) holds, and an account
    that is another learner's already, are given back untouched."""
    counts = StoredAccounts()
    holders = _holders(connection, tenant, Scheme.NIP, [("", row.nip) for row in rows])
    owners = _holders(connection, tenant, Scheme.ACCOUNT, [(row.source, row.account) for row in rows])
    fresh: dict[tuple[str, str], int] = {}
    for row in rows:
        people = holders.get(("", row.nip), set())
        known = owners.setdefault((row.source, row.account), set())
        if len(people) != 1:
            counts.unknown.append(row)
        elif known == people:
            counts.same += 1
        elif known:
            counts.taken.append(row)
        else:
            known |= people
            fresh[row.source, row.account] = next(iter(people))
            counts.new += 1
    if fresh:
        values = [
            {
                "tenant": tenant,
                "learner_id": learner_id,
                "scheme": Scheme.ACCOUNT.value,
                "source": source,
                "value": account,
                "recorded_at": now,
            }
            for (source, account), learner_id in fresh.items()
        ]
        connection.execute(insert_for(connection, identifier).on_conflict_do_nothing(), values)
        touch(connection, tenant, {f"learner:{learner_id}" for learner_id in fresh.values()})
    return counts


def _holders(
    connection: Connection, tenant: str, scheme: Scheme, names: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], set[int]]:
    found: dict[tuple[str, str], set[int]] = {}
    query = select(identifier.c.source, identifier.c.value, identifier.c.learner_id).where(
        identifier.c.tenant == tenant, identifier.c.scheme == scheme.value
    )
    for part in in_parts(names, CHUNK):
        for row in connection.execute(query.where(among([identifier.c.source, identifier.c.value], part))):
            found.setdefault((row.source, row.value), set()).add(row.learner_id)
    return found
