"""A site that holds a known list of completions, serves them over real HTTP on loopback and can be told to
lapse: the other half of the contract suite (tests/contract/suite.py).

For a new adapter, derive from `CompletionSite`, answer calls in the LMS's own wire format, and take the rows of
each page from `window`. Everything that goes wrong is done here, once for all adapters.
"""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from lms_adapters.loopback import Change, Form, LoopbackSite, Reply
from lms_adapters.spec import SourceConfig

START = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
NOW = datetime(2026, 11, 24, 16, tzinfo=UTC)
"""What the site's clock says, and the product's in the contract suite."""


@dataclass(frozen=True, slots=True)
class Held:
    """A completion that the site holds: whole numbers as text, aware UTC instants on a full minute. `stored` is
    when the site wrote it down: a late arrival is stored long after `at`."""

    learner: str
    course: str
    at: datetime
    stored: datetime

    @property
    def nip(self) -> str:
        """A valid NIP that belongs to the learner alone."""
        return f"19850101201001{int(self.learner) // 1000 % 2 + 1}{int(self.learner) % 1000:03d}"


def held(learner: int, course: int, at: datetime, *, stored: datetime | None = None) -> Held:
    return Held(str(learner), str(course), at, stored or at)


def holdings(learners: int = 20, courses: int = 3) -> list[Held]:
    """Every learner completed every course, an hour apart."""
    return [
        held(100 + learner, 10 + course, START + timedelta(hours=course * learners + learner))
        for course in range(courses)
        for learner in range(learners)
    ]


Lapse = Callable[[Sequence[Held], int, int], list[Held]]
"""(all rows, first, size) -> the rows that go out instead of rows[first : first + size]."""


def repeated_page(rows: Sequence[Held], first: int, size: int) -> list[Held]:
    """The page before comes again in the place of this one."""
    before = max(0, first - size)
    return list(rows[before : before + size])


def lost_page(rows: Sequence[Held], first: int, size: int) -> list[Held]:
    """The page comes, but nothing is on it."""
    return []


def overlapping_page(rows: Sequence[Held], first: int, size: int) -> list[Held]:
    """The page begins three rows too early, as when rows moved while somebody pages."""
    before = max(0, first - 3)
    return list(rows[before : before + size])


class CompletionSite(LoopbackSite):
    """`kept` is what the site holds now; change it as you like. `data_calls` counts the calls that asked for
    completions; lapses and faults strike at one of these, counted from zero since `heal`."""

    page_size = 10

    def __init__(self, kept: Iterable[Held], *, latency: float = 0.0) -> None:
        self.kept = list(kept)
        self.data_calls = 0
        self._lapses: dict[int, Lapse] = {}
        self._faults: list[tuple[Change, int, int | None]] = []
        self._delay = 0.0
        self._call = threading.local()
        super().__init__(latency=latency, compress=False)

    def clock(self) -> float | None:
        return NOW.timestamp()

    @abstractmethod
    def source(self) -> SourceConfig:
        """The source `uji` at this site, with settings that make the adapter ask for pages of `page_size` and
        wait no longer than a test may (`retry_wait = 0.01`, `attempts = 3`, `read_timeout = 5`)."""

    def key_of(self, row: Held) -> tuple[str, str]:
        """(external_learner, external_course) as the adapter maps them."""
        return row.learner, row.course

    def in_order(self) -> list[Held]:
        """The rows in the order in which the site shows them."""
        return sorted(self.kept, key=lambda row: (row.at, row.learner, row.course))

    def window(self, first: int, size: int, rows: Sequence[Held] | None = None) -> list[Held]:
        """One page of the rows (all of them in order, unless given), after any lapse. Ask once a call."""
        number = self.data_calls
        self.data_calls += 1
        self._call.number = number
        whole = self.in_order() if rows is None else rows
        lapse = self._lapses.get(number)
        return list(whole[first : first + size]) if lapse is None else lapse(whole, first, size)

    def lapse(self, what: Lapse, *, at_call: int) -> None:
        self._lapses[at_call] = what

    def fault(self, change: Change, *, at_call: int, times: int | None = 1) -> None:
        """Spoils `times` answers (None: all) from the data call `at_call` on (see lms_adapters.testing)."""
        self._faults.append((change, at_call, None if times is None else at_call + times))

    def slow_down(self, seconds: float) -> None:
        """Delays every answer to a data call."""
        self._delay = seconds

    def heal(self) -> None:
        """As good as new; what it holds stays."""
        self._lapses.clear()
        self._faults.clear()
        self._delay = 0.0
        self.data_calls = 0

    def reply_to(self, request_line: str, path: str, form: Form) -> Reply:
        self._call.number = None
        reply = super().reply_to(request_line, path, form)
        number = self._call.number
        if number is None:
            return reply
        for change, first, last in self._faults:
            if number >= first and (last is None or number < last):
                reply = change(reply, form)
        return replace(reply, delay=reply.delay + self._delay)
