"""Group commit: all submissions that wait while one turn is written go into the next turn together.

One commit to disk then serves many requests; a request still gets its answer only after its own transaction
is on disk.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from xapi.errors import Conflict, StoreUnavailable
from xapi.store.writing import Stored, Submission

Append = Callable[[Sequence[Submission]], list[Stored | Conflict]]

_MOST_STATEMENTS = 1000  # in one turn, unless one submission alone has more


@dataclass(slots=True)
class _Waiting:
    submission: Submission
    answer: Future[Stored]


class GroupWriter:
    """One thread that writes. Started by the first submission, ended by `close`."""

    def __init__(self, append: Append) -> None:
        self._append = append
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._closed = False

    def submit(self, submission: Submission) -> Future[Stored]:
        answer: Future[Stored] = Future()
        with self._starting:
            if self._closed:
                raise StoreUnavailable("store_unavailable")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="xapi-writer", daemon=True)
                self._thread.start()
            self._queue.put(_Waiting(submission, answer))
        return answer

    def close(self) -> None:
        """Writes what waits, then ends."""
        with self._starting:
            self._closed = True
            thread = self._thread
            if thread is not None:
                self._queue.put(None)
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        held: _Waiting | None = None
        while True:
            first = held if held is not None else self._queue.get()
            held = None
            if first is None:
                return
            group, held, ending = self._gather(first)
            self._write(group)
            if ending and held is None:
                return
            if ending:
                self._queue.put(None)

    def _gather(self, first: _Waiting) -> tuple[list[_Waiting], _Waiting | None, bool]:
        """What waits now, up to the limit; one that does not fit any more is held for the next turn."""
        group = [first]
        total = len(first.submission.statements)
        while True:
            try:
                one = self._queue.get_nowait()
            except queue.Empty:
                return group, None, False
            if one is None:
                return group, None, True
            total += len(one.submission.statements)
            if total > _MOST_STATEMENTS:
                return group, one, False
            group.append(one)

    def _write(self, group: list[_Waiting]) -> None:
        try:
            outcomes = self._append([one.submission for one in group])
        except StoreUnavailable as fault:
            for one in group:
                one.answer.set_exception(fault)
        except Exception as fault:
            if len(group) == 1:
                group[0].answer.set_exception(fault)
                return
            # One of them can't be written: it must not take the others with it.
            for one in group:
                self._write([one])
        else:
            for one, outcome in zip(group, outcomes, strict=True):
                if isinstance(outcome, Conflict):
                    one.answer.set_exception(outcome)
                else:
                    one.answer.set_result(outcome)
