"""Threads for what waits for the database. The executor of the standard library wakes the event loop through two
futures and three locks a call, which took as long as many a query; here it is one queue and one call."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar, cast

_Result = TypeVar("_Result")
_Call = tuple[Callable[..., Any], tuple[object, ...], "asyncio.Future[Any]"]


class Threads:
    """Started by the first call; they end when this object is let go of."""

    def __init__(self, number: int, name: str) -> None:
        self._number, self._name = number, name
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._started = False

    async def run(self, work: Callable[..., _Result], *args: object) -> _Result:
        """What `work` returns or raises, in one of the threads."""
        if not self._started:
            self._start()
        answer = asyncio.get_running_loop().create_future()
        self._calls.put((work, args, answer))
        return cast("_Result", await answer)

    def _start(self) -> None:
        self._started = True
        for at in range(self._number):
            # They know the queue and not this object, so that it can be let go of.
            name = f"{self._name}-{at}"
            threading.Thread(target=_serve, args=(self._calls,), name=name, daemon=True).start()
            weakref.finalize(self, self._calls.put, None)


def _serve(calls: SimpleQueue[_Call | None]) -> None:
    while (call := calls.get()) is not None:
        work, args, answer = call
        outcome: tuple[Any, BaseException | None]
        try:
            outcome = work(*args), None
        except BaseException as fault:  # whatever it is, who waits must hear of it
            outcome = None, fault
        try:
            answer.get_loop().call_soon_threadsafe(_settle, answer, *outcome)
        except RuntimeError:  # the loop was closed meanwhile: nobody waits there any more
            continue
        finally:
            del call, work, args, answer, outcome  # nothing is kept alive until the next call


def _settle(answer: asyncio.Future[Any], result: Any, fault: BaseException | None) -> None:
    if answer.done():  # who waited has gone (the client hung up)
        return
    if fault is None:
        answer.set_result(result)
    else:
        answer.set_exception(fault)
