"""The page of a finding's code: what it means, why it is found, whether it holds credit, what to do, an example."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.domain.finding_catalogue import CATALOGUE
from bridge.domain.finding_pages import EXAMPLE, EXAMPLES, WHY
from bridge.reports.finding_words import finding_words
from bridge.wording import translate

_ROW_EXAMPLE = EXAMPLE["place"]


@dataclass(frozen=True, slots=True)
class FindingPage:
    """In the reader's language; `example` is the sentence as it stands in the list, with made-up values."""

    code: str
    severity: str
    holds_credit: bool
    why: str
    next_step: str
    example: str


def finding_page(code: str, language: str) -> FindingPage | None:
    """None where the catalogue has no such code."""
    if code not in CATALOGUE:
        return None
    example = EXAMPLE | EXAMPLES.get(code, {})
    if _ROW_EXAMPLE in example.values():  # a row is in a file; what has no row comes from a source
        example |= {"source": "daftar-hadir.xlsx"} if "{place}" in CATALOGUE[code].sentence else {}
    words = finding_words(code, example, language)
    return FindingPage(
        code,
        words.severity.value,
        words.holds_credit,
        translate(WHY[code], language),
        words.next_step,
        words.sentence,
    )


def page_address(code: str) -> str:
    """Where the console shows the page, below its root."""
    return f"/temuan/kode/{code}"


def docs_anchor(code: str) -> str:
    """Where the documentation has it."""
    return f"docs/findings.md#{code.lower()}"
