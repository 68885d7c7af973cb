"""Every word of the console has its English, with the same places in it."""

from __future__ import annotations

import re
from datetime import date

import pytest

from bridge.domain.finding import Severity
from bridge.domain.finding_catalogue import CATALOGUE, FindingType
from bridge.reports.finding_words import finding_words
from bridge.reports.shown import days_shown, jp_shown, percent_shown
from tests.integration.web.msgids import catalogue, of_reports, of_templates


@pytest.mark.parametrize("room", ["web", "reports"])
def test_the_english_catalogue_is_complete_and_has_nothing_left_over(room: str) -> None:
    wanted = of_templates() if room == "web" else of_reports()
    assert len(wanted) > 80
    written = catalogue(room)
    assert wanted - {msgid for msgid, words in written.items() if words} == set()
    assert set(written) - wanted == set()


@pytest.mark.parametrize("room", ["web", "reports"])
def test_both_languages_have_the_same_places(room: str) -> None:
    for msgid, words in catalogue(room).items():
        assert sorted(re.findall(r"\{\w+\}", msgid)) == sorted(re.findall(r"\{\w+\}", words)), msgid


def test_a_finding_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    known = FindingType("X-TEST", Severity.ERROR, True, "JP {jp} pada {course}.", "Tanyakan {who}.")
    monkeypatch.setitem(CATALOGUE, "X-TEST", known)
    words = finding_words("X-TEST", {"jp": "900", "course": "{evil.__class__}"}, "id")
    assert words.sentence == "JP 900 pada {evil.__class__}."
    assert words.next_step == "Tanyakan {who}."
    assert words.holds_credit
    unknown = finding_words("Y-TEST", {"b": "2", "a": "1"}, "en")
    assert unknown.sentence == "Y-TEST: a = 1, b = 2"
    assert unknown.next_step.startswith("This version does not know")


def test_numbers_and_days_as_people_write_them() -> None:
    assert jp_shown(123_450, "id") == "1.234,5"
    assert jp_shown(123_450, "en") == "1,234.5"
    assert jp_shown(-250, "id") == "-2,5"
    assert percent_shown(6666, "id") == "66,7 %"
    assert percent_shown(None, "id") == "–"
    assert days_shown(date(2026, 8, 3), date(2026, 8, 3), "id") == "3 Agustus 2026"
    assert days_shown(date(2026, 8, 3), date(2026, 9, 1), "id") == "3 Agustus – 1 September 2026"
    assert days_shown(date(2025, 12, 30), date(2026, 1, 2), "id") == "30 Desember 2025 – 2 Januari 2026"
