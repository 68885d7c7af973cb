"""Errors, named by their remedy: the class says what the caller has to do, not where it broke.

Every error carries one sentence in Indonesian and one in English that says what happened, where, and
what to do. No traceback reaches a user: the edges (CLI, web, scheduler) print the sentence.
"""

from __future__ import annotations


class BridgeError(Exception):
    """Base of every error that a person may read.

    `sentence` is Indonesian (the users' language), `english` stands beside it, `where` names the file,
    row, source or address, and `code` is stable for machines.
    """

    exit_code = 1

    def __init__(self, code: str, sentence: str, english: str, *, where: str = "") -> None:
        super().__init__(f"{where}: {english}" if where else english)
        self.code = code
        self.sentence = sentence
        self.english = english
        self.where = where


class RetryLater(BridgeError):
    """A passing fault (timeout, 503, maintenance, throttling). Try the same call again later."""

    exit_code = 75  # EX_TEMPFAIL

    def __init__(
        self,
        code: str,
        sentence: str,
        english: str,
        *,
        where: str = "",
        after: float | None = None,
    ) -> None:
        super().__init__(code, sentence, english, where=where)
        self.after = after  # seconds, where the other side named a time


class SkipRecord(BridgeError):
    """One record can't be used. Put it into quarantine as a finding and go on with the next."""

    exit_code = 65  # EX_DATAERR


class StopSource(BridgeError):
    """This source can't go on until a person mends it (token, permission, report). The others go on."""

    exit_code = 69  # EX_UNAVAILABLE


class StopRun(BridgeError):
    """The whole run must stop (disk full, database gone, newer schema). Nothing half-written stays."""

    exit_code = 70  # EX_SOFTWARE


class RefuseInput(BridgeError):
    """What a person gave (file, setting, argument) is refused. Nothing was stored."""

    exit_code = 65  # EX_DATAERR
