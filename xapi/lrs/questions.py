"""Beyond the specification, for people who look at many statements at once: counts and files.

    GET /statements/counts?by=verb|activity|day   [&offset=+09:00] [&limit=…]
    GET /statements/export?shape=jsonl|csv|parquet

Both take the filters of the Statement Resource (agent, verb, activity, registration, related_agents,
related_activities, since, until), the same scopes, and note every reading before they answer.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

import orjson

from xapi.errors import BadRequest
from xapi.lrs import parameters
from xapi.lrs.access import demand
from xapi.lrs.answers import Answer
from xapi.lrs.exchange import Exchange
from xapi.lrs.export import SHAPES, each_statement
from xapi.lrs.statements import CONSISTENT, READING, query_of
from xapi.model.formats import timestamp_of_micros
from xapi.store.credentials import Credential
from xapi.store.store import Query, Store

_FILTERS = (
    "agent", "verb", "activity", "registration", "related_activities", "related_agents", "since", "until",
)  # fmt: skip
_CLAUSE = "docs/lrs.md"
_BY = ("verb", "activity", "day")
_MOST = 10_000
_OFFSET = re.compile(r"([+-])(0[0-9]|1[0-4]):([0-5][0-9])")


class Questions:
    def __init__(self, store: Store) -> None:
        self._store = store

    def counts(self, exchange: Exchange, credential: Credential) -> Answer:
        query = self._asked(exchange, credential, ("by", "offset", "limit"))
        by = parameters.choice(exchange, "by", _BY)
        shift = _shift(exchange.parameters.get("offset", "+00:00"))
        limit = min(parameters.whole_number(exchange, "limit") or 1000, _MOST)
        self._note(exchange, credential)
        through = self._store.consistent_through()
        found = self._store.counts(query, by, shift=shift, limit=limit)
        rows = [
            {by: day_named(what) if by == "day" else what, "statements": number} for what, number in found
        ]
        headers = {CONSISTENT: timestamp_of_micros(through)}
        return Answer.of_json({"by": by, "counts": rows}, headers=headers)

    def export(self, exchange: Exchange, credential: Credential) -> Answer:
        query = self._asked(exchange, credential, ("shape",))
        shape = parameters.choice(exchange, "shape", tuple(SHAPES))
        self._note(exchange, credential)
        write, media_type = SHAPES[shape]
        headers = {
            "Content-Type": media_type,
            "Content-Disposition": f'attachment; filename="statements.{shape}"',
        }
        return Answer(200, b"", headers, write(each_statement(self._store, [query])))

    def _asked(self, exchange: Exchange, credential: Credential, own: tuple[str, ...]) -> Query:
        demand(credential, *READING)
        exchange.allow_only((*_FILTERS, *own))
        mine = None if credential.may("statements/read", "all/read") else credential.authority.name
        return query_of(exchange, mine)

    def _note(self, exchange: Exchange, credential: Credential) -> None:
        what = exchange.path.rpartition("/")[2]
        self._store.note_read(credential.key, what, orjson.dumps(exchange.parameters).decode())


def day_named(days: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=int(days))).isoformat()


def _shift(said: str) -> int:
    """Microseconds that a zone is ahead of UTC."""
    found = _OFFSET.fullmatch(said.replace(" ", "+"))  # an unescaped + in a query is a space
    if found is None:
        raise BadRequest("enum", path="offset", clause=_CLAUSE, value=said[:40], allowed="+09:00, -03:30, …")
    sign, hours, minutes = found.groups()
    shift = (int(hours) * 60 + int(minutes)) * 60_000_000
    return shift if sign == "+" else -shift
