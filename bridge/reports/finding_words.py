"""A finding in words: the catalogue's sentence with the numbers in it, and the next step."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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


_ROW = re.compile(r"(?P<sheet>.*) : (?P<row>\d+)")
"""The engine's place of a row: its sheet (nothing, in a CSV) and its number."""

NAMELESS = "seseorang tanpa nama"
ROW = "{file} baris {row}"


def readable(params: Mapping[str, str], language: str) -> dict[str, str]:
    """The params with nothing left blank that a sentence would show: who (the roster's name where the evidence has
    none), and where (the file and the row, or the source)."""
    told = dict(params)
    if not told.get("name", "-").strip(" –-"):
        told["name"] = told.get("roster_name") or translate(NAMELESS, language)
    source = told.get("source", "")
    place = _ROW.fullmatch(told.get("place", ""))
    if place is not None:
        file = ", ".join(part for part in (source, place["sheet"]) if part)
        told["place"] = translate(ROW, language).format(file=file, row=place["row"])
    elif "place" in told:
        told["place"] = told["place"] or source or "–"
    if not told.get("date", "?"):
        told["date"] = "?"
    if not told.get("cell", ""):
        told["cell"] = told.get("nip") or "–"
    return told


def in_its_own_words(
    code: str, params: Mapping[str, str], record: Mapping[str, Any] | None
) -> dict[str, str]:
    """The params with what the evidence itself says instead of what its event or course says for all: the JP, the
    date or the NIP that its reader could not take. `record` is the evidence as it was read."""
    told = dict(params)
    if record is None:
        return told
    if record.get("problem") == code:
        own = {name: str(value) for name, value in (record.get("problem_params") or {}).items()}
        told |= {name: value for name, value in own.items() if name in ("jp", "date", "form", "cell")}
    elif code == "CERTIFICATE-REPEATED":
        number = str(record.get("certificate_no") or "")
        if re.sub(r"[^A-Za-z0-9]", "", number).upper() == told.get("certificate"):
            told["certificate"] = (
                number  # the engine compares numbers spelt plainly; people know theirs as written
            )
    elif code.startswith("NIP-"):
        held = [
            item["value"] for item in record.get("identifiers") or () if item["scheme"] in ("nip", "account")
        ]
        told["cell"] = ", ".join(dict.fromkeys(value for value in held if value))
    return told


def finding_words(code: str, params: Mapping[str, str], language: str) -> FindingWords:
    """The sentence and the next step. An unknown code (written by a newer version, say) shows its code and its
    numbers, and who can say more."""
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
    told = readable(params, language)
    return FindingWords(
        _fill(translate(known.sentence, language), told),
        _fill(translate(known.next_step, language), told),
        known.severity,
        known.holds_credit,
    )
