"""The context of a statement (xAPI Part 2 2.4.6; contextAgents and contextGroups: IEEE 9274.1.1 4.2.2.5)."""

from __future__ import annotations

from xapi.errors import InvalidStatement
from xapi.model.actors import check_actor, check_agent, check_group
from xapi.model.checks import (
    JsonObject,
    allow_only,
    as_array,
    as_enum,
    as_iri,
    as_language,
    as_object,
    as_string,
    as_uuid,
    check_extensions,
    required,
)
from xapi.model.objects import check_activity, check_reference
from xapi.model.version import Version

CONTEXT_ACTIVITIES = ("parent", "grouping", "category", "other")
_ACTIVITIES = frozenset(CONTEXT_ACTIVITIES)
_CONTEXT_V1 = frozenset(
    {
        "registration", "instructor", "team", "contextActivities", "revision",
        "platform", "language", "statement", "extensions",
    }
)  # fmt: skip
_CONTEXT_V2 = _CONTEXT_V1 | {"contextAgents", "contextGroups"}
_CLAUSE = "xAPI Part 2 2.4.6"
_ACTIVITIES_CLAUSE = "xAPI Part 2 2.4.6.2"
_AGENTS_CLAUSE = "IEEE 9274.1.1 4.2.2.5"


def check_context(value: object, version: Version, path: str, *, about: str) -> None:
    """`about` is the kind of the statement's object."""
    context = as_object(value, path, _CLAUSE)
    allow_only(context, _CONTEXT_V1 if version is Version.V1 else _CONTEXT_V2, path, _CLAUSE)
    if "registration" in context:
        as_uuid(context["registration"], f"{path}.registration", "xAPI Part 2 2.4.6.1")
    if "instructor" in context:
        check_actor(context["instructor"], f"{path}.instructor")
    if "team" in context:
        check_group(context["team"], f"{path}.team")
    if "contextActivities" in context:
        _check_activities(context["contextActivities"], f"{path}.contextActivities")
    _check_texts(context, path, about)
    if "statement" in context:
        check_reference(context["statement"], f"{path}.statement")
    if "extensions" in context:
        check_extensions(context["extensions"], f"{path}.extensions", _CLAUSE)
    if "contextAgents" in context:
        _check_relevant(context["contextAgents"], "contextAgent", f"{path}.contextAgents")
    if "contextGroups" in context:
        _check_relevant(context["contextGroups"], "contextGroup", f"{path}.contextGroups")


def _check_texts(context: JsonObject, path: str, about: str) -> None:
    for name in ("revision", "platform"):
        if name in context:
            as_string(context[name], f"{path}.{name}", _CLAUSE)
            if about != "Activity":
                raise InvalidStatement("activity_only", path=f"{path}.{name}", clause=_CLAUSE, name=name)
    if "language" in context:
        as_language(context["language"], f"{path}.language", _CLAUSE)


def _check_activities(value: object, path: str) -> None:
    """xAPI Part 2 2.4.6.2: each value is an activity or an array of activities."""
    activities = as_object(value, path, _ACTIVITIES_CLAUSE)
    allow_only(activities, _ACTIVITIES, path, _ACTIVITIES_CLAUSE)
    for name, entry in activities.items():
        if type(entry) is list:
            for at, activity in enumerate(entry):
                check_activity(activity, f"{path}.{name}[{at}]")
        else:
            check_activity(entry, f"{path}.{name}")


def _check_relevant(value: object, kind: str, path: str) -> None:
    """contextAgents and contextGroups: who took part, and in which capacity."""
    name = "agent" if kind == "contextAgent" else "group"
    for at, entry in enumerate(as_array(value, path, _AGENTS_CLAUSE)):
        here = f"{path}[{at}]"
        relevant = as_object(entry, here, _AGENTS_CLAUSE)
        allow_only(relevant, {"objectType", name, "relevantTypes"}, here, _AGENTS_CLAUSE)
        said = required(relevant, "objectType", here, _AGENTS_CLAUSE)
        as_enum(said, (kind,), f"{here}.objectType", _AGENTS_CLAUSE)
        who = required(relevant, name, here, _AGENTS_CLAUSE)
        (check_agent if name == "agent" else check_group)(who, f"{here}.{name}")
        if "relevantTypes" in relevant:
            types = as_array(relevant["relevantTypes"], f"{here}.relevantTypes", _AGENTS_CLAUSE)
            if not types:
                raise InvalidStatement("relevant_types", path=f"{here}.relevantTypes", clause=_AGENTS_CLAUSE)
            for index, iri in enumerate(types):
                as_iri(iri, f"{here}.relevantTypes[{index}]", _AGENTS_CLAUSE)
