"""What the console writes: accounts, the log of auditors' reads, notes on findings, spent login links.

Every function works on the caller's connection and commits nothing: the web edge commits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, Row, Select, insert, select, update
from sqlalchemy.exc import IntegrityError

from bridge.errors import RefuseInput
from bridge.store.tables import account, audit_read, finding, spent_link, tenant

LINK_ONLY = "!"
"""The password hash of an account that signs in by link alone: no password verifies against it."""


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Account:
    """Who may sign in. `password_hash` is argon2id's encoded string or LINK_ONLY; never shown or logged."""

    account_id: int
    tenant: str
    name: str
    role: Role
    password_hash: str = field(repr=False)
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class TenantFacts:
    name: str
    zone: str


def tenant_facts(connection: Connection, code: str) -> TenantFacts:
    row = connection.execute(select(tenant.c.name, tenant.c.zone).where(tenant.c.code == code)).one_or_none()
    if row is None:
        raise RefuseInput(
            "TENANT-UNKNOWN",
            f"Instansi {code} belum terdaftar di basis data. Jalankan: jpbridge init",
            f"Tenant {code} is not in the database. Run: jpbridge init",
        )
    return TenantFacts(row.name, row.zone)


def _accounts() -> Select[tuple[int, str, str, str, str, datetime | None]]:
    return select(
        account.c.account_id,
        account.c.tenant,
        account.c.name,
        account.c.role,
        account.c.password_hash,
        account.c.disabled_at,
    )


def _account(row: Row[tuple[int, str, str, str, str, datetime | None]] | None) -> Account | None:
    if row is None:
        return None
    return Account(
        row.account_id, row.tenant, row.name, Role(row.role), row.password_hash, row.disabled_at is not None
    )


def account_named(connection: Connection, tenant_code: str, name: str) -> Account | None:
    query = _accounts().where(account.c.tenant == tenant_code, account.c.name == name)
    return _account(connection.execute(query).one_or_none())


def account_by_id(connection: Connection, tenant_code: str, account_id: int) -> Account | None:
    query = _accounts().where(account.c.tenant == tenant_code, account.c.account_id == account_id)
    return _account(connection.execute(query).one_or_none())


def add_account(
    connection: Connection,
    tenant_code: str,
    name: str,
    role: Role,
    now: datetime,
    password_hash: str = LINK_ONLY,
) -> Account:
    """Raises RefuseInput where the name is taken: the unique constraint decides."""
    try:
        with connection.begin_nested():
            key = connection.execute(
                insert(account).values(
                    tenant=tenant_code,
                    name=name,
                    role=role.value,
                    password_hash=password_hash,
                    created_at=now,
                )
            ).inserted_primary_key
    except IntegrityError as fault:
        raise RefuseInput(
            "ACCOUNT-EXISTS",
            f"Akun {name} sudah ada. Pilih nama lain atau ganti kata sandinya.",
            f"The account {name} exists. Choose another name or change its password.",
        ) from fault
    return Account(int(key[0]) if key else 0, tenant_code, name, role, password_hash)


def record_read(
    connection: Connection, tenant_code: str, who: str, what: str, query: Mapping[str, str], now: datetime
) -> None:
    """`what` is the route's pattern, `query` the values that filled it and the search that was asked."""
    connection.execute(
        insert(audit_read).values(tenant=tenant_code, who=who, what=what, query=dict(query), read_at=now)
    )


def note_finding(
    connection: Connection, tenant_code: str, finding_id: int, owner: str | None, comment: str | None
) -> bool:
    """Whether there was such a finding. The finding itself is the engine's; people only add the note."""
    changed = connection.execute(
        update(finding)
        .where(finding.c.tenant == tenant_code, finding.c.finding_id == finding_id)
        .values(owner=owner, comment=comment)
    )
    return changed.rowcount == 1


def spend_link(connection: Connection, tenant_code: str, nonce: str, now: datetime) -> bool:
    """True for the first who uses the link, False ever after."""
    try:
        with connection.begin_nested():
            connection.execute(insert(spent_link).values(tenant=tenant_code, nonce=nonce, spent_at=now))
    except IntegrityError:
        return False
    return True
