"""The engine's food: the newest evidence of a scope as the Arrow relations of bridge.engine.relations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa
from sqlalchemy import BigInteger, Connection, Select, Text, and_, cast, exists, func, literal, select

from bridge.domain.keys import unspell
from bridge.domain.learner import Scheme
from bridge.engine.relations import INPUTS
from bridge.store.among import among, in_parts, one_of
from bridge.store.arrow_scan import RowScan, Scan
from bridge.store.confirmations import standing_confirmations
from bridge.store.decision_rows import links_of, standing_decisions
from bridge.store.tables import (
    attendance,
    completion,
    decision,
    event_confirmation,
    identifier,
    learner,
    ledger_entry,
    offline_event,
    programme,
    programme_component,
)
from bridge.store.touched import ALL

CHUNK = 1000
_LEARNER = pa.schema([("learner_id", pa.int64())])


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


def scope_of(connection: Connection, tenant: str, subjects: Iterable[str], scan: Scan | None = None) -> Scope:
    """The closure of the touched subjects: a touched NIP brings its learner, a learner all its NIPs. Evidence is looked
    through by `scan` (None: through the connection, for a handful)."""
    evidence = scan or RowScan(connection)
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
    named: set[int] = set()
    _add_names(connection, scope, named)
    asked: set[str] = set()
    while fresh := scope.nips - asked:
        # Whoever shares a NIP with somebody in the scope is in it too: who holds it decides for both.
        asked |= fresh
        scope.learner_ids |= _holders(connection, tenant, Scheme.NIP, {("", nip) for nip in fresh})
        scope.learner_ids |= _by_account(evidence, tenant, fresh)
        take_links(scope, links)
        _add_names(connection, scope, named)
    return scope


def _by_account(scan: Scan, tenant: str, nips: set[str]) -> set[int]:
    """Learners whose account the evidence bears beside one of the NIPs: where nobody holds the NIP on its day, the
    account decides, so they are in the scope too."""
    account = (
        (identifier.c.scheme == Scheme.ACCOUNT.value)
        & (identifier.c.tenant == completion.c.tenant)
        & (identifier.c.source == completion.c.source)
        & (identifier.c.value == completion.c.external_learner)
    )
    query = select(identifier.c.learner_id).join(completion, account).where(completion.c.tenant == tenant)
    queries = [
        query.where(one_of(completion.c.nip, part)).distinct() for part in in_parts(sorted(nips), CHUNK)
    ]
    return set(scan.table(queries, _LEARNER)["learner_id"].to_pylist())


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
    for part in in_parts(sorted(names), CHUNK):
        rows = connection.execute(holders.where(among([identifier.c.source, identifier.c.value], part)))
        found |= {row.learner_id for row in rows}
    return found


def _add_names(connection: Connection, scope: Scope, named: set[int]) -> None:
    """Add the NIPs and accounts of the scope's learners who are not `named` yet."""
    known = select(identifier.c.scheme, identifier.c.source, identifier.c.value)
    fresh = sorted(scope.learner_ids - named)
    named.update(fresh)
    for part in in_parts(fresh, CHUNK):
        for row in connection.execute(known.where(one_of(identifier.c.learner_id, part))):
            if row.scheme == Scheme.NIP:
                scope.nips.add(row.value)
            elif row.scheme == Scheme.ACCOUNT:
                scope.accounts.add((row.source, row.value))


COMPLETION_KEY = ("source", "external_learner", "external_course", "attempt")
ATTENDANCE_KEY = ("source", "event_ref", "attendee")
EVENT_KEY = ("source", "event_ref")


def spelt(version: str, columns: Iterable[Any]) -> Any:
    """`bridge.domain.keys.spell` as SQL: the parts escaped and joined with U+001F."""
    key: Any = literal(version, Text)
    for column in columns:
        escaped = func.replace(func.replace(column, "\\", "\\\\"), "\x1f", "\\u", type_=Text)
        key = key + literal("\x1f", Text) + escaped
    return key


def columns_of(name: str, table: Any, key_names: Sequence[str] = (), version: str = "") -> list[Any]:
    """The relation's columns in the contract's order; `evidence_key` is spelt from its parts."""
    return [
        spelt(version, (table.c[part] for part in key_names)).label(column)
        if column == "evidence_key"
        else table.c[column]
        for column in INPUTS[name].names
    ]


