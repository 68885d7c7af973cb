"""Reads from and writes to a record store over HTTP, patiently: timeouts, retries, pages followed to the end.

    lrs = LrsClient("https://lrs.example.id/xapi", key, secret)
    for page in lrs.pages(since="2026-08-01T00:00:00Z", ascending=True):
        for raw in page.statements: ...
    lrs.post([statement, …])

Thin on purpose: statements are handed over as the bytes that the other store sent, so that nothing is lost
or rewritten on the way (numbers, zones, unknown extensions).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any
from urllib.parse import urljoin, urlsplit

import orjson
import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth
from urllib3.util import Retry

from xapi.client.page import Page
from xapi.errors import XapiError
from xapi.model import wire
from xapi.model.version import Version

_RETRIED = (429, 500, 502, 503, 504)
_METHODS = frozenset({"GET", "HEAD", "PUT", "POST", "DELETE"})
_EXCERPT = 300


class Unreachable(XapiError):
    """The other store does not answer now; the same call may work later."""

    status = 503


class Refused(XapiError):
    """The other store answered, and it will answer the same next time. `answered` is its HTTP status."""

    status = 502

    def __init__(self, code: str, *, answered: int, value: str = "", detail: str = "") -> None:
        self.answered = answered
        super().__init__(code, answered=answered, value=value, detail=detail)


class _Bearer(AuthBase):
    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class LrsClient:
    """One per store and thread. `timeout` is (seconds to connect, seconds between bytes)."""

    def __init__(
        self,
        endpoint: str,
        key: str = "",
        secret: str = "",
        *,
        token: str = "",
        version: Version = Version.V1,
        timeout: tuple[float, float] = (10.0, 60.0),
        retries: int = 5,
        backoff: float = 0.5,
    ) -> None:
        self.endpoint = endpoint.rstrip("/") + "/"
        self._timeout = timeout
        self._session = requests.Session()
        self._session.auth = _Bearer(token) if token else HTTPBasicAuth(key, secret)
        self._session.headers["X-Experience-API-Version"] = version.value
        # A POST of statements with ids is idempotent (xAPI Part 3 2.1.2), so it may be repeated too.
        patience = Retry(
            total=retries,
            backoff_factor=backoff,
            status_forcelist=_RETRIED,
            allowed_methods=_METHODS,
            respect_retry_after_header=True,
            raise_on_status=False,
        )
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=patience))

    def close(self) -> None:
        self._session.close()

    def __enter__(self) -> LrsClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- reading ---------------------------------------------------------------------------------------

    def about(self) -> dict[str, Any]:
        return dict(self._json(self._call("GET", self.endpoint + "about")))

    def statement(self, statement_id: str) -> bytes | None:
        """The statement as the other store gives it; None where it has none of this id."""
        parameters = {"statementId": statement_id}
        answer = self._call("GET", self.endpoint + "statements", params=parameters, accepted=(404,))
        return None if answer.status_code == 404 else answer.content

    def pages(self, **filters: str | int | bool | dict[str, Any] | None) -> Iterator[Page]:
        """All pages of a query. Filters are those of xAPI Part 3 2.1.3, such as `agent` (a dict), `verb`,
        `activity`, `since` (exclusive), `until` (inclusive), `limit`, `ascending`; None leaves one out."""
        parameters = {name: _spelt(value) for name, value in filters.items() if value is not None}
        url: str = self.endpoint + "statements"
        while True:
            answer = self._call("GET", url, params=parameters)
            value = self._json(answer)
            if not isinstance(value, dict) or not isinstance(value.get("statements"), list):
                raise Refused("lrs_answer", answered=answer.status_code, detail="no statements in it")
            yield Page(
                _raw_statements(answer.content), answer.headers.get("X-Experience-API-Consistent-Through")
            )
            if not value.get("more"):
                return
            url, parameters = self._followed(str(value["more"])), {}

    def statements(self, **filters: str | int | bool | dict[str, Any] | None) -> Iterator[dict[str, Any]]:
        """The statements of all pages, read."""
        for page in self.pages(**filters):
            for raw in page.statements:
                yield wire.value_of(raw)

    def _followed(self, more: str) -> str:
        """xAPI Part 2 2.5: `more` is relative to the server. Credentials go to no other server."""
        url = urljoin(self.endpoint, more)
        if urlsplit(url)[:2] != urlsplit(self.endpoint)[:2]:
            raise Refused("lrs_more", answered=200, value=url[:_EXCERPT])
        return url

    # -- writing ---------------------------------------------------------------------------------------

    def post(self, statements: Sequence[bytes | dict[str, Any]], *, batch: int = 100) -> list[str]:
        """Sends statements in batches (each all or nothing); returns their ids. Give them ids of your own, so
        that a repetition is the same statement."""
        ids: list[str] = []
        for at in range(0, len(statements), batch):
            body = b"[" + b",".join(_raw(one) for one in statements[at : at + batch]) + b"]"
            answer = self._call("POST", self.endpoint + "statements", data=body, headers=_JSON)
            ids.extend(str(one) for one in self._json(answer))
        return ids

    def post_body(self, content_type: str, body: bytes) -> None:
        """Sends one body of statements, such as statements with their attachments in multipart/mixed."""
        self._call("POST", self.endpoint + "statements", data=body, headers={"Content-Type": content_type})

    # -- one call --------------------------------------------------------------------------------------

    def _call(
        self, method: str, url: str, *, accepted: Iterable[int] = (), **options: Any
    ) -> requests.Response:
        try:
            answer = self._session.request(
                method, url, timeout=self._timeout, allow_redirects=False, **options
            )
        except requests.RequestException as fault:
            raise Unreachable("lrs_unreachable", value=self.endpoint, detail=type(fault).__name__) from fault
        if answer.status_code in _RETRIED:
            raise Unreachable("lrs_unreachable", value=self.endpoint, detail=f"HTTP {answer.status_code}")
        if not answer.ok and answer.status_code not in accepted:
            raise Refused(
                "lrs_refused",
                answered=answer.status_code,
                value=self.endpoint,
                detail=answer.text[:_EXCERPT],
            )
        if answer.is_redirect:
            raise Refused("lrs_refused", answered=answer.status_code, value=self.endpoint, detail="redirect")
        return answer

    def _json(self, answer: requests.Response) -> Any:
        try:
            return wire.value_of(answer.content)
        except ValueError:
            raise Refused("lrs_answer", answered=answer.status_code, detail=answer.text[:_EXCERPT]) from None


_JSON = {"Content-Type": "application/json"}


def _spelt(value: str | int | bool | dict[str, Any]) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return orjson.dumps(value).decode() if isinstance(value, dict) else str(value)


def _raw(statement: bytes | dict[str, Any]) -> bytes:
    return statement if isinstance(statement, bytes) else orjson.dumps(statement)


def _raw_statements(body: bytes) -> list[bytes]:
    return wire.split_array(wire.split_object(body)["statements"])
