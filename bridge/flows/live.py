"""A run that can be watched: which stage it is in, how far, and how long each stage took.

Progress goes to a small file beside the store, not into it: SQLite has one writer, and that is the run itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from bridge.tracing import OpenSpan, begin_span

FOLDER = "run"
EVERY = 0.5
"""Seconds between two writes."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How far a run is. `total` None: unknown. `stages` are seconds of the stages that ended."""

    stage: str
    done: int
    total: int | None
    stages: dict[str, float]


@dataclass(slots=True)
class Live:
    """bridge.flows.context.Progress that passes on what it is told, times the stages, and leaves a file for
    whoever looks. A file that can't be written is no reason to stop a run."""

    inner: Any
    home: Path
    seconds: Callable[[], float] = time.monotonic
    run_id: str = ""
    name: str = ""
    done: int = 0
    total: int | None = None
    stages: dict[str, float] = field(default_factory=dict)
    _span: OpenSpan = field(default_factory=OpenSpan)
    _since: float = 0.0
    _written: float = float("-inf")

    def begin(self, run_id: str) -> None:
        self.run_id, self.name, self.stages = run_id, "", {}
        with suppress(OSError):
            (self.home / FOLDER).mkdir(mode=0o700, exist_ok=True)
        self._write()

    def stage(self, name: str, total: int | None = None) -> None:
        self.inner.stage(name, total)
        self._close()
        if name != self.name:  # a stage that is only told how much there is goes on
            self._span.end()
            self._span = begin_span(f"stage {name}", stage=name)
        self.name, self.done, self.total, self._since = name, 0, total, self.seconds()
        self._write()

    def advance(self, amount: int = 1) -> None:
        self.inner.advance(amount)
        self.done += amount
        if self.seconds() - self._written >= EVERY:
            self._write()

    def end(self) -> dict[str, float]:
        """Seconds by stage, rounded to hundredths; the file is gone."""
        self._close()
        self._span.end()
        with suppress(OSError):
            path_of(self.home, self.run_id).unlink(missing_ok=True)
        self.run_id, self.name = "", ""
        return {name: round(took, 2) for name, took in self.stages.items()}

    def _close(self) -> None:
        if self.name:
            self.stages[self.name] = self.stages.get(self.name, 0.0) + self.seconds() - self._since

    def _write(self) -> None:
        self._written = self.seconds()
        if not self.run_id:
            return
        path = path_of(self.home, self.run_id)
        facts = {"stage": self.name, "done": self.done, "total": self.total, "stages": self.stages}
        with suppress(OSError):
            fresh = path.with_suffix(".new")
            fresh.write_bytes(orjson.dumps(facts))
            fresh.replace(path)


def path_of(home: Path, run_id: str) -> Path:
    return home / FOLDER / f"{run_id}.json"


def read_live(home: Path, run_id: str) -> Seen | None:
    """None where the run has ended, or runs on another machine. `run_id` is one of the store's."""
    try:
        facts = orjson.loads(path_of(home, run_id).read_bytes())
        return Seen(str(facts["stage"]), int(facts["done"]), facts["total"], dict(facts["stages"]))
    except (OSError, ValueError, KeyError):
        return None
