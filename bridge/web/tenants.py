"""Which tenant a visitor belongs to: the account says it, or the signed link. Nobody chooses it by an address.

One console serves every office. The tenant is taken from what is signed (the session, the link) or, at the
sign-in, from the account's name (`name@code` where two offices have accounts of one name); each page then works
in that tenant's context alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request

from bridge.store.console import tenants_with_account
from bridge.store.field_events import tenants_with_event
from bridge.web.context import WebContext
from bridge.web.session import SESSION_COOKIE
from bridge.web.signing import unsign

_LINKS = ("login-link", "learner-link")


def of_visitor(
    context: WebContext, request: Request, form: Mapping[str, str]
) -> tuple[WebContext, Mapping[str, str]]:
    """The context of the visitor's tenant, and the form with the account's bare name. Without other offices,
    or where nothing names one, the main tenant's."""
    if context.offices is None:
        return context, form
    named = _of_event(context, request) or _signed(context, request)
    if named:
        return context.offices.context(named) or context, form
    if request.method == "POST" and request.url.path.endswith("/masuk") and form.get("name"):
        return _at_sign_in(context, form)
    return context, form


def _signed(context: WebContext, request: Request) -> str:
    """The tenant of the link in the address, else of the session. A link wins: somebody who is signed in as
    one office may open the link of another."""
    token = str(request.path_params.get("token", ""))
    for purpose in _LINKS if token else ():
        claims = unsign(context.secret_key, purpose, token, context.clock())
        if claims is not None:
            return str(claims.get("t", ""))
    cookie = request.cookies.get(SESSION_COOKIE, "")
    claims = unsign(context.secret_key, "session", cookie, context.clock()) if cookie else None
    return "" if claims is None else str(claims.get("t", ""))


def _of_event(context: WebContext, request: Request) -> str:
    """The office whose event a learner's phone checks in at. Nobody is signed in there, and the code in the address
    opens nothing: the session's rotating code does, which is made for one office."""
    path = str(request.scope["path"]).removeprefix(request.scope.get("root_path", ""))
    if not path.startswith("/hadir/"):
        return ""
    with context.engine.connect() as connection:
        codes = tenants_with_event(connection, str(request.path_params.get("event", "")))
    return codes[0] if len(codes) == 1 else ""


def _at_sign_in(context: WebContext, form: Mapping[str, str]) -> tuple[WebContext, Mapping[str, str]]:
    offices = context.offices
    name = form["name"].strip()
    bare, sign, code = name.rpartition("@")
    if offices is not None and sign:
        found = offices.context(code)
        if found is not None:
            return found, {**form, "name": bare}
    with context.engine.connect() as connection:
        codes = tenants_with_account(connection, name)
    if offices is not None and len(codes) == 1:
        return offices.context(codes[0]) or context, form
    return context, form
