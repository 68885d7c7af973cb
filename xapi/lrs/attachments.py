"""Attachments of the statements of one request: which data belong to which, and whether all is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from xapi.errors import BadRequest
from xapi.lrs.exchange import Exchange
from xapi.lrs.multipart import read_parts
from xapi.model.comparison import SIGNATURE_USAGE
from xapi.model.submission import Arriving, read_body, sha2_of

_CLAUSE = "xAPI Part 3 1.5.2"
_JSON = "application/json"
_MULTIPART = "multipart/mixed"


def read_statements(exchange: Exchange) -> tuple[list[Arriving], bool, dict[str, bytes]]:
    """(statements, whether they came as an array, SHA-2 → data of their attachments)."""
    if exchange.media_type == _JSON:
        statements, many = read_body(exchange.body, exchange.spoken)
        data: dict[str, bytes] = {}
    elif exchange.media_type == _MULTIPART:
        statements, many, data = _from_parts(exchange)
    else:
        raise BadRequest(
            "content_type",
            path="Content-Type",
            clause="xAPI Part 3 1.5",
            value=exchange.media_type[:80] or "-",
            allowed=f"{_JSON}, {_MULTIPART}",
        )
    _check_all_there(statements, data, many=many)
    return statements, many, data


def _from_parts(exchange: Exchange) -> tuple[list[Arriving], bool, dict[str, bytes]]:
    parts = read_parts(exchange.body, exchange.headers.get("content-type", ""))
    if not parts or parts[0].headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
        raise BadRequest(
            "multipart", path="body[0]", clause=_CLAUSE, detail="the first part must be application/json"
        )
    statements, many = read_body(parts[0].content, exchange.spoken)
    data: dict[str, bytes] = {}
    for at, part in enumerate(parts[1:], 1):
        where = f"body[{at}]"
        if part.headers.get("content-transfer-encoding", "").lower() != "binary":
            detail = "Content-Transfer-Encoding must be binary"
            raise BadRequest("multipart", path=where, clause=_CLAUSE, detail=detail)
        sha2 = part.headers.get("x-experience-api-hash", "").lower()
        if not sha2:
            raise BadRequest(
                "multipart", path=where, clause=_CLAUSE, detail="X-Experience-API-Hash is missing"
            )
        found = sha2_of(part.content, like=sha2)
        if found != sha2:
            raise BadRequest("attachment_hash", path=where, clause=_CLAUSE, value=sha2[:128], found=found)
        data[sha2] = part.content
    return statements, many, data


def attachments_of(statement: dict[str, Any], path: str = "$") -> Iterator[tuple[str, dict[str, Any]]]:
    """(JSON path, attachment) of a statement and its sub-statement."""
    for at, entry in enumerate(statement.get("attachments", ())):
        yield f"{path}.attachments[{at}]", entry
    if statement["object"].get("objectType") == "SubStatement":
        yield from attachments_of(statement["object"], f"{path}.object")


def _check_all_there(statements: list[Arriving], data: dict[str, bytes], *, many: bool) -> None:
    """xAPI Part 3 1.5.2: data for each attachment without a fileUrl, and no data that none refers to."""
    wanted: set[str] = set()
    for at, one in enumerate(statements):
        for path, entry in attachments_of(one.value, f"$[{at}]" if many else "$"):
            sha2 = entry["sha2"].lower()
            wanted.add(sha2)
            if sha2 not in data and "fileUrl" not in entry:
                raise BadRequest("attachment_missing", path=path, clause=_CLAUSE, value=sha2)
            if entry["usageType"] == SIGNATURE_USAGE and sha2 in data:
                # Only here: the libraries of signatures take a fifth of the server's start.
                from xapi.lrs.signature import check_signature

                check_signature(one.value, entry, data[sha2], path)
    for at, sha2 in enumerate(data, 1):
        if sha2 not in wanted:
            raise BadRequest("attachment_extra", path=f"body[{at}]", clause=_CLAUSE, value=sha2)
