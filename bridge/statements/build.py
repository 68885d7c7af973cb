"""A ledger entry as xAPI statements, built with tincan: pure, and the same entry gives the same statements.

An award or adjustment is one statement; a reversal voids every statement of the credit that still stands
(xAPI Part 2 2.3.2: voiding). Ids are UUIDv5 of the entry key under a fixed namespace, so publishing twice is
publishing once. The authority is set by the LRS, never here.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import tincan

from bridge.domain.credit import EntryKind, LedgerEntry
from bridge.domain.jp import from_hundredths
from bridge.domain.keys import STATEMENT_NAMESPACE, digest, spell, statement_id

VERBS = {
    EntryKind.AWARD: ("http://id.tincanapi.com/verb/earned", "memperoleh", "earned"),
    EntryKind.ADJUSTMENT: ("http://id.tincanapi.com/verb/adjusted", "disesuaikan", "adjusted"),
}
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
COURSE = "http://adlnet.gov/expapi/activities/course"
PLATFORM = "JP Bridge"


@dataclass(frozen=True, slots=True)
class Naming:
    """The IRIs under which a tenant's activities, extensions and people are named."""

    activity_base: str
    agent_home_page: str

    def activity(self, activity_key: str) -> str:
        """The activity's IRI: the key is digested, since it may hold characters that no IRI has."""
        return f"{self.activity_base}/xapi/activities/{digest(activity_key)[:32]}"

    def extension(self, name: str) -> str:
        return f"{self.activity_base}/xapi/extensions/{name}"


def _agent(home_page: str, name: str) -> tincan.Agent:
    return tincan.Agent(account=tincan.AgentAccount(home_page=home_page, name=name))


def _as_json(statement: tincan.Statement) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(statement.to_json())
    return value


def _context(entry: LedgerEntry, leaf_hash: str, naming: Naming, *, about_activity: bool) -> tincan.Context:
    facts: dict[str, Any] = {
        "entry-key": entry.entry_key,
        "leaf-hash": leaf_hash,
        "kind": entry.kind.value,
        "rule-version": entry.rule_version,
        "form": entry.form,
        "year": entry.year,
        "reason": entry.reason,
        "started-on": entry.started_on.isoformat(),
        "ended-on": entry.ended_on.isoformat(),
        "evidence": list(entry.evidence),
    }
    # xAPI Part 2 2.4.6: platform may stand only where the object is an Activity.
    where = {"platform": PLATFORM} if about_activity else {}
    return tincan.Context(
        **where,
        language="id",
        extensions=tincan.Extensions({naming.extension(name): value for name, value in facts.items()}),
    )


def _credit_statement(entry: LedgerEntry, leaf_hash: str, agent_name: str, naming: Naming) -> dict[str, Any]:
    verb, indonesian, english = VERBS[entry.kind]
    jp = {naming.extension("jp"): float(from_hundredths(entry.jp))}
    return _as_json(
        tincan.Statement(
            id=statement_id(entry.entry_key),
            actor=_agent(naming.agent_home_page, agent_name),
            verb=tincan.Verb(id=verb, display=tincan.LanguageMap({"id": indonesian, "en": english})),
            object=tincan.Activity(
                id=naming.activity(entry.activity_key),
                definition=tincan.ActivityDefinition(
                    type=COURSE, name=tincan.LanguageMap({"id": entry.title})
                ),
            ),
            result=tincan.Result(completion=True, extensions=tincan.Extensions(jp)),
            context=_context(entry, leaf_hash, naming, about_activity=True),
            timestamp=entry.recorded_at,
        )
    )


def _voiding_statement(
    entry: LedgerEntry, leaf_hash: str, target: str, number: int, naming: Naming
) -> dict[str, Any]:
    # The first void bears the entry's own id, so that entry and statement find each other both ways.
    own_id = statement_id(entry.entry_key)
    if number:
        own_id = str(uuid.uuid5(STATEMENT_NAMESPACE, spell("void1", [entry.entry_key, target])))
    return _as_json(
        tincan.Statement(
            id=own_id,
            actor=_agent(naming.activity_base, PLATFORM),
            verb=tincan.Verb(id=VOIDED, display=tincan.LanguageMap({"id": "dibatalkan", "en": "voided"})),
            object=tincan.StatementRef(id=target),
            context=_context(entry, leaf_hash, naming, about_activity=False),
            timestamp=entry.recorded_at,
        )
    )


def statements_of(
    entry: LedgerEntry, *, leaf_hash: str, agent_name: str, standing: Sequence[str], naming: Naming
) -> list[dict[str, Any]]:
    """The statements that tell this entry. `standing` are the ids of the credit's statements that stand
    before it; only a reversal looks at them. `agent_name` is the learner's NIP on the day of the entry."""
    if entry.kind is not EntryKind.REVERSAL:
        return [_credit_statement(entry, leaf_hash, agent_name, naming)]
    return [
        _voiding_statement(entry, leaf_hash, target, number, naming) for number, target in enumerate(standing)
    ]
