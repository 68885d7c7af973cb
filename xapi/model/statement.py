"""Validation of a whole statement, in the version that the request speaks."""

from __future__ import annotations

from collections.abc import Callable

from xapi.errors import InvalidStatement
from xapi.model import context as contexts
from xapi.model.actors import check_actor, check_authority
from xapi.model.checks import (
    JsonObject,
    allow_only,
    as_array,
    as_duration,
    as_enum,
    as_iri,
    as_media_type,
    as_number,
    as_object,
    as_sha2,
    as_string,
    as_timestamp,
    as_uuid,
    check_boolean,
    check_extensions,
    check_language_map,
    required,
    shown,
)
from xapi.model.objects import check_activity, check_reference
from xapi.model.version import Version, version_named

VOIDED = "http://adlnet.gov/expapi/verbs/voided"

_SUB_STATEMENT = frozenset(
    {"objectType", "actor", "verb", "object", "result", "context", "timestamp", "attachments"}
)
_STATEMENT = (_SUB_STATEMENT - {"objectType"}) | {"id", "stored", "authority", "version"}
_VERB = frozenset({"id", "display"})
_RESULT = frozenset({"score", "success", "completion", "response", "duration", "extensions"})
_SCORE = frozenset({"scaled", "raw", "min", "max"})
_ATTACHMENT = frozenset({"usageType", "display", "description", "contentType", "length", "sha2", "fileUrl"})
_CLAUSE = "xAPI Part 2 2.4"
_VERB_CLAUSE = "xAPI Part 2 2.4.3"
_OBJECT_CLAUSE = "xAPI Part 2 2.4.4"
_SUB_CLAUSE = "xAPI Part 2 2.4.4.3"
_RESULT_CLAUSE = "xAPI Part 2 2.4.5"
_SCORE_CLAUSE = "xAPI Part 2 2.4.5.1"
_ATTACHMENT_CLAUSE = "xAPI Part 2 2.4.11"


def check_statement(value: object, version: Version, path: str = "$") -> None:
    """Raises InvalidStatement at the first thing that the specification does not allow."""
    statement = as_object(value, path, _CLAUSE)
    allow_only(statement, _STATEMENT, path, _CLAUSE)
    if "id" in statement:
        as_uuid(statement["id"], f"{path}.id", "xAPI Part 2 2.4.1")
    if "stored" in statement:
        as_timestamp(statement["stored"], f"{path}.stored", "xAPI Part 2 2.4.8", version)
    if "authority" in statement:
        check_authority(statement["authority"], f"{path}.authority")
    if "version" in statement:
        _check_version(statement["version"], version, f"{path}.version")
    _check_parts(statement, version, path, inner=False)


def _check_parts(statement: JsonObject, version: Version, path: str, *, inner: bool) -> None:
    """What a statement and a sub-statement have in common."""
    check_actor(required(statement, "actor", path, _CLAUSE), f"{path}.actor")
    verb = _check_verb(required(statement, "verb", path, _CLAUSE), f"{path}.verb")
    kind = _check_object(required(statement, "object", path, _CLAUSE), version, f"{path}.object", inner=inner)
    if verb == VOIDED and kind != "StatementRef" and not inner:
        # xAPI Part 2 2.3.2: the object of a voiding statement is a StatementRef to its target.
        raise InvalidStatement("void_object", path=f"{path}.object", clause="xAPI Part 2 2.3.2")
    if "result" in statement:
        _check_result(statement["result"], f"{path}.result")
    if "context" in statement:
        contexts.check_context(statement["context"], version, f"{path}.context", about=kind)
    if "timestamp" in statement:
        as_timestamp(statement["timestamp"], f"{path}.timestamp", "xAPI Part 2 2.4.7", version)
    if "attachments" in statement:
        for at, entry in enumerate(as_array(statement["attachments"], f"{path}.attachments", _CLAUSE)):
            _check_attachment(entry, f"{path}.attachments[{at}]")


def _check_version(value: object, version: Version, path: str) -> None:
    """xAPI Part 2 2.4.10: 1.0.x; under 2.0 also 2.0.x, since older statements stay what they were."""
    text = as_string(value, path, "xAPI Part 2 2.4.10")
    named = version_named(text)
    if named is None or (named is Version.V2 and version is Version.V1):
        allowed = "1.0.x" if version is Version.V1 else "1.0.x, 2.0.x"
        raise InvalidStatement(
            "statement_version", path=path, clause="xAPI Part 2 2.4.10", value=shown(text), allowed=allowed
        )


