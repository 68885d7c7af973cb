"""Findings about what was offered (a course, an event), whoever completed it: a run over the touched learners sees
only a part of those who state it, so before it closes one it asks the store whether somebody else still does."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, and_, func, select

from bridge.domain.keys import unspell
from bridge.store.feed import COMPLETION_KEY, newest_of
from bridge.store.tables import completion, finding

ABOUT_OFFERS = ("JP-DIFFERS", "PROGRAMME-PROPOSED")


def no_longer_offered(
    connection: Connection,
    tenant: str,
    *,
    seen: Collection[tuple[str, str]],
    courses: Collection[tuple[str, str]],
    events: Collection[tuple[str, str]],
) -> set[str]:
    """Subjects of open findings about the (source, course or event) of this run that nothing states any more.
    `seen` are the (code, subject) that the run found."""
    query = select(finding.c.code, finding.c.subject).where(
        finding.c.tenant == tenant, finding.c.closed_at.is_(None), finding.c.code.in_(ABOUT_OFFERS)
    )
    gone = set()
    for row in connection.execute(query).all():
        source, ref, stated = unspell(row.subject)[1][:3]
        if (row.code, row.subject) in seen:
            continue
        # an event has one newest version, which the run has read; a course has as many words as completions
        if (source, ref) in events or (
            (source, ref) in courses and not _stated(connection, tenant, row.code, source, ref, stated)
        ):
            gone.add(str(row.subject))
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
