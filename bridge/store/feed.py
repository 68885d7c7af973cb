"""The engine's food: the newest evidence of a scope as the Arrow relations of bridge.engine.relations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, Select, and_, exists, func, select, tuple_

from bridge.domain.keys import attendance_key, completion_key, unspell
from bridge.domain.learner import Scheme
from bridge.engine.relations import INPUTS
from bridge.store.decision_rows import links_of, standing_decisions
from bridge.store.tables import (
    attendance,
    completion,
    identifier,
    learner,
    ledger_entry,
    offline_event,
    programme,
    programme_component,
)
from bridge.store.touched import ALL

CHUNK = 2000


@dataclass(slots=True)
class Scope:
    """Whom a run recomputes: everybody, or learners with all their NIPs and single unidentified evidence."""

    everybody: bool
    learner_ids: set[int] = field(default_factory=set)
    nips: set[str] = field(default_factory=set)
    accounts: set[tuple[str, str]] = field(default_factory=set)  # (source, external learner)
    evidence_keys: set[str] = field(default_factory=set)

    @property
    def empty(self) -> bool:
        return not (self.everybody or self.learner_ids or self.nips or self.evidence_keys)


def scope_of(connection: Connection, tenant: str, subjects: Iterable[str]) -> Scope:
    """The closure of the touched subjects: a touched NIP brings its learner, a learner all its NIPs."""
    scope = Scope(everybody=False)
    for subject in subjects:
        kind, _, value = subject.partition(":")
        if subject == ALL:
            return Scope(everybody=True)
        if kind == "nip":
            scope.nips.add(value)
        elif kind == "learner":
            scope.learner_ids.add(int(value))
        else:
            scope.evidence_keys.add(value)
    touched_accounts = {
        (parts[0], parts[1]) for name, parts in map(unspell, scope.evidence_keys) if name == "completion1"
    }
    scope.learner_ids |= _holders(connection, tenant, Scheme.ACCOUNT, touched_accounts)
    links = links_of(connection, tenant)
    take_links(scope, links)
    _add_names(connection, scope)
    asked: set[str] = set()
    while fresh := scope.nips - asked:
        # Whoever shares a NIP with somebody in the scope is in it too: who holds it decides for both.
        asked |= fresh
        scope.learner_ids |= _holders(connection, tenant, Scheme.NIP, {("", nip) for nip in fresh})
        scope.learner_ids |= _by_account(connection, tenant, fresh)
        take_links(scope, links)
        _add_names(connection, scope)
    return scope


def _by_account(connection: Connection, tenant: str, nips: set[str]) -> set[int]:
    """Learners whose account the evidence bears beside one of the NIPs: where nobody holds the NIP on its day, the
    account decides, so they are in the scope too."""
    account = (
        (identifier.c.scheme == Scheme.ACCOUNT.value)
        & (identifier.c.tenant == completion.c.tenant)
        & (identifier.c.source == completion.c.source)
        & (identifier.c.value == completion.c.external_learner)
    )
    query = select(identifier.c.learner_id).join(completion, account).where(completion.c.tenant == tenant)
    found: set[int] = set()
    for part in _parts(sorted(nips)):
        found |= {
            row.learner_id for row in connection.execute(query.where(completion.c.nip.in_(part)).distinct())
        }
    return found


def take_links(scope: Scope, links: Sequence[tuple[str, int, str | None]]) -> None:
    """Evidence that a person linked to somebody in the scope comes along, and whoever else it may belong to: the
    one whose NIP it bears, and everybody to whom it was linked."""
    grown = -1
    while grown != (grown := len(scope.learner_ids) + len(scope.nips) + len(scope.evidence_keys)):
        for subject, learner_id, nip in links:
            if learner_id in scope.learner_ids or subject in scope.evidence_keys or nip in scope.nips:
                scope.learner_ids.add(learner_id)
                scope.evidence_keys.add(subject)
                scope.nips |= {nip} if nip else set()


def _holders(connection: Connection, tenant: str, scheme: Scheme, names: set[tuple[str, str]]) -> set[int]:
    """Learners who hold, or held, one of the (source, value) names."""
    holders = select(identifier.c.learner_id).where(
        identifier.c.tenant == tenant, identifier.c.scheme == scheme.value
    )
    found: set[int] = set()
    for part in _parts(sorted(names)):
        rows = connection.execute(holders.where(tuple_(identifier.c.source, identifier.c.value).in_(part)))
        found |= {row.learner_id for row in rows}
    return found


def _add_names(connection: Connection, scope: Scope) -> None:
    """Add the NIPs and accounts of the scope's learners."""
    known = select(identifier.c.scheme, identifier.c.source, identifier.c.value)
    for part in _parts(sorted(scope.learner_ids)):
        for row in connection.execute(known.where(identifier.c.learner_id.in_(part))):
            if row.scheme == Scheme.NIP:
                scope.nips.add(row.value)
            elif row.scheme == Scheme.ACCOUNT:
                scope.accounts.add((row.source, row.value))


