"""A single-use, short-lived link that signs an account in: the CLI prints it, a person opens it.

Opening shows a button; only pressing it spends the link, so a preview that follows links does not.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.store.console import Account
from bridge.web.passwords import fingerprint
from bridge.web.signing import sign, unsign

LIFE = timedelta(minutes=15)
PATH = "/masuk/tautan/"
_PURPOSE = "login-link"


@dataclass(frozen=True, slots=True)
class LoginLink:
    account_id: int
    nonce: str
    print_of_password: str


def make_login_link(secret: bytes, account: Account, now: datetime) -> str:
    """The token; the address is the console's root + PATH + token. Ends after 15 minutes, after its first
    use, and with a change of the account's password."""
    claims = {
        "t": account.tenant,
        "a": account.account_id,
        "n": secrets.token_hex(16),
        "f": fingerprint(secret, account.password_hash),
    }
    return sign(secret, _PURPOSE, claims, now, LIFE)


def read_login_link(secret: bytes, tenant: str, token: str, now: datetime) -> LoginLink | None:
    claims = unsign(secret, _PURPOSE, token, now)
    if claims is None or claims.get("t") != tenant:
        return None
    return LoginLink(int(claims["a"]), str(claims["n"]), str(claims["f"]))
