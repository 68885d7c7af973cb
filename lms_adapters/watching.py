"""What watches the calls of a pull from outside: their cost, and a recorder. Any adapter that calls through
`lms_adapters.http.Http` is watched; it does nothing for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol

from bridge.domain.evidence import Completion


@dataclass(slots=True)
class Traffic:
    """What a source cost so far. Received bytes are those on the wire (compressed), without headers. `cost` is
    what the other side says that the calls cost (X-Request-Cost), 0 where it says nothing."""

    requests: int = 0
    retries: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call as it went over the wire, decoded of transfer and content encodings."""

    method: str
    url: str
    form: bytes
    status: int
    media_type: str
    headers: Mapping[str, str]
    body: bytes


class Recorder(Protocol):
    def keep(self, exchange: Exchange, secrets: tuple[str, ...]) -> None:
        """One call as it went over the wire; `secrets` must not be kept."""
        ...

    def know(self, completions: Iterable[Completion]) -> None:
        """What the adapter read from the calls: the persons in it must not be kept either."""
        ...


@dataclass(slots=True)
class Watch:
    """`traffic` has an entry for each Http that was made while this watched."""

    recorder: Recorder | None = None
    traffic: list[Traffic] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return sum(one.requests for one in self.traffic)

    @property
    def bytes_received(self) -> int:
        return sum(one.bytes_received for one in self.traffic)


_watch: ContextVar[Watch | None] = ContextVar("watch", default=None)


def watch_in_hand() -> Watch | None:
    return _watch.get()


@contextmanager
def watched(recorder: Recorder | None = None) -> Iterator[Watch]:
    """Every Http made inside is counted, and recorded where there is a recorder."""
    watch = Watch(recorder)
    token = _watch.set(watch)
    try:
        yield watch
    finally:
        _watch.reset(token)
