"""The secret of a source's webhook, made from the installation's own: nothing to store, another per source."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

PATH = "/hook/"


def hook_secret(secret: bytes, tenant: str, source: str) -> str:
    """64 hexadecimal digits."""
    named = f"jpbridge.hook.1\x1f{tenant}\x1f{source}".encode()
    return hmac.new(secret, named, hashlib.sha256).hexdigest()


def presented(authorization: str) -> str:
    """The secret of an Authorization header: the token of Bearer, or the password of Basic; empty without one."""
    scheme, _, rest = authorization.partition(" ")
    if scheme.casefold() == "bearer":
        return rest.strip()
    try:
        return base64.b64decode(rest, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


def is_right(given: str, secret: bytes, tenant: str, source: str) -> bool:
    wanted = hook_secret(secret, tenant, source)
    return hmac.compare_digest(given.encode(), wanted.encode())
