"""Values of query parameters, held to the same standards as values in statements (xAPI Part 2 2.2)."""

from __future__ import annotations

from typing import Any

from xapi.errors import BadRequest, InvalidStatement
from xapi.lrs.exchange import Exchange
from xapi.model.actors import check_actor
from xapi.model.checks import as_iri, as_timestamp, as_uuid
from xapi.model.facets import agent_name
from xapi.model.wire import read_json

_CLAUSE = "xAPI Part 3 2"


def boolean(exchange: Exchange, name: str) -> bool:
    said = exchange.parameters.get(name, "false")
    if said not in ("true", "false"):
        raise BadRequest("parameter_boolean", path=name, clause="xAPI Part 3 2.1.3")
    return said == "true"


def whole_number(exchange: Exchange, name: str) -> int | None:
    said = exchange.parameters.get(name)
    if said is None:
        return None
    if not (said.isascii() and said.isdigit() and len(said) < 19):
        raise BadRequest("parameter_limit", path=name, clause="xAPI Part 3 2.1.3")
    return int(said)


def uuid(exchange: Exchange, name: str) -> str | None:
    said = exchange.parameters.get(name)
    return None if said is None else as_uuid(said, name, _CLAUSE)


def iri(exchange: Exchange, name: str) -> str | None:
    said = exchange.parameters.get(name)
    return None if said is None else as_iri(said, name, _CLAUSE)


def timestamp(exchange: Exchange, name: str) -> int | None:
    """Microseconds since 1970; what is finer is cut off, which changes neither `since` nor `until`, since no
    statement lies between two microseconds."""
    said = exchange.parameters.get(name)
    return None if said is None else as_timestamp(said, name, _CLAUSE, exchange.spoken)


def choice(exchange: Exchange, name: str, allowed: tuple[str, ...]) -> str:
    """The first of the allowed values is the default."""
    said = exchange.parameters.get(name, allowed[0])
    if said not in allowed:
        raise BadRequest("enum", path=name, clause=_CLAUSE, value=said[:40], allowed=", ".join(allowed))
    return said


def agent(exchange: Exchange, name: str = "agent") -> dict[str, Any] | None:
    """An agent or identified group, as JSON."""
    said = exchange.parameters.get(name)
    if said is None:
        return None
    try:
        value = read_json(said.encode())
        check_actor(value, "$")
    except InvalidStatement as fault:
        raise fault.within(name) from None
    if agent_name(value) is None:
        raise BadRequest("ifi_none", path=name, clause="xAPI Part 2 2.4.2.3")
    return dict(value)
