"""Every finding can be read in both languages, with the same numbers in it, and the engine fills them."""

from __future__ import annotations

import re

import pytest

from bridge.domain.finding_catalogue import CATALOGUE
from bridge.engine import explain
from bridge.wording import ENGLISH, translate

SENTENCES = [
    *(kind.sentence for kind in CATALOGUE.values()),
    *(kind.next_step for kind in CATALOGUE.values()),
    *explain.WORTH.values(),
    *explain.CAPPED.values(),
    *explain.MATCHED.values(),
    *explain.JOINED.values(),
    *explain.IDENTIFIED.values(),
    *explain.ROUNDED.values(),
    explain.ROUNDED_AWAY,
    explain.RULE,
    explain.REJECTED,
    explain.ACTIVITY_REJECTED,
]
# The codes of the sample sheets' truth files; what a reader may say, the catalogue must know.
SHEET_CODES = {
    "NIP-TRUNCATED",
    "NIP-INVALID",
    "NIP-MISSING",
    "LEARNER-UNKNOWN",
    "LEARNER-AMBIGUOUS",
    "NAME-MISMATCH",
    "DATE-IMPLAUSIBLE",
    "JP-INVALID",
    "FORM-UNKNOWN",
    "CERTIFICATE-MISSING",
    "ORGANISER-MISSING",
    "DUPLICATE-ROW",
    "DUPLICATE-ACTIVITY",
    "OVERLAP",
    "CAP-EXCEEDED",
    "TIME-MISSING",
    "COACH-IS-COACHEE",
    "ATTENDANCE-UNKNOWN",
    "ABSENT",
}


def places(sentence: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", sentence))


@pytest.mark.parametrize("sentence", SENTENCES)
def test_every_sentence_is_translated_with_the_same_places(sentence: str) -> None:
    english = translate(sentence, ENGLISH)
    assert english != sentence
    assert places(english) == places(sentence)


def test_the_catalogue_knows_what_readers_say() -> None:
    assert set(CATALOGUE) >= SHEET_CODES


def test_a_code_fits_its_column() -> None:
    assert all(len(code) <= 32 and re.fullmatch(r"[A-Z]+(-[A-Z]+)+|[A-Z]+", code) for code in CATALOGUE)


def test_next_steps_name_no_numbers() -> None:
    """They stand on buttons and lists, where no params are at hand."""
    assert all(not places(kind.next_step) for kind in CATALOGUE.values())
