"""The roster in the store: learners and the identifiers by which systems know them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update

from bridge.domain.learner import Learner, Scheme
from bridge.errors import RefuseInput
from bridge.identity.nip import read_nip
from bridge.store.person_rows import Moves, standing_moves
from bridge.store.tables import identifier, learner, learner_history, ledger_entry
from bridge.store.touched import ALL, touch
from bridge.store.upsert import insert_for

CHUNK = 5000


@dataclass(slots=True)
class RosterCounts:
    new: int = 0
    changed: int = 0
    same: int = 0


def _row(tenant: str, person: Learner) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "person_key": person.person_key,
        "name": person.name,
        "employment": person.employment.value,
        "post": person.post.value,
        "office_code": person.office_code,
        "office_name": person.office_name,
        "email": person.email,
        "active": True,
    }


def store_roster(
    connection: Connection, tenant: str, people: Iterable[Learner], now: datetime
) -> RosterCounts:
    """Insert or change learners by person_key; what the roster said before goes to learner_history.
    Touches whoever is new or changed, and every NIP of theirs, so that waiting evidence finds its person."""
    counts = RosterCounts()
    known = {
        row.person_key: dict(row._mapping)
        for row in connection.execute(select(learner).where(learner.c.tenant == tenant))
    }
    fresh: list[dict[str, Any]] = []
    everybody = list(people)
    moves = standing_moves(connection, tenant)
    for person in everybody:
        row = _row(tenant, person)
        before = known.get(person.person_key)
        if before is not None and before["learner_id"] in moves.merged:
            row["active"] = False  # a person decided that this row is somebody else's
        if before is None:
            counts.new += 1
            fresh.append(row | {"updated_at": now})
        elif any(before[name] != value for name, value in row.items()):
            counts.changed += 1
            before_row = {name: before[name] for name in row}
            connection.execute(
                insert(learner_history).values(
                    learner_id=before["learner_id"], row=before_row, recorded_at=now
                )
            )
            connection.execute(
                update(learner)
                .where(learner.c.learner_id == before["learner_id"])
                .values(**row, updated_at=now)
            )
            touch(connection, tenant, [f"learner:{before['learner_id']}"])
        else:
            counts.same += 1
    if fresh:
        connection.execute(insert(learner), fresh)
    _store_identifiers(connection, tenant, everybody, moves, now)
    return counts


def _store_identifiers(
    connection: Connection, tenant: str, people: list[Learner], moves: Moves, now: datetime
) -> None:
    ids = {
        row.person_key: row.learner_id
        for row in connection.execute(
            select(learner.c.person_key, learner.c.learner_id).where(learner.c.tenant == tenant)
        )
    }
    known = {
        (row.scheme, row.source, row.value, row.learner_id)
        for row in connection.execute(
            select(
                identifier.c.scheme, identifier.c.source, identifier.c.value, identifier.c.learner_id
            ).where(identifier.c.tenant == tenant)
        )
    }
    rows = []
    for person in people:
        for item in person.identifiers:
            key = (item.scheme.value, item.source, item.value, ids[person.person_key])
            owner = moved_owner(moves, key)
            if (*key[:3], owner) not in known:
                rows.append(
                    {
                        "tenant": tenant,
                        "learner_id": owner,
                        "scheme": item.scheme.value,
                        "source": item.source,
                        "value": item.value,
                        "valid_from": item.valid_from,
                        "valid_to": item.valid_to,
                        "recorded_at": now,
                    }
                )
    if rows:
        connection.execute(insert_for(connection, identifier).on_conflict_do_nothing(), rows)
        if len(rows) > CHUNK:  # a whole roster: one mark says it
            touch(connection, tenant, [ALL])
            return
        touch(connection, tenant, {f"learner:{row['learner_id']}" for row in rows})
        touch(connection, tenant, {f"nip:{row['value']}" for row in rows if row["scheme"] == Scheme.NIP})


def moved_owner(moves: Moves, key: tuple[str, str, str, int]) -> int:
    """Who holds the roster's identifier after the standing merges and splits. A merged learner's new identifiers
    follow the others."""
    owner, seen = key[3], {key[3]}
    while True:
        following = moves.moved.get((*key[:3], owner), moves.merged.get(owner, owner))
        if following in seen:
            return owner
        owner = following
        seen.add(owner)


def current_first() -> tuple[ColumnElement[Any], ...]:
    """The order of a person's identifiers in which the one that holds now comes first: an open end before one that
    is over, then what began last (a PPPK number changes), then what the roster told last. A roster's row names the
    number that holds before the former ones, so among equals the first one counts."""
    return (
        identifier.c.valid_to.is_not(None),
        func.coalesce(identifier.c.valid_from, date(1, 1, 1)).desc(),
        identifier.c.recorded_at.desc(),
        identifier.c.identifier_id,
    )


def learner_of_nip(connection: Connection, tenant: str, nip: str) -> Row[Any] | None:
    """The learner's row for a NIP, newest identifier first; None where nobody has it."""
    query = (
        select(learner)
        .join(identifier, identifier.c.learner_id == learner.c.learner_id)
        .where(
            learner.c.tenant == tenant,
            identifier.c.scheme == Scheme.NIP.value,
            identifier.c.value == nip,
        )
        .order_by(identifier.c.identifier_id.desc())
        .limit(1)
    )
    return connection.execute(query).first()


