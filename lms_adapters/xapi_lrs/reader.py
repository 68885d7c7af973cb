"""What the adapter asks of a record store, whether it is far away or in this process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from xapi.client.page import Page


class Reader(Protocol):
    """Raises bridge.errors by remedy."""

    def pages(self, **filters: Any) -> Iterator[Page]:
        """All pages of a query by the filters of xAPI Part 3 2.1.3."""
        ...

    def statement(self, statement_id: str) -> bytes | None: ...

    def voided_statement(self, statement_id: str) -> bytes | None: ...

    def close(self) -> None: ...
