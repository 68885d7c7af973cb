"""Why: the same steps, run for one learner, each relation shown, and a sentence for every credit and refusal.

There is no second implementation of the rules here. Words are chosen from what the relations say.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from bridge.domain.finding_catalogue import CATALOGUE
from bridge.domain.jp import shown
from bridge.engine.dialect import steps
from bridge.engine.run import parsed, prepared, run_steps
from bridge.wording import INDONESIAN, translate

Row = dict[str, Any]

WORTH = {
    "decided": "“{title}” bernilai {worth} JP menurut keputusan petugas.",
    "catalogue": "“{title}” bernilai {worth} JP menurut katalog program.",
    "stated": "“{title}” bernilai {worth} JP seperti yang dinyatakan sumbernya.",
    "per_day": "“{title}” berlangsung {days} hari dengan {rate} JP sehari: {worth} JP.",
    "per_session": "“{title}”: {sessions} sesi dengan {rate} JP satu sesi: {worth} JP.",
    "per_activity": "“{title}” bernilai {worth} JP untuk satu kegiatan.",
    "actual": "“{title}” dihitung menurut waktu atau JP nyata: {worth} JP.",
}
CAPPED = {
    "capped-day": "Batas {cap_day} JP sehari untuk bentuk ini membuatnya dihitung {jp} JP.",
    "capped-sessions": "Batas {cap_sessions} sesi sebulan untuk bentuk ini membuatnya dihitung {jp} JP.",
    "capped-month": "Batas {cap_month} JP sebulan untuk bentuk ini membuatnya dihitung {jp} JP.",
    "capped-year": "Batas {cap_year} JP setahun untuk bentuk ini membuatnya dihitung {jp} JP.",
    "capped-total-day": "Batas {cap_day_total} JP sehari untuk semua bentuk membuatnya dihitung {jp} JP.",
    "capped-total-month": "Batas {cap_month_total} JP sebulan untuk semua bentuk membuatnya dihitung {jp} JP.",
    "capped-total-year": "Batas {cap_year_total} JP setahun untuk semua bentuk membuatnya dihitung {jp} JP.",
}
ROUNDED = {
    (1, 0): "Aturan membulatkannya ke bawah pada dua angka di belakang koma.",
    (1, 1): "Aturan membulatkannya ke angka terdekat pada dua angka di belakang koma.",
    (100, 0): "Aturan membulatkannya ke bawah menjadi JP utuh.",
    (100, 1): "Aturan membulatkannya ke JP utuh terdekat.",
}
ROUNDED_AWAY = "“{title}” ({date}) kurang dari satu JP setelah dibulatkan menurut aturan {rule}, maka 0 JP."
RULE = "Aturan {rule} yang berlaku pada {date}."
MATCHED = {
    0: "Programnya dikenali dari nomor kursus di LMS.",
    1: "Programnya dikenali dari kode program pada lembar.",
    2: "Programnya dikenali dari kode kursus pada lembar.",
    3: "Programnya dikenali dari judul pada lembar.",
    4: "Programnya dikenali dari kode kursus di LMS.",
}
IDENTIFIED = {
    "nip": "Pegawainya dikenali dari NIP pada bukti.",
    "account": "Pegawainya dikenali dari akunnya di sumber.",
    "decision": "Pegawainya ditetapkan oleh keputusan petugas.",
}
JOINED = {
    "programme": "{pieces} bukti digabung menjadi satu kegiatan, sebab programnya sama.",
    "course": "{pieces} bukti digabung menjadi satu kegiatan, sebab kursus dan tahunnya sama.",
    "event": "{pieces} bukti digabung menjadi satu kegiatan, sebab judul dan tanggalnya sama.",
    "untitled": "{pieces} bukti digabung menjadi satu kegiatan, sebab acaranya sama.",
}
REJECTED = "Bukti “{title}” ({date}) ditolak oleh keputusan petugas."
ACTIVITY_REJECTED = "“{title}” ({date}) ditolak oleh keputusan petugas."


@dataclass(frozen=True, slots=True)
class StepView:
    """One relation: its name, what a row of it is, its columns, and its rows in a fixed order."""

    name: str
    comment: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def dicts(self) -> list[Row]:
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Words:
    """A credit, a refusal or a remark in words. `jp`: hundredths that count (0 for a refusal); `code`: the
    finding's code or the credit's reason; `subject` the activity key or the evidence key; `learner_id` whom it is
    about, None where nobody is known."""

    kind: str  # credit | refusal | remark
    code: str
    subject: str
    title: str
    year: int | None
    jp: int
    sentence: str
    next_step: str = ""
    learner_id: int | None = None
    params: Mapping[str, str] | None = None  # of a finding: what its sentence shows


@dataclass(frozen=True, slots=True)
class Explanation:
    steps: tuple[StepView, ...]
    words: tuple[Words, ...]


def explain(inputs: Mapping[str, pa.Table], language: str = INDONESIAN) -> Explanation:
    """`inputs` as for `run.reconcile`, holding one learner's evidence (and the whole catalogue and rules); the words
    in `language`."""
    views = []
    with prepared(inputs, threads=1) as connection:
        connection.execute("PRAGMA disable_optimizer")
        run_steps(connection, steps(), keep_all=True)
        for step in steps():
            found = connection.execute(parsed(connection, f"FROM {step.name}"))
            columns = tuple(column[0] for column in found.description or ())
            views.append(
                StepView(step.name, step.comment, columns, tuple(sorted(found.fetchall(), key=repr)))
            )
    relation = {view.name: view.dicts() for view in views}
    told = [
        *_credits(relation, language),
        *_findings(relation["finding"], language),
        *_rejections(relation, language),
        *_rounded_away(relation, language),
    ]
    return Explanation(tuple(views), tuple(told))


def filled(code: str, params: Mapping[str, str], language: str) -> tuple[str, str]:
    """The catalogue's sentence and next step for a finding."""
    kind = CATALOGUE[code]
    told = _Lenient(params)
    return (
        translate(kind.sentence, language).format_map(told),
        translate(kind.next_step, language).format_map(told),
    )


