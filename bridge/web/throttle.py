"""Throttling of failed sign-ins: by name and address together, and by address alone.

A name alone is not locked: else anybody could lock an administrator out. Counts are kept in memory, per
process, and bounded.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock

WINDOW = timedelta(minutes=15)
FAILURES_OF_NAME = 5
FAILURES_OF_ADDRESS = 30
_KEYS_KEPT = 10_000


class SignInThrottle:
    def __init__(self) -> None:
        self._failures: OrderedDict[tuple[str, ...], list[datetime]] = OrderedDict()
        self._lock = Lock()

    @staticmethod
    def _keys(name: str, address: str) -> tuple[tuple[tuple[str, ...], int], ...]:
        return (
            (("name", name.casefold()[:128], address), FAILURES_OF_NAME),
            (("address", address), FAILURES_OF_ADDRESS),
        )

    def wait(self, name: str, address: str, now: datetime) -> timedelta | None:
        """How long this name from this address has to wait, or None."""
        longest: timedelta | None = None
        with self._lock:
            for key, allowed in self._keys(name, address):
                recent = [at for at in self._failures.get(key, ()) if now - at < WINDOW]
                if len(recent) >= allowed:
                    rest = recent[-allowed] + WINDOW - now
                    longest = rest if longest is None or rest > longest else longest
        return longest

    def failed(self, name: str, address: str, now: datetime) -> None:
        with self._lock:
            for key, allowed in self._keys(name, address):
                recent = [at for at in self._failures.get(key, ()) if now - at < WINDOW]
                self._failures[key] = [*recent, now][-allowed:]
                self._failures.move_to_end(key)
            while len(self._failures) > _KEYS_KEPT:
                self._failures.popitem(last=False)

    def succeeded(self, name: str, address: str) -> None:
        with self._lock:
            self._failures.pop(self._keys(name, address)[0][0], None)
