"""The built-in learning record store as the bridge's own ports: publishing, keys, an auditor's search."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy.exc import DBAPIError

from bridge.domain.alert_catalogue import Alert
from bridge.domain.clock import Clock
from bridge.errors import BridgeError, RefuseInput, RetryLater, StopSource
from bridge.store.types import EPOCH
from xapi.errors import XapiError
from xapi.store.credentials import SCOPES
from xapi.store.store import Store

if TYPE_CHECKING:
    from xapi.forward.run import Forwarded
    from xapi.store.retention import Retained

_DAY = 24 * 3600 * 1_000_000  # microseconds
TROUBLED = 8
"""Attempts in vain before somebody is told: they double from 30 seconds, so about an hour."""


def micros(moment: datetime | None) -> int | None:
    """Microseconds since the epoch, as the record store counts `stored`."""
    return None if moment is None else (moment - EPOCH) // timedelta(microseconds=1)


def instant(counted: int) -> datetime:
    """The inverse of `micros`."""
    return EPOCH + timedelta(microseconds=counted)


def _optional(counted: int | None) -> datetime | None:
    return None if counted is None else instant(counted)


@dataclass(frozen=True, slots=True)
class ListedKey:
    """A key as people see it: never with its secret."""

    key: str
    name: str
    scopes: tuple[str, ...]
    expires_at: datetime | None
    revoked_at: datetime | None

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "name": self.name,
            "scopes": list(self.scopes),
            "expires_at": self.expires_at,
            "revoked_at": self.revoked_at,
        }


class RecordStore:
    """bridge.flows.context.StatementStore over the store in this process, without HTTP."""

    def __init__(self, store: Store, activity_base: str) -> None:
        self.store = store
        self.authority = {
            "objectType": "Agent",
            "name": "JP Bridge",
            "account": {"homePage": activity_base, "name": "JP Bridge"},
        }

    def put(self, statements: Sequence[Mapping[str, Any]]) -> None:
        """All or nothing; a repeat is no change. Raises RetryLater where the database is in trouble and
        StopSource where the store refuses a statement: a defect, and the entry stays in the outbox."""
        try:
            self.store.put_statements([dict(statement) for statement in statements], self.authority)
        except XapiError as error:
            raise StopSource(
                "STATEMENT-REFUSED",
                f"LRS menolak sebuah pernyataan: {error.sentence} Kirim pesan ini kepada kami.",
                f"The record store refused a statement: {error.english} Send us this message.",
                where=error.path,
            ) from error
        except DBAPIError as error:
            raise RetryLater(
                "RECORD-STORE-BUSY",
                "Basis data LRS sedang tidak dapat ditulis; pernyataan menunggu di kotak keluar.",
                "The record store's database can't be written now; statements wait in the outbox.",
            ) from error

    def document(self, statement_id: str) -> bytes | None:
        """The statement as the store keeps it, byte for byte; None where it has none."""
        found = self.store.by_id(statement_id)[1]
        return None if found is None else found[2]

    def add_key(self, name: str, scopes: Sequence[str], expires: datetime | None) -> tuple[str, str]:
        """Returns (key, secret). Raises RefuseInput on an unknown scope."""
        unknown = [scope for scope in scopes if scope not in SCOPES]
        if unknown or not scopes:
            known = ", ".join(SCOPES)
            given = ", ".join(unknown) or "-"
            raise RefuseInput(
                "SCOPE-UNKNOWN",
                f"Lingkup {given} tidak dikenal. Yang ada: {known}.",
                f"The scope {given} is unknown. There are: {known}.",
            )
        return self.store.credentials.add(name, list(scopes), expires=micros(expires))

    def has_key(self, key: str) -> bool:
        """Whether this store made the key, revoked or not."""
        return any(row.key == key for row in self.store.credentials.listed())

    def keys(self) -> list[ListedKey]:
        return [
            ListedKey(row.key, row.name, row.scopes, _optional(row.expires), _optional(row.revoked))
            for row in self.store.credentials.listed()
        ]

    def revoke_key(self, key: str) -> None:
        """Raises RefuseInput where no such key works."""
        if not self.store.credentials.revoke(key):
            raise RefuseInput(
                "KEY-UNKNOWN",
                f"Kunci {key} tidak ada atau sudah dicabut. Lihat: jpbridge key list.",
                f"The key {key} does not exist or was revoked. See: jpbridge key list.",
                where=key,
            )

    def forward_due(self, secret: Callable[[str], str], clock: Clock) -> list[Forwarded]:
        """For the scheduler: sends what is due to every other record store. Never raises for one that does
        not answer; what it says stands in the target's row (`jpbridge lrs forward list`)."""
        from xapi.forward.run import forward_due

        return list(forward_due(self.store, secret_of=_told(secret), now=lambda: _now(clock)))

    def forwarding_alerts(self) -> list[Alert]:
        """Targets that have not taken anything for about an hour, and those that refused statements."""
        found = []
        for target in self.store.forwarding.targets():
            dead = len(self.store.forwarding.dead(target.name))
            if dead:
                params = {"target": target.name, "count": str(dead)}
                found.append(Alert("FORWARD-REFUSED", f"forward:{target.name}", params, str(dead)))
            if target.attempts >= TROUBLED and not target.paused:
                told = orjson.loads(target.last_error)
                reasons = {"reason": told["id"], "reason_english": told["en"]}
                params = {"target": target.name, "attempts": str(target.attempts), **reasons}
                found.append(Alert("FORWARD-WAITS", f"forward:{target.name}", params))
        return found

    def retain(self, clock: Clock, *, traces_days: int, state_days: int, dry_run: bool) -> Retained:
        """Lets go of traces of use stored, and states of content last written, so many days ago; 0: all stay.
        Statements that prove something stay whatever the settings say."""
        now = _now(clock)
        return self.store.retain(
            traces_before=now - traces_days * _DAY if traces_days else None,
            states_before=now - state_days * _DAY if state_days else None,
            dry_run=dry_run,
        )

    def retry_dead(self, name: str, secret: Callable[[str], str], clock: Clock) -> Forwarded:
        """Raises RefuseInput where there is no such target."""
        from xapi.forward.run import retry_dead

        with refusing():
            return retry_dead(self.store, name, secret_of=_told(secret), now=lambda: _now(clock))

    def close(self) -> None:
        self.store.close()


def _told(secret: Callable[[str], str]) -> Callable[[str], str]:
    """What hinders reading a secret is that target's trouble, and no other's."""
    from xapi.forward.run import SecretMissing

    def secret_of(reference: str) -> str:
        try:
            return secret(reference)
        except BridgeError as error:
            raise SecretMissing("forward_secret", detail=error.english) from error

    return secret_of


def _now(clock: Clock) -> int:
    return (clock() - EPOCH) // timedelta(microseconds=1)


@contextmanager
def refusing() -> Iterator[None]:
    """What the record store refuses, as an error that people act on."""
    try:
        yield
    except XapiError as error:
        raise RefuseInput("RECORD-STORE-INPUT", error.sentence, error.english, where=error.path) from error
