"""What a query gives, page by page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """Statements as the bytes that came. All that was stored before `consistent_through` (as the other store
    writes it; None where it does not say) is visible: the next poll may begin there."""

    statements: list[bytes]
    consistent_through: str | None
