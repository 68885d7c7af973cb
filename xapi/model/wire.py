"""From bytes to values and back, without touching the bytes of a value.

What arrived stays: a statement is kept as the members that were sent, byte for byte (`1.0` stays `1.0`, keys
keep their order, unknown extensions stay whole), with only those members replaced or added that the
specification has the record store assign (xAPI Part 2 2.3.1).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import orjson

from xapi.errors import InvalidStatement
from xapi.model.context import CONTEXT_ACTIVITIES

_split_array = msgspec.json.Decoder(list[msgspec.Raw])
_split_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_CLAUSE = "xAPI Part 2 2.2"


def read_json(body: bytes | memoryview) -> Any:
    """The value of a JSON text. Raises InvalidStatement where it is not JSON or repeats a property."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as fault:
        value = _read_again(bytes(body), fault)
    else:
        _refuse_duplicates(bytes(body), value)
    return value


def _read_again(body: bytes, fault: orjson.JSONDecodeError) -> Any:
    """What the fast parser refused. Numbers such as 1e999 are JSON, though no double holds them: an extension
    may carry them. The standard library's parser says best where a text breaks off."""
    if not body.strip():
        raise InvalidStatement("empty", path="$", clause=_CLAUSE) from None
    value = _read_slowly(body)
    if "infinity" not in fault.msg:  # half a surrogate pair, for one: only the fast parser minds
        raise InvalidStatement("json", path="$", clause=_CLAUSE, detail=str(fault)) from None
    _dumped(value)
    return value


class _Doubled(dict[str, Any]):
    """An object in which a property occurs twice; it stands in the tree until its path is known."""

    def __init__(self, members: dict[str, Any], twice: str) -> None:
        super().__init__(members)
        self.twice = twice


def _read_slowly(body: bytes) -> Any:
    """The same JSON by the standard library's parser, which sees every property."""
    doubled: list[_Doubled] = []

    def members_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) == len(pairs):
            return members
        names = [name for name, _ in pairs]
        doubled.append(_Doubled(members, next(name for name in names if names.count(name) > 1)))
        return doubled[-1]

    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=members_of,
            parse_constant=_refuse_constant,
            parse_int=float,
        )
    except RecursionError:
        raise InvalidStatement("depth", path="$", clause=_CLAUSE) from None
    except ValueError as fault:
        raise InvalidStatement("json", path="$", clause=_CLAUSE, detail=str(fault)) from None
    if doubled:
        _dumped(value)  # not too deep for the walk
        # What was overwritten is no longer in the tree; then the object above it is doubled, and found.
        raise next(_doubled_in(value, "$"))
    return value


def _doubled_in(value: Any, path: str) -> Iterator[InvalidStatement]:
    if isinstance(value, _Doubled):
        name = value.twice[:120]
        yield InvalidStatement("duplicate", path=f"{path}.{name}", clause=_CLAUSE, name=name)
    if isinstance(value, dict):
        for name, entry in value.items():
            yield from _doubled_in(entry, f"{path}.{name[:120]}")
    elif isinstance(value, list):
        for at, entry in enumerate(value):
            yield from _doubled_in(entry, f"{path}[{at}]")


def _dumped(value: Any) -> bytes:
    """orjson writes 254 levels; what is deeper is refused, so that no walk of ours can run out of stack."""
    try:
        return orjson.dumps(value)
    except (orjson.JSONEncodeError, TypeError, RecursionError):
        raise InvalidStatement("depth", path="$", clause=_CLAUSE) from None


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _refuse_duplicates(body: bytes, value: Any) -> None:
    """xAPI Part 2 2.2: a statement uses each property no more than once.

    Parsers keep the last of two and lose a colon with the other; comparing the colons finds the rare body
    that has to be read again, slowly, to see whether a property is doubled. An escaped colon would make up
    for a lost one, so a body with such an escape is read slowly too.
    """
    if body.count(b":") != _dumped(value).count(b":") or b"\\u003" in body:
        _read_slowly(body)


def value_of(kept: bytes) -> Any:
    """The value of a JSON text that was read and accepted before."""
    try:
        return orjson.loads(kept)
    except orjson.JSONDecodeError:
        return json.loads(kept, parse_int=float)  # it holds a number beyond doubles


def split_array(body: bytes) -> list[bytes]:
    """The bytes of each element of a JSON array that has been read already."""
    return [bytes(raw) for raw in _split_array.decode(body)]


def split_object(body: bytes) -> dict[str, bytes]:
    """The bytes of each member of a JSON object that has been read already, in the order of arrival."""
    return {name: bytes(raw) for name, raw in _split_object.decode(body).items()}


def join_object(members: dict[str, bytes]) -> bytes:
    return b"{" + b",".join(orjson.dumps(name) + b":" + raw for name, raw in members.items()) + b"}"


def with_arrays_in_context(members: dict[str, bytes], statement: dict[str, Any]) -> None:
    """xAPI Part 2 2.4.6.2: even a single context activity is returned in an array. Changes `members`."""
    if _single(statement):
        members["context"] = _arrays_in_context(members["context"])
    inner = statement.get("object")
    if isinstance(inner, dict) and inner.get("objectType") == "SubStatement" and _single(inner):
        parts = split_object(members["object"])
        parts["context"] = _arrays_in_context(parts["context"])
        members["object"] = join_object(parts)


def has_single(statement: dict[str, Any]) -> bool:
    """Whether a context activity stands alone, not in an array (in the statement or its sub-statement)."""
    inner = statement["object"]
    return _single(statement) or (inner.get("objectType") == "SubStatement" and _single(inner))


def _single(statement: dict[str, Any]) -> bool:
    activities = statement.get("context", {}).get("contextActivities")
    return bool(activities) and any(type(entry) is dict for entry in activities.values())


def _arrays_in_context(raw: bytes) -> bytes:
    context = split_object(raw)
    activities = split_object(context["contextActivities"])
    for name in CONTEXT_ACTIVITIES:
        entry = activities.get(name)
        if entry is not None and entry.lstrip()[:1] == b"{":
            activities[name] = b"[" + entry + b"]"
    context["contextActivities"] = join_object(activities)
    return join_object(context)