class _Lenient(dict[str, str]):
    """Places that a finding has no word for are shown as a dash, so that a page never fails on one."""

    def __missing__(self, key: str) -> str:
        return "–"


def _credits(relation: Mapping[str, list[Row]], language: str) -> Iterable[Words]:
    granted = {row["activity_no"]: row for row in relation["capped"]}
    for row in relation["total_cap"]:  # the caps over all forms come last
        by_form = granted.get(row["activity_no"], {})
        granted[row["activity_no"]] = row | {"cut_by": row["cut_by"] or by_form.get("cut_by")}
    reasons = _reasons(relation)
    for row in relation["counted"]:
        cap: Row = granted.get(row["activity_no"], {})
        jp = int(cap["granted"] if cap else row["worth"])
        cut_by = cap.get("cut_by")
        parts = [WORTH[_worth_word(row)]]
        if row["round_to"] and not row["overridden"]:
            parts.append(ROUNDED[row["round_to"], row["round_half"]])
        if cut_by:
            parts.append(CAPPED[cut_by])
        parts += reasons.get((row["learner_id"], row["activity_no"]), ())
        if row["pieces"] > 1:
            parts.append(JOINED[row["activity_key"].split("\x1f")[1]])
        parts.append(RULE)
        numbers = {
            "title": row["title"],
            "worth": shown(row["worth"]),
            "days": str(row["day_count"]),
            "jp": shown(jp),
            "rate": _shown(row["rate"]),
            "sessions": str(row["sessions"]),
            "rule": row["rule_version"],
            "date": row["last_on"].isoformat(),
            "pieces": str(row["pieces"]),
            "cap_day": _shown(row["cap_day"]),
            "cap_month": _shown(row["cap_month"]),
            "cap_year": _shown(row["cap_year"]),
            "cap_day_total": _shown(row["cap_day_total"]),
            "cap_month_total": _shown(row["cap_month_total"]),
            "cap_year_total": _shown(row["cap_year_total"]),
            "cap_sessions": str(row["cap_sessions_month"]),
        }
        yield Words(
            "credit" if jp else "refusal",
            cut_by or f"rule-{row['basis'].replace('_', '-')}",
            row["activity_key"],
            row["title"],
            row["year"],
            jp,
            _joined(parts, numbers, language),
            learner_id=row["learner_id"],
        )


