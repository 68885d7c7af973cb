"""A record store over the kit's HTTP: its bounds, patience and pinned host, and statements as they came."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import orjson

from bridge.errors import BridgeError
from lms_adapters.http import Answer, Http
from lms_adapters.json_api import JsonApi, query
from lms_adapters.xapi_lrs.faults import LRS_FAULTS
from xapi.client.page import Page
from xapi.errors import XapiError
from xapi.model import wire

CONSISTENT = "x-experience-api-consistent-through"
_BY_STATUS = {401: "LRS-KEY", 403: "LRS-KEY", 404: "LRS-ADDRESS", 405: "LRS-ADDRESS"}
WHAT = "statements"


class FarRecords:
    """lms_adapters.xapi_lrs.reader.Reader. Raises bridge.errors by remedy."""

    def __init__(self, http: Http, key: str, password: str) -> None:
        self.http = http
        self._api = JsonApi(http, self._judge)
        named = b64encode(f"{key}:{password}".encode()).decode()
        http.use_header("Authorization", f"Basic {named}")
        http.use_header("X-Experience-API-Version", "1.0.3")

    def close(self) -> None:
        self.http.close()

    def pages(self, **filters: Any) -> Iterator[Page]:
        """xAPI Part 3 2.1.3; `more` is followed as it is given, and never to another host."""
        link = query("statements", **{name: _spelt(value) for name, value in filters.items()})
        while link:
            page, link = self.http.get(link, self._read)
            yield page

    def statement(self, statement_id: str) -> bytes | None:
        return self._one("statementId", statement_id)

    def voided_statement(self, statement_id: str) -> bytes | None:
        return self._one("voidedStatementId", statement_id)

    def _one(self, parameter: str, statement_id: str) -> bytes | None:
        def read(answer: Answer) -> bytes | None:
            if answer.status in (400, 404):  # 400: what it refers to is no UUID
                return None
            found = self._api.read(answer, dict[str, Any], WHAT)
            # Ralph 5.1 answers as to a query, with a list
            listed = found.get("statements")
            return answer.body if listed is None else orjson.dumps(listed[0]) if listed else None

        return self.http.get(query("statements", **{parameter: statement_id}), read)

    def _read(self, answer: Answer) -> tuple[Page, str]:
        value = self._api.read(answer, dict[str, Any], WHAT)
        if not isinstance(value.get("statements"), list):
            raise self._api.fault("API-SHAPE", WHAT, detail="statements")
        try:
            raw = wire.split_array(wire.split_object(answer.body)["statements"])
        except (ValueError, XapiError):
            raw = [orjson.dumps(one) for one in value["statements"]]
        headers = {name.lower(): text for name, text in answer.headers.items()}
        return Page(raw, headers.get(CONSISTENT)), str(value.get("more") or "")

    def _judge(self, answer: Answer, what: str) -> BridgeError | None:
        code = _BY_STATUS.get(answer.status)
        if code is None:
            return None
        return LRS_FAULTS[code].error(
            self.http.source, where=self.http.host, address=self.http.address, detail=str(answer.status)
        )


def _spelt(value: Any) -> str | int | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return orjson.dumps(value).decode() if isinstance(value, dict) else int(value)
