"""Statement → Completion: pure. Whether a statement is a completion at all, `rules` says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from bridge.domain.evidence import Completion, Standing
from bridge.domain.learner import Identifier, Scheme
from bridge.errors import SkipRecord
from lms_adapters.xapi_lrs.rules import Rule, Rules, Says, member
from xapi.model.formats import micros_of_timestamp

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LANGUAGES = ("id", "id-ID", "en", "en-US", "und")
# ISO 8601 4.4.3.2, as far as minutes can be told from it: years and months have no length
_DURATION = re.compile(
    r"P(?:(?P<days>[0-9.,]+)D)?(?:T(?:(?P<hours>[0-9.,]+)H)?(?:(?P<minutes>[0-9.,]+)M)?"
    r"(?:(?P<seconds>[0-9.,]+)S)?)?"
)


def moment(text: Any) -> datetime | None:
    """An ISO 8601 time as aware UTC; without a zone it is UTC (xAPI Part 2 4.5). None where it is none."""
    try:
        return EPOCH + timedelta(microseconds=micros_of_timestamp(str(text)))
    except ValueError:
        return None


def unreadable(ref: str, what: str, what_english: str) -> SkipRecord:
    return SkipRecord(
        "ROW-UNREADABLE",
        f"Pernyataan {ref} tidak dapat dipakai: {what}.",
        f"The statement {ref} can't be used: {what_english}.",
        where=ref,
    )


def to_completion(
    statement: Mapping[str, Any], rule: Rule, *, source: str, home_page: str = ""
) -> Completion:
    """One completion. `home_page` is the account service whose names stand alone; accounts of others are
    `homePage|name`. Raises SkipRecord where person or time can't be read."""
    ref = str(statement.get("id", "-"))
    learner, identifiers = _person(member(statement, "actor"), source, home_page, ref)
    completed_at = moment(statement.get("timestamp"))
    if completed_at is None:
        raise unreadable(ref, "waktunya tidak terbaca", "its timestamp can't be read")
    target = member(statement, "object")
    definition = member(target, "definition")
    extensions = member(definition, "extensions")
    result = member(statement, "result")
    score = member(result, "score")
    return Completion(
        source=source,
        external_learner=learner,
        external_course=str(target.get("id", "")),
        completed_at=completed_at,
        attempt=_attempt(statement, rule, completed_at),
        identifiers=identifiers,
        learner_name=str(member(statement, "actor").get("name") or ""),
        course_code=_text(extensions.get(rule.code)) if rule.code else "",
        course_idnumber=_text(extensions.get(rule.idnumber)) if rule.idnumber else "",
        course_title=_in_words(member(definition, "name")),
        score=_number(score.get("raw")),
        score_max=_number(score.get("max")),
        minutes=_minutes(result.get("duration")),
    )


def _attempt(statement: Mapping[str, Any], rule: Rule, completed_at: datetime) -> str:
    if rule.attempt == "registration":
        return str(member(statement, "context").get("registration") or "1").lower()
    if rule.attempt == "once":
        return "1"
    return completed_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _person(
    actor: Mapping[str, Any], source: str, home_page: str, ref: str
) -> tuple[str, tuple[Identifier, ...]]:
    """xAPI Part 2 2.4.2.3: exactly one inverse functional identifier names an agent."""
    account = member(actor, "account")
    if actor.get("objectType", "Agent") != "Agent":
        raise unreadable(ref, "pelakunya kelompok, bukan orang", "its actor is a group, not a person")
    if account.get("name"):
        name, service = str(account["name"]).strip(), str(account.get("homePage") or "").rstrip("/")
        known_as = name if service == home_page.rstrip("/") and service else f"{service}|{name}"
        return known_as, (Identifier(Scheme.ACCOUNT, name, source),)
    if mail := str(actor.get("mbox") or "").removeprefix("mailto:"):
        return mail.casefold(), (Identifier(Scheme.EMAIL, mail),)
    for identifier in ("mbox_sha1sum", "openid"):
        if actor.get(identifier):
            return str(actor[identifier]), ()
    raise unreadable(ref, "pelakunya tidak dikenali", "its actor has no identifier")


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _in_words(names: Mapping[str, Any]) -> str:
    for language in (*LANGUAGES, *names):
        if isinstance(names.get(language), str):
            return str(names[language])
    return ""


def _number(value: Any) -> Decimal | None:
    return None if isinstance(value, bool) or not isinstance(value, int | float) else Decimal(str(value))


def _minutes(duration: Any) -> int | None:
    found = _DURATION.fullmatch(str(duration)) if duration else None
    if found is None:
        return None
    parts = {name: float(value.replace(",", ".")) for name, value in found.groupdict().items() if value}
    try:
        return int(timedelta(**parts).total_seconds() // 60) if parts else None
    except OverflowError:
        return None


def standing_of(
    statements: Iterable[Mapping[str, Any]], rules: Rules, *, source: str, home_page: str = ""
) -> list[Completion]:
    """What all (not voided) statements of one person about one course come to: every completion that stands,
    and those of the attempt `once` that a later failure took back, as withdrawn."""
    told: dict[tuple[str, str, str], list[tuple[datetime, Says, Completion]]] = {}
    for statement in statements:
        rule = rules.judge(statement)
        if rule is None or rule.says is Says.WAIVED or rule.beneath:
            continue
        record = to_completion(statement, rule, source=source, home_page=home_page)
        key = (record.external_learner, record.external_course, record.attempt)
        told.setdefault(key, []).append((record.completed_at, rule.says, record))
    outcomes = map(_outcome, told.values())
    return [outcome for outcome in outcomes if outcome is not None]


def _outcome(events: Sequence[tuple[datetime, Says, Completion]]) -> Completion | None:
    # at the same moment the pass counts: a failure then is the event before it
    in_time = sorted(events, key=lambda event: (event[0], event[1] is Says.COMPLETED))
    stands: Completion | None = None
    last: Completion | None = None
    for _, says, record in in_time:
        if says is Says.FAILED:
            stands = None
        else:
            last = record
            stands = stands or record
    if stands is not None or last is None:
        return stands
    return replace(last, standing=Standing.WITHDRAWN)
