"""Reading the verbs of one pull: pages in, completions out, and what has to be looked at again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from bridge.domain.evidence import Completion, Standing
from bridge.errors import SkipRecord
from lms_adapters.spec import Page, Quarantined, RawPayload
from lms_adapters.xapi_lrs.map import moment, standing_of, to_completion
from lms_adapters.xapi_lrs.probe import written
from lms_adapters.xapi_lrs.reader import Reader
from lms_adapters.xapi_lrs.rules import VOIDED, Rule, Says, member
from lms_adapters.xapi_lrs.settings import LrsSettings
from xapi.client.page import Page as Answered
from xapi.model import wire

AGAIN = "again"
MOST_WAITING = 500
MOST_OF_ONE = 2000  # statements of one person about one course that are looked at
RAW = 4000
REASON = "https://w3id.org/xapi/cmi5/result/extensions/reason"
_IFIS = ("account", "mbox", "mbox_sha1sum", "openid")

Statement = Mapping[str, Any]
Matter = tuple[str, str]  # (agent as JSON, activity)


def agent_of(statement: Statement) -> dict[str, Any]:
    """The actor as a query names it: its identifier alone, without the name."""
    actor = member(statement, "actor")
    return {name: actor[name] for name in _IFIS if name in actor}


def _matter(statement: Statement) -> Matter:
    agent = orjson.dumps(agent_of(statement), option=orjson.OPT_SORT_KEYS).decode()
    return agent, str(member(statement, "object").get("id"))


def _registration(statement: Statement) -> str:
    return str(member(statement, "context").get("registration") or "").lower()


def _body(statements: Iterable[bytes]) -> RawPayload:
    return RawPayload("application/json", b"[" + b",".join(statements) + b"]")


@dataclass(slots=True)
class Reading:
    """One pull. Verbs come in the order of `Rules.verbs`: voids, failures and proofs before what they bear
    on, so that nothing is told first and taken back after."""

    source: str
    reader: Reader
    settings: LrsSettings
    sweep: bool
    filtered: bool = True  # false: the store can't filter, so everything is read for each verb
    rows: int = 0
    waiting: set[str] = field(default_factory=set)  # ids of `satisfied` without proof so far
    doubts: list[str] = field(default_factory=list)
    voids_since: str | None = None  # voids that were stored before have had their effect
    _voided: set[str] = field(default_factory=set)
    _matters: dict[Matter, None] = field(default_factory=dict)
    _gone: dict[Matter, list[Completion]] = field(default_factory=dict)
    _proven: set[str] = field(default_factory=set)
    _seen: set[str] = field(default_factory=set)  # ids of the last pages: an overlap repeats statements

    def verb(self, verb: str, since: str | None) -> Iterator[Page]:
        """Every page of one verb since (exclusive) a moment of storing; None: all."""
        filters = {
            "verb": verb if self.filtered else None,
            "since": since,
            "ascending": True,
            "limit": self.settings.page_size,
        }
        bound: str | None = None
        through = since
        for number, answered in enumerate(self.reader.pages(**filters)):
            # xAPI Part 3 2.1.3: what the first page says is the least; never go past it
            bound = bound or answered.consistent_through
            through = _earlier(_newest(answered.statements) or through, bound)
            yield self._page(
                verb, number, self._of_verb(answered, verb), {"through": through} if through else {}
            )
        # Nothing newer than the bound was promised, so all up to it has been read.
        if bound is not None and (through is None or bound > through):
            yield Page(verb, (), (), _body(()), {"through": _spelt(bound)})

    def looked_at_again(self, waiting: Iterable[str]) -> Iterator[Page]:
        """Those whose statements were taken back, and `satisfied` of earlier pulls that lacked a proof."""
        for agent, activity in self._matters:
            statements = self._all((agent, activity))
            raw, values = [one[0] for one in statements], [one[1] for one in statements]
            records = self._records(values)
            told = {(one.external_learner, one.external_course, one.attempt) for one in records}
            gone = [one for one in self._gone.get((agent, activity), ()) if _key(one) not in told]
            yield Page(AGAIN, (*records, *gone), (), _body(raw), {})
        if not self.sweep:
            yield from self._waited_for(waiting)
        if len(self.waiting) > MOST_WAITING:
            self.doubts.append(f"{len(self.waiting)} cmi5 registrations are satisfied without any proof")
            self.waiting = set(sorted(self.waiting)[:MOST_WAITING])

    def _of_verb(self, answered: Answered, verb: str) -> Answered:
        if self.filtered:
            return answered
        kept = [raw for raw in answered.statements if member(wire.value_of(raw), "verb").get("id") == verb]
        return Answered(kept, answered.consistent_through)

    # -- one page --------------------------------------------------------------------------------------

    def _page(self, verb: str, number: int, answered: Answered, cursor: Mapping[str, Any]) -> Page:
        found: dict[tuple[str, str, str], Completion] = {}
        bad: list[Quarantined] = []
        kept: list[bytes] = []
        ids: set[str] = set()
        for raw in answered.statements:
            statement: dict[str, Any] = wire.value_of(raw)
            name = str(statement.get("id", "")).lower()
            ids.add(name)
            if name in self._seen or name in self._voided:
                continue
            self.rows += 1
            try:
                record = self._judged(statement)
            except SkipRecord as skipped:
                bad.append(Quarantined(skipped.where, skipped.code, skipped.english, raw.decode()[:RAW]))
                kept.append(raw)
                continue
            if record is not None:
                kept.append(raw)
                found.setdefault(_key(record), record)
        self._seen = ids
        return Page(verb, tuple(found.values()), tuple(bad), _body(kept), cursor, number=number)

    def _judged(self, statement: Statement) -> Completion | None:
        """A completion to store now; what needs more looking is noted instead. Raises SkipRecord."""
        if member(statement, "verb").get("id") == VOIDED:
            self._void(statement)
            return None
        rule = self.settings.rules.judge(statement)
        self._note_proof(statement)
        if rule is None:
            return None
        if rule.says is Says.FAILED:
            self._matters.setdefault(_matter(statement))
            return None
        if rule.says is Says.WAIVED:
            raise _waived(statement)
        if _matter(statement) in self._matters and rule.attempt == "once":
            return None  # it is weighed against its failure in `looked_at_again`
        if rule.beneath and not self._is_proven(statement, rule):
            self.waiting.add(str(statement.get("id")).lower())
            raise _unproven(statement)
        return self._completion(statement, rule)

    def _completion(self, statement: Statement, rule: Rule) -> Completion:
        return to_completion(statement, rule, source=self.source, home_page=self.settings.home_page)

    def _records(self, statements: Iterable[Statement]) -> list[Completion]:
        standing = [one for one in statements if str(one.get("id")).lower() not in self._voided]
        records = standing_of(
            standing, self.settings.rules, source=self.source, home_page=self.settings.home_page
        )
        for statement in standing:
            rule = self.settings.rules.judge(statement)
            if rule is not None and rule.beneath and self._is_proven(statement, rule):
                records.append(self._completion(statement, rule))
        return records

    # -- what is taken back, what is proven ------------------------------------------------------------

    def _void(self, statement: Statement) -> None:
        """The id is kept, since some stores still return what was voided (learninglocker #408). Of a void that
        is new, the voided statement says whose completion has to be looked at again."""
        target = str(member(statement, "object").get("id") or "").lower()
        if target in self._voided:  # it also comes with the verb of what it voids (xAPI Part 3 2.1.3)
            return
        self._voided.add(target)
        stored = moment(statement.get("stored"))
        if self.voids_since is None or (stored is not None and written(stored) <= self.voids_since):
            return
        raw = self.reader.voided_statement(target)
        if raw is None:
            self.doubts.append(f"the voided statement {target} can't be read, so a sweep is needed")
            return
        voided: dict[str, Any] = wire.value_of(raw)
        rule = self.settings.rules.judge(voided)
        if rule is None or rule.says is Says.WAIVED:
            return
        matter = _matter(voided)
        self._matters.setdefault(matter)
        if rule.says is Says.COMPLETED:
            gone = self._completion(voided, rule)
            self._gone.setdefault(matter, []).append(replace(gone, standing=Standing.WITHDRAWN))

    def _note_proof(self, statement: Statement) -> None:
        verb = member(statement, "verb").get("id")
        if any(verb in rule.beneath for rule in self.settings.rules.all) and (
            registration := _registration(statement)
        ):
            self._proven.add(registration)

    def _is_proven(self, statement: Statement, rule: Rule) -> bool:
        registration = _registration(statement)
        if registration in self._proven:
            return True
        if self.sweep or not registration:
            return False  # every proof that there is was read before
        for verb in rule.beneath:
            for page in self.reader.pages(registration=registration, verb=verb, limit=1):
                if page.statements:
                    self._proven.add(registration)
                    return True
                break
        return False

    def _waited_for(self, waiting: Iterable[str]) -> Iterator[Page]:
        for name in sorted(set(waiting) - self.waiting):
            raw = self.reader.statement(name)
            statement: dict[str, Any] | None = None if raw is None else wire.value_of(raw)
            rule = None if statement is None else self.settings.rules.judge(statement)
            if raw is None or statement is None or rule is None:
                continue  # voided meanwhile
            if self._is_proven(statement, rule):
                yield Page(AGAIN, (self._completion(statement, rule),), (), _body((raw,)), {})
            else:
                self.waiting.add(name)

    def _all(self, matter: Matter) -> list[tuple[bytes, Statement]]:
        """Every statement of one person about one course."""
        found: list[tuple[bytes, Statement]] = []
        filters: dict[str, Any] = {"ascending": True, "limit": self.settings.page_size}
        if self.filtered:
            filters |= {"agent": orjson.loads(matter[0]), "activity": matter[1]}
        for page in self.reader.pages(**filters):
            values = [(raw, wire.value_of(raw)) for raw in page.statements]
            found += [one for one in values if self.filtered or _matter(one[1]) == matter]
            if len(found) > MOST_OF_ONE:
                break
        return found


def _key(record: Completion) -> tuple[str, str, str]:
    return record.external_learner, record.external_course, record.attempt


def _newest(statements: Iterable[bytes]) -> str | None:
    """The newest `stored` of a page, in our spelling."""
    moments = [moment(wire.value_of(raw).get("stored")) for raw in statements]
    known = [at for at in moments if at is not None]
    return written(max(known)) if known else None


def _spelt(text: str) -> str | None:
    at = moment(text)
    return None if at is None else written(at)


def _earlier(one: str | None, bound: str | None) -> str | None:
    limit = _spelt(bound) if bound else None
    return min(one, limit) if one and limit else one


def _waived(statement: Statement) -> SkipRecord:
    reason = str(member(member(statement, "result"), "extensions").get(REASON) or "-")
    name = str(statement.get("id", "-"))
    return SkipRecord(
        "XAPI-WAIVED",
        f"Pernyataan {name}: peserta dibebaskan dari satu unit ({reason}).",
        f"The learner was excused from a unit ({reason})",
        where=name,
    )


def _unproven(statement: Statement) -> SkipRecord:
    name = str(statement.get("id", "-"))
    return SkipRecord(
        "XAPI-UNPROVEN",
        f"Pernyataan {name}: kursus dinyatakan selesai tanpa satu pun unit yang dikerjakan.",
        "The course is satisfied without a single unit passed or completed",
        where=name,
    )
