"""The tally of a sweep through numbered pages of a source that tells its total: what was seen, and whether that
was provably everything. Memory is 8 bytes a row."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise


@dataclass(slots=True)
class PageTally:
    """`take` each page in order, then ask `why_incomplete` (empty: complete)."""

    size: int
    total: int | None = None
    rows: int = 0
    _reasons: dict[str, None] = field(default_factory=dict)
    _digests: array[int] = field(default_factory=lambda: array("Q"))

    def take(self, number: int, total: int, keys: Iterable[str]) -> None:
        """`number` from 0, the `total` that this page tells, a text that is the same for the same row only."""
        if self.total is None:
            self.total = total
        elif total != self.total:
            self.doubt(f"the count moved from {self.total} to {total} while paging")
        came = 0
        for key in keys:
            digest = hashlib.blake2b(key.encode(), digest_size=8).digest()
            self._digests.append(int.from_bytes(digest, "big"))
            came += 1
        expected = max(0, min(self.size, total - number * self.size))
        if came != expected:
            self.doubt(f"page {number + 1} gave {came} rows instead of {expected}")
        self.rows += came

    def doubt(self, reason: str) -> None:
        self._reasons[reason] = None

    def over(self, number: int) -> bool:
        """Whether there is no page `number`."""
        return self.total is not None and number * self.size >= self.total

    def why_incomplete(self) -> str:
        twice = sum(one == following for one, following in pairwise(sorted(self._digests)))
        if twice:
            self.doubt(f"{twice} rows came twice, so as many may be lost")
        if self.rows != self.total:
            self.doubt(f"{self.rows} rows came of {self.total}")
        return "; ".join(self._reasons)
