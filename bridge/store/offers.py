"""Findings about what was offered (a course, an event), whoever completed it: a run over the touched learners sees
only a part of those who state it, so before it closes one it asks the store whether somebody else still does."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import pyarrow as pa
from sqlalchemy import Connection, and_, func

from bridge.domain.keys import unspell
from bridge.store.arrow_scan import Scan
from bridge.store.feed import COMPLETION_KEY, newest_of
from bridge.store.known_findings import KNOWN, KNOWN_SCHEMA, KnownFinding
from bridge.store.tables import completion, finding

ABOUT_OFFERS = ("JP-DIFFERS", "PROGRAMME-PROPOSED")


def open_offers(scan: Scan, tenant: str) -> pa.Table:
    """All open findings about offers, as `stored_findings` gives them."""
    query = KNOWN.where(
        finding.c.tenant == tenant, finding.c.closed_at.is_(None), finding.c.code.in_(ABOUT_OFFERS)
    )
    return scan.table([query], KNOWN_SCHEMA)


def no_longer_offered(
    connection: Connection,
    tenant: str,
    findings: Iterable[KnownFinding],
    *,
    courses: Collection[tuple[str, str]],
    events: Collection[tuple[str, str]],
) -> list[KnownFinding]:
    """Of open findings about offers that a run over the touched did not find: those about its courses and events
    (source and reference) that nothing states any more."""
    gone = []
    for row in findings:
        source, ref, stated = unspell(row.subject)[1][:3]
        # an event has one newest version, which the run has read; a course has as many words as completions
        if (source, ref) in events or (
            (source, ref) in courses and not _stated(connection, tenant, row.code, source, ref, stated)
        ):
            gone.append(row)
    return gone


def _stated(connection: Connection, tenant: str, code: str, source: str, course: str, stated: str) -> bool:
    """Whether the newest version of any completion of the course still says so (`stated`: as the steps spell it)."""
    title = func.coalesce(completion.c.course_title, "")
    jp = func.trim(func.lower(func.coalesce(completion.c.jp_stated, "")))
    said = title if code == "PROGRAMME-PROPOSED" else jp
    query = newest_of([completion.c.completion_id], completion, tenant, COMPLETION_KEY).where(
        and_(completion.c.source == source, completion.c.external_course == course, said == stated)
    )
    return connection.execute(query.limit(1)).first() is not None
