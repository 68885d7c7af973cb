"""Every word of the field's pages has its English: templates, receipts, and the scripts' own list."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from jinja2.ext import babel_extract

from bridge.flows.field_intake import REASONS
from bridge.web.pages.field import REMARKS
from tests.integration.web.msgids import catalogue

WEB = Path(str(files("bridge.web")))


def of_templates() -> set[str]:
    found: set[str] = set()
    for path in sorted((WEB / "templates" / "field").glob("*.html")):
        with path.open("rb") as handle:
            for _line, _function, message, _comments in babel_extract(handle, ("_",), [], {}):
                first = message if isinstance(message, str) or message is None else message[0]
                if first is not None:
                    found.add(str(first))
    return found


def places(text: str) -> list[str]:
    return sorted(re.findall(r"\{\w+\}", text))


def test_templates_and_receipts_have_their_english_and_the_same_places() -> None:
    wanted = of_templates() | set(REASONS.values()) | set(REMARKS.values())
    written = catalogue("field")
    assert len(wanted) > 80
    shared = catalogue("web")
    assert {words for words in wanted if not (written.get(words) or shared.get(words))} == set()
    for msgid, english in written.items():
        assert places(msgid) == places(english), msgid


def test_the_scripts_words_are_all_there_and_none_is_left_over() -> None:
    folder = WEB / "static" / "lapangan"
    listed = dict(re.findall(r'^  "([^"]+)": "([^"]+)",$', (folder / "words.js").read_text(), re.MULTILINE))
    code = (folder / "app.js").read_text()
    spoken = set(re.findall(r'\bt\((?:present \? )?"([^"]+)"', code)) | {"Tercatat: {name}"}
    assert len(spoken) > 40
    assert spoken - set(listed) == set()
    assert set(listed) - spoken == set()
    for sentence, english in listed.items():
        assert places(sentence) == places(english), sentence
