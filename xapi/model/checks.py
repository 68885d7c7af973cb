"""The checks that every part of a statement shares: types, allowed and required properties, formats.

Paths are JSON paths, built as the walk goes down; they cost a string a property and make every refusal exact.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Set
from typing import Any

from xapi.errors import InvalidStatement
from xapi.model import formats
from xapi.model.version import Version

JsonObject = dict[str, Any]

_TYPES: dict[type, str] = {
    dict: "object",
    list: "array",
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
    type(None): "null",
}
_SHOWN = 120  # a refused value is quoted up to here


def shown(value: object) -> str:
    text = repr(value) if not isinstance(value, str) else value
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _wrong_type(value: object, expected: str, path: str, clause: str) -> InvalidStatement:
    if value is None:
        # xAPI Part 2 2.2: null is refused everywhere except inside extensions.
        return InvalidStatement("null", path=path, clause="xAPI Part 2 2.2")
    found = _TYPES.get(type(value), "number")
    return InvalidStatement("type", path=path, clause=clause, expected=expected, found=found)


def as_object(value: object, path: str, clause: str) -> JsonObject:
    if type(value) is not dict:
        raise _wrong_type(value, "object", path, clause)
    return value


def as_array(value: object, path: str, clause: str) -> list[Any]:
    if type(value) is not list:
        raise _wrong_type(value, "array", path, clause)
    return value


def as_string(value: object, path: str, clause: str) -> str:
    if type(value) is not str:
        raise _wrong_type(value, "string", path, clause)
    return value


def check_boolean(value: object, path: str, clause: str) -> None:
    if type(value) is not bool:
        raise _wrong_type(value, "boolean", path, clause)


def as_number(value: object, path: str, clause: str) -> float:
    if type(value) is not int and type(value) is not float:
        raise _wrong_type(value, "number", path, clause)
    return value


def allow_only(members: JsonObject, allowed: Set[str], path: str, clause: str) -> None:
    """xAPI Part 2 2.2: a key that the specification does not allow, or in another case, is refused."""
    if members.keys() <= allowed:
        return
    for name in members:
        if name not in allowed:
            raise InvalidStatement("unknown", path=f"{path}.{shown(name)}", clause=clause, name=shown(name))


def required(members: JsonObject, name: str, path: str, clause: str) -> Any:
    try:
        return members[name]
    except KeyError:
        raise InvalidStatement("missing", path=path, clause=clause, name=name) from None


def _formatted(code: str, holds: Callable[[str], bool]) -> Callable[[object, str, str], str]:
    def check(value: object, path: str, clause: str) -> str:
        if type(value) is not str:
            raise _wrong_type(value, "string", path, clause)
        if not holds(value):
            raise InvalidStatement(code, path=path, clause=clause, value=shown(value))
        return value

    return check


as_iri = _formatted("iri", formats.is_iri)
as_uuid = _formatted("uuid", formats.is_uuid)
as_mbox = _formatted("mbox", formats.is_mbox)
as_sha1 = _formatted("sha1", formats.is_sha1)
as_sha2 = _formatted("sha2", formats.is_sha2)
as_language = _formatted("language", formats.is_language)
as_duration = _formatted("duration", formats.is_duration)
as_media_type = _formatted("media_type", formats.is_media_type)


def as_timestamp(value: object, path: str, clause: str, version: Version) -> int:
    """Returns microseconds since 1970."""
    text = as_string(value, path, clause)
    try:
        micros = formats.micros_of_timestamp(text)
    except formats.NegativeZeroOffset:
        raise InvalidStatement(
            "timestamp_zone", path=path, clause="xAPI Part 2 4.5", value=shown(text)
        ) from None
    except ValueError:
        raise InvalidStatement("timestamp", path=path, clause="xAPI Part 2 4.5", value=shown(text)) from None
    if version is Version.V2 and not formats.is_rfc_3339(text):
        raise InvalidStatement("timestamp", path=path, clause="IEEE 9274.1.1 4.2.7", value=shown(text))
    return micros


def as_enum(value: object, allowed: Collection[str], path: str, clause: str) -> str:
    text = as_string(value, path, clause)
    if text not in allowed:
        raise InvalidStatement(
            "enum", path=path, clause=clause, value=shown(text), allowed=", ".join(sorted(allowed))
        )
    return text


def check_language_map(value: object, path: str, clause: str) -> None:
    """xAPI Part 2 4.2: keys are language tags, values are strings."""
    for tag, text in as_object(value, path, clause).items():
        if not formats.is_language(tag):
            raise InvalidStatement(
                "language", path=f"{path}.{shown(tag)}", clause="xAPI Part 2 4.2", value=shown(tag)
            )
        if type(text) is not str:
            raise _wrong_type(text, "string", f"{path}.{tag}", "xAPI Part 2 4.2")


def check_extensions(value: object, path: str, clause: str) -> None:
    """xAPI Part 2 4.1: keys are IRIs; no statement is refused for the values."""
    for key in as_object(value, path, clause):
        if not formats.is_iri(key):
            raise InvalidStatement(
                "iri", path=f"{path}.{shown(key)}", clause="xAPI Part 2 4.1", value=shown(key)
            )