def newest_of(columns: Sequence[Any], table: Any, tenant: str, key_names: Sequence[str]) -> Select[Any]:
    """The newest version of each key."""
    newer = table.alias("newer")
    same_key = [newer.c[name] == table.c[name] for name in ("tenant", *key_names)]
    return select(*columns).where(
        table.c.tenant == tenant,
        ~exists().where(and_(*same_key, newer.c.version > table.c.version)),
    )


def completion_query(tenant: str) -> Select[Any]:
    columns = columns_of("completion", completion, COMPLETION_KEY, "completion1")
    return newest_of(columns, completion, tenant, COMPLETION_KEY)


def attendance_query(tenant: str) -> Select[Any]:
    columns = columns_of("attendance", attendance, ATTENDANCE_KEY, "attendance1")
    return newest_of(columns, attendance, tenant, ATTENDANCE_KEY)


def event_query(tenant: str) -> Select[Any]:
    return newest_of(columns_of("offline_event", offline_event), offline_event, tenant, EVENT_KEY)


def _read(scan: Scan, name: str, queries: Iterable[Select[Any]]) -> pa.Table:
    return scan.table(list(queries), INPUTS[name])


def _completions(scan: Scan, tenant: str, scope: Scope) -> pa.Table:
    newest = completion_query(tenant)
    if scope.everybody:
        return _read(scan, "completion", [newest])
    named = [newest.where(one_of(completion.c.nip, part)) for part in in_parts(sorted(scope.nips), CHUNK)]
    others = _by_key(newest, completion, COMPLETION_KEY, "completion1", scope)
    account = [completion.c.source, completion.c.external_learner]
    others += [newest.where(among(account, part)) for part in in_parts(sorted(scope.accounts), CHUNK)]
    return _together(_read(scan, "completion", named), _read(scan, "completion", others), scope)


def _attendances(scan: Scan, tenant: str, scope: Scope) -> pa.Table:
    newest = attendance_query(tenant)
    if scope.everybody:
        return _read(scan, "attendance", [newest])
    named = [newest.where(one_of(attendance.c.nip, part)) for part in in_parts(sorted(scope.nips), CHUNK)]
    others = _by_key(newest, attendance, ATTENDANCE_KEY, "attendance1", scope)
    return _together(_read(scan, "attendance", named), _read(scan, "attendance", others), scope)


def _by_key(
    newest: Select[Any], table: Any, key_names: Sequence[str], version: str, scope: Scope
) -> list[Select[Any]]:
    keys = {tuple(parts) for name, parts in map(unspell, scope.evidence_keys) if name == version}
    key = [table.c[name] for name in key_names]
    return [newest.where(among(key, part)) for part in in_parts(sorted(keys), CHUNK)]


def _together(named: pa.Table, others: pa.Table, scope: Scope) -> pa.Table:
    """What bears a NIP of the scope has come already; the rest comes once."""
    seen: set[str] = set()
    fresh = []
    for key, nip in zip(others["evidence_key"].to_pylist(), others["nip"].to_pylist(), strict=True):
        fresh.append(nip not in scope.nips and key not in seen)
        seen.add(key)
    if not all(fresh):  # pyarrow's filter brings a third of a second of imports
        others = others.filter(pa.array(fresh, pa.bool_()))
    return pa.concat_tables([named, others])


def _events(scan: Scan, tenant: str, scope: Scope, attendances: pa.Table) -> pa.Table:
    """The newest version of every event that the attendances name."""
    newest = event_query(tenant)
    if scope.everybody:
        named = attendances.select(["source", "event_ref"]).group_by(["source", "event_ref"]).aggregate([])
        return _read(scan, "offline_event", [newest]).join(
            named, ["source", "event_ref"], join_type="left semi"
        )
    sources, refs = (attendances[name].to_pylist() for name in ("source", "event_ref"))
    wanted = sorted(set(zip(sources, refs, strict=True)))
    key = [offline_event.c.source, offline_event.c.event_ref]
    return _read(scan, "offline_event", [newest.where(among(key, part)) for part in in_parts(wanted, CHUNK)])


def _only_learners(query: Select[Any], column: Any, scope: Scope) -> Iterable[Select[Any]]:
    if scope.everybody:
        return [query]
    return [query.where(one_of(column, part)) for part in in_parts(sorted(scope.learner_ids), CHUNK)]


