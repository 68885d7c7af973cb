"""Signed values with a purpose and an end. The end is checked against the product's own clock."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import BadData, URLSafeSerializer


def _serializer(secret: bytes, purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(
        secret,
        salt=f"jpbridge.{purpose}.1",
        signer_kwargs={"key_derivation": "hmac", "digest_method": _sha256},
    )


def _sha256(content: bytes = b"") -> Any:
    return hashlib.sha256(content)


def sign(secret: bytes, purpose: str, claims: dict[str, Any], now: datetime, life: timedelta) -> str:
    """A URL-safe token; a token of one purpose never passes for another."""
    return str(_serializer(secret, purpose).dumps({**claims, "x": int((now + life).timestamp())}))


def unsign(secret: bytes, purpose: str, token: str, now: datetime) -> dict[str, Any] | None:
    """The claims, or None: forged, of another purpose, or past its end."""
    try:
        claims = _serializer(secret, purpose).loads(token)
    except BadData:
        return None
    if not isinstance(claims, dict) or not isinstance(claims.get("x"), int):
        return None
    return claims if now.timestamp() < claims["x"] else None
