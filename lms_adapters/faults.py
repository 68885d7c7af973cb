"""A fault is a row of words: what happened and what to do, in both languages, and the remedy's class.

The kit and each adapter keep their faults as tables of these, so that a sentence exists for every fault and
`source test` can show the advice apart from what happened. `do` has no places to fill; `what` may have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.errors import BridgeError, RetryLater


@dataclass(frozen=True, slots=True)
class Fault:
    """`remedy` is a class of bridge.errors. Words end in a full stop."""

    code: str
    remedy: type[BridgeError]
    what: str
    do: str
    what_english: str
    do_english: str

    def error(
        self, source: str, *, where: str = "", after: float | None = None, **params: str
    ) -> BridgeError:
        """The error to raise. `where` is the host or the row; `after` seconds, for RetryLater only."""
        sentence = f"Sumber {source}: {self.what.format_map(params)} {self.do}"
        english = f"Source {source}: {self.what_english.format_map(params)} {self.do_english}"
        if issubclass(self.remedy, RetryLater):
            return self.remedy(self.code, sentence, english, where=where, after=after)
        return self.remedy(self.code, sentence, english, where=where)


def fault_table(*rows: Fault) -> Mapping[str, Fault]:
    """The faults by code. Raises ValueError where two rows claim one code."""
    by_code: dict[str, Fault] = {}
    for row in rows:
        if row.code in by_code:
            raise ValueError(f"fault code {row.code} is listed twice")
        by_code[row.code] = row
    return by_code


def apart(error: BridgeError, faults: Mapping[str, Fault]) -> tuple[str, str, str, str]:
    """(what, what in English, advice, advice in English) of an error that a table made."""
    fault = faults.get(error.code)
    if fault is None:
        return error.sentence, error.english, "", ""
    return (
        error.sentence.removesuffix(f" {fault.do}"),
        error.english.removesuffix(f" {fault.do_english}"),
        fault.do,
        fault.do_english,
    )