def _reasons(relation: Mapping[str, list[Row]]) -> dict[tuple[int, int], list[str]]:
    """Of each learner's activity: by what its evidence was matched to the person and to the programme."""
    by_what = {row["offering_no"]: row["matched_by"] for row in relation["offering"]}
    whose = {row["evidence_no"]: row["identified_by"] for row in relation["identified"]}
    people: dict[tuple[int, int], set[str]] = defaultdict(set)
    programmes: dict[tuple[int, int], set[int]] = defaultdict(set)
    for row in relation["claim"]:
        place = row["learner_id"], row["activity_no"]
        people[place].add(whose[row["evidence_no"]])
        programmes[place] |= {by_what[row["offering_no"]]} - {None}
    return {
        place: [MATCHED[how] for how in sorted(programmes[place])]
        + [IDENTIFIED[how] for how in IDENTIFIED if how in people[place]]
        for place in people
    }


def _worth_word(row: Row) -> str:
    if row["overridden"]:
        return "decided"
    if row["basis"] == "programme":
        return "stated" if row["programme_code"] is None else "catalogue"
    return str(row["basis"])


def _shown(jp: int | None) -> str:
    return "–" if jp is None else shown(jp)


def _joined(parts: list[str], numbers: Mapping[str, str], language: str) -> str:
    return " ".join(translate(part, language) for part in parts).format_map(_Lenient(numbers))


def _findings(rows: list[Row], language: str) -> Iterable[Words]:
    for row in rows:
        params = json.loads(row["params"])
        sentence, step = filled(row["code"], params, language)
        yield Words(
            "refusal" if CATALOGUE[row["code"]].holds_credit else "remark",
            row["code"],
            row["subject"],
            params.get("title", ""),
            _year_of(row["code"], params),
            0,
            sentence,
            step,
            row["learner_id"],
            params,
        )


def _year_of(code: str, params: Mapping[str, str]) -> int | None:
    """The year that a finding is about, by the last day in it. None where it names none, or one that can't be
    believed, or two (a completion that moved takes its JP from one to the other): what has no year is told whatever
    year is asked for."""
    day = params.get("until") or params.get("date") or ""
    if code == "DATE-IMPLAUSIBLE" or not day[:4].isdigit() or params.get("before", day)[:4] != day[:4]:
        return None
    return int(day[:4])


def _rejections(relation: Mapping[str, list[Row]], language: str) -> Iterable[Words]:
    titles = {row["offer"]: row["title"] for row in relation["offering"]}
    for row in relation["identified"]:
        if row["rejected"] and row["standing"] == "completed":
            numbers = {"title": titles.get(row["offer"], ""), "date": str(row["ended_on"])}
            yield _refusal("decision-reject", REJECTED, row["evidence_key"], numbers, language, row)
    for row in relation["valued"]:
        if row["rejected"]:
            numbers = {"title": row["title"], "date": str(row["last_on"])}
            yield _refusal("decision-reject", ACTIVITY_REJECTED, row["activity_key"], numbers, language, row)


def _rounded_away(relation: Mapping[str, list[Row]], language: str) -> Iterable[Words]:
    """What the rule's rounding leaves nothing of (a part of a programme is told by BLENDED-INCOMPLETE)."""
    for row in relation["valued"]:
        if (
            row["worth"] == 0
            and row["round_to"]
            and row["slots_done"] >= row["slots"]
            and not row["rejected"]
        ):
            numbers = {"title": row["title"], "date": str(row["last_on"]), "rule": row["rule_version"]}
            yield _refusal("rule-rounding", ROUNDED_AWAY, row["activity_key"], numbers, language, row)


def _refusal(
    code: str, sentence: str, subject: str, numbers: Mapping[str, str], language: str, row: Row
) -> Words:
    told = _joined([sentence], numbers, language)
    year = _year_of(code, numbers)
    return Words("refusal", code, subject, numbers["title"], year, 0, told, learner_id=row["learner_id"])
