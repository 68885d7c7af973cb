"""Every code of the catalogue has a page that says why, in both languages, and the documentation is that page."""

from __future__ import annotations

import pytest

from bridge.domain.finding_catalogue import CATALOGUE
from bridge.domain.finding_pages import EXAMPLES, WHY
from bridge.reports.finding_pages import docs_anchor, finding_page
from bridge.wording import ENGLISH, INDONESIAN
from tests.finding_docs import DOCS, GROUPS, written


def test_every_code_has_a_page_and_no_page_is_left_over() -> None:
    assert set(WHY) == set(CATALOGUE)
    assert set(EXAMPLES) | set(GROUPS) <= set(CATALOGUE)
    assert finding_page("NO-SUCH-CODE", ENGLISH) is None


@pytest.mark.parametrize("code", CATALOGUE)
def test_a_page_says_more_than_the_list_and_its_example_is_whole(code: str) -> None:
    pages = [finding_page(code, language) for language in (INDONESIAN, ENGLISH)]
    indonesian, english = pages
    assert indonesian is not None
    assert english is not None
    assert len(indonesian.why) >= 60
    assert indonesian.why != english.why, "no translation"
    assert indonesian.example != english.example
    for page in (indonesian, english):
        assert "{" not in page.example + page.why + page.next_step
        assert page.holds_credit == CATALOGUE[code].holds_credit


def test_the_documentation_is_what_the_catalogue_says() -> None:
    text = DOCS.read_text("utf-8")
    assert text == written(), "run: make finding-docs"
    for code in CATALOGUE:
        assert f"### {code}\n" in text
        assert docs_anchor(code) == f"docs/findings.md#{code.lower()}"
