"""What a statement can be found by: the filters of xAPI Part 3 2.1.3, as sets of names.

An agent's name is its inverse functional identifier; "related" is what `related_agents` and
`related_activities` add to what `agent` and `activity` find by themselves.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import Any

from xapi.model.comparison import mbox_compared


@dataclass(slots=True)
class Facets:
    """Names that a (valid) statement is found by. `target` is the id in a StatementRef object, lower case."""

    verb: str
    agents: set[str]
    related_agents: set[str]
    activities: set[str]
    related_activities: set[str]
    registration: str | None
    target: str | None


def agent_name(agent: dict[str, Any]) -> str | None:
    """The identifier of an agent or identified group, spelt so that equal ones are equal."""
    if "account" in agent:
        account = agent["account"]
        return f"account {account['homePage']} {account['name']}"
    if "mbox" in agent:
        return mbox_compared(agent["mbox"])
    if "mbox_sha1sum" in agent:
        return "sha1 " + str(agent["mbox_sha1sum"]).lower()
    if "openid" in agent:
        return "openid " + str(agent["openid"])
    return None


def agent_names(actor: dict[str, Any]) -> set[str]:
    """An actor's own name and, xAPI Part 3 2.1.3, those of a group's members."""
    own = agent_name(actor)
    names = {own} if own else set()
    for member in actor.get("member", ()):
        name = agent_name(member)
        if name:
            names.add(name)
    return names


def facets_of(statement: dict[str, Any], vouching: Set[str] | None = None) -> Facets:
    """`vouching` are the names of the authority that the store assigns, where it is not in the statement yet."""
    target = statement["object"]
    kind = target.get("objectType", "Activity")
    agents = agent_names(statement["actor"])
    if kind in ("Agent", "Group"):
        agents |= agent_names(target)
    activities = {target["id"]} if kind == "Activity" else set()
    context = statement.get("context", {})
    related_agents = _context_agents(context)
    related_activities = _context_activities(context)
    if vouching is not None:
        related_agents |= vouching
    elif statement.get("authority"):
        related_agents |= agent_names(statement["authority"])
    if kind == "SubStatement":
        inner = facets_of(target)
        related_agents |= inner.agents | inner.related_agents
        related_activities |= inner.activities | inner.related_activities
    registration = context.get("registration")
    return Facets(
        verb=statement["verb"]["id"],
        agents=agents,
        related_agents=related_agents - agents,
        activities=activities,
        related_activities=related_activities - activities,
        registration=registration.lower() if registration else None,
        target=target["id"].lower() if kind == "StatementRef" else None,
    )


def _context_agents(context: dict[str, Any]) -> set[str]:
    names: set[str] = set()
    for name in ("instructor", "team"):
        if name in context:
            names |= agent_names(context[name])
    for entry in context.get("contextAgents", ()):
        names |= agent_names(entry["agent"])
    for entry in context.get("contextGroups", ()):
        names |= agent_names(entry["group"])
    return names


def _context_activities(context: dict[str, Any]) -> set[str]:
    names: set[str] = set()
    activities = context.get("contextActivities")
    if activities:
        for entry in activities.values():
            for activity in entry if isinstance(entry, list) else (entry,):
                names.add(activity["id"])
    return names


def definitions_in(statement: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """(activity id, definition) of every activity that the statement defines."""
    found: list[dict[str, Any]] = []
    target = statement["object"]
    kind = target.get("objectType", "Activity")
    if kind == "Activity":
        found.append(target)
    activities = statement.get("context", {}).get("contextActivities", {})
    for entry in activities.values():
        found.extend(entry if isinstance(entry, list) else [entry])
    pairs = [(activity["id"], activity["definition"]) for activity in found if activity.get("definition")]
    if kind == "SubStatement":
        pairs.extend(definitions_in(target))
    return pairs


def displays_in(statement: dict[str, Any]) -> list[tuple[str, dict[str, str]]]:
    """(verb id, display) of the verbs that the statement displays."""
    pairs = (
        [(statement["verb"]["id"], statement["verb"]["display"])] if statement["verb"].get("display") else []
    )
    if statement["object"].get("objectType") == "SubStatement":
        pairs.extend(displays_in(statement["object"]))
    return pairs


def agents_named_in(statement: dict[str, Any]) -> list[tuple[str, str]]:
    """(agent's name, its `name` property) of every agent that says what it is called."""
    actors = [statement["actor"]]
    target = statement["object"]
    kind = target.get("objectType", "Activity")
    if kind in ("Agent", "Group"):
        actors.append(target)
    context = statement.get("context", {})
    actors.extend(context[name] for name in ("instructor", "team") if name in context)
    actors.extend(entry["agent"] for entry in context.get("contextAgents", ()))
    actors.extend(entry["group"] for entry in context.get("contextGroups", ()))
    pairs: list[tuple[str, str]] = []
    for actor in actors:
        for one in (actor, *actor.get("member", ())):
            known_by = agent_name(one)
            if known_by and one.get("name"):
                pairs.append((known_by, one["name"]))
    if kind == "SubStatement":
        pairs.extend(agents_named_in(target))
    return pairs
