"""Agents, groups and authorities (xAPI Part 2 2.4.2 and 2.4.9)."""

from __future__ import annotations

from xapi.errors import InvalidStatement
from xapi.model.checks import (
    JsonObject,
    allow_only,
    as_array,
    as_enum,
    as_iri,
    as_mbox,
    as_object,
    as_sha1,
    as_string,
    required,
)

IDENTIFIERS = ("mbox", "mbox_sha1sum", "openid", "account")
_AGENT = frozenset({"objectType", "name", *IDENTIFIERS})
_GROUP = _AGENT | {"member"}
_ACCOUNT = frozenset({"homePage", "name"})
_AGENT_CLAUSE = "xAPI Part 2 2.4.2.1"
_GROUP_CLAUSE = "xAPI Part 2 2.4.2.2"
_IDENTIFIER_CLAUSE = "xAPI Part 2 2.4.2.3"
_ACCOUNT_CLAUSE = "xAPI Part 2 2.4.2.4"


def check_actor(value: object, path: str) -> None:
    """An agent or a group, wherever either may stand."""
    actor = as_object(value, path, "xAPI Part 2 2.4.2")
    kind = actor.get("objectType")
    if kind is None and "objectType" not in actor:
        kind = "Agent"  # xAPI Part 2 2.4.2.1: optional, except when the agent is a statement's object
    if kind == "Agent":
        _check_agent_members(actor, path)
    else:
        as_enum(kind, ("Agent", "Group"), f"{path}.objectType", "xAPI Part 2 2.4.2")
        check_group(actor, path)


def check_agent(value: object, path: str) -> None:
    """An agent and nothing else."""
    agent = as_object(value, path, _AGENT_CLAUSE)
    if "objectType" in agent:
        if agent["objectType"] == "Group":
            raise InvalidStatement("nested_group", path=path, clause=_GROUP_CLAUSE)
        as_enum(agent["objectType"], ("Agent",), f"{path}.objectType", _AGENT_CLAUSE)
    _check_agent_members(agent, path)


def _check_agent_members(agent: JsonObject, path: str) -> None:
    allow_only(agent, _AGENT, path, _AGENT_CLAUSE)
    if "name" in agent:
        as_string(agent["name"], f"{path}.name", _AGENT_CLAUSE)
    if _check_identifiers(agent, path) == 0:
        raise InvalidStatement("ifi_none", path=path, clause=_IDENTIFIER_CLAUSE)


def check_group(value: object, path: str) -> None:
    group = as_object(value, path, _GROUP_CLAUSE)
    as_enum(
        required(group, "objectType", path, _GROUP_CLAUSE), ("Group",), f"{path}.objectType", _GROUP_CLAUSE
    )
    allow_only(group, _GROUP, path, _GROUP_CLAUSE)
    if "name" in group:
        as_string(group["name"], f"{path}.name", _GROUP_CLAUSE)
    identified = _check_identifiers(group, path)
    if "member" in group:
        members = as_array(group["member"], f"{path}.member", _GROUP_CLAUSE)
        for at, member in enumerate(members):
            check_agent(member, f"{path}.member[{at}]")
    elif not identified:
        raise InvalidStatement("anonymous_group", path=path, clause=_GROUP_CLAUSE)


def _check_identifiers(actor: JsonObject, path: str) -> int:
    """xAPI Part 2 2.4.2.3: exactly one inverse functional identifier (a group may have none)."""
    count = 0
    for name in IDENTIFIERS:
        if name in actor:
            count += 1
            _check_identifier(name, actor[name], f"{path}.{name}")
    if count > 1:
        raise InvalidStatement("ifi_many", path=path, clause=_IDENTIFIER_CLAUSE, count=count)
    return count


def _check_identifier(name: str, value: object, path: str) -> None:
    if name == "mbox":
        as_mbox(value, path, _IDENTIFIER_CLAUSE)
    elif name == "account":
        account = as_object(value, path, _ACCOUNT_CLAUSE)
        allow_only(account, _ACCOUNT, path, _ACCOUNT_CLAUSE)
        as_iri(required(account, "homePage", path, _ACCOUNT_CLAUSE), f"{path}.homePage", _ACCOUNT_CLAUSE)
        as_string(required(account, "name", path, _ACCOUNT_CLAUSE), f"{path}.name", _ACCOUNT_CLAUSE)
    elif name == "mbox_sha1sum":
        as_sha1(value, path, _IDENTIFIER_CLAUSE)
    else:
        as_iri(value, path, _IDENTIFIER_CLAUSE)


def check_authority(value: object, path: str) -> None:
    """xAPI Part 2 2.4.9: an agent, or an anonymous group of exactly two (an application and a user)."""
    clause = "xAPI Part 2 2.4.9"
    authority = as_object(value, path, clause)
    if authority.get("objectType") != "Group":
        check_agent(authority, path)
        return
    check_group(authority, path)
    if any(name in authority for name in IDENTIFIERS) or len(authority.get("member", ())) != 2:
        raise InvalidStatement("authority_group", path=path, clause=clause)
