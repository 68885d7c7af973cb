"""Work made one step ahead: the same things in order, one ahead and no more, and errors in their turn."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from bridge.flows.ahead import ahead


def test_everything_comes_once_and_in_order() -> None:
    assert list(ahead(iter(range(50)))) == list(range(50))
    assert list(ahead(iter([]))) == []
    assert list(ahead(iter([None, 0, ""]))) == [None, 0, ""]


def test_one_is_made_ahead_and_no_more() -> None:
    made: list[int] = []
    second = threading.Event()

    def work() -> Iterator[int]:
        for number in range(5):
            made.append(number)
            if number == 1:
                second.set()
            yield number

    steps = ahead(work())
    assert next(steps) == 0
    assert second.wait(10), "the next one is made while this one is in use"
    assert len(made) == 2
    assert next(steps) == 1
    assert list(steps) == [2, 3, 4]


def test_an_error_comes_in_its_turn() -> None:
    def work() -> Iterator[str]:
        yield "whole"
        raise ValueError("the second one can't be made")

    steps = ahead(work())
    assert next(steps) == "whole"
    with pytest.raises(ValueError, match="second one"):
        next(steps)
