"""Programmes that a course or event of no programme may belong to, by the likeness of the titles.

A proposal and no more: it becomes the finding PROGRAMME-PROPOSED and never places anything. What decides is a
code on the event, or the catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import orjson
import pyarrow as pa
from rapidfuzz import fuzz, process

from bridge.domain.keys import spell
from bridge.engine.relations import OUTPUTS

CODE = "PROGRAMME-PROPOSED"
LEAST_LIKENESS = 85
"""Of 100. Below it titles that share one word of two (`Arsip`, `Arsip Dasar`: 81) begin to be proposed."""
SHOWN = 3

_GENERAL = frozenset(
    re.findall(
        r"\S+",
        """pelatihan diklat bimtek kursus kelas workshop lokakarya seminar sosialisasi program peserta angkatan
        tahun tingkat bagi untuk dan di ke yang dalam pada kabupaten kota provinsi papua""",
    )
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A programme whose title is like the one in question; `likeness` 0 to 100."""

    code: str
    title: str
    likeness: int


def telling_words(title: str) -> str:
    """The words of a title that tell it from others: plain, without years, numerals and general words."""
    plain = re.sub(r"[^a-z0-9]+", " ", title.lower().replace("&", " dan "))
    plain = plain.replace("bimbingan teknis", "bimtek")
    words = [
        word for word in plain.split() if word not in _GENERAL and not re.fullmatch(r"[0-9]+|[ivx]+", word)
    ]
    return " ".join(words)


def likeness(one: str, other: str) -> float:
    """Of two telling titles: words in any order, a part of the words forgiven by half. 0 to 100."""
    return (fuzz.token_sort_ratio(one, other) + fuzz.token_set_ratio(one, other)) / 2


_LEAST_OF_ONE = 2 * LEAST_LIKENESS - 100
"""Neither ratio may lie below it where their mean reaches LEAST_LIKENESS, for none is above 100."""


def like_programmes(title: str, programmes: Sequence[tuple[str, str]]) -> tuple[Candidate, ...]:
    """Candidates for a title, most alike first; `programmes` are (code, title) pairs."""
    return _ranked(telling_words(title), [telling_words(name) for _, name in programmes], programmes)


def _ranked(sought: str, told: Sequence[str], programmes: Sequence[tuple[str, str]]) -> tuple[Candidate, ...]:
    """`told` are the telling words of `programmes`. What a first look in native code passes is looked at again."""
    if not sought:
        return ()
    near = process.extract(sought, told, scorer=fuzz.token_sort_ratio, limit=None, score_cutoff=_LEAST_OF_ONE)
    scored = [(likeness(sought, words), programmes[place]) for words, _, place in near]
    ranked = sorted((-round(score), *named) for score, named in scored if score >= LEAST_LIKENESS)
    return tuple(Candidate(code, name, -score) for score, code, name in ranked[:SHOWN])


class _Catalogue:
    """The programmes' titles, and what was found for each title that was compared with them."""

    def __init__(self, programmes: Sequence[tuple[str, str]]) -> None:
        self._programmes = programmes
        self._told = [telling_words(name) for _, name in programmes]
        self._of_title: dict[str, str] = {}
        self._of_words: dict[str, str] = {}

    def listed(self, title: str) -> str:
        """The candidates in words; empty where there is none."""
        if title not in self._of_title:
            sought = telling_words(title)
            if sought not in self._of_words:
                self._of_words[sought] = _listed(_ranked(sought, self._told, self._programmes))
            self._of_title[title] = self._of_words[sought]
        return self._of_title[title]


# the buckets of a run offer the same titles beside the same catalogue
_catalogue = lru_cache(maxsize=1)(_Catalogue)


def proposed(unplaced: Iterable[tuple[str, str, str]], programmes: Sequence[tuple[str, str]]) -> pa.Table:
    """PROGRAMME-PROPOSED findings (schema: relations.OUTPUTS), one a (source, ref, title) that belongs to no
    programme. The title is part of the subject, so that what is found follows from the row alone, whatever part
    of the evidence a run looks at. The same telling words are compared once."""
    catalogue = _catalogue(tuple(programmes))
    subjects, params = [], []
    for source, ref, title in unplaced:
        if candidates := catalogue.listed(title):
            subjects.append(spell("offering1", [source, ref, title]))
            facts = {"title": title, "source": source, "candidates": candidates}
            params.append(orjson.dumps(facts).decode())
    return pa.table(
        [[CODE] * len(subjects), subjects, [None] * len(subjects), params], schema=OUTPUTS["finding"]
    )


def _listed(candidates: Iterable[Candidate]) -> str:
    return "; ".join(f"{one.code} “{one.title}” ({one.likeness} %)" for one in candidates)
