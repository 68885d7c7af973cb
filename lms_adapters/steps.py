"""`source test`: steps in order, each a call that gives a sentence, stopping at the first that fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from bridge.errors import BridgeError
from lms_adapters.faults import Fault, apart
from lms_adapters.spec import CheckStep

Told = tuple[str, str]
"""The sentence in Indonesian and in English."""


def in_order(
    steps: Iterable[tuple[str, Callable[[], Told]]], faults: Mapping[str, Fault]
) -> Iterator[CheckStep]:
    for name, attempt in steps:
        try:
            sentence, english = attempt()
        except BridgeError as error:
            what, what_english, advice, advice_english = apart(error, faults)
            yield CheckStep(name, False, what, what_english, advice, advice_english)
            return
        yield CheckStep(name, True, sentence, english)
