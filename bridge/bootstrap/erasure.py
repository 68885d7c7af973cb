"""Erasing a person's identifiers from the record store, with a record of who had it done.

The ledger is not touched. Its leaf hashes cover `person_key` (a hash of the first NIP), never a NIP, and the
statements keep their ids, entry keys and leaf hashes: every proof verifies as before. `person_key` is a
pseudonym, not anonymity: who already knows the NIP can compute it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from bridge.bootstrap.installation import Installation
from bridge.bootstrap.record_store import refusing
from bridge.config import kept_secret
from bridge.domain.keys import digest
from bridge.store.console import record_read
from bridge.store.people import learner_of_nip, nips_of_person
from bridge.store.unit import reading, unit
from xapi.store.erasing import Erased

ERASE_KEY = "erase.key"


def erase_person(opened: Installation, nip: str, also: Sequence[str], *, dry_run: bool, who: str) -> Erased:
    """Every NIP and the e-mail address that the roster knows of the person, and `also`. Raises RefuseInput
    where an identifier is too short to be told apart from other text."""
    with reading(opened.store) as connection:
        identifiers = [*_of_roster(connection, opened.settings.tenant, nip), *also]
    key = kept_secret(ERASE_KEY, opened.home).encode()
    asked = {"identifier": digest(nip)[:16], "dry_run": str(dry_run)}
    with unit(opened.store) as connection:
        # Before the deed: an erasure that broke off was tried all the same. The log must not keep the NIP.
        record_read(connection, opened.settings.tenant, who, "lrs erase", asked, opened.clock())
    with refusing():
        done = opened.records.store.erase(identifiers, key, dry_run=dry_run)
    counts = {
        "pseudonym": done.pseudonym,
        "statements": str(done.statements),
        "documents": str(done.own_documents + done.mentioning_documents),
    }
    with unit(opened.store) as connection:
        told = {**asked, **counts}
        record_read(connection, opened.settings.tenant, who, "lrs erase: done", told, opened.clock())
    return done


def _of_roster(connection: Connection, tenant: str, nip: str) -> list[str]:
    person = learner_of_nip(connection, tenant, nip)
    if person is None:
        return [nip]
    mail = [person.email] if person.email else []
    return list(dict.fromkeys([nip, *nips_of_person(connection, tenant, person.person_key), *mail]))
