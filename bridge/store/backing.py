"""What stands behind attendances: the scans of the signed papers and the organisers' confirmations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from bridge.domain.keys import unspell
from bridge.store.confirmations import Confirmation, Word, words_on
from bridge.store.sheets import Attachment, attachments_of


@dataclass(frozen=True, slots=True)
class Backing:
    """Scans of the sheets concerned, oldest first, and the confirmations that stand on the events concerned."""

    scans: tuple[Attachment, ...] = ()
    confirmations: tuple[Confirmation, ...] = ()


def backing_of(connection: Connection, tenant: str, events: Iterable[tuple[str, str]]) -> Backing:
    """`events` are (source, event_ref) of attendances."""
    asked = set(events)
    sources = {source for source, _ in asked}
    if not sources:
        return Backing()
    words = words_on(connection, tenant, sources)
    return Backing(
        tuple(attachments_of(connection, tenant, sources)),
        tuple(
            word for word in words if word.state is Word.CONFIRMED and (word.source, word.event_ref) in asked
        ),
    )


def events_of_evidence(keys: Iterable[str]) -> set[tuple[str, str]]:
    """(source, event_ref) of the attendances among evidence keys."""
    spelt = (unspell(key) for key in keys)
    return {(parts[0], parts[1]) for version, parts in spelt if version == "attendance1"}
