"""The short list for the administrator: findings of one code and one cause are one line, with how many wait.

The cause is what the matter is about: the title of the programme, course or event. A programme without JP is one
line for the 426 people who wait for it, not 426; what stands alone is listed below. A learner's own page keeps
its own words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from bridge.reports.finding_words import FindingWords, finding_words
from bridge.reports.findings import param_of
from bridge.store.tables import finding

LEAST = 3
"""So many of one code and title are a line of their own; fewer stand among the single ones."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """`count` findings of one code about one title, `people` different learners among them; `example` is the
    oldest finding, `oldest` since when. Words are the example's."""

    code: str
    title: str
    count: int
    people: int
    oldest: datetime
    example: int
    words: FindingWords

    @property
    def holds(self) -> bool:
        return self.words.holds_credit


def gathered_findings(connection: Connection, tenant: str, language: str) -> tuple[list[Gathered], int]:
    """(lines with what holds credit first, the most people first; how many findings are in no line)."""
    title = param_of(connection, "title")
    groups = (
        select(
            finding.c.code,
            title.label("title"),
            func.count().label("count"),
            func.count(finding.c.learner_id.distinct()).label("people"),
            func.min(finding.c.opened_at).label("oldest"),
            func.min(finding.c.finding_id).label("example"),
        )
        .where(finding.c.tenant == tenant, finding.c.closed_at.is_(None))
        .group_by(finding.c.code, title)
        .subquery("groups")
    )
    query = select(groups, finding.c.params).select_from(
        groups.join(finding, finding.c.finding_id == groups.c.example)
    )
    lines, single = [], 0
    for row in connection.execute(query):
        if row.title is None or row.title == "" or row[2] < LEAST:
            single += row[2]
            continue
        params = {str(name): str(value) for name, value in (row.params or {}).items()}
        lines.append(
            Gathered(
                row.code, row.title, row[2], row.people, row.oldest, row.example,
                finding_words(row.code, params, language),
            )
        )  # fmt: skip
    lines.sort(key=lambda one: (not one.holds, -max(one.people, one.count), one.code, one.title))
    return lines, single
