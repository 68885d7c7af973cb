"""Rule sets: a dated TOML file, read, validated with errors by line, and flattened for the engine.

A file holds what `docs/rules.md` describes: `[defaults]`, `[rounding]`, one `[[form]]` a SIASN form,
`[[title_word]]`s.
JP in the file are JP (decimal with two places); percentages are percent. The version of a set is its name
and the first twelve digits of the SHA-256 of its bytes, so a changed file can't pass for the old one.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Annotated, Literal

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from bridge.domain.jp import to_hundredths
from bridge.engine.relations import INPUTS
from bridge.engine.rule_problems import RuleProblem, last_line, line_of, problem_of, refused, unreadable

DEFAULT_RULE_SET = "perlan-10-2018.toml"

Jp = Annotated[Decimal, Field(gt=0, le=2000, decimal_places=2)]
Percent = Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)]
Words = Annotated[str, Field(min_length=1)]
Truth = Annotated[
    bool, Field(strict=True)
]  # that somebody verified a row is said, not guessed from 1 or "yes"
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


UNITS = {"per_day": "hari", "per_session": "sesi", "per_activity": "kegiatan"}


def _problem(indonesian: str, english: str) -> PydanticCustomError:
    """A problem that a validator of ours finds, in both languages."""
    return PydanticCustomError("rule", "{english}", {"indonesian": indonesian, "english": english})


class FormRule(_Strict):
    """How one form (SIASN code) becomes JP."""

    code: Annotated[int, Field(ge=1, le=99)]
    name: Words
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
    source: Words
    grade: Literal["A", "B", "C", "D"]
    verified: Truth

    @model_validator(mode="after")
    def _basis_has_its_rate(self) -> FormRule:
        counted = self.basis.startswith("per_")
        if counted and self.national is None:
            raise _problem(
                f"dasar {self.basis} butuh `national`, JP untuk satu {UNITS[self.basis]}",
                f"basis {self.basis} needs `national`, the JP of one {self.basis[4:]}",
            )
        if not counted and (self.national is not None or self.international is not None):
            raise _problem(
                f"dasar {self.basis} mengambil JP dari kegiatannya; hapus `national`/`international`",
                f"basis {self.basis} takes its JP from the activity; remove `national`/`international`",
            )
        if self.cap_sessions_month is not None and self.basis != "per_session":
            raise _problem(
                "`cap_sessions_month` butuh dasar per_session", "`cap_sessions_month` needs basis per_session"
            )
        if self.repeat_years is not None and self.basis in ("per_day", "per_session"):
            raise _problem(
                f"`repeat_years` tidak berarti untuk dasar {self.basis}: setiap kali dihitung",
                f"`repeat_years` has no meaning for basis {self.basis}: each one counts",
            )
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
    late_is_absent: Truth = False
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
    title: Words
    effective_from: date
    source: Words
    verified: Truth
    defaults: Defaults
    rounding: Rounding = Rounding()
    form: tuple[FormRule, ...]
    title_word: tuple[TitleWord, ...] = ()


_KNOWN = {
    "": tuple(_RuleFile.model_fields),
    "form": tuple(FormRule.model_fields),
    "defaults": tuple(Defaults.model_fields),
    "rounding": tuple(Rounding.model_fields),
    "title_word": tuple(TitleWord.model_fields),
}


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A validated rule set and the bytes it was read from."""

    version: str
    sha256: str
    document: str
    name: str
    title: Words
    effective_from: date
    source: Words
    verified: Truth
    defaults: Defaults
    rounding: Rounding
    forms: tuple[FormRule, ...]
    title_words: tuple[TitleWord, ...]


def default_rule_document() -> str:
    """The rule set that ships with the product (domain: PerLAN 10/2018), as text."""
    return (files("bridge") / "data" / "rules" / DEFAULT_RULE_SET).read_text(encoding="utf-8")


def read_rules(document: str, *, where: str = "rules.toml") -> RuleSet:
    """Validates the text of a rule file. Raises RefuseInput with a sentence that names every wrong line."""
    document = document.removeprefix(
        "\ufeff"
    )  # Notepad's mark; without it the same rules are the same version
    try:
        parsed = tomllib.loads(document)
    except tomllib.TOMLDecodeError as error:
        raise refused(where, [unreadable(document, str(error))]) from None
    try:
        rules = _RuleFile.model_validate(parsed)
    except ValidationError as error:
        found = [problem_of(document, one, _KNOWN) for one in error.errors(include_url=False)]
        raise refused(where, found) from None
    if wrong := _between_rows(document, rules):
        raise refused(where, wrong)
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


def _between_rows(document: str, rules: _RuleFile) -> list[RuleProblem]:
    """What a single row can't know: a code or words listed twice, a reference to a form that has no rule."""
    if not rules.form:
        return [RuleProblem(last_line(document), "form: tidak ada [[form]]", "form: no [[form]] is listed")]
    found: list[RuleProblem] = []

    def tell(place: Sequence[int | str], indonesian: str, english: str) -> None:
        name = ".".join(part for part in place if isinstance(part, str))
        found.append(RuleProblem(line_of(document, place), f"{name}: {indonesian}", f"{name}: {english}"))

    known: set[int] = set()
    for index, form in enumerate(rules.form):
        if form.code in known:
            tell(("form", index, "code"), f"{form.code} ditulis dua kali", f"{form.code} is listed twice")
        known.add(form.code)
    named = [
        *((("defaults", "certificate_forms"), code) for code in rules.defaults.certificate_forms),
        *((("defaults", "confirmation_forms"), code) for code in rules.defaults.confirmation_forms),
        *((("title_word", index, "form"), word.form) for index, word in enumerate(rules.title_word)),
    ]
    for place, code in named:
        if code not in known:
            tell(place, f"bentuk {code} tidak punya [[form]]", f"form {code} has no [[form]]")
    words: set[str] = set()
    for index, word in enumerate(rules.title_word):
        if word.words in words:  # two forms for the same words would leave the title's form to chance
            tell(
                ("title_word", index, "words"),
                f"“{word.words}” ditulis dua kali",
                f"“{word.words}” is listed twice",
            )
        words.add(word.words)
    return found


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