def _parts(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


def _table(name: str, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    schema = INPUTS[name]
    columns: dict[str, list[Any]] = {column: [] for column in schema.names}
    for row in rows:
        for column, values in columns.items():
            values.append(row[column])
    arrays = [pa.array(columns[item.name], type=item.type) for item in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def _rows(connection: Connection, query: Select[Any]) -> Iterable[dict[str, Any]]:
    return (dict(row._mapping) for row in connection.execute(query))


def _newest(table: Any, tenant: str, key_names: Sequence[str]) -> Select[Any]:
    newer = table.alias("newer")
    same_key = [newer.c[name] == table.c[name] for name in ("tenant", *key_names)]
    return select(table).where(
        table.c.tenant == tenant,
        ~exists().where(and_(*same_key, newer.c.version > table.c.version)),
    )


def _evidence(
    connection: Connection, table: Any, tenant: str, key_names: Sequence[str], scope: Scope
) -> Iterable[dict[str, Any]]:
    newest = _newest(table, tenant, key_names)
    if scope.everybody:
        yield from _rows(connection, newest)
        return
    for part in _parts(sorted(scope.nips)):
        yield from _rows(connection, newest.where(table.c.nip.in_(part)))
    version = "completion1" if table is completion else "attendance1"
    keys = {tuple(parts) for name, parts in map(unspell, scope.evidence_keys) if name == version}
    columns = [table.c[name] for name in key_names]
    sent: set[tuple[str, ...]] = set()
    queries = [newest.where(tuple_(*columns).in_(part)) for part in _parts(sorted(keys))]
    if table is completion:
        account = tuple_(completion.c.source, completion.c.external_learner)
        queries += [newest.where(account.in_(part)) for part in _parts(sorted(scope.accounts))]
    for query in queries:
        for row in _rows(connection, query):
            key = tuple(row[name] for name in key_names)
            # what bears a NIP of the scope has come already
            if row["nip"] not in scope.nips and key not in sent:
                sent.add(key)
                yield row


def _completions(connection: Connection, tenant: str, scope: Scope) -> pa.Table:
    key_names = ("source", "external_learner", "external_course", "attempt")
    return _table(
        "completion",
        (
            row | {"evidence_key": completion_key(*(row[name] for name in key_names))}
            for row in _evidence(connection, completion, tenant, key_names, scope)
        ),
    )


def _attendances(connection: Connection, tenant: str, scope: Scope) -> pa.Table:
    key_names = ("source", "event_ref", "attendee")
    return _table(
        "attendance",
        (
            row | {"evidence_key": attendance_key(*(row[name] for name in key_names))}
            for row in _evidence(connection, attendance, tenant, key_names, scope)
        ),
    )


def _events(connection: Connection, tenant: str, scope: Scope, attendances: pa.Table) -> pa.Table:
    """The newest version of every event that the scope's attendances name."""
    newest = _newest(offline_event, tenant, ("source", "event_ref"))
    if scope.everybody:
        return _table("offline_event", _rows(connection, newest))
    named = set(zip(attendances["source"].to_pylist(), attendances["event_ref"].to_pylist(), strict=True))
    key = tuple_(offline_event.c.source, offline_event.c.event_ref)
    rows: list[dict[str, Any]] = []
    for part in _parts(sorted(named)):
        rows += _rows(connection, newest.where(key.in_(part)))
    return _table("offline_event", rows)


def _only_learners(query: Select[Any], column: Any, scope: Scope) -> Iterable[Select[Any]]:
    if scope.everybody:
        return [query]
    return (query.where(column.in_(part)) for part in _parts(sorted(scope.learner_ids)))


def _balances(connection: Connection, tenant: str, scope: Scope) -> pa.Table:
    query = (
        select(
            ledger_entry.c.learner_id,
            ledger_entry.c.activity_key,
            ledger_entry.c.year,
            func.sum(ledger_entry.c.jp).label("jp"),
            func.count().label("entries"),
            func.max(ledger_entry.c.entry_id).label("last_entry_id"),
        )
        .where(ledger_entry.c.tenant == tenant)
        .group_by(ledger_entry.c.learner_id, ledger_entry.c.activity_key, ledger_entry.c.year)
    )
    rows: list[dict[str, Any]] = []
    for part in _only_learners(query, ledger_entry.c.learner_id, scope):
        sums = part.subquery()
        last = select(sums, *(ledger_entry.c[name] for name in _LAST_FACTS)).join(
            ledger_entry, ledger_entry.c.entry_id == sums.c.last_entry_id
        )
        rows += _rows(connection, last)
    return _table("balance", rows)


_LAST_FACTS = ("rule_version", "form", "title", "organiser", "started_on", "ended_on")


def engine_inputs(
    connection: Connection,
    tenant: str,
    scope: Scope,
    *,
    zone: str,
    as_of: date,
) -> dict[str, pa.Table]:
    """The store's inputs of the engine for a scope, read in one transaction; rules come from their files."""
    people: list[dict[str, Any]] = []
    for query in _only_learners(
        select(learner).where(learner.c.tenant == tenant), learner.c.learner_id, scope
    ):
        people += _rows(connection, query)
    names: list[dict[str, Any]] = []
    for query in _only_learners(
        select(identifier).where(identifier.c.tenant == tenant), identifier.c.learner_id, scope
    ):
        names += _rows(connection, query)
    attendances = _attendances(connection, tenant, scope)
    components = select(
        programme.c.code.label("programme_code"),
        programme_component.c.ordinal,
        programme_component.c.mode,
        programme_component.c.source,
        programme_component.c.external_course,
        programme_component.c.title,
        programme_component.c.jp,
    ).join(programme, programme.c.programme_id == programme_component.c.programme_id)
    return {
        "setting": _table("setting", [{"zone": zone, "as_of": as_of}]),
        "learner": _table("learner", people),
        "identifier": _table("identifier", names),
        "completion": _completions(connection, tenant, scope),
        "offline_event": _events(connection, tenant, scope, attendances),
        "attendance": attendances,
        "programme": _table(
            "programme", _rows(connection, select(programme).where(programme.c.tenant == tenant))
        ),
        "programme_component": _table(
            "programme_component",
            _rows(connection, components.where(programme.c.tenant == tenant)),
        ),
        "decision": _table(
            "decision",
            _rows(connection, standing_decisions(tenant)),
        ),
        "balance": _balances(connection, tenant, scope),
    }
