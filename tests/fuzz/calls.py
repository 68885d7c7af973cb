"""Requests to every resource of the record store, right ones and wrong ones in every part."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from hypothesis import strategies as st

from tests.conformance.statements import ACTIVITY, BUDI, VERB, new_id, small
from tests.fuzz.damage import bodies, damaged, texts, values

STATEMENTS = "/statements"
PATHS = (
    STATEMENTS, "/activities/state", "/agents/profile", "/activities/profile", "/agents", "/activities",
    "/about", "/statements/counts", "/statements/export",
)  # fmt: skip
_METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "PATCH")
_AGENT = json.dumps(BUDI)
_GOOD = {
    "statementId": st.builds(new_id),
    "voidedStatementId": st.builds(new_id),
    "agent": st.sampled_from([_AGENT, '{"account":{"homePage":"https://e.id","name":"u"}}']),
    "verb": st.just(VERB),
    "activity": st.just(ACTIVITY),
    "activityId": st.just(ACTIVITY),
    "registration": st.builds(new_id),
    "related_agents": st.sampled_from(["true", "false"]),
    "related_activities": st.sampled_from(["true", "false"]),
    "since": st.sampled_from(["2026-01-01T00:00:00Z", "2020-02-29T24:00:00+14:00"]),
    "until": st.sampled_from(["2036-01-01T00:00:00Z", "1970-01-01T00:00:00Z"]),
    "limit": st.sampled_from(["0", "1", "5", "99999999999"]),
    "format": st.sampled_from(["ids", "exact", "canonical"]),
    "attachments": st.sampled_from(["true", "false"]),
    "ascending": st.sampled_from(["true", "false"]),
    "cursor": st.sampled_from(["0", "1790000000000000", "999999999999999999"]),
    "stateId": st.text(min_size=1, max_size=5),
    "profileId": st.text(min_size=1, max_size=5),
    "by": st.sampled_from(["verb", "activity", "day"]),
    "shape": st.sampled_from(["jsonl", "csv", "parquet"]),
    "offset": st.sampled_from(["+09:00", "-12:00", "Z"]),
}
# Those that a resource can't do without, so that many requests get past the door.
_NEEDED = {
    "/activities/state": ("activityId", "agent", "stateId"),
    "/agents/profile": ("agent", "profileId"),
    "/activities/profile": ("activityId", "profileId"),
    "/agents": ("agent",),
    "/activities": ("activityId",),
    "/statements/counts": ("by",),
    "/statements/export": ("shape",),
}
_WRONG = st.text(max_size=12) | values.map(lambda value: json.dumps(value, ensure_ascii=False))
# Latin-1 without what would end a header or is no part of it: the client would not send that.
_HEADER = st.text(
    st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=20
).map(str.strip)
_TYPES = st.sampled_from(
    ["application/json", "application/json; charset=utf-8", "application/octet-stream", "text/plain", ""]
)


@dataclass(frozen=True, slots=True)
class Call:
    """One request; `query` is spelt already. `known` says that it came with our key."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    known: bool = True


@st.composite
def _parameters(draw: st.DrawFn, path: str) -> list[tuple[str, str]]:
    names = list(_NEEDED.get(path, ()))
    names += draw(st.lists(st.sampled_from(sorted(_GOOD)), max_size=3))
    pairs = []
    for name in names:
        if draw(st.integers(0, 9)) == 0:
            continue  # left out
        value = draw(_WRONG) if draw(st.integers(0, 9)) == 0 else draw(_GOOD[name])
        pairs.append((name, value))
    if draw(st.integers(0, 19)) == 0:
        pairs.append((draw(st.text(max_size=8)), draw(_WRONG)))
    return pairs


