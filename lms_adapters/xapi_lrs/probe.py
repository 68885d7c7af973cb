"""Does `since` compare with the time of storing, as xAPI Part 3 2.1.3 demands? Asked by reading only.

Some stores compare it with the event's own time: a statement that arrives late is then missed for ever. One
statement whose two times differ shows it: asked for what came between them, a true store gives it. Where no
such statement is found nothing is proven, and the source is swept until one is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import Any

import orjson

from bridge.errors import BridgeError
from lms_adapters.xapi_lrs.map import moment
from lms_adapters.xapi_lrs.reader import Reader
from lms_adapters.xapi_lrs.rules import member
from xapi.model import wire

APART = timedelta(seconds=2)
LOOKED_AT = 400
PAGES = 4


class Since(StrEnum):
    STORED = "stored"
    EVENT = "event"  # late statements are missed
    BROKEN = "broken"  # the store fails on it
    UNPROVEN = "unproven"
    FILTERS = "filters"  # even filters by verb or activity fail: statements are sorted out here


def written(at: datetime) -> str:
    """RFC 3339 in UTC with microseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def probe_since(reader: Reader, verbs: Iterable[str]) -> Since:
    """A store whose other filters fail is not trusted with `since` either. Raises by remedy where the store
    can't be read at all."""
    if not filters_work(reader):
        return Since.FILTERS
    late = _late_statement(reader, verbs)
    if late is None:
        return Since.UNPROVEN
    event, stored = moment(late["timestamp"]), moment(late["stored"])
    if event is None or stored is None:
        return Since.UNPROVEN
    filters = {
        "since": written(event + (stored - event) / 2),
        "until": written(stored + APART),
        "verb": str(member(late, "verb").get("id")),
        "ascending": True,
        "limit": 100,
    }
    wanted = str(late.get("id")).lower()
    try:
        for page in islice(reader.pages(**filters), PAGES):
            if any(str(orjson.loads(raw).get("id")).lower() == wanted for raw in page.statements):
                return Since.STORED
    except BridgeError:
        return Since.BROKEN  # what came before was read well, so it is this filter
    return Since.EVENT


def filters_work(reader: Reader) -> bool:
    """Whether the store finds its newest statement again by verb and activity. Ralph 5.1 on files does not: it
    answers with nothing, which would look like nobody having learned."""
    newest = next(reader.pages(limit=1), None)
    if newest is None or not newest.statements:
        return True
    statement: dict[str, Any] = wire.value_of(newest.statements[0])
    target = member(statement, "object")
    verb = str(member(statement, "verb").get("id"))
    filters: dict[str, Any] = {"verb": verb, "limit": 1}
    if target.get("objectType", "Activity") == "Activity":
        filters["activity"] = str(target.get("id"))
    page = next(reader.pages(**filters), None)
    return page is not None and bool(page.statements)


def _late_statement(reader: Reader, verbs: Iterable[str]) -> Mapping[str, Any] | None:
    """A statement that was stored clearly after it happened, among the newest of each verb."""
    for verb in verbs:
        looked_at = 0
        for page in islice(reader.pages(verb=verb, limit=100), PAGES):
            for raw in page.statements:
                statement: dict[str, Any] = wire.value_of(raw)
                event, stored = moment(statement.get("timestamp")), moment(statement.get("stored"))
                if event is not None and stored is not None and stored - event > APART:
                    return statement
            looked_at += len(page.statements)
            if looked_at >= LOOKED_AT:
                break
    return None
