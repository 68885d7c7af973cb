"""Sessions and form tokens. A session is a signed cookie; the account is read anew at each request, so that
disabling it or changing its password ends the session at once."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from bridge.store.console import Account, account_by_id
from bridge.web.context import WebContext
from bridge.web.passwords import fingerprint
from bridge.web.signing import sign, unsign

SESSION_COOKIE = "jpbridge_session"
FORM_COOKIE = "jpbridge_form"
LANGUAGE_COOKIE = "jpbridge_language"
LIFE = timedelta(hours=9)  # a working day
_PURPOSE = "session"


@dataclass(frozen=True, slots=True)
class Session:
    account: Account
    nonce: str


def open_session(context: WebContext, account: Account, now: datetime) -> str:
    claims = {
        "t": context.tenant,
        "a": account.account_id,
        "n": secrets.token_hex(16),
        "f": fingerprint(context.secret_key, account.password_hash),
    }
    return sign(context.secret_key, _PURPOSE, claims, now, LIFE)


def read_session(context: WebContext, request: Request, connection: Connection) -> Session | None:
    claims = unsign(context.secret_key, _PURPOSE, request.cookies.get(SESSION_COOKIE, ""), context.clock())
    if claims is None or claims.get("t") != context.tenant:
        return None
    account = account_by_id(connection, context.tenant, int(claims["a"]))
    if account is None or account.disabled:
        return None
    if claims["f"] != fingerprint(context.secret_key, account.password_hash):
        return None
    return Session(account, str(claims["n"]))


def form_token(context: WebContext, nonce: str) -> str:
    """Bound to the session's nonce, or to the form cookie's before there is a session."""
    return hmac.new(context.secret_key, b"form:" + nonce.encode(), "sha256").hexdigest()


def form_token_is_right(context: WebContext, nonce: str, given: str) -> bool:
    return bool(nonce) and hmac.compare_digest(form_token(context, nonce).encode(), given.encode())


def set_cookie(
    context: WebContext, request: Request, response: Response, name: str, value: str, life: timedelta
) -> None:
    response.set_cookie(
        name,
        value,
        max_age=int(life.total_seconds()),
        path=request.scope.get("root_path") or "/",
        secure=context.https_only or request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


def drop_cookie(request: Request, response: Response, name: str) -> None:
    response.delete_cookie(name, path=request.scope.get("root_path") or "/", httponly=True, samesite="lax")


def local_path(wanted: str) -> str:
    """The path if it stays with us, else `/`: a link never leads elsewhere after a sign-in."""
    parts = urlsplit(wanted)
    outside = parts.scheme or parts.netloc or "\\" in wanted or any(ord(mark) < 32 for mark in wanted)
    return "/" if outside or not wanted.startswith("/") or wanted.startswith("//") else wanted