def _check_verb(value: object, path: str) -> str:
    verb = as_object(value, path, _VERB_CLAUSE)
    allow_only(verb, _VERB, path, _VERB_CLAUSE)
    name = as_iri(required(verb, "id", path, _VERB_CLAUSE), f"{path}.id", _VERB_CLAUSE)
    if "display" in verb:
        check_language_map(verb["display"], f"{path}.display", _VERB_CLAUSE)
    return name


_OBJECTS: dict[str, Callable[[object, str], None]] = {
    "Activity": check_activity,
    "Agent": check_actor,
    "Group": check_actor,
    "StatementRef": check_reference,
}


def _check_object(value: object, version: Version, path: str, *, inner: bool) -> str:
    """Returns the kind of the object."""
    target = as_object(value, path, _OBJECT_CLAUSE)
    kind = target.get("objectType", "Activity") if "objectType" in target else "Activity"
    if kind == "Activity":
        check_activity(target, path)
        return "Activity"
    as_enum(kind, (*_OBJECTS, "SubStatement"), f"{path}.objectType", _OBJECT_CLAUSE)
    if kind == "SubStatement":
        if inner:
            raise InvalidStatement("nested_substatement", path=path, clause=_SUB_CLAUSE)
        # xAPI Part 2 2.4.4.3: no id, stored, version or authority in a sub-statement.
        allow_only(target, _SUB_STATEMENT, path, _SUB_CLAUSE)
        _check_parts(target, version, path, inner=True)
    else:
        _OBJECTS[kind](target, path)
    return str(kind)


def _check_result(value: object, path: str) -> None:
    result = as_object(value, path, _RESULT_CLAUSE)
    allow_only(result, _RESULT, path, _RESULT_CLAUSE)
    if "score" in result:
        _check_score(result["score"], f"{path}.score")
    for name in ("success", "completion"):
        if name in result:
            check_boolean(result[name], f"{path}.{name}", _RESULT_CLAUSE)
    if "response" in result:
        as_string(result["response"], f"{path}.response", _RESULT_CLAUSE)
    if "duration" in result:
        as_duration(result["duration"], f"{path}.duration", "xAPI Part 2 4.6")
    if "extensions" in result:
        check_extensions(result["extensions"], f"{path}.extensions", _RESULT_CLAUSE)


def _check_score(value: object, path: str) -> None:
    """xAPI Part 2 2.4.5.1: -1 ≤ scaled ≤ 1, min < max, min ≤ raw ≤ max."""
    score = as_object(value, path, _SCORE_CLAUSE)
    allow_only(score, _SCORE, path, _SCORE_CLAUSE)
    got = {name: as_number(entry, f"{path}.{name}", _SCORE_CLAUSE) for name, entry in score.items()}
    if "scaled" in got and not -1 <= got["scaled"] <= 1:
        raise InvalidStatement("score_scaled", path=f"{path}.scaled", clause=_SCORE_CLAUSE)
    least, most = got.get("min"), got.get("max")
    if least is not None and most is not None and not least < most:
        raise InvalidStatement("score_range", path=path, clause=_SCORE_CLAUSE)
    if "raw" in got:
        raw = got["raw"]
        if (least is not None and raw < least) or (most is not None and raw > most):
            raise InvalidStatement("score_range", path=f"{path}.raw", clause=_SCORE_CLAUSE)


def _check_attachment(value: object, path: str) -> None:
    clause = _ATTACHMENT_CLAUSE
    attachment = as_object(value, path, clause)
    allow_only(attachment, _ATTACHMENT, path, clause)
    as_iri(required(attachment, "usageType", path, clause), f"{path}.usageType", clause)
    check_language_map(required(attachment, "display", path, clause), f"{path}.display", clause)
    if "description" in attachment:
        check_language_map(attachment["description"], f"{path}.description", clause)
    as_media_type(required(attachment, "contentType", path, clause), f"{path}.contentType", clause)
    length = as_number(required(attachment, "length", path, clause), f"{path}.length", clause)
    if length < 0 or length != int(length):
        raise InvalidStatement("integer", path=f"{path}.length", clause=clause)
    as_sha2(required(attachment, "sha2", path, clause), f"{path}.sha2", clause)
    if "fileUrl" in attachment:
        as_iri(attachment["fileUrl"], f"{path}.fileUrl", clause)
