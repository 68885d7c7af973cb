"""One request, read strictly: parameters, headers, body, version, alternate request syntax of 1.0.3."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from xapi.errors import BadRequest, TooLarge, UnsupportedEncoding
from xapi.model.version import Version, version_named

# xAPI Part 3 1.3: these form parameters stand for headers.
_FORM_HEADERS = frozenset(
    {
        "authorization", "x-experience-api-version", "content-type", "content-length", "if-match",
        "if-none-match", "accept", "accept-encoding", "accept-language", "x-experience-api-hash",
    }
)  # fmt: skip
_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
_CLAUSE = "xAPI Part 3 1.3"
_ERRORS = "xAPI Part 3 3.2"
_ENCODING = "RFC 9110 8.4"
_QUERY = "query"  # the whole query string, where no parameter has a name to point to
_METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD")


@dataclass(slots=True)
class Exchange:
    """A request as the resources see it. `path` is the full path, with the place where the app is mounted."""

    method: str
    path: str
    parameters: dict[str, str]
    headers: Mapping[str, str]
    body: bytes
    version: Version | None

    def allow_only(self, names: Collection[str]) -> None:
        """xAPI Part 3 3.2: parameters that are not known, or in another case, are refused."""
        for name in self.parameters:
            if name not in names:
                raise BadRequest(
                    "parameter_unknown", path=name or _QUERY, clause="xAPI Part 3 3.2", name=name
                )

    def required(self, name: str) -> str:
        try:
            return self.parameters[name]
        except KeyError:
            raise BadRequest("parameter_missing", path=name, clause="xAPI Part 3 2", name=name) from None

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def spoken(self) -> Version:
        """The version of a request to a resource that needs one."""
        if self.version is None:
            raise BadRequest("version_missing", path="X-Experience-API-Version", clause="xAPI Part 3 3.3")
        return self.version


def headers_of(scope: Scope) -> dict[str, str]:
    """By name in lower case; of a repeated header the first one counts."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])}


async def read_exchange(
    scope: Scope, receive: Receive, *, body_limit: int, versioned: bool = True
) -> Exchange:
    """Reads the request; raises BadRequest, TooLarge or UnsupportedEncoding. `versioned` resources need the
    version header (all but About)."""
    asked = scope["query_string"].decode("latin-1")
    parameters = _unique(parse_qsl(asked, keep_blank_values=True)) if asked else {}
    headers = headers_of(scope)
    body = await _read_body(receive, headers, body_limit)
    exchange = Exchange(scope["method"], scope["path"], parameters, headers, body, None)
    if exchange.method == "POST" and "method" in parameters:
        exchange = _unfolded(exchange)
        _note_version(exchange, versioned=versioned)
        if exchange.version is Version.V2:
            raise BadRequest("alternate_syntax", path="method", clause=_CLAUSE, detail="xAPI 2.0 has none")
    _note_version(exchange, versioned=versioned)
    return exchange


def _unique(pairs: list[tuple[str, str]]) -> dict[str, str]:
    parameters = dict(pairs)
    if len(parameters) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadRequest("parameter_twice", path=twice or _QUERY, clause="xAPI Part 3 3.2", name=twice)
    return parameters


def _note_version(exchange: Exchange, *, versioned: bool) -> None:
    """xAPI Part 3 3.3: every request names a version that we speak."""
    name, clause = "X-Experience-API-Version", "xAPI Part 3 3.3"
    said = exchange.headers.get("x-experience-api-version")
    exchange.version = None if said is None else version_named(said.strip())
    if not versioned:
        return
    if said is None:
        raise BadRequest("version_missing", path=name, clause=clause)
    if exchange.version is None:
        raise BadRequest("version_unsupported", path=name, clause=clause, value=said[:40])


async def _read_body(receive: Receive, headers: Mapping[str, str], limit: int) -> bytes:
    announced = headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise TooLarge("too_large", path="body", clause=_ERRORS, limit=limit)
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        more = message.get("more_body", False)
        size += len(chunk)
        if size > limit:
            raise TooLarge("too_large", path="body", clause=_ERRORS, limit=limit)
        chunks.append(chunk)
    body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "x-gzip"):
        raise UnsupportedEncoding(
            "content_encoding", path="Content-Encoding", clause=_ENCODING, value=encoding[:40]
        )
    return _unzipped(body, limit)


def _unzipped(body: bytes, limit: int) -> bytes:
    """Never more than the limit, however small the bomb."""
    inflate = zlib.decompressobj(wbits=31)
    try:
        plain = inflate.decompress(body, limit + 1)
    except zlib.error:
        raise BadRequest("content_encoding_broken", path="Content-Encoding", clause=_ENCODING) from None
    if len(plain) > limit:
        raise TooLarge("too_large", path="body", clause=_ERRORS, limit=limit)
    if not inflate.eof:
        raise BadRequest("content_encoding_broken", path="Content-Encoding", clause=_ENCODING)
    return plain


def _unfolded(outer: Exchange) -> Exchange:
    """The request that is folded into a form (xAPI Part 3 1.3), for browsers that could send nothing else."""
    method = outer.parameters["method"].upper()
    if method not in _METHODS:
        raise BadRequest("alternate_syntax", path="method", clause=_CLAUSE, detail=f"method={method[:20]}")
    if len(outer.parameters) > 1:
        # "The LRS MUST reject ... any extra information" in the query string
        raise BadRequest(
            "alternate_syntax",
            path=_QUERY,
            clause=_CLAUSE,
            detail="only 'method' belongs in the query string",
        )
    if outer.media_type != _FORM and outer.body:
        raise BadRequest("alternate_syntax", path="Content-Type", clause=_CLAUSE, detail=f"send {_FORM}")
    try:
        form = parse_qsl(outer.body.decode("utf-8"), keep_blank_values=True, strict_parsing=bool(outer.body))
    except ValueError:
        raise BadRequest(
            "alternate_syntax", path="body", clause=_CLAUSE, detail="the form can't be read"
        ) from None
    fields = _unique(form)
    headers = {name: value for name, value in outer.headers.items() if name != "content-type"}
    parameters: dict[str, str] = {}
    content = fields.pop("content", None)
    for name, value in fields.items():
        if name.lower() in _FORM_HEADERS:
            headers[name.lower()] = value
        else:
            parameters[name] = value
    if method in ("PUT", "POST") and content is None:
        raise BadRequest("alternate_syntax", path="content", clause=_CLAUSE, detail="'content' is missing")
    headers.setdefault("content-type", _JSON)
    return Exchange(method, outer.path, parameters, headers, (content or "").encode(), None)
