"""What a use case is handed: the store, the clock, the tenant and the ports. Bootstrap fills it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import Engine

from bridge.domain.clock import Clock
from lms_adapters.registry import Registered

if TYPE_CHECKING:  # few use cases sign
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class Progress(Protocol):
    """How long work shows that it lives. `stage` begins a stage (total None: unknown)."""

    def stage(self, name: str, total: int | None = None) -> None: ...

    def advance(self, amount: int = 1) -> None: ...


class Silent:
    """Progress that nobody watches."""

    def stage(self, name: str, total: int | None = None) -> None:
        return

    def advance(self, amount: int = 1) -> None:
        return


class StatementStore(Protocol):
    """The learning record store, as far as publishing needs it. A repeated statement is no error."""

    def put(self, statements: Sequence[Mapping[str, Any]]) -> None:
        """All or nothing. Raises RetryLater or StopSource."""
        ...


@dataclass(frozen=True, slots=True)
class Office:
    """The tenant and what its statements are named by."""

    tenant: str
    zone: str
    activity_base: str
    agent_home_page: str
    withdraw_limit_percent: int
    approval_jp: int = 2000  # hundredths: a person who sets more JP than this needs a second person


@dataclass(frozen=True, slots=True)
class Context:
    store: Engine
    clock: Clock
    office: Office
    home: Path
    adapters: Mapping[str, Registered]
    secret: Callable[[str], str]
    statements: StatementStore
    signing_key: Callable[[], Ed25519PrivateKey]
    version: str
    progress: Progress
    statement: Callable[[str], bytes | None] | None = None  # a published statement's bytes by its id
