"""What an adapter is: declared facts, a client that fetches, and a pure map. The kit does the rest.

An adapter yields `Page`s. The caller (bridge.flows.pull) stores each page's completions and its cursor in one
transaction, so a kill loses at most the page in flight and doubles nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from bridge.domain.evidence import Completion


class Since(StrEnum):
    """What the source can filter on."""

    NONE = "none"  # every pull is a sweep, compared with what was seen before
    EVENT_TIME = "event_time"  # on the completion's time: late arrivals are missed, so sweeps are needed too
    STORED_TIME = "stored_time"  # a true changed-since


@dataclass(frozen=True, slots=True)
class AdapterSpec:
    """Declared facts of one kind of source. `settings` names each setting with a sentence of help."""

    kind: str
    title: str
    since: Since
    sweep: bool  # a complete sweep is possible, so disappearance can be proven
    person_identifiers: tuple[str, ...]
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """One configured source. `secrets` were resolved from environment or files by the bootstrap; they are
    never logged, never in repr."""

    name: str
    kind: str
    address: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class RawPayload:
    """A body as it arrived, byte for byte, scrubbed of nothing."""

    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A row that could not be read: it becomes a finding with the raw payload, never the end of the run."""

    ref: str
    code: str  # a finding code, ROW-UNREADABLE by default
    reason: str
    raw: str


@dataclass(frozen=True, slots=True)
class Page:
    """What one request gave. `cursor` is where a resumed pull goes on; `total` the source's own count.
    `drift` lists what of the source's shape is not as declared: `+name` unknown and ignored, `-name` wanted
    and absent, `=name` there twice."""

    stream: str
    completions: tuple[Completion, ...]
    quarantined: tuple[Quarantined, ...]
    raw: RawPayload
    cursor: Mapping[str, Any]
    total: int | None = None
    number: int = 0
    drift: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SweepEnd:
    """The last thing a pull yields. `complete` only if the sweep provably saw everything the source shows:
    then, and only then, what was seen before and not now has disappeared."""

    stream: str
    complete: bool
    rows: int
    why_incomplete: str = ""
    cursor: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckStep:
    """One step of `source test`: what was tried, whether it works, and what to do if not."""

    name: str
    ok: bool
    sentence: str  # Indonesian
    english: str
    advice: str = ""
    advice_english: str = ""


class Adapter(Protocol):
    """Implemented by each `lms_adapters/<kind>/`. Raises bridge.errors by remedy, nothing else."""

    spec: AdapterSpec

    def check(self) -> Iterator[CheckStep]:
        """Each step of the set-up, in order, stopping at the first that fails."""
        ...

    def pull(self, cursors: Mapping[str, Mapping[str, Any]], *, full: bool) -> Iterator[Page | SweepEnd]:
        """Everything (`full`) or what may have changed since `cursors` (stream -> cursor)."""
        ...

    def close(self) -> None: ...
