"""Rule sets: a dated TOML file, read, validated with errors by line, and flattened for the engine.

A file holds what `docs/rules.md` describes: `[defaults]`, `[rounding]`, one `[[form]]` a SIASN form,
`[[title_word]]`s.
JP in the file are JP (decimal with two places); percentages are percent. The version of a set is its name
and the first twelve digits of the SHA-256 of its bytes, so a changed file can't pass for the old one.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Annotated, Literal

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bridge.domain.jp import to_hundredths
from bridge.engine.relations import INPUTS
from bridge.errors import RefuseInput

DEFAULT_RULE_SET = "perlan-10-2018.toml"

Jp = Annotated[Decimal, Field(gt=0, le=2000, decimal_places=2)]
Percent = Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)]
RoundingName = Literal["none", "floor-hundredths", "half-up-hundredths", "floor-whole", "half-up-whole"]

ROUNDINGS: dict[str, tuple[int, int]] = {
    "none": (0, 0),
    "floor-hundredths": (1, 0),
    "half-up-hundredths": (1, 1),
    "floor-whole": (100, 0),
    "half-up-whole": (100, 1),
}
"""How the JP of an activity are rounded -> (to how many hundredths, 1 where half is rounded up)."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FormRule(_Strict):
    """How one form (SIASN code) becomes JP."""

    code: Annotated[int, Field(ge=1, le=99)]
    name: str
    basis: Literal["programme", "per_day", "per_session", "per_activity", "actual"]
    national: Jp | None = None
    international: Jp | None = None
    international_surcharge: Percent = Decimal(0)
    cap_day: Jp | None = None
    cap_month: Jp | None = None
    cap_year: Jp | None = None
    cap_sessions_month: Annotated[int, Field(ge=1, le=100)] | None = None
    minimum_attendance: Percent | None = None
    minimum_score: Percent | None = None
    repeat_years: Annotated[int, Field(ge=1, le=50)] | None = None
    rounding: RoundingName | None = None
    source: str
    grade: Literal["A", "B", "C", "D"]
    verified: bool

    @model_validator(mode="after")
    def _basis_has_its_rate(self) -> FormRule:
        counted = self.basis.startswith("per_")
        if counted and self.national is None:
            raise ValueError(f"basis {self.basis} needs `national`, the JP of one {self.basis[4:]}")
        if not counted and (self.national is not None or self.international is not None):
            raise ValueError(
                f"basis {self.basis} takes its JP from the activity; remove `national`/`international`"
            )
        if self.cap_sessions_month is not None and self.basis != "per_session":
            raise ValueError("`cap_sessions_month` needs basis per_session")
        if self.repeat_years is not None and self.basis in ("per_day", "per_session"):
            raise ValueError(f"`repeat_years` has no meaning for basis {self.basis}: each one counts")
        return self


class Defaults(_Strict):
    minutes_per_jp: Annotated[int, Field(ge=30, le=60)]
    minimum_attendance: Percent
    certificate_forms: tuple[int, ...]
    implausible_jp: Jp
    jp_day_max: Jp
    pppk_ceiling: Jp
    confirmation_forms: tuple[int, ...] = ()
    late_tolerance: Annotated[int, Field(ge=0, le=480)] = 15
    late_is_absent: bool = False
    minimum_score: Percent = Decimal(0)
    repeat_years: Annotated[int, Field(ge=1, le=50)] = 1
    cap_day_total: Jp | None = None
    cap_month_total: Jp | None = None
    cap_year_total: Jp | None = None


class Rounding(_Strict):
    """How the JP of one activity are rounded, by basis. Inside, JP have two places (domain: Rounding), so the
    default rounds no further."""

    programme: RoundingName = "none"
    per_day: RoundingName = "none"
    per_session: RoundingName = "none"
    per_activity: RoundingName = "none"
    actual: RoundingName = "none"


class TitleWord(_Strict):
    words: Annotated[str, Field(min_length=4, pattern=r"^[a-z ]+$")]
    form: int


