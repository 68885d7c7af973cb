"""What a server says about its rate limit, and how long to hold back so that it need not refuse.

Read: X-Request-Cost and X-Rate-Limit-Remaining (Canvas, doc/api/throttling: the bucket leaks, refusals begin at
zero), RateLimit-Remaining and RateLimit-Reset (draft-ietf-httpapi-ratelimit-headers-07, seconds), and their
older spelling with `X-RateLimit-` (GitHub and others: an epoch second).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

EPOCH_FROM = 1_000_000_000  # a reset above it is an epoch second, below it a number of seconds from now
LEAKS = 1.0  # seconds to let a bucket leak that says no reset time
LOW = 1.0  # calls' worth of allowance below which we hold back


@dataclass(frozen=True, slots=True)
class Allowance:
    """`cost` of the call just made, what `remaining` is left, `reset` in seconds from now. None: not told."""

    cost: float | None = None
    remaining: float | None = None
    reset: float | None = None

    @classmethod
    def read(cls, headers: Mapping[str, str], now: float) -> Allowance:
        """`headers` in any case; `now` is an epoch second."""
        lower = {name.lower(): value for name, value in headers.items()}

        def first(*names: str) -> float | None:
            for name in names:
                text = lower.get(name, "").partition(";")[0].partition(",")[0].strip()
                try:
                    return float(text)
                except ValueError:
                    continue
            return None

        reset = first("ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset")
        if reset is not None and reset >= EPOCH_FROM:
            reset = max(0.0, reset - now)
        return cls(
            cost=first("x-request-cost"),
            remaining=first("x-rate-limit-remaining", "ratelimit-remaining", "x-ratelimit-remaining"),
            reset=reset,
        )

    def pause(self, longest: float) -> float:
        """Seconds to wait before the next call: none while enough is left for one like the last."""
        if self.remaining is None or self.remaining >= max(LOW, self.cost or LOW):
            return 0.0
        return min(longest, LEAKS if self.reset is None else self.reset)
