"""Programmes and rule sets in the store. Either change touches everybody: it may change any credit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from bridge.domain.keys import digest
from bridge.domain.programme import Component, Programme
from bridge.store.tables import programme, programme_component, rule_set
from bridge.store.touched import ALL, touch
from bridge.store.upsert import insert_for


@dataclass(slots=True)
class CatalogueCounts:
    new: int = 0
    changed: int = 0
    same: int = 0


def load_programmes(connection: Connection, tenant: str) -> dict[str, Programme]:
    """code -> Programme with its components in order."""
    parts: dict[int, list[Component]] = {}
    query = (
        select(programme_component)
        .join(programme, programme.c.programme_id == programme_component.c.programme_id)
        .where(programme.c.tenant == tenant)
        .order_by(programme_component.c.programme_id, programme_component.c.ordinal)
    )
    for row in connection.execute(query):
        parts.setdefault(row.programme_id, []).append(
            Component(row.mode, row.source, row.external_course, row.title, row.jp)
        )
    return {
        row.code: Programme(
            code=row.code,
            title=row.title,
            form=row.form,
            jp=row.jp,
            scope=row.scope,
            partial=row.partial,
            organiser=row.organiser,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            components=tuple(parts.get(row.programme_id, [])),
        )
        for row in connection.execute(select(programme).where(programme.c.tenant == tenant))
    }


def store_catalogue(
    connection: Connection, tenant: str, programmes: Iterable[Programme], now: datetime
) -> CatalogueCounts:
    """Insert or change programmes by code; programmes that are not named stay as they are."""
    counts = CatalogueCounts()
    known = load_programmes(connection, tenant)
    for item in programmes:
        before = known.get(item.code)
        if before == item:
            counts.same += 1
            continue
        values: dict[str, Any] = {
            name: value for name, value in asdict(item).items() if name not in ("components",)
        } | {"tenant": tenant, "updated_at": now}
        if before is None:
            counts.new += 1
            connection.execute(insert(programme).values(**values))
        else:
            counts.changed += 1
            connection.execute(
                update(programme)
                .where(programme.c.tenant == tenant, programme.c.code == item.code)
                .values(**values)
            )
        _store_components(connection, tenant, item)
    if counts.new or counts.changed:
        touch(connection, tenant, [ALL])
    return counts


def _store_components(connection: Connection, tenant: str, item: Programme) -> None:
    programme_id = connection.execute(
        select(programme.c.programme_id).where(programme.c.tenant == tenant, programme.c.code == item.code)
    ).scalar_one()
    connection.execute(delete(programme_component).where(programme_component.c.programme_id == programme_id))
    rows = [
        {"programme_id": programme_id, "ordinal": number, **asdict(part)}
        for number, part in enumerate(item.components, start=1)
    ]
    if rows:
        connection.execute(insert(programme_component), rows)


def store_rule_set(
    connection: Connection,
    tenant: str,
    *,
    version: str,
    effective_from: date,
    document: str,
    now: datetime,
    by: str = "",
) -> bool:
    """Activate a rule file; the same version again changes nothing. Returns whether it is new. `by`: who activated
    it; nobody where it came with the installation."""
    statement = (
        insert_for(connection, rule_set)
        .values(
            tenant=tenant,
            version=version,
            effective_from=effective_from,
            document=document,
            sha256=digest(document),
            activated_at=now,
            activated_by=by,
        )
        .on_conflict_do_nothing(index_elements=["tenant", "version"])
    )
    is_new = bool(connection.execute(statement).rowcount)
    if is_new:
        touch(connection, tenant, [ALL])
    return is_new


def load_rule_documents(connection: Connection, tenant: str) -> list[str]:
    """The activated rule files, oldest first."""
    query = (
        select(rule_set.c.document)
        .where(rule_set.c.tenant == tenant)
        .order_by(rule_set.c.effective_from, rule_set.c.rule_set_id)
    )
    return [row.document for row in connection.execute(query)]


def rule_set_rows(connection: Connection, tenant: str) -> list[dict[str, Any]]:
    """The activated rule files with version and moment of activation, oldest first day first."""
    query = (
        select(rule_set.c.version, rule_set.c.document, rule_set.c.activated_at, rule_set.c.activated_by)
        .where(rule_set.c.tenant == tenant)
        .order_by(rule_set.c.effective_from, rule_set.c.rule_set_id)
    )
    return [dict(row._mapping) for row in connection.execute(query)]
