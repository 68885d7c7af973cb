"""What the console is made from, and the ports by which the bootstrap hands it the rest of the product.

The console never imports the engine or the xAPI room: it is given callables. A port that is None is an absent
feature, and the page says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine
from starlette.types import ASGIApp

from bridge.domain.clock import Clock, system_clock
from bridge.domain.job_line import JobLine
from bridge.flows.context import Context
from bridge.web.throttle import SignInThrottle
from bridge.wording import INDONESIAN


@dataclass(frozen=True, slots=True)
class StatementQuery:
    """An auditor's question to the record store. Absent parts do not filter. `person_key` is the person whose
    statements are sought (the port knows how an actor is spelled), `programme` words of an activity's title,
    `verb` and `activity` IRIs; `since` is exclusive and `until` inclusive, on stored (xAPI 1.0.3, Part 3,
    2.1.3). `limit` counts statements."""

    statement_id: str | None = None
    person_key: str | None = None
    programme: str | None = None
    verb: str | None = None
    activity: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class FoundStatement:
    """`document` is the statement's JSON as the record store keeps it, byte for byte."""

    statement_id: str
    stored: datetime
    voided: bool
    document: bytes


StatementSearch = Callable[[StatementQuery], Sequence[FoundStatement]]
"""Newest stored first. Raises bridge.errors only."""


StatementExport = Callable[[StatementQuery, str], tuple[str, Iterator[bytes]]]
"""`export(query, shape) -> (media type, pieces)`; shapes are csv, jsonl and parquet. `limit` does not count."""

StatementCounts = Callable[[StatementQuery, str], Sequence[tuple[str, int]]]
"""`counts(query, by)`: statements by verb, activity or day."""


@dataclass(frozen=True, slots=True)
class ExplainedStep:
    """One step of the computation for one learner. `title` and `sentence` are in the language that was asked
    for; `columns` and `rows` are the step's relation as text, empty where the sentence says it all."""

    title: str
    sentence: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


Explain = Callable[[int, int, str], Sequence[ExplainedStep]]
"""`explain(learner_id, year, language)`: the engine's own steps, in order."""

RunNow = Callable[[str], str]
"""`run_now(account_name) -> run_id`: starts the nightly job in the background and returns at once. Raises
RetryLater where one is running."""


class JobBoard(Protocol):
    """The scheduled jobs of the tenant. Raises bridge.errors only."""

    def lines(self) -> list[JobLine]: ...

    def change(
        self,
        name: str,
        source: str,
        who: str,
        *,
        cron: str | None = None,
        paused: bool | None = None,
        limit_minutes: int | None = None,
    ) -> None: ...

    def reset(self, name: str, source: str) -> bool: ...


RunJob = Callable[[str, str, str], None]
"""`run_job(name, source, account_name)`: starts a job in the background and returns at once."""


class AlertDesk(Protocol):
    """Who is told when something is wrong. Raises bridge.errors only."""

    def channels(self) -> list[str]:
        """One line each, without a password."""
        ...

    def send_test(self, who: str) -> bool:
        """Whether somebody took the message."""
        ...


class Offices(Protocol):
    """The other tenants of the installation."""

    def context(self, tenant: str) -> WebContext | None:
        """The console's context for a tenant, None where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class WebContext:
    """`secret_key` signs sessions and links: at least 32 bytes, the same on every process. `https_only` marks
    cookies Secure even where the proxy speaks plain HTTP to us. `learner_link_generation` is a setting:
    raising it revokes all learners' links at once. `flows` is what the use cases are handed.
    Each port may be None: that feature is absent."""

    engine: Engine
    secret_key: bytes = field(repr=False)
    tenant: str
    version: str
    clock: Clock = system_clock
    language: str = INDONESIAN
    https_only: bool = False
    learner_link_generation: int = 1
    nightly_job: str = "night"
    approval_jp: int = 2000  # hundredths: an override above it waits for a second person
    lrs: ASGIApp | None = None
    statement_search: StatementSearch | None = None
    statement_export: StatementExport | None = None
    statement_counts: StatementCounts | None = None
    explain: Explain | None = None
    run_now: RunNow | None = None
    flows: Context | None = None
    home: Path | None = None
    jobs: JobBoard | None = None
    run_job: RunJob | None = None
    alert_desk: AlertDesk | None = None
    offices: Offices | None = None
    metrics: Callable[[], bytes] | None = None
    metrics_token: str = field(default="", repr=False)
    is_ready: Callable[[], Mapping[str, bool]] | None = None
    throttle: SignInThrottle = field(default_factory=SignInThrottle, repr=False)
    check_in_throttle: SignInThrottle = field(default_factory=SignInThrottle, repr=False)

    def __post_init__(self) -> None:
        if len(self.secret_key) < 32:
            raise ValueError("secret_key needs at least 32 bytes")
