"""Links that the command line prints: a single-use sign-in, and a learner's own page."""

from __future__ import annotations

from bridge.bootstrap import Installation
from bridge.store.console import Account, Role, account_named, add_account
from bridge.store.people import known_learner, nip_of_learner_with_most_entries
from bridge.store.unit import reading, unit
from bridge.web.learner_link import PATH as LEARNER_PATH
from bridge.web.learner_link import make_learner_link
from bridge.web.login_link import PATH as LOGIN_PATH
from bridge.web.login_link import make_login_link


def account_or_new(opened: Installation, name: str, role: Role) -> Account:
    """The account of that name, made without a password where it is new (it signs in by link)."""
    with unit(opened.store) as connection:
        found = account_named(connection, opened.settings.tenant, name)
        return found or add_account(connection, opened.settings.tenant, name, role, opened.clock())


def sign_in_link(opened: Installation, account: Account, base: str) -> str:
    """Works once, for minutes."""
    return base + LOGIN_PATH + make_login_link(opened.web_secret(), account, opened.clock())


def learner_link(opened: Installation, nip: str, base: str) -> str:
    """The address of *JP Saya*. Raises RefuseInput where nobody has the NIP."""
    with reading(opened.store) as connection:
        person = known_learner(connection, opened.settings.tenant, nip)
    token = make_learner_link(opened.web_secret(), opened.settings.tenant, person.person_key, opened.clock())
    return base + LEARNER_PATH + token


def nip_with_most_to_show(opened: Installation) -> str:
    """The NIP of the learner with the most ledger entries: somebody worth looking at in a demo."""
    with reading(opened.store) as connection:
        return nip_of_learner_with_most_entries(connection, opened.settings.tenant)