@st.composite
def _multipart(draw: st.DrawFn) -> tuple[str, bytes]:
    """(Content-Type, body): a statement with an attachment; the hash, the marks and the rest may be wrong."""
    content = draw(st.binary(max_size=40))
    sha2 = hashlib.sha256(content).hexdigest()
    statement = draw(st.builds(small) | damaged())
    if isinstance(statement, dict):
        entry = {
            "usageType": "https://example.id/usage",
            "display": {"id": "Berkas"},
            "contentType": draw(st.sampled_from(["text/plain", "application/octet-stream"])),
            "length": len(content),
            "sha2": sha2,
        }
        if draw(st.integers(0, 4)) == 0:
            entry["usageType"] = "http://adlnet.gov/expapi/attachments/signature"
        statement["attachments"] = [entry]
    said = sha2 if draw(st.integers(0, 4)) else draw(st.text("0123456789abcdef", max_size=64))
    mark = draw(st.sampled_from(["b", "x y", "----=_1"]))
    body = (
        f"--{mark}\r\nContent-Type: application/json\r\n\r\n{json.dumps(statement)}\r\n"
        f"--{mark}\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\n"
        f"X-Experience-API-Hash: {said}\r\n\r\n"
    ).encode() + content
    body += f"\r\n--{mark}--\r\n".encode()
    if draw(st.integers(0, 4)) == 0:
        body = body[: draw(st.integers(0, len(body)))]
    return f'multipart/mixed; boundary="{mark}"', body


@st.composite
def _body(draw: st.DrawFn, path: str) -> tuple[str, bytes]:
    """(Content-Type, body)."""
    kind = draw(st.integers(0, 9))
    if path != STATEMENTS:
        document = draw(values.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=100))
        return draw(_TYPES), document
    if kind < 2:
        return draw(_multipart())
    if kind < 5:
        batch = draw(st.lists(st.builds(small) | damaged(), max_size=4))
        return "application/json", json.dumps(batch).encode()
    if kind == 5:
        return draw(_TYPES | _HEADER), draw(bodies)
    return "application/json", draw(texts)


@st.composite
def _headers(draw: st.DrawFn) -> dict[str, str]:
    odd = draw(st.integers(0, 19))
    version = draw(st.sampled_from(["1.0.3", "2.0.0", "1.0", "1.0.0"])) if odd else draw(_HEADER)
    headers = {"X-Experience-API-Version": version}
    for name, good in (
        ("Accept-Language", "id, en;q=0.5, *;q=0.1"),
        ("If-Match", '"0a4d55a8d778e5022fab701977c5d840bbc486d0"'),
        ("If-None-Match", "*"),
        ("Accept-Encoding", "gzip"),
        ("Origin", "https://content.example.id"),
    ):
        chosen = draw(st.integers(0, 19))
        if chosen < 6:
            headers[name] = good if chosen else draw(_HEADER)
    return headers


@st.composite
def calls(draw: st.DrawFn) -> Call:
    path = draw(st.sampled_from((STATEMENTS, STATEMENTS, STATEMENTS, *PATHS)))
    method = draw(st.sampled_from(("GET", "GET", "POST", "POST", "POST", "PUT", "PUT", "DELETE", *_METHODS)))
    if draw(st.integers(0, 49)) == 0:
        path += draw(st.sampled_from(["/", "/x", "%00", "/../about"]))
    headers = draw(_headers())
    writes = path == STATEMENTS and method in ("POST", "PUT")
    body = b""
    if method in ("POST", "PUT", "PATCH") or draw(st.integers(0, 19)) == 0:
        headers["Content-Type"], body = draw(_body(path))
    if writes:  # parameters would only get it refused, most of the time
        pairs = [("statementId", new_id())] if method == "PUT" and draw(st.integers(0, 9)) else []
    else:
        pairs = draw(_parameters(path))
    if draw(st.integers(0, 9)) == 0:
        headers["Content-Encoding"] = "gzip"
        body = gzip.compress(body) if draw(st.integers(0, 4)) else body
    known = draw(st.integers(0, 199)) != 0
    if not known:
        headers["Authorization"] = draw(_HEADER | st.sampled_from(["Basic eDp5", "Bearer a.b", "Basic é"]))
    if draw(st.integers(0, 14)) == 0:
        return _folded(Call(method, path, urlencode(pairs), headers, body, known), pairs)
    return Call(method, path, urlencode(pairs), headers, body, known)


def _folded(call: Call, pairs: list[tuple[str, Any]]) -> Call:
    """The same in the alternate request syntax of 1.0.3."""
    fields = [*pairs, *call.headers.items(), ("content", call.body.decode("latin-1"))]
    form = urlencode(fields).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if "Authorization" in call.headers:
        headers["Authorization"] = call.headers["Authorization"]
    return Call("POST", call.path, urlencode({"method": call.method}), headers, form, call.known)
