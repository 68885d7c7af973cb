"""What the use cases of the field are handed, and who may touch which event."""

from __future__ import annotations

import hmac
import secrets
from base64 import b32encode
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine

from bridge.domain.clock import Clock
from bridge.domain.field import FieldEvent, FieldRecord
from bridge.domain.keys import spell
from bridge.errors import RefuseInput
from bridge.store.console import Account, Role
from bridge.store.field_events import event_by_code

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # without what is mistaken for something else on paper


@dataclass(frozen=True, slots=True)
class Desk:
    """`secret` signs rotating codes and receipts: the console's own."""

    engine: Engine
    tenant: str
    zone: str
    clock: Clock
    secret: bytes = field(repr=False)

    def receipt_of(self, event_code: str, record: FieldRecord) -> str:
        """Eight letters and digits that only we can make, the same at every repeat."""
        parts: list[str | int] = [
            self.tenant,
            event_code,
            record.session,
            record.nonce,
            record.act.value,
            record.person,
        ]
        mac = hmac.digest(self.secret, spell("receipt1", parts).encode(), "sha256")
        return b32encode(mac[:5]).decode()


def new_code(year: int) -> str:
    """`26-7K3QMX`: short enough to be read out, long enough not to be guessed by counting."""
    return f"{year % 100:02d}-{''.join(secrets.choice(_ALPHABET) for _ in range(6))}"


def sees_all(account: Account) -> bool:
    return account.role is Role.ADMINISTRATOR


def own_event(connection: Connection, tenant: str, code: str, account: Account) -> FieldEvent | None:
    """The event if the account may see it; another organiser's event is as if it were not there."""
    event = event_by_code(connection, tenant, code)
    if event is None or not (sees_all(account) or event.owner_id == account.account_id):
        return None
    return event


def event_missing(code: str) -> RefuseInput:
    return RefuseInput(
        "EVENT-UNKNOWN",
        f"Acara {code} tidak ada, atau bukan acara Anda. Periksa kodenya pada daftar acara.",
        f"There is no event {code}, or it is not yours. Check its code in the list of events.",
        where=code,
    )
