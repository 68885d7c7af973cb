"""Signing in by password or by link, signing out, and the choice of language."""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response

from bridge.store.console import Account, account_by_id, account_named, spend_link
from bridge.web.login_link import LoginLink, read_login_link
from bridge.web.passwords import fingerprint, verify_password
from bridge.web.session import (
    FORM_COOKIE,
    LANGUAGE_COOKIE,
    LIFE,
    SESSION_COOKIE,
    drop_cookie,
    local_path,
    open_session,
    set_cookie,
)
from bridge.web.visit import Visit
from bridge.wording import LANGUAGES


def form(visit: Visit) -> Response:
    target = local_path(visit.asked("ke") or "/")
    if visit.session is not None:
        return visit.go(target)
    return visit.page("sign_in.html", target=target, name="", problem="", minutes=0)


def sign_in(visit: Visit) -> Response:
    name, password = visit.form.get("name", "").strip(), visit.form.get("password", "")
    target = local_path(visit.form.get("target", "/"))
    address = visit.request.client.host if visit.request.client else ""
    wait = visit.context.throttle.wait(name, address, visit.now)
    if wait is not None:
        minutes = int(wait.total_seconds() // 60) + 1
        response = visit.page("sign_in.html", 429, target=target, name=name, problem="wait", minutes=minutes)
        response.headers["retry-after"] = str(minutes * 60)
        return response
    with visit.store() as connection:
        account = account_named(connection, visit.context.tenant, name)
    usable = account if account is not None and not account.disabled else None
    if not verify_password(usable.password_hash if usable else None, password) or usable is None:
        visit.context.throttle.failed(name, address, visit.now)
        return visit.page("sign_in.html", 401, target=target, name=name, problem="wrong", minutes=0)
    visit.context.throttle.succeeded(name, address)
    return _welcome(visit, usable, target)


def _welcome(visit: Visit, account: Account, target: str) -> Response:
    response = visit.go(target)
    session = open_session(visit.context, account, visit.now)
    set_cookie(visit.context, visit.request, response, SESSION_COOKIE, session, LIFE)
    drop_cookie(visit.request, response, FORM_COOKIE)
    return response


def _account_of_link(visit: Visit) -> tuple[LoginLink, Account] | None:
    context = visit.context
    found = read_login_link(context.secret_key, context.tenant, str(visit.part("token")), visit.now)
    if found is None:
        return None
    with visit.store() as connection:
        account = account_by_id(connection, context.tenant, found.account_id)
    if account is None or account.disabled:
        return None
    if found.print_of_password != fingerprint(context.secret_key, account.password_hash):
        return None
    return found, account


def link(visit: Visit) -> Response:
    """Shows who would sign in, and a button: opening alone spends nothing."""
    known = _account_of_link(visit)
    if known is None:
        return visit.page("link_dead.html", 410, whose="account")
    return visit.page("sign_in_link.html", name=known[1].name)


def sign_in_by_link(visit: Visit) -> Response:
    known = _account_of_link(visit)
    if known is None:
        return visit.page("link_dead.html", 410, whose="account")
    found, account = known
    with visit.context.engine.begin() as connection:
        first = spend_link(connection, visit.context.tenant, found.nonce, visit.now)
    if not first:
        return visit.page("link_dead.html", 410, whose="account")
    return _welcome(visit, account, "/")


def sign_out(visit: Visit) -> Response:
    response = visit.go("/masuk")
    drop_cookie(visit.request, response, SESSION_COOKIE)
    return response


def choose_language(visit: Visit) -> Response:
    response = visit.go(local_path(visit.request.query_params.get("ke", "/")))
    wanted = str(visit.part("language"))
    if wanted in LANGUAGES:
        set_cookie(visit.context, visit.request, response, LANGUAGE_COOKIE, wanted, timedelta(days=365))
    return response
