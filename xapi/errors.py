"""Errors of the xAPI room. Each knows its HTTP status, where it happened and which clause it breaks.

The room knows nothing of the rest of the product, so it has its own small family of errors; like theirs,
each carries one sentence in Indonesian and one in English that says what is wrong and what to do.
"""

from __future__ import annotations

from xapi.sentences import SENTENCES


class XapiError(Exception):
    """Base of all. `code` names the sentence in `xapi.sentences`, `values` fill it.

    `path` is a JSON path (`$.actor.mbox`, `$[3].id` in a batch) or the name of a parameter or header;
    `clause` is the place in the specification, such as `xAPI Part 2 2.4.2.3`.
    """

    status = 400

    def __init__(self, code: str, *, path: str = "", clause: str = "", **values: object) -> None:
        self.code = code
        self.path = path
        self.clause = clause
        self.values = values
        super().__init__(self.english)

    @property
    def sentence(self) -> str:
        """Indonesian."""
        return SENTENCES[self.code][0].format(**self.values)

    @property
    def english(self) -> str:
        return SENTENCES[self.code][1].format(**self.values)

    def within(self, prefix: str) -> XapiError:
        """The same error, seen from a place further out: `$.id` within `$[3]` is `$[3].id`."""
        self.path = prefix + self.path.removeprefix("$")
        return self

    def as_json(self) -> dict[str, str]:
        shown = {"error": self.code, "message": self.english, "pesan": self.sentence}
        if self.path:
            shown["path"] = self.path
        if self.clause:
            shown["clause"] = self.clause
        return shown

    def __str__(self) -> str:
        parts = [self.english]
        if self.path:
            parts.insert(0, f"{self.path}:")
        if self.clause:
            parts.append(f"({self.clause})")
        return " ".join(parts)


class InvalidStatement(XapiError):
    """A statement, or a part of one, that the specification does not allow."""


class BadRequest(XapiError):
    """A request that the specification does not allow."""


class Unauthenticated(XapiError):
    status = 401


class Forbidden(XapiError):
    status = 403


class NotFound(XapiError):
    status = 404


class MethodNotAllowed(XapiError):
    status = 405


class Conflict(XapiError):
    status = 409


class PreconditionFailed(XapiError):
    status = 412


class TooLarge(XapiError):
    status = 413


class UnsupportedEncoding(XapiError):
    status = 415


class TooManyFailures(XapiError):
    """Too many wrong credentials from one place; `after` seconds until the next try is looked at."""

    status = 429

    def __init__(self, code: str, *, after: int) -> None:
        self.after = after
        super().__init__(code, after=after)


class StoreUnavailable(XapiError):
    """The database does not work now (disk full, gone, locked for long). Nothing was kept."""

    status = 503


class SchemaMismatch(XapiError):
    """The tables are of a version that this program does not know."""

    status = 503
