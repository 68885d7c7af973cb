"""The course-completion rules of rules.toml: pure judgement of one statement."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from bridge.errors import RefuseInput

STANDARD = Path(__file__).with_name("rules.toml")
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
ATTEMPTS = ("time", "registration", "once")


class Says(StrEnum):
    COMPLETED = "completed"
    FAILED = "failed"  # takes back a `completed` of the attempt `once`, if it is the later of the two
    WAIVED = "waived"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the file, whose head says what each member means."""

    name: str
    says: Says
    verb: str
    attempt: str
    types: tuple[str, ...] = ()
    category: str = ""
    without_category: str = ""
    beneath: tuple[str, ...] = ()
    code: str = ""
    idnumber: str = ""
    source: str = ""

    def fits(self, statement: Mapping[str, Any]) -> bool:
        """Whether the statement is of this rule. Never raises on a valid statement."""
        target = member(statement, "object")
        if member(statement, "verb").get("id") != self.verb or _is_other(target):
            return False
        if self.types and member(target, "definition").get("type") not in self.types:
            return False
        categories = category_ids(statement)
        if self.category and self.category not in categories:
            return False
        return not (self.without_category and self.without_category in categories)


@dataclass(frozen=True, slots=True)
class Rules:
    all: tuple[Rule, ...]

    def judge(self, statement: Mapping[str, Any]) -> Rule | None:
        """The first rule that fits; None where the statement says nothing about completing a course."""
        rule = next((rule for rule in self.all if rule.fits(statement)), None)
        if rule is not None and member(statement, "result").get("completion") is False:
            return None
        return rule

    @property
    def verbs(self) -> tuple[str, ...]:
        """What has to be read, in an order in which what takes back or proves comes before what is judged."""
        proofs = [verb for rule in self.all for verb in rule.beneath]
        rest = [rule.verb for rule in self.all]
        return tuple(dict.fromkeys([VOIDED, *self._taking_back, *proofs, *rest]))

    @property
    def weighed_last(self) -> frozenset[str]:
        """The verbs of which something is told only once all verbs were read: what takes back, what waits for a
        proof."""
        waiting = [rule.verb for rule in self.all if rule.beneath]
        return frozenset((VOIDED, *self._taking_back, *waiting))

    @property
    def _taking_back(self) -> tuple[str, ...]:
        return tuple(rule.verb for rule in self.all if rule.says is Says.FAILED)


def member(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A member that is an object; an empty one where it is absent or something else."""
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def category_ids(statement: Mapping[str, Any]) -> set[str]:
    listed = member(member(statement, "context"), "contextActivities").get("category")
    entries: Iterable[Any] = listed if isinstance(listed, list) else [listed]
    return {str(entry.get("id")) for entry in entries if isinstance(entry, dict)}


def _is_other(target: Mapping[str, Any]) -> bool:
    return bool(target.get("objectType", "Activity") != "Activity")


def read_rules(text: str, where: str) -> Rules:
    """Raises RefuseInput that names what is wrong with the file."""
    try:
        listed = tomllib.loads(text)["rule"]
        rules = tuple(_rule(entry) for entry in listed)
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as fault:
        raise RefuseInput(
            "XAPI-RULES",
            f"Berkas aturan {where} tidak dapat dipakai: {fault}. Samakan bentuknya dengan rules.toml bawaan.",
            f"The rules file {where} can't be used: {fault}. Give it the form of the built-in rules.toml.",
            where=where,
        ) from fault
    return Rules(rules)


def _rule(entry: dict[str, Any]) -> Rule:
    listed = {name: tuple(entry[name]) for name in ("types", "beneath") if name in entry}
    members: dict[str, Any] = entry | listed | {"says": Says(entry["says"])}
    rule = Rule(**members)
    if rule.attempt not in ATTEMPTS:
        raise ValueError(f"attempt {rule.attempt!r} is not one of {', '.join(ATTEMPTS)}")
    return rule


@lru_cache(maxsize=1)
def standard_rules() -> Rules:
    return read_rules(STANDARD.read_text("utf-8"), STANDARD.name)


def rules_of(path: str) -> Rules:
    """The rules of a file, or the built-in ones where none is named."""
    if not path:
        return standard_rules()
    try:
        return read_rules(Path(path).read_text("utf-8"), path)
    except (OSError, UnicodeDecodeError) as fault:
        raise RefuseInput(
            "XAPI-RULES",
            f"Berkas aturan {path} tidak terbaca. Periksa setelan rules.",
            f"The rules file {path} can't be read. Check the setting rules.",
            where=path,
        ) from fault
