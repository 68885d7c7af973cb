"""What a statement is about: activities and references to statements (xAPI Part 2 2.4.4)."""

from __future__ import annotations

import orjson

from xapi.errors import InvalidStatement
from xapi.model.checks import (
    JsonObject,
    allow_only,
    as_array,
    as_enum,
    as_iri,
    as_object,
    as_string,
    as_uuid,
    check_extensions,
    check_language_map,
    required,
)

_ACTIVITY_CLAUSE = "xAPI Part 2 2.4.4.1"
_REFERENCE_CLAUSE = "xAPI Part 2 2.4.4.3"
_ACTIVITY = frozenset({"objectType", "id", "definition"})
_COMPONENTS = ("choices", "scale", "source", "target", "steps")
_DEFINITION = frozenset(
    {
        "name", "description", "type", "moreInfo", "extensions",
        "interactionType", "correctResponsesPattern", *_COMPONENTS,
    }
)  # fmt: skip
_INTERACTIONS = frozenset(
    {
        "true-false", "choice", "fill-in", "long-fill-in", "matching",
        "performance", "sequencing", "likert", "numeric", "other",
    }
)  # fmt: skip
_COMPONENT = frozenset({"id", "description"})
_REFERENCE = frozenset({"objectType", "id"})


class _Known:
    """Activities that were found valid lately, by id: the same courses come in statement after statement.

    What is equal to a valid activity is valid: the numbers that Python finds equal to a truth value or to one
    another stand in extensions alone, where any value may. Small ones only, and few, to bound the memory.
    """

    def __init__(self) -> None:
        self._by_id: dict[str, JsonObject] = {}

    def has(self, activity: JsonObject) -> bool:
        name = activity.get("id")
        return type(name) is str and self._by_id.get(name) == activity

    def note(self, activity: JsonObject) -> None:
        if len(orjson.dumps(activity)) > _SMALL:
            return
        if len(self._by_id) >= _REMEMBERED:
            self._by_id.clear()
        self._by_id[activity["id"]] = activity


_SMALL, _REMEMBERED = 2000, 4000
_known = _Known()


def check_activity(value: object, path: str) -> None:
    activity = as_object(value, path, _ACTIVITY_CLAUSE)
    if _known.has(activity):
        return
    _check_activity(activity, path)
    _known.note(activity)


def _check_activity(activity: JsonObject, path: str) -> None:
    if "objectType" in activity:
        as_enum(activity["objectType"], ("Activity",), f"{path}.objectType", _ACTIVITY_CLAUSE)
    allow_only(activity, _ACTIVITY, path, _ACTIVITY_CLAUSE)
    as_iri(required(activity, "id", path, _ACTIVITY_CLAUSE), f"{path}.id", _ACTIVITY_CLAUSE)
    if "definition" in activity:
        check_definition(activity["definition"], f"{path}.definition")


def check_definition(value: object, path: str) -> None:
    definition = as_object(value, path, _ACTIVITY_CLAUSE)
    allow_only(definition, _DEFINITION, path, _ACTIVITY_CLAUSE)
    for name in ("name", "description"):
        if name in definition:
            check_language_map(definition[name], f"{path}.{name}", _ACTIVITY_CLAUSE)
    for name in ("type", "moreInfo"):
        if name in definition:
            as_iri(definition[name], f"{path}.{name}", _ACTIVITY_CLAUSE)
    if "extensions" in definition:
        check_extensions(definition["extensions"], f"{path}.extensions", _ACTIVITY_CLAUSE)
    _check_interaction(definition, path)


def _check_interaction(definition: JsonObject, path: str) -> None:
    if "interactionType" in definition:
        as_enum(definition["interactionType"], _INTERACTIONS, f"{path}.interactionType", _ACTIVITY_CLAUSE)
    if "correctResponsesPattern" in definition:
        patterns = as_array(
            definition["correctResponsesPattern"], f"{path}.correctResponsesPattern", _ACTIVITY_CLAUSE
        )
        for at, pattern in enumerate(patterns):
            as_string(pattern, f"{path}.correctResponsesPattern[{at}]", _ACTIVITY_CLAUSE)
    for name in _COMPONENTS:
        if name in definition:
            _check_components(definition[name], f"{path}.{name}")
    if "interactionType" not in definition:
        for name in ("correctResponsesPattern", *_COMPONENTS):
            if name in definition:
                raise InvalidStatement(
                    "interaction_type_missing", path=f"{path}.{name}", clause=_ACTIVITY_CLAUSE
                )


def _check_components(value: object, path: str) -> None:
    """Interaction components: an id unique in its list, perhaps a description."""
    seen: set[str] = set()
    for at, entry in enumerate(as_array(value, path, _ACTIVITY_CLAUSE)):
        here = f"{path}[{at}]"
        component = as_object(entry, here, _ACTIVITY_CLAUSE)
        allow_only(component, _COMPONENT, here, _ACTIVITY_CLAUSE)
        name = as_string(required(component, "id", here, _ACTIVITY_CLAUSE), f"{here}.id", _ACTIVITY_CLAUSE)
        if not name:
            raise InvalidStatement("empty", path=f"{here}.id", clause=_ACTIVITY_CLAUSE)
        if name in seen:
            raise InvalidStatement("component_twice", path=f"{here}.id", clause=_ACTIVITY_CLAUSE, value=name)
        seen.add(name)
        if "description" in component:
            check_language_map(component["description"], f"{here}.description", _ACTIVITY_CLAUSE)


def check_reference(value: object, path: str) -> None:
    reference = as_object(value, path, _REFERENCE_CLAUSE)
    kind = required(reference, "objectType", path, _REFERENCE_CLAUSE)
    as_enum(kind, ("StatementRef",), f"{path}.objectType", _REFERENCE_CLAUSE)
    allow_only(reference, _REFERENCE, path, _REFERENCE_CLAUSE)
    as_uuid(required(reference, "id", path, _REFERENCE_CLAUSE), f"{path}.id", _REFERENCE_CLAUSE)
