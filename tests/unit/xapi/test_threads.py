"""Threads that wait for the database in place of the event loop."""

from __future__ import annotations

import asyncio
import gc
import threading
import time

import pytest

from xapi.lrs.threads import Threads


def named(prefix: str) -> int:
    return sum(one.name.startswith(prefix) for one in threading.enumerate())


def test_calls_run_beside_each_other_and_give_back_what_they_return() -> None:
    together = threading.Barrier(3)

    async def three() -> list[int]:
        threads = Threads(3, "xapi-test-beside")
        return await asyncio.gather(*(threads.run(lambda: together.wait(10)) for _ in range(3)))

    assert sorted(asyncio.run(three())) == [0, 1, 2]


def test_what_is_raised_reaches_who_waits_and_the_thread_goes_on() -> None:
    async def one_after_another() -> str:
        threads = Threads(1, "xapi-test-raising")
        with pytest.raises(ZeroDivisionError):
            await threads.run(lambda: 1 // 0)
        with pytest.raises(KeyboardInterrupt):
            await threads.run(_interrupted)
        return await threads.run(str.upper, "goes on")

    assert asyncio.run(one_after_another()) == "GOES ON"


def _interrupted() -> None:
    raise KeyboardInterrupt


def test_who_no_longer_waits_holds_up_nobody() -> None:
    begun, hold = threading.Event(), threading.Event()

    def slow() -> bool:
        begun.set()
        return hold.wait(10)

    async def given_up() -> int:
        threads = Threads(1, "xapi-test-given-up")
        waiting = asyncio.ensure_future(threads.run(slow))
        while not begun.is_set():
            await asyncio.sleep(0.001)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        hold.set()
        return await threads.run(len, "four")

    assert asyncio.run(given_up()) == 4


def test_threads_end_when_nobody_holds_them() -> None:
    async def once() -> None:
        await Threads(4, "xapi-test-ending").run(int)

    asyncio.run(once())
    gc.collect()
    until = time.monotonic() + 10
    while named("xapi-test-ending") and time.monotonic() < until:
        time.sleep(0.01)
    assert named("xapi-test-ending") == 0
