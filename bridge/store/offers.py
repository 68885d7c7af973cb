"""Findings about what was offered (a course, an event), whoever completed it: a run over the touched learners sees
only a part of those who state it, so before it closes one it asks the store whether somebody else still does."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

import pyarrow as pa
from sqlalchemy import Connection, and_, func, select

from bridge.domain.keys import unspell
from bridge.store.arrow_scan import Scan
from bridge.store.feed import COMPLETION_KEY, newest_of
from bridge.store.tables import completion, finding

ABOUT_OFFERS = ("JP-DIFFERS", "PROGRAMME-PROPOSED")
_SCHEMA = pa.schema([("code", pa.string()), ("subject", pa.string())])


class Offer(NamedTuple):
    """What an open finding is about: a course or event of a source, and the words in which it was offered."""

    code: str
    subject: str
    source: str
    ref: str
    stated: str


def offers_in_question(
    scan: Scan, tenant: str, *, courses: Collection[tuple[str, str]], events: Collection[tuple[str, str]]
) -> list[Offer]:
    """Open findings about the (source, course or event) of a run."""
    query = select(finding.c.code, finding.c.subject).where(
        finding.c.tenant == tenant, finding.c.closed_at.is_(None), finding.c.code.in_(ABOUT_OFFERS)
    )
    table = scan.table([query], _SCHEMA)
    asked = []
    for code, subject in zip(table["code"].to_pylist(), table["subject"].to_pylist(), strict=True):
        source, ref, stated = unspell(subject)[1][:3]
        if (source, ref) in events or (source, ref) in courses:
            asked.append(Offer(code, subject, source, ref, stated))
    return asked


def no_longer_offered(
    connection: Connection,
    tenant: str,
    offers: Iterable[Offer],
    *,
    seen: Collection[tuple[str, str]],
    events: Collection[tuple[str, str]],
) -> set[str]:
    """Subjects of the offers that nothing states any more. `seen` are the (code, subject) that the run found."""
    return {
        offer.subject
        for offer in offers
        if (offer.code, offer.subject) not in seen
        # an event has one newest version, which the run has read; a course has as many words as completions
        and ((offer.source, offer.ref) in events or not _stated(connection, tenant, offer))
    }


def _stated(connection: Connection, tenant: str, offer: Offer) -> bool:
    """Whether the newest version of any completion of the course still says so (as the steps spell it)."""
    title = func.coalesce(completion.c.course_title, "")
    jp = func.trim(func.lower(func.coalesce(completion.c.jp_stated, "")))
    said = title if offer.code == "PROGRAMME-PROPOSED" else jp
    query = newest_of([completion.c.completion_id], completion, tenant, COMPLETION_KEY).where(
        and_(
            completion.c.source == offer.source,
            completion.c.external_course == offer.ref,
            said == offer.stated,
        )
    )
    return connection.execute(query.limit(1)).first() is not None