def known_learner(connection: Connection, tenant: str, nip: str) -> Row[Any]:
    """The learner's row for a NIP as a person typed it. Raises RefuseInput where nobody has it."""
    cleaned = read_nip(nip).value
    person = None if cleaned is None else learner_of_nip(connection, tenant, cleaned)
    if person is None:
        raise RefuseInput(
            "LEARNER-UNKNOWN",
            f"Tidak ada pegawai dengan NIP {nip}. Periksa angkanya, atau ambil daftar pegawai terbaru.",
            f"No learner has the NIP {nip}. Check the digits, or import the newest roster.",
            where=nip,
        )
    return person


def nip_of_learners(
    connection: Connection, tenant: str, learner_ids: Iterable[int] | None = None
) -> dict[int, str]:
    """learner_id -> the NIP that holds now, for these learners (None: for all)."""
    query = (
        select(identifier.c.learner_id, identifier.c.value)
        .where(identifier.c.scheme == Scheme.NIP.value)
        .order_by(*current_first())
    )
    found: dict[int, str] = {}
    if learner_ids is None:
        for row in connection.execute(query.where(identifier.c.tenant == tenant)):
            found.setdefault(row.learner_id, row.value)
        return found
    wanted = sorted(set(learner_ids))
    for start in range(0, len(wanted), CHUNK):
        # a learner is of one tenant; asked for the tenant too, SQLite would go through all of its NIPs each time
        part = query.where(identifier.c.learner_id.in_(wanted[start : start + CHUNK]))
        for row in connection.execute(part):
            found.setdefault(row.learner_id, row.value)
    return found


def count_learners(connection: Connection, tenant: str) -> int:
    query = select(func.count()).select_from(learner).where(learner.c.tenant == tenant)
    return int(connection.execute(query).scalar_one())


def nip_of_learner_with_most_entries(connection: Connection, tenant: str) -> str:
    """Raises NoResultFound on an empty ledger."""
    query = (
        select(identifier.c.value)
        .join(ledger_entry, ledger_entry.c.learner_id == identifier.c.learner_id)
        .where(identifier.c.tenant == tenant, identifier.c.scheme == Scheme.NIP.value)
        .group_by(identifier.c.value)
        .order_by(func.count().desc(), identifier.c.value)
        .limit(1)
    )
    return str(connection.execute(query).scalar_one())


def nips_of_person(connection: Connection, tenant: str, person_key: str) -> list[str]:
    """Every NIP that the roster gave the person, oldest first."""
    query = (
        select(identifier.c.value)
        .join(learner, learner.c.learner_id == identifier.c.learner_id)
        .where(
            learner.c.tenant == tenant,
            learner.c.person_key == person_key,
            identifier.c.scheme == Scheme.NIP.value,
        )
        .order_by(identifier.c.identifier_id)
    )
    return [row.value for row in connection.execute(query)]


def learner_by_id(connection: Connection, tenant: str, learner_id: int) -> tuple[Row[Any] | None, str]:
    """(the learner's row or None, the NIP that holds now or an empty text)."""
    query = select(learner).where(learner.c.tenant == tenant, learner.c.learner_id == learner_id)
    person = connection.execute(query).first()
    newest = (
        select(identifier.c.value)
        .where(
            identifier.c.tenant == tenant,
            identifier.c.learner_id == learner_id,
            identifier.c.scheme == Scheme.NIP.value,
        )
        .order_by(*current_first())
        .limit(1)
    )
    return person, connection.execute(newest).scalar_one_or_none() or ""
