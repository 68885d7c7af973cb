"""When two statements are the same (xAPI Part 2 2.3.1, Statement Comparison Requirements).

Each statement is brought into a form in which all that the specification lets differ is gone; two
statements are the same where these forms are equal. Numbers compare by value (`1.0` is `1`), booleans never
equal numbers.
"""

from __future__ import annotations

from typing import Any

from xapi.model import formats

SIGNATURE_USAGE = "http://adlnet.gov/expapi/attachments/signature"

_ASSIGNED = frozenset({"id", "stored", "authority", "version"})
_ACTOR_PLACES = ("actor", "instructor", "team", "agent", "group")


def same_statement(sent: dict[str, Any], kept: dict[str, Any]) -> bool:
    """Whether a statement that was sent again is the one that is kept.

    A `timestamp` that the store assigned (then it equals `stored`) can't make a difference, nor can one that
    is missing in what was sent.
    """
    given = comparable(sent)
    had = comparable(kept)
    if "timestamp" not in sent or kept.get("timestamp") == kept.get("stored"):
        given.pop("timestamp", None)
        had.pop("timestamp", None)
    return bool(given == had)


def same_as_signed(received: dict[str, Any], signed: dict[str, Any]) -> bool:
    """Whether a received statement is what its signature covers (xAPI Part 2 2.6).

    The signature's own attachment was added afterwards; a timestamp may have been assigned in between.
    """
    given = comparable(_without_signature(received))
    had = comparable(_without_signature(signed))
    if "timestamp" not in received or "timestamp" not in signed:
        given.pop("timestamp", None)
        had.pop("timestamp", None)
    if "id" in received and "id" in signed and received["id"].lower() != str(signed["id"]).lower():
        return False
    return bool(given == had)


def _without_signature(statement: dict[str, Any]) -> dict[str, Any]:
    others = [
        entry
        for entry in statement.get("attachments", [])
        if not (isinstance(entry, dict) and entry.get("usageType") == SIGNATURE_USAGE)
    ]
    kept = {name: value for name, value in statement.items() if name != "attachments"}
    if others:
        kept["attachments"] = others
    return kept


def comparable(statement: dict[str, Any]) -> dict[str, Any]:
    """A statement or sub-statement without what may differ."""
    form: dict[str, Any] = {}
    for name, value in statement.items():
        if name in _ASSIGNED or name == "objectType":
            continue
        form[name] = _PARTS.get(name, _value)(value)
    return form


def _value(value: Any) -> Any:
    """Any JSON value: objects without order, and booleans that are not numbers."""
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, dict):
        return {name: _value(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [_value(entry) for entry in value]
    return value


def _actor(actor: Any) -> Any:
    """Members of a group have no order; the domain of a mail address and a hash have no case."""
    if not isinstance(actor, dict):
        return actor
    form = {name: _value(value) for name, value in actor.items() if name not in ("member", "objectType")}
    form["objectType"] = actor.get("objectType", "Agent")
    if isinstance(form.get("mbox"), str):
        form["mbox"] = mbox_compared(form["mbox"])
    if isinstance(form.get("mbox_sha1sum"), str):
        form["mbox_sha1sum"] = form["mbox_sha1sum"].lower()
    if isinstance(actor.get("member"), list):
        form["member"] = sorted((_actor(member) for member in actor["member"]), key=repr)
    return form


def mbox_compared(mbox: str) -> str:
    """xAPI Part 2 2.3.1: the domain portion of an e-mail address is case insensitive."""
    name, at, domain = mbox.rpartition("@")
    return name + at + domain.lower()


def _verb(verb: Any) -> Any:
    """The display is not part of the statement itself."""
    return {name: _value(value) for name, value in verb.items() if name != "display"}


def _activity(activity: Any) -> Any:
    """The definition is not part of the statement itself."""
    return ("Activity", activity.get("id"))


def _object(target: Any) -> Any:
    kind = target.get("objectType", "Activity")
    if kind == "Activity":
        return _activity(target)
    if kind in ("Agent", "Group"):
        return _actor(target)
    if kind == "StatementRef":
        return ("StatementRef", str(target.get("id")).lower())
    return ("SubStatement", comparable(target))


def _context(context: Any) -> Any:
    form = {name: _value(value) for name, value in context.items()}
    for name in ("instructor", "team"):
        if name in context:
            form[name] = _actor(context[name])
    if "contextActivities" in context:
        form["contextActivities"] = {
            name: [_activity(entry) for entry in (value if isinstance(value, list) else [value])]
            for name, value in context["contextActivities"].items()
        }
    for name, who in (("contextAgents", "agent"), ("contextGroups", "group")):
        if name in context:
            form[name] = [{**_value(entry), who: _actor(entry.get(who))} for entry in context[name]]
    for name in ("registration", "language"):
        if isinstance(context.get(name), str):
            form[name] = context[name].lower()
    if "statement" in context:
        form["statement"] = ("StatementRef", str(context["statement"].get("id")).lower())
    return form


def _result(result: Any) -> Any:
    form = {name: _value(value) for name, value in result.items()}
    if isinstance(form.get("duration"), str):
        form["duration"] = formats.duration_to_hundredths(form["duration"])
    return form


def _timestamp(text: Any) -> Any:
    """Points in time: another zone is the same time."""
    try:
        return formats.micros_of_timestamp(text)
    except ValueError:
        return text


def _attachments(entries: Any) -> Any:
    return [
        {name: value.lower() if name == "sha2" else _value(value) for name, value in entry.items()}
        for entry in entries
    ]


_PARTS = {
    "actor": _actor,
    "verb": _verb,
    "object": _object,
    "context": _context,
    "result": _result,
    "timestamp": _timestamp,
    "attachments": _attachments,
}
