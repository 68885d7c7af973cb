"""Work one step ahead of whoever uses it: what comes next is made by a thread of its own in the meantime."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(work: Iterator[T]) -> Iterator[T]:
    """The same things in the same order. One is made ahead and no more, so that memory holds two: the one in use and
    the one being made. What `work` raises is raised here, in its turn; who stops early waits for the one being made.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead") as thread:
        coming = thread.submit(_next, work)
        while made := coming.result():
            coming = thread.submit(_next, work)
            yield made[0]


def _next(work: Iterator[T]) -> tuple[T] | None:
    for one in work:
        return (one,)
    return None
