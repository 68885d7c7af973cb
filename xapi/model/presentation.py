"""How statements are given back (xAPI Part 3 2.1.3): `ids` and `canonical`; `exact` is the bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from xapi.model.actors import IDENTIFIERS

Definition = dict[str, Any]
_MAPS = ("name", "description")
_COMPONENTS = ("choices", "scale", "source", "target", "steps")


def as_ids(statement: dict[str, Any]) -> dict[str, Any]:
    """Only what is needed to identify agents, activities, verbs and groups."""
    shown = dict(statement)
    shown["actor"] = _actor_ids(statement["actor"])
    shown["verb"] = {"id": statement["verb"]["id"]}
    shown["object"] = _object_ids(statement["object"])
    if "authority" in statement:
        shown["authority"] = _actor_ids(statement["authority"])
    if "context" in statement:
        shown["context"] = _context_ids(statement["context"])
    return shown


def _actor_ids(actor: dict[str, Any]) -> dict[str, Any]:
    kept = {name: actor[name] for name in ("objectType", *IDENTIFIERS) if name in actor}
    if "member" in actor and not any(name in actor for name in IDENTIFIERS):
        kept["member"] = [_actor_ids(member) for member in actor["member"]]
    return kept


def _activity_ids(activity: dict[str, Any]) -> dict[str, Any]:
    return {"id": activity["id"]}  # an object without an objectType is an activity


def _object_ids(target: dict[str, Any]) -> dict[str, Any]:
    kind = target.get("objectType", "Activity")
    if kind == "Activity":
        return _activity_ids(target)
    if kind in ("Agent", "Group"):
        return _actor_ids(target)
    return as_ids(target) if kind == "SubStatement" else target


def _context_ids(context: dict[str, Any]) -> dict[str, Any]:
    shown = dict(context)
    for name in ("instructor", "team"):
        if name in context:
            shown[name] = _actor_ids(context[name])
    if "contextActivities" in context:
        shown["contextActivities"] = {
            name: [_activity_ids(activity) for activity in activities]
            for name, activities in context["contextActivities"].items()
        }
    for name, who in (("contextAgents", "agent"), ("contextGroups", "group")):
        if name in context:
            shown[name] = [{**entry, who: _actor_ids(entry[who])} for entry in context[name]]
    return shown


class Canonical:
    """Gives activities their canonical definition and verbs their canonical display, in one language.

    `definition_of` and `display_of` look up by IRI and give None where nothing is known.
    """

    def __init__(
        self,
        languages: list[str],
        definition_of: Callable[[str], Definition | None],
        display_of: Callable[[str], dict[str, str] | None],
    ) -> None:
        self._languages = languages
        self._definition_of = definition_of
        self._display_of = display_of

    def statement(self, statement: dict[str, Any]) -> dict[str, Any]:
        shown = dict(statement)
        verb = dict(statement["verb"])
        display = self._display_of(verb["id"]) or verb.get("display")
        if display:
            verb["display"] = one_language(display, self._languages)
        shown["verb"] = verb
        target = statement["object"]
        kind = target.get("objectType", "Activity")
        if kind == "Activity":
            shown["object"] = self.activity(target)
        elif kind == "SubStatement":
            shown["object"] = self.statement(target)
        activities = statement.get("context", {}).get("contextActivities")
        if activities:
            shown["context"] = dict(statement["context"])
            shown["context"]["contextActivities"] = {
                name: [self.activity(activity) for activity in entries]
                for name, entries in activities.items()
            }
        return shown

    def activity(self, activity: dict[str, Any]) -> dict[str, Any]:
        definition = self._definition_of(activity["id"]) or activity.get("definition")
        if not definition:
            return activity
        return {**activity, "definition": self._one_language_each(definition)}

    def _one_language_each(self, definition: Definition) -> Definition:
        shown = dict(definition)
        for name in _MAPS:
            if shown.get(name):
                shown[name] = one_language(shown[name], self._languages)
        for name in _COMPONENTS:
            if name in shown:
                shown[name] = [
                    {**entry, "description": one_language(entry["description"], self._languages)}
                    if entry.get("description")
                    else entry
                    for entry in shown[name]
                ]
        return shown


def one_language(texts: dict[str, str], languages: list[str]) -> dict[str, str]:
    """The entry that suits the reader best (RFC 4647 lookup); the first one where none does.

    `languages` are lower-case tags, most wanted first; `*` is any.
    """
    lowered = {tag.lower(): tag for tag in texts}
    for wanted in languages:
        if wanted == "*":
            break
        parts = wanted.split("-")
        while parts:
            tag = "-".join(parts)
            if tag in lowered:
                return {lowered[tag]: texts[lowered[tag]]}
            parts.pop()
        for tag, spelt in lowered.items():
            if tag.startswith(wanted.split("-")[0] + "-"):
                return {spelt: texts[spelt]}
    first = next(iter(texts))
    return {first: texts[first]}


def languages_accepted(header: str) -> list[str]:
    """`Accept-Language: id, en;q=0.5` → ["id", "en"]; q=0 is left out (RFC 9110 12.5.4)."""
    weighted: list[tuple[float, int, str]] = []
    for at, part in enumerate(header.split(",")):
        tag, _, parameter = part.strip().partition(";")
        name, _, weight = parameter.strip().partition("=")
        try:
            q = float(weight) if name.strip() == "q" else 1.0
        except ValueError:
            q = 0.0
        if tag and q > 0:
            weighted.append((-q, at, tag.strip().lower()))
    return [tag for _, _, tag in sorted(weighted)]


def merged_definition(old: Definition, new: Definition) -> Definition:
    """xAPI Part 2 2.4.4.1: names and descriptions in new languages are added; other properties replace."""
    merged = dict(old)
    for name, value in new.items():
        if name in ("name", "description", "extensions") and isinstance(old.get(name), dict):
            merged[name] = {**old[name], **value}
        else:
            merged[name] = value
    return merged
