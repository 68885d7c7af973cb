"""What the adapters' tests share: the demo's recordings served over real HTTP, and a source that points
there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lms_adapters.moodle.adapter import MoodleAdapter, make
from lms_adapters.moodle.replay import MoodleReplay
from lms_adapters.spec import Page, SourceConfig, SweepEnd

ROOT = Path(__file__).parent.parent
RECORDED_SITE = ROOT / "bridge" / "data" / "demo" / "moodle"
CASES = ROOT / "tests" / "recordings" / "moodle-4.5-cases"
QUICK = {"report": "6", "retry_wait": 0.01, "read_timeout": 5}


@contextmanager
def moodle(replay: MoodleReplay, *, token: str | None = None, **settings: Any) -> Iterator[MoodleAdapter]:
    """An adapter of the source `bkpsdm` at the replay; settings are those of QUICK unless named."""
    config = SourceConfig(
        "bkpsdm", "moodle", replay.url, {**QUICK, **settings}, {"token": token or replay.token}
    )
    adapter = make(config)
    assert isinstance(adapter, MoodleAdapter)
    try:
        yield adapter
    finally:
        adapter.close()


def swept(
    adapter: MoodleAdapter, cursors: Mapping[str, Mapping[str, Any]] | None = None, *, full: bool = False
) -> tuple[list[Page], SweepEnd]:
    """All pages and the end of one pull."""
    pages: list[Page] = []
    for step in adapter.pull(cursors or {}, full=full):
        if isinstance(step, SweepEnd):
            return pages, step
        pages.append(step)
    raise AssertionError("the pull ended without a SweepEnd")
