"""docs/findings.md, written from the catalogue: `make finding-docs`."""

from __future__ import annotations

from pathlib import Path

from bridge.domain.finding_catalogue import CATALOGUE
from bridge.reports.finding_pages import FindingPage, finding_page
from bridge.wording import ENGLISH, INDONESIAN

DOCS = Path(__file__).parent.parent / "docs" / "findings.md"
GROUPS = {
    "NIP-MISSING": "Identity: whose evidence is it?",
    "DATE-IMPLAUSIBLE": "Reading: what the sheet or the source says",
    "ABSENT": "Attendance",
    "FIELD-CONFLICT": "Events in the field",
    "SCORE-LOW": "Scores",
    "PROGRAMME-AMBIGUOUS": "Programmes",
    "DUPLICATE-ACTIVITY": "The same thing twice",
    "CAP-EXCEEDED": "Caps and ceilings",
    "EVIDENCE-WITHDRAWN": "Changes and decisions",
    "SOURCE-SHORT": "Sources",
}
"""Heading before the code."""

HEAD = """# Findings

A finding is something that needs a person. It never disappears by itself: it closes when the evidence, the
roster, the catalogue, the rules or a decision change so that the engine no longer finds it. Each is unique by
code and subject, so the same matter found again is the same finding.

Subjects: an evidence key (`completion1…`, `attendance1…`) for everything about evidence and activities; `year1…`
(person and year) for PPPK-CEILING; `offering1…` (source, course or event, and the JP with the programme, or the
title, that it states) for JP-DIFFERS and PROGRAMME-PROPOSED; `decision1…` for a stale decision on an activity; the
source for SOURCE-…

The same pages, in Indonesian or English: `/temuan/kode/CODE` in the console (linked from every finding) and
`jpbridge findings --about CODE`. People and titles in the examples are made up. This file is written from the
catalogue by `make finding-docs`.
"""


def written() -> str:
    parts = [HEAD]
    for code in CATALOGUE:
        if code in GROUPS:
            parts.append(f"## {GROUPS[code]}\n")
        english, indonesian = finding_page(code, ENGLISH), finding_page(code, INDONESIAN)
        assert english is not None
        assert indonesian is not None
        parts.append(_section(english, indonesian))
    return "\n".join(parts)


def _section(page: FindingPage, indonesian: FindingPage) -> str:
    holds = "holds the credit back" if page.holds_credit else "holds no credit"
    return (
        f"### {page.code}\n\n{page.severity}, {holds}\n\n{page.why}\n\n"
        f"> {page.example}\n>\n> *{indonesian.example}*\n\n"
        f"Next step: {page.next_step} (*{indonesian.next_step}*)\n"
    )


if __name__ == "__main__":
    DOCS.write_text(written(), "utf-8")
