"""Keys of those who may use the record store: hashed, scoped, expiring, revocable.

A key and its secret are used as user and password of HTTP Basic, or as `key.secret` in a bearer token.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from xapi.errors import XapiError
from xapi.model.submission import Authority
from xapi.store.database import Database

# xAPI Part 3 4.2
SCOPES = (
    "statements/write",
    "statements/read/mine",
    "statements/read",
    "state",
    "define",
    "profile",
    "all/read",
    "all",
)
HOME_PAGE = "urn:jpbridge:lrs-key"  # of the account that is the authority of a key's statements
_FRESH = 5.0  # seconds that a verified key is believed without asking the database whether it still holds
_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Credential:
    """A key that may be used now. Instants are microseconds since 1970."""

    key: str
    name: str
    scopes: frozenset[str]
    authority: Authority
    expires: int | None

    def may(self, *scopes: str) -> bool:
        """Whether any of these scopes is granted (`all` grants everything)."""
        return "all" in self.scopes or any(scope in self.scopes for scope in scopes)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as it is listed: never with its secret."""

    key: str
    name: str
    scopes: tuple[str, ...]
    created: int
    expires: int | None
    revoked: int | None


class Credentials:
    """Adding, revoking and verifying keys. A secret is checked by argon2id once and then remembered (as a
    keyed hash that dies with the process); its row is asked again every few seconds, so that a revoked key
    stops working within five seconds in every process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._hasher = PasswordHasher()
        self._process_key = secrets.token_bytes(32)
        self._known: dict[bytes, tuple[float, Credential]] = {}
        self._hashes: dict[bytes, str] = {}  # the hash in the database that a secret was found to fit
        self._proving: dict[bytes, threading.Lock] = {}
        self._lock = threading.Lock()

    def add(
        self,
        name: str,
        scopes: Iterable[str],
        *,
        expires: int | None = None,
        authority: dict[str, Any] | None = None,
    ) -> tuple[str, str]:
        """Returns (key, secret); the secret is shown this once. `authority` is the agent that statements of
        this key are vouched for by; by default an account named like the key."""
        granted = _checked(scopes)
        key, secret = secrets.token_urlsafe(12), secrets.token_urlsafe(32)
        agent = authority or {
            "objectType": "Agent",
            "name": name,
            "account": {"homePage": HOME_PAGE, "name": key},
        }
        vouching = Authority.of(agent)
        sql = (
            "INSERT INTO xapi_credential (key, name, secret_hash, scopes, authority, created, expires) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)"
        )
        hashed = self._hasher.hash(secret)
        now = time.time_ns() // 1000
        with self._database.transaction(b"xapi-key") as connection:
            row = (key, name, hashed, " ".join(granted), vouching.raw, now, expires)
            self._database.many(connection, sql, [row])
        return key, secret

    def revoke(self, key: str) -> bool:
        """False where there is no such key that still works."""
        now = time.time_ns() // 1000
        with self._database.transaction(b"xapi-key") as connection:
            sql = "SELECT 1 FROM xapi_credential WHERE key = ? AND revoked IS NULL"
            found = bool(self._database.rows(connection, sql, (key,)))
            sql = "UPDATE xapi_credential SET revoked = ? WHERE key = ? AND revoked IS NULL"
            self._database.many(connection, sql, [(now, key)])
        with self._lock:
            self._known.clear()
        return found

    def listed(self) -> list[KeyRow]:
        sql = "SELECT key, name, scopes, created, expires, revoked FROM xapi_credential ORDER BY created, key"
        with self._database.reading() as connection:
            rows = self._database.rows(connection, sql)
        return [KeyRow(row[0], row[1], tuple(row[2].split()), *row[3:]) for row in rows]

    def recall(self, key: str, secret: str) -> Credential | None:
        """The credential where it was verified within the last seconds: no database, no hashing."""
        mark = self._mark(key, secret)
        known = self._known.get(mark)
        if known is None or time.monotonic() - known[0] > _FRESH:
            return None
        return known[1] if _holds(known[1].expires, None) else None

    def verify(self, key: str, secret: str) -> Credential | None:
        """The credential, or None where key or secret are wrong, expired or revoked. Slow the first time."""
        mark = self._mark(key, secret)
        sql = (
            "SELECT name, secret_hash, scopes, authority, expires, revoked FROM xapi_credential WHERE key = ?"
        )
        with self._database.reading() as connection:
            rows = self._database.rows(connection, sql, (key,))
        if not rows:
            self._spend_time(secret)
            return None
        name, hashed, scopes, authority, expires, revoked = rows[0]
        if not self._proven(mark, hashed, secret):
            return None
        if not _holds(expires, revoked):
            return None
        raw = bytes(authority)
        vouching = Authority(raw, orjson.loads(raw))
        credential = Credential(key, name, frozenset(scopes.split()), vouching, expires)
        with self._lock:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[mark] = (time.monotonic(), credential)
        return credential

    def _proven(self, mark: bytes, hashed: str, secret: str) -> bool:
        """Of several requests that bring the same new secret at once, one hashes and the others wait."""
        with self._lock:
            proving = self._proving.setdefault(mark, threading.Lock())
        try:
            with proving:
                if self._hashes.get(mark) == hashed:
                    return True
                if not self._matches(hashed, secret):
                    return False
                with self._lock:
                    if len(self._hashes) >= _REMEMBERED:
                        self._hashes.clear()
                    self._hashes[mark] = hashed
                return True
        finally:
            with self._lock:
                self._proving.pop(mark, None)

    def _mark(self, key: str, secret: str) -> bytes:
        said = f"{len(key)}:{key}{secret}".encode()
        return hashlib.blake2b(said, digest_size=32, key=self._process_key).digest()

    def _matches(self, hashed: str, secret: str) -> bool:
        try:
            return self._hasher.verify(hashed, secret)
        except (VerificationError, InvalidHashError):
            return False

    def _spend_time(self, secret: str) -> None:
        """An unknown key takes as long as a wrong secret, so that time does not tell which keys exist."""
        self._hasher.hash(secret)


class _HasCredentials(Protocol):
    credentials: Credentials


def _checked(scopes: Iterable[str]) -> list[str]:
    granted = sorted(set(scopes))
    for scope in granted:
        if scope not in SCOPES:
            raise XapiError("scope_unknown", path="scopes", value=scope, allowed=", ".join(SCOPES))
    if not granted:
        raise XapiError("scope_unknown", path="scopes", value="''", allowed=", ".join(SCOPES))
    return granted


def _holds(expires: int | None, revoked: int | None) -> bool:
    return revoked is None and (expires is None or time.time_ns() // 1000 < expires)


def add_key(
    store: _HasCredentials, name: str, scopes: Iterable[str], expires: int | None = None
) -> tuple[str, str]:
    """(key, secret) of a new key of the store. `expires` in microseconds since 1970."""
    return store.credentials.add(name, scopes, expires=expires)