class _RuleFile(_Strict):
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,40}$")]
    title: str
    effective_from: date
    source: str
    verified: bool
    defaults: Defaults
    rounding: Rounding = Rounding()
    form: tuple[FormRule, ...]
    title_word: tuple[TitleWord, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A validated rule set and the bytes it was read from."""

    version: str
    sha256: str
    document: str
    name: str
    title: str
    effective_from: date
    source: str
    verified: bool
    defaults: Defaults
    rounding: Rounding
    forms: tuple[FormRule, ...]
    title_words: tuple[TitleWord, ...]


def default_rule_document() -> str:
    """The rule set that ships with the product (domain: PerLAN 10/2018), as text."""
    return (files("bridge") / "data" / "rules" / DEFAULT_RULE_SET).read_text(encoding="utf-8")


def read_rules(document: str, *, where: str = "rules.toml") -> RuleSet:
    """Validates the text of a rule file. Raises RefuseInput with one sentence that names the line."""
    try:
        parsed = tomllib.loads(document)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise _refused(where, int(line[1]) if line else _last_line(document), str(error)) from None
    try:
        rules = _RuleFile.model_validate(parsed)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        message = first["msg"].removeprefix("Value error, ")
        place = ".".join(str(part) for part in first["loc"] if not isinstance(part, int))
        raise _refused(where, _line_of(document, first["loc"]), f"{place}: {message}") from None
    _check_forms(document, rules, where)
    sha256 = hashlib.sha256(document.encode()).hexdigest()
    return RuleSet(
        version=f"{rules.name}@{sha256[:12]}",
        sha256=sha256,
        document=document,
        name=rules.name,
        title=rules.title,
        effective_from=rules.effective_from,
        source=rules.source,
        verified=rules.verified,
        defaults=rules.defaults,
        rounding=rules.rounding,
        forms=rules.form,
        title_words=rules.title_word,
    )


def _check_forms(document: str, rules: _RuleFile, where: str) -> None:
    """What a single row can't know: a code listed twice, a reference to a form that has no rule."""
    known: set[int] = set()
    for index, form in enumerate(rules.form):
        if form.code in known:
            line = _line_of(document, ("form", index, "code"))
            raise _refused(where, line, f"form.code: {form.code} is listed twice")
        known.add(form.code)
    if not known:
        raise _refused(where, _last_line(document), "form: no [[form]] is listed")
    for key in ("certificate_forms", "confirmation_forms"):
        for code in getattr(rules.defaults, key):
            if code not in known:
                line = _line_of(document, ("defaults", key))
                raise _refused(where, line, f"defaults.{key}: form {code} has no [[form]]")
    for index, word in enumerate(rules.title_word):
        if word.form not in known:
            line = _line_of(document, ("title_word", index, "form"))
            raise _refused(where, line, f"title_word.form: form {word.form} has no [[form]]")


def _refused(where: str, line: int, problem: str) -> RefuseInput:
    return RefuseInput(
        "RULES-INVALID",
        f"Berkas aturan {where}, baris {line}: {problem}. Perbaiki baris itu; aturan lama tetap berlaku.",
        f"Rule file {where}, line {line}: {problem}. Correct that line; the old rules stay in force.",
        where=f"{where}:{line}",
    )


def _last_line(document: str) -> int:
    return max(1, document.count("\n"))


def _line_of(document: str, place: Sequence[int | str]) -> int:
    """The line of `place` (("form", 3, "code")): that of the key, else of its table, else the first."""
    table = str(place[0]) if place else ""
    index = place[1] if len(place) > 1 and isinstance(place[1], int) else 0
    keys = [part for part in place[1:] if isinstance(part, str)]
    header = re.compile(rf"^\s*\[\[?\s*{re.escape(table)}\s*\]?\]")
    seen, table_line = -1, 0
    for number, line in enumerate(document.splitlines(), start=1):
        if re.match(r"^\s*\[", line):
            if table_line:
                return table_line
            seen += bool(header.match(line))
            table_line = number if seen == index and header.match(line) else 0
        wanted = keys[0] if table_line and keys else table
        if (table_line or seen < 0) and re.match(rf"^\s*{re.escape(wanted)}\s*=", line):
            return number
    return table_line or 1


def rule_table(sets: Sequence[RuleSet]) -> pa.Table:
    """The engine's `rule` relation: one row a form and rule set. Hand in the newest set of each first day."""
    return pa.Table.from_pylist([_rule_row(one, form) for one in sets for form in one.forms], INPUTS["rule"])


def title_word_table(sets: Sequence[RuleSet]) -> pa.Table:
    """The engine's `title_word` relation: title words that name a form, one row a word and rule set."""
    rows = [
        {"rule_version": one.version, "words": word.words, "form": word.form}
        for one in sets
        for word in one.title_words
    ]
    return pa.Table.from_pylist(rows, INPUTS["title_word"])


def _rule_row(rules: RuleSet, form: FormRule) -> dict[str, object]:
    defaults = rules.defaults
    attendance = defaults.minimum_attendance if form.minimum_attendance is None else form.minimum_attendance
    score = defaults.minimum_score if form.minimum_score is None else form.minimum_score
    round_to, round_half = ROUNDINGS[form.rounding or getattr(rules.rounding, form.basis)]
    return {
        "rule_version": rules.version,
        "effective_from": rules.effective_from,
        "form": form.code,
        "basis": form.basis,
        "jp_national": _hundredths(form.national),
        "jp_international": _hundredths(form.international),
        "international_bp": int(form.international_surcharge * 100),
        "cap_day": _hundredths(form.cap_day),
        "cap_month": _hundredths(form.cap_month),
        "cap_year": _hundredths(form.cap_year),
        "cap_sessions_month": form.cap_sessions_month,
        "min_attendance_bp": int(attendance * 100),
        "certificate_required": form.code in defaults.certificate_forms,
        "confirmation_required": form.code in defaults.confirmation_forms,
        "late_tolerance": defaults.late_tolerance,
        "late_is_absent": defaults.late_is_absent,
        "minutes_per_jp": defaults.minutes_per_jp,
        "jp_max_plausible": to_hundredths(defaults.implausible_jp),
        "jp_day_max": to_hundredths(defaults.jp_day_max),
        "pppk_ceiling": to_hundredths(defaults.pppk_ceiling),
        "min_score_bp": int(score * 100),
        "repeat_years": form.repeat_years or defaults.repeat_years,
        "cap_day_total": _hundredths(defaults.cap_day_total),
        "cap_month_total": _hundredths(defaults.cap_month_total),
        "cap_year_total": _hundredths(defaults.cap_year_total),
        "round_to": round_to,
        "round_half": round_half,
        "verified": form.verified,
    }


def _hundredths(jp: Decimal | None) -> int | None:
    return None if jp is None else to_hundredths(jp)
