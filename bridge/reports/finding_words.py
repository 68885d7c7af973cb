"""A finding in words: the catalogue's sentence with the numbers in it, and the next step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.domain.finding import Severity
from bridge.domain.finding_catalogue import CATALOGUE
from bridge.wording import translate


@dataclass(frozen=True, slots=True)
class FindingWords:
    sentence: str
    next_step: str
    severity: Severity
    holds_credit: bool


class _Places(dict[str, str]):
    """A place that no param fills stays visible as `{name}`: better an odd sentence than none."""

    def __missing__(self, name: str) -> str:
        return "{" + name + "}"


def _fill(sentence: str, params: Mapping[str, str]) -> str:
    try:
        return sentence.format_map(_Places(params))
    except (ValueError, IndexError, AttributeError, KeyError):
        return sentence


def finding_words(code: str, params: Mapping[str, str], language: str) -> FindingWords:
    """An unknown code (written by a newer version, say) shows its code and numbers, and who can say more."""
    known = CATALOGUE.get(code)
    if known is None:
        listed = ", ".join(f"{name} = {value}" for name, value in sorted(params.items()))
        return FindingWords(
            f"{code}: {listed}" if listed else code,
            translate(
                "Versi ini belum mengenal kode temuan itu. Tanyakan kepada pengelola sistem.", language
            ),
            Severity.WARNING,
            False,
        )
    return FindingWords(
        _fill(translate(known.sentence, language), params),
        _fill(translate(known.next_step, language), params),
        known.severity,
        known.holds_credit,
    )
