"""Configured sources and where each of their streams stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, select

from bridge.store.tables import source, source_cursor, tenant
from bridge.store.upsert import insert_for


@dataclass(frozen=True, slots=True)
class SourceRow:
    source_id: int
    name: str
    kind: str
    address: str
    settings: Mapping[str, Any]
    secret_ref: str
    enabled: bool

    @property
    def secret_refs(self) -> dict[str, str]:
        """Secret's name -> where it is. One reference alone is that of the secret `token`."""
        if not self.secret_ref:
            return {}
        if self.secret_ref.startswith("{"):
            return {str(name): str(ref) for name, ref in orjson.loads(self.secret_ref).items()}
        return {"token": self.secret_ref}


def spelt_refs(references: Mapping[str, str]) -> str:
    """The inverse of `SourceRow.secret_refs`."""
    if set(references) <= {"token"}:
        return references.get("token", "")
    return orjson.dumps(dict(references), option=orjson.OPT_SORT_KEYS).decode()


def store_tenant(connection: Connection, code: str, name: str, zone: str, now: datetime) -> None:
    """Insert the tenant if it is absent."""
    connection.execute(
        insert_for(connection, tenant)
        .values(code=code, name=name, zone=zone, created_at=now)
        .on_conflict_do_nothing(index_elements=["code"])
    )


def tenant_zone(connection: Connection, code: str) -> str:
    """Raises NoResultFound where the tenant doesn't exist."""
    return str(connection.execute(select(tenant.c.zone).where(tenant.c.code == code)).scalar_one())


def tenants_with_source(connection: Connection, name: str) -> list[str]:
    """The tenants that have a source of this name."""
    query = select(source.c.tenant).where(source.c.name == name).order_by(source.c.tenant)
    return [str(row.tenant) for row in connection.execute(query)]


def store_source(connection: Connection, tenant_code: str, row: SourceRow, now: datetime) -> None:
    """Insert the source, or change its address, settings and secret's name."""
    values = {
        "kind": row.kind,
        "address": row.address,
        "settings": dict(row.settings),
        "secret_ref": row.secret_ref,
        "enabled": row.enabled,
    }
    connection.execute(
        insert_for(connection, source)
        .values(tenant=tenant_code, name=row.name, created_at=now, **values)
        .on_conflict_do_update(index_elements=["tenant", "name"], set_=values)
    )


def load_sources(connection: Connection, tenant_code: str) -> list[SourceRow]:
    query = select(source).where(source.c.tenant == tenant_code).order_by(source.c.name)
    return [
        SourceRow(
            source_id=row.source_id,
            name=row.name,
            kind=row.kind,
            address=row.address,
            settings=row.settings,
            secret_ref=row.secret_ref,
            enabled=row.enabled,
        )
        for row in connection.execute(query)
    ]


def load_cursors(connection: Connection, source_id: int) -> dict[str, dict[str, Any]]:
    """stream -> cursor."""
    query = select(source_cursor.c.stream, source_cursor.c.position).where(
        source_cursor.c.source_id == source_id
    )
    return {row.stream: row.position for row in connection.execute(query)}


def store_cursor(
    connection: Connection, source_id: int, stream: str, position: Mapping[str, Any], now: datetime
) -> None:
    """Belongs in the transaction of the rows that it stands behind."""
    values = {"position": dict(position), "updated_at": now}
    connection.execute(
        insert_for(connection, source_cursor)
        .values(source_id=source_id, stream=stream, **values)
        .on_conflict_do_update(index_elements=["source_id", "stream"], set_=values)
    )
