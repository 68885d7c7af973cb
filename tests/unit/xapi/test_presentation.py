from __future__ import annotations

import pytest

from xapi.model.presentation import languages_accepted, merged_definition, one_language

TEXTS = {"en-US": "a", "id": "b", "zh-Hant": "c"}


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("id", "id"), ("ID", "id"), ("en", "en-US"), ("en-US", "en-US"), ("en-GB, id;q=0.1", "en-US"),
        ("id-ID", "id"), ("fr, zh;q=0.5", "zh-Hant"), ("fr", "en-US"), ("", "en-US"), ("*", "en-US"),
        ("en;q=0.1, id;q=0.9", "id"), ("en;q=0, id;q=0.1", "id"), ("en;q=x, id", "id"),
    ],
)  # fmt: skip
def test_the_reader_gets_one_language(header: str, tag: str) -> None:
    """xAPI Part 3 2.1.3; RFC 9110 12.5.4."""
    assert one_language(TEXTS, languages_accepted(header)) == {tag: TEXTS[tag]}


def test_definitions_grow_by_languages_and_extensions() -> None:
    """xAPI Part 2 2.4.4.1."""
    old = {"name": {"id": "A", "en": "x"}, "type": "https://e.id/old", "extensions": {"https://e.id/1": 1}}
    new = {"name": {"en": "B"}, "type": "https://e.id/new", "extensions": {"https://e.id/2": 2}}
    assert merged_definition(old, new) == {
        "name": {"id": "A", "en": "B"},
        "type": "https://e.id/new",
        "extensions": {"https://e.id/1": 1, "https://e.id/2": 2},
    }
