"""What the resources give back, before it becomes a response of the web server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

JSON_TYPE = "application/json"


@dataclass(slots=True)
class Answer:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    pieces: Iterator[bytes] | None = None  # a body that comes little by little, in place of `body`

    @staticmethod
    def of_json(value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
        return Answer.of_bytes(orjson.dumps(value), status=status, headers=headers)

    @staticmethod
    def of_bytes(body: bytes, *, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
        return Answer(status, body, {"Content-Type": JSON_TYPE, **(headers or {})})
