"""Programmes that a course or event of no programme may belong to, by the likeness of the titles.

A proposal and no more: it becomes the finding PROGRAMME-PROPOSED and never places anything. What decides is a
code on the event, or the catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

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


def likeness(one: str, other: str, *, score_cutoff: float | None = None) -> float:
    """Of two telling titles: words in any order, a part of the words forgiven by half. 0 to 100."""
    told = (fuzz.token_sort_ratio(one, other) + fuzz.token_set_ratio(one, other)) / 2
    return told if score_cutoff is None or told >= score_cutoff else 0.0


def like_programmes(title: str, programmes: Sequence[tuple[str, str]]) -> tuple[Candidate, ...]:
    """Candidates for a title, most alike first; `programmes` are (code, title) pairs."""
    sought = telling_words(title)
    if not sought:
        return ()
    told = [telling_words(name) for _, name in programmes]
    found = process.extract(sought, told, scorer=likeness, limit=SHOWN, score_cutoff=LEAST_LIKENESS)
    ranked = sorted((-round(score), *programmes[place]) for _, score, place in found)
    return tuple(Candidate(code, name, -score) for score, code, name in ranked)


def proposed(unplaced: Iterable[Mapping[str, str]], programmes: Sequence[tuple[str, str]]) -> pa.Table:
    """PROGRAMME-PROPOSED findings (schema: relations.OUTPUTS) for rows of (source, ref, title) that belong to no
    programme. The same title is compared once."""
    known: dict[str, tuple[Candidate, ...]] = {}
    rows = []
    for offer in unplaced:
        title = offer["title"]
        if title not in known:
            known[title] = like_programmes(title, programmes)
        if not known[title]:
            continue
        words = "; ".join(f"{one.code} “{one.title}” ({one.likeness} %)" for one in known[title])
        params = {"title": title, "source": offer["source"], "candidates": words}
        subject = spell("offering1", [offer["source"], offer["ref"]])
        rows.append(
            {"code": CODE, "subject": subject, "learner_id": None, "params": orjson.dumps(params).decode()}
        )
    return pa.Table.from_pylist(rows, OUTPUTS["finding"])
