"""Words for users: Indonesian in the source, English from the gettext catalogues in `locale/en/*.po`.

The Indonesian sentence is the message id, so a missing translation shows Indonesian, never a code.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

INDONESIAN = "id"
ENGLISH = "en"
LANGUAGES = (INDONESIAN, ENGLISH)


@cache
def _catalogue(language: str) -> dict[str, str]:
    """All `*.po` files of the language, read together; each room keeps its own file."""
    if language == INDONESIAN:
        return {}
    from babel.messages.pofile import read_po  # Indonesian, the language of the source, needs none

    words: dict[str, str] = {}
    for path in sorted((files("bridge") / "locale" / language).iterdir(), key=lambda entry: entry.name):
        if not path.name.endswith(".po"):
            continue
        with path.open("rb") as handle:
            catalogue = read_po(handle, locale=language)
        words |= {
            str(message.id): str(message.string) for message in catalogue if message.id and message.string
        }
    return words


def translate(sentence: str, language: str = INDONESIAN) -> str:
    """The sentence in the language, or as it stands where no translation exists."""
    return _catalogue(language).get(sentence, sentence)
