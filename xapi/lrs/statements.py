"""The Statement Resource (xAPI Part 3 2.1)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

import orjson

from xapi.errors import BadRequest, NotFound
from xapi.lrs import parameters
from xapi.lrs.access import demand
from xapi.lrs.answers import Answer
from xapi.lrs.attachments import attachments_of, read_statements
from xapi.lrs.exchange import Exchange
from xapi.lrs.multipart import write_parts
from xapi.lrs.settings import LrsSettings
from xapi.model.facets import agent_name
from xapi.model.formats import http_date_of_micros, timestamp_of_micros
from xapi.model.presentation import Canonical, as_ids, languages_accepted
from xapi.model.submission import Authority
from xapi.model.wire import value_of
from xapi.store.credentials import Credential
from xapi.store.store import Query, Store, Stored, Submission

CONSISTENT = "X-Experience-API-Consistent-Through"
_FORMATS = ("exact", "ids", "canonical")
_ONE = ("statementId", "voidedStatementId")
_PARAMETERS = (
    *_ONE, "agent", "verb", "activity", "registration", "related_activities", "related_agents",
    "since", "until", "limit", "format", "attachments", "ascending", "cursor",
)  # fmt: skip
READING = ("statements/read", "all/read", "statements/read/mine")


class Statements:
    def __init__(self, store: Store, settings: LrsSettings) -> None:
        self._store = store
        self._settings = settings

    # -- storing ---------------------------------------------------------------------------------------

    def put(self, exchange: Exchange, credential: Credential) -> Submission:
        """xAPI Part 3 2.1.1: one statement, under the id of the parameter."""
        demand(credential, "statements/write")
        exchange.allow_only(("statementId",))
        exchange.required("statementId")
        wanted = parameters.uuid(exchange, "statementId") or ""
        statements, many, data = read_statements(exchange)
        if many:
            raise BadRequest("batch_form", path="$", clause="xAPI Part 3 2.1.1")
        one = statements[0]
        if "id" in one.value and one.statement_id.lower() != wanted.lower():
            raise BadRequest("statement_id_differs", path="$.id", clause="xAPI Part 3 2.1.1")
        if "id" not in one.value:
            one.statement_id = wanted
        return Submission(statements, credential.authority, data)

    def post(self, exchange: Exchange, credential: Credential) -> Submission:
        """xAPI Part 3 2.1.2: one or many, all or none."""
        demand(credential, "statements/write")
        exchange.allow_only(())
        statements, _, data = read_statements(exchange)
        return Submission(statements, credential.authority, data)

    def stored(self, exchange: Exchange, outcome: Stored) -> Answer:
        headers = {CONSISTENT: timestamp_of_micros(outcome.through)}
        if exchange.method == "PUT":
            return Answer(204, b"", headers)
        return Answer.of_json(outcome.ids, headers=headers)

    # -- reading ---------------------------------------------------------------------------------------

    def get(self, exchange: Exchange, credential: Credential) -> Answer:
        """xAPI Part 3 2.1.3."""
        demand(credential, *READING)
        exchange.allow_only(_PARAMETERS)
        mine = None
        if not credential.may("statements/read", "all/read"):
            mine = credential.authority.name
        if any(name in exchange.parameters for name in _ONE):
            return self._one(exchange, mine)
        return self._page(exchange, mine)

    def _one(self, exchange: Exchange, mine: str | None) -> Answer:
        name = next(name for name in _ONE if name in exchange.parameters)
        for other in exchange.parameters:
            # "and also contain any other parameter besides attachments or format"
            if other not in (name, "attachments", "format"):
                raise BadRequest(
                    "parameter_both", path=other, clause="xAPI Part 3 2.1.3", first=name, second=other
                )
        wanted = parameters.uuid(exchange, name) or ""
        form = parameters.choice(exchange, "format", _FORMATS)
        whole = parameters.boolean(exchange, "attachments")
        through, found = self._store.by_id(wanted)
        headers = {CONSISTENT: timestamp_of_micros(through)}
        # xAPI Part 3 2.1.4: a voided statement only by voidedStatementId, and no other statement by that.
        if found is None or found[1] is not (name == "voidedStatementId") or not _is_theirs(found[2], mine):
            fault = NotFound("statement_not_found", path=name, clause="xAPI Part 3 2.1.3", value=wanted)
            return Answer.of_json(fault.as_json(), status=404, headers=headers)
        stored, _, payload = found
        headers["Last-Modified"] = http_date_of_micros(stored)
        body = payload if form == "exact" else self._formed([payload], form, exchange)
        return self._answer(body, [payload] if whole else [], headers, whole=whole)

    def _page(self, exchange: Exchange, mine: str | None) -> Answer:
        query = query_of(exchange, mine)
        form = parameters.choice(exchange, "format", _FORMATS)
        whole = parameters.boolean(exchange, "attachments")
        through, found = self._store.find(query, self._limit(exchange))
        headers = {CONSISTENT: timestamp_of_micros(through)}
        if found.ords:
            headers["Last-Modified"] = http_date_of_micros(max(found.ords[0], found.ords[-1]))
        more = orjson.dumps(_more(exchange, found.ords[-1]) if found.more else "")
        listed = found.joined if form == "exact" else self._formed(found.payloads, form, exchange)
        body = b"".join((b'{"statements":[', listed, b'],"more":', more, b"}"))
        return self._answer(body, found.payloads if whole else [], headers, whole=whole)

    def _limit(self, exchange: Exchange) -> int:
        """xAPI Part 3 2.1.3: 0 is the most that the server gives."""
        asked = parameters.whole_number(exchange, "limit")
        if asked is None:
            return self._settings.page
        return min(asked, self._settings.largest_page) or self._settings.largest_page

    def _formed(self, payloads: list[bytes], form: str, exchange: Exchange) -> bytes:
        """Joined by commas, in another form than the one that is kept."""
        values = [value_of(payload) for payload in payloads]
        if form == "ids":
            return b",".join(orjson.dumps(as_ids(value)) for value in values)
        canonical = self._canonical(values, exchange.headers.get("accept-language", ""))
        return b",".join(orjson.dumps(canonical.statement(value)) for value in values)

    def _canonical(self, statements: list[dict[str, Any]], accepted: str) -> Canonical:
        definitions = self._store.definitions(_activities_of(statements))
        displays = self._store.displays(_verbs_of(statements))
        return Canonical(languages_accepted(accepted), definitions.get, displays.get)

    def _answer(self, body: bytes, payloads: list[bytes], headers: dict[str, str], *, whole: bool) -> Answer:
        if not whole:
            return Answer.of_bytes(body, headers=headers)
        wanted = {
            entry["sha2"].lower(): entry["contentType"]
            for payload in payloads
            for _, entry in attachments_of(value_of(payload))
        }
        kept = self._store.attachments(wanted)
        content_type, parts = write_parts(body, [(sha2, wanted[sha2], kept[sha2]) for sha2 in sorted(kept)])
        return Answer(200, parts, {**headers, "Content-Type": content_type})


def query_of(exchange: Exchange, mine: str | None) -> Query:
    agent = parameters.agent(exchange)
    return Query(
        agent=None if agent is None else agent_name(agent),
        related_agents=parameters.boolean(exchange, "related_agents"),
        verb=parameters.iri(exchange, "verb"),
        activity=parameters.iri(exchange, "activity"),
        related_activities=parameters.boolean(exchange, "related_activities"),
        registration=parameters.uuid(exchange, "registration"),
        since=parameters.timestamp(exchange, "since"),
        until=parameters.timestamp(exchange, "until"),
        ascending=parameters.boolean(exchange, "ascending"),
        after=parameters.whole_number(exchange, "cursor"),
        mine=mine,
    )


def _more(exchange: Exchange, last: int) -> str:
    """xAPI Part 2 2.5: a relative IRL with full path and query. It says where this page ended (by `stored`),
    so it needs no memory, never expires, and neither loses nor repeats a statement while others write."""
    return exchange.path + "?" + urlencode({**exchange.parameters, "cursor": str(last)})


def _is_theirs(payload: bytes, mine: str | None) -> bool:
    if mine is None:
        return True
    authority = value_of(payload)["authority"]
    return Authority(b"", authority).name == mine


def _activities_of(statements: Iterable[dict[str, Any]]) -> set[str]:
    iris: set[str] = set()
    for statement in statements:
        target = statement["object"]
        kind = target.get("objectType", "Activity")
        if kind == "Activity":
            iris.add(target["id"])
        elif kind == "SubStatement":
            iris |= _activities_of([target])
        for entries in statement.get("context", {}).get("contextActivities", {}).values():
            iris.update(entry["id"] for entry in entries)
    return iris


def _verbs_of(statements: Iterable[dict[str, Any]]) -> set[str]:
    iris: set[str] = set()
    for statement in statements:
        iris.add(statement["verb"]["id"])
        if statement["object"].get("objectType") == "SubStatement":
            iris |= _verbs_of([statement["object"]])
    return iris