_LAST_FACTS = ("rule_version", "form", "title", "organiser", "started_on", "ended_on")
_BALANCED = [ledger_entry.c[name] for name in ("learner_id", "activity_key", "year")]
"""What has one balance."""


def _balances(scan: Scan, tenant: str, scope: Scope) -> pa.Table:
    queries = [_all_balances(tenant)] if scope.everybody else _some_balances(tenant, scope)
    return _read(scan, "balance", queries)


def _all_balances(tenant: str) -> Select[Any]:
    """Sums by hashing, and the last entry's facts by its key: nothing of a country's ledger is sorted."""
    sums = (
        select(
            *_BALANCED,
            cast(func.sum(ledger_entry.c.jp), BigInteger).label("jp"),
            func.count().label("entries"),
            func.max(ledger_entry.c.entry_id).label("last_entry_id"),
        )
        .where(ledger_entry.c.tenant == tenant)
        .group_by(*_BALANCED)
        .subquery("sums")
    )
    summed = [sums.c[name] for name in ("learner_id", "activity_key", "year", "jp", "entries")]
    facts = [ledger_entry.c[name] for name in _LAST_FACTS]
    return select(*summed, *facts).join(ledger_entry, ledger_entry.c.entry_id == sums.c.last_entry_id)


def _some_balances(tenant: str, scope: Scope) -> Iterable[Select[Any]]:
    """Each entry is read once, and the few of one balance are put in order: looking each last one up by its key
    would take PostgreSQL longer."""
    newest_first = ledger_entry.c.entry_id.desc()
    entries = select(
        *_BALANCED,
        cast(func.sum(ledger_entry.c.jp).over(partition_by=_BALANCED), BigInteger).label("jp"),
        func.count().over(partition_by=_BALANCED).label("entries"),
        *(ledger_entry.c[name] for name in _LAST_FACTS),
        func.row_number().over(partition_by=_BALANCED, order_by=newest_first).label("age"),
    ).where(ledger_entry.c.tenant == tenant)
    for part in _only_learners(entries, ledger_entry.c.learner_id, scope):
        told = part.subquery("told")
        yield select(*(told.c[name] for name in INPUTS["balance"].names)).where(told.c.age == 1)


def catalogue_inputs(scan: Scan, tenant: str) -> dict[str, pa.Table]:
    """What every run reads whole: programmes, their components, and the decisions of people."""
    components = [
        programme.c.code.label("programme_code") if name == "programme_code" else programme_component.c[name]
        for name in INPUTS["programme_component"].names
    ]
    parts = select(*components).join(
        programme, programme.c.programme_id == programme_component.c.programme_id
    )
    of_tenant = select(*columns_of("programme", programme)).where(programme.c.tenant == tenant)
    decisions = standing_decisions(tenant).with_only_columns(*columns_of("decision", decision))
    confirmed = standing_confirmations(tenant).with_only_columns(
        *columns_of("confirmation", event_confirmation)
    )
    return {
        "programme": _read(scan, "programme", [of_tenant]),
        "programme_component": _read(
            scan, "programme_component", [parts.where(programme.c.tenant == tenant)]
        ),
        "decision": _read(scan, "decision", [decisions]),
        "confirmation": _read(scan, "confirmation", [confirmed]),
    }


def setting_input(zone: str, as_of: date) -> pa.Table:
    return pa.Table.from_pylist([{"zone": zone, "as_of": as_of}], INPUTS["setting"])


def engine_inputs(scan: Scan, tenant: str, scope: Scope, *, zone: str, as_of: date) -> dict[str, pa.Table]:
    """The store's inputs of the engine for a scope; rules come from their files."""
    people = select(*columns_of("learner", learner))
    names = select(*columns_of("identifier", identifier))
    if scope.everybody:
        people = people.where(learner.c.tenant == tenant)
        names = names.where(identifier.c.tenant == tenant)
    # else the learners say the tenant: asked for both, SQLite would go through all people and NIPs of the office
    attendances = _attendances(scan, tenant, scope)
    return catalogue_inputs(scan, tenant) | {
        "setting": setting_input(zone, as_of),
        "learner": _read(scan, "learner", _only_learners(people, learner.c.learner_id, scope)),
        "identifier": _read(scan, "identifier", _only_learners(names, identifier.c.learner_id, scope)),
        "completion": _completions(scan, tenant, scope),
        "offline_event": _events(scan, tenant, scope, attendances),
        "attendance": attendances,
        "balance": _balances(scan, tenant, scope),
    }
