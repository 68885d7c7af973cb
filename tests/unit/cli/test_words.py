"""Every sentence of the command line has its English, with the same places in it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[3]
SPOKEN = {"tell", "say", "print_table", "stage"}


def spoken() -> set[str]:
    """The literals that the command line hands to its speaking functions."""
    found: set[str] = set()
    for path in sorted((ROOT / "bridge" / "cli").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name not in SPOKEN:
                continue
            values = [node.args[0]] if node.args else []
            if name == "print_table" and len(node.args) > 1 and isinstance(node.args[1], ast.List):
                values += node.args[1].elts
            found |= {
                value.value
                for value in values
                if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value
            }
    return found


def places(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", text))


def test_every_sentence_has_its_english() -> None:
    english = {}
    for path in sorted((ROOT / "bridge" / "locale" / "en").glob("*.po")):
        with path.open("rb") as handle:
            english |= {str(m.id): str(m.string) for m in read_po(handle, locale="en") if m.id}
    sentences = spoken()
    assert len(sentences) > 40
    missing = sorted(sentences - set(english))
    assert not missing
    for sentence in sentences:
        assert english[sentence], sentence
        assert places(sentence) == places(english[sentence]), sentence
