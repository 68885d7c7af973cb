"""Every word of the sheets room has its English, with the same places in it, and the catalogue nothing else."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from bridge.attendance import worksheet
from bridge.attendance.columns import WORDS
from bridge.attendance.mapping import FIELD_WORDS
from bridge.cli.confirm_command import STATES
from bridge.flows import explain
from bridge.wording import translate
from tests.unit.cli.test_words import spoken


def wanted() -> set[str]:
    found = {*WORDS.values(), *FIELD_WORDS.values(), *worksheet.DECISIONS, *worksheet.TOLD}
    found |= {
        worksheet.KEY,
        worksheet.DECISION,
        worksheet.NIP,
        worksheet.JP,
        worksheet.REASON,
        worksheet.TITLE,
        worksheet.HINT,
    }
    found |= {explain.PAPERS, explain.PAPERS_TOLD, explain.SCANNED}
    found |= {explain.CONFIRMED, explain.CONFIRMED_TOLD, explain.CONFIRMED_BY, *STATES.values()}
    for path in sorted(Path(str(files("bridge.web") / "templates" / "sheets")).glob("*.html")):
        with path.open("rb") as handle:
            for _line, _function, message, _comments in babel_extract(handle, ("_",), [], {}):
                first = message if isinstance(message, str) or message is None else message[0]
                found |= {str(first)} if first is not None else set()
    return found


def test_every_word_has_its_english() -> None:
    with (files("bridge") / "locale" / "en" / "sheets.po").open("rb") as handle:
        written = {str(m.id): str(m.string) for m in read_po(handle, locale="en") if m.id}
    same_in_both = {"NIP", "JP", "NIK", "SHA-256"}
    for words in wanted() - same_in_both:
        english = translate(words, "en")
        assert english != words, words
        assert sorted(re.findall(r"\{\w+\}", words)) == sorted(re.findall(r"\{\w+\}", english)), words
    assert set(written) - wanted() - spoken() == set()
