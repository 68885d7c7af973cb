"""All msgids of the console and the reports, from where they stand: templates, columns, words for codes."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from bridge.reports import (
    coverage,
    findings,
    learners,
    ledger_entries,
    runs,
    words,
)
from bridge.reports import (
    credits as learner_credits,
)
from bridge.reports.finding_words import finding_words

REPORTS = tuple(room.REPORT for room in (coverage, learner_credits, findings, learners, ledger_entries, runs))


def of_templates() -> set[str]:
    found: set[str] = set()
    for path in sorted(Path(str(files("bridge.web") / "templates")).glob("*.html")):
        with path.open("rb") as handle:
            for _line, _function, message, _comments in babel_extract(handle, ("_",), [], {}):
                first = message if isinstance(message, str) or message is None else message[0]
                if first is not None:  # None is a variable: its words stand in the reports
                    found.add(str(first))
    return found


def of_reports() -> set[str]:
    headings = {column.heading for report in REPORTS for column in report.columns}
    titles = {report.title for report in REPORTS}
    codes = {*words.FORMS.values(), *words.REASONS.values(), *words.WORDS.values()}
    notes = {learners.REACHED, learners.BELOW, learners.WITHIN, learners.ABOVE}
    unknown = finding_words("NO-SUCH-CODE", {}, "id").next_step
    return headings | titles | codes | notes | {words.BY_FORM, words.UNKNOWN_FORM, unknown}


def catalogue(room: str) -> dict[str, str]:
    with (files("bridge") / "locale" / "en" / f"{room}.po").open("rb") as handle:
        return {str(m.id): str(m.string) for m in read_po(handle, locale="en") if m.id}
