"""Group commit: all submissions that wait while one turn is written go into the next turn together.

One commit to disk then serves many requests; a request still gets its answer only after its own transaction
is on disk. Where several senders take turns with the disk, the first of them to come back would be written
alone and the others would wait for two commits; so a turn waits, for less than a commit takes, until as many
have come as were here before. A single sender never waits.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from xapi.errors import Conflict, StoreUnavailable
from xapi.store.writing import Stored, Submission

Append = Callable[[Sequence[Submission]], list[Stored | Conflict]]
Outcome = Stored | Exception

_MOST_STATEMENTS = 1000  # in one turn, unless one submission alone has more
_PATIENCE = 0.75  # of the last turn's duration
_MOST_PATIENCE = 0.004  # seconds


@dataclass(slots=True)
class _Waiting:
    submission: Submission
    answer: Future[Stored] | asyncio.Future[Stored]


class GroupWriter:
    """One thread that writes. Started by the first submission, ended by `close`."""

    def __init__(self, append: Append) -> None:
        self._append = append
        self._queue: deque[_Waiting] = deque()
        self._arrival = threading.Condition(threading.Lock())
        self._thread: threading.Thread | None = None
        self._closed = False
        self._expected = 1
        self._last_turn = 0.0

    def submit(self, submission: Submission) -> Future[Stored]:
        answer: Future[Stored] = Future()
        self.queue(submission, answer)
        return answer

    def queue(self, submission: Submission, answer: Future[Stored] | asyncio.Future[Stored]) -> None:
        """The answer is given to a future of either kind; one of asyncio belongs to its own loop."""
        with self._arrival:
            if self._closed:
                raise StoreUnavailable("store_unavailable")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="xapi-writer", daemon=True)
                self._thread.start()
            self._queue.append(_Waiting(submission, answer))
            if len(self._queue) == 1 or len(self._queue) >= self._expected:
                self._arrival.notify()

    def close(self) -> None:
        """Writes what waits, then ends."""
        with self._arrival:
            self._closed = True
            self._arrival.notify()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while group := self._next_group():
            began = time.monotonic()
            self._write(group)
            self._last_turn = time.monotonic() - began
            with self._arrival:
                # Those that were answered may come back, and those that came meanwhile are here.
                self._expected = len(group) + len(self._queue)

    def _next_group(self) -> list[_Waiting]:
        """What waits, up to the limit; empty when all is written and the writer was closed."""
        with self._arrival:
            while not self._queue:
                if self._closed:
                    return []
                self._arrival.wait()
            self._wait_for_others()
            group = [self._queue.popleft()]
            total = len(group[0].submission.statements)
            while self._queue:
                total += len(self._queue[0].submission.statements)
                if total > _MOST_STATEMENTS:
                    break
                group.append(self._queue.popleft())
            return group

    def _wait_for_others(self) -> None:
        until = time.monotonic() + min(self._last_turn * _PATIENCE, _MOST_PATIENCE)
        while len(self._queue) < self._expected and not self._closed:
            left = until - time.monotonic()
            if left <= 0:
                return
            self._arrival.wait(left)

    def _write(self, group: list[_Waiting]) -> None:
        try:
            outcomes = self._append([one.submission for one in group])
        except StoreUnavailable as fault:
            _answer((one.answer, fault) for one in group)
        except Exception as fault:
            if len(group) == 1:
                _answer([(group[0].answer, fault)])
                return
            # One of them can't be written: it must not take the others with it.
            for one in group:
                self._write([one])
        else:
            _answer((one.answer, outcome) for one, outcome in zip(group, outcomes, strict=True))


def _answer(outcomes: Iterable[tuple[Future[Stored] | asyncio.Future[Stored], Outcome]]) -> None:
    """Futures of a loop are settled in the loop, all of them in one call: it is woken once."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Stored], Outcome]]] = {}
    for answer, outcome in outcomes:
        if isinstance(answer, Future):
            _settle(answer, outcome)
        else:
            by_loop.setdefault(answer.get_loop(), []).append((answer, outcome))
    for loop, settled in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle_all, settled)
        except RuntimeError:  # the loop was closed meanwhile: nobody waits there any more
            continue


def _settle_all(outcomes: Iterable[tuple[asyncio.Future[Stored], Outcome]]) -> None:
    for answer, outcome in outcomes:
        _settle(answer, outcome)


def _settle(answer: Future[Stored] | asyncio.Future[Stored], outcome: Outcome) -> None:
    if answer.done():  # who waited has gone (the client hung up)
        return
    if isinstance(outcome, Exception):
        answer.set_exception(outcome)
    else:
        answer.set_result(outcome)
