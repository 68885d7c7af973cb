"""Passwords: argon2id with the library's current parameters (RFC 9106)."""

from __future__ import annotations

import hmac
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bridge.errors import RefuseInput

SHORTEST = 12
LONGEST = 256  # an upper bound keeps hashing from being a lever

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """argon2id, encoded. Raises RefuseInput on a password that is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise RefuseInput(
            "PASSWORD-LENGTH",
            f"Kata sandi harus {SHORTEST} sampai {LONGEST} huruf. Pilih yang lain.",
            f"A password has {SHORTEST} to {LONGEST} characters. Choose another.",
        )
    return _hasher.hash(password)


@cache
def _nobody() -> str:
    """A hash to verify against where the account is unknown, so that both answers take as long."""
    return _hasher.hash("nobody's password")


def verify_password(encoded: str | None, password: str) -> bool:
    """`encoded` is None where there is no such account."""
    try:
        right = _hasher.verify(
            encoded if encoded and encoded.startswith("$argon2") else _nobody(), password[:LONGEST]
        )
    except (VerificationError, InvalidHashError):
        return False
    return right and bool(encoded) and encoded != _nobody()


def fingerprint(secret: bytes, encoded: str) -> str:
    """Changes with the password: a session or link that was made before the change ends with it."""
    return hmac.new(secret, b"fingerprint:" + encoded.encode(), "sha256").hexdigest()[:16]
