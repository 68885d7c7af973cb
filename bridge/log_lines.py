"""Log lines: one JSON object a line, with the run's and the source's ids, and never a secret or a NIP.

Whatever the call says, the last processor masks: a NIP is personal data, and a token in a log is a token lost.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import orjson

MASK = "***"
# 18 digits as people write them (spaces, dots and hyphens between): NIP and NI PPPK; 16 digits: NIK
_NUMBER = re.compile(r"(?<![0-9])(?:[0-9][\s.\-\u00a0]?){15}(?:(?:[0-9][\s.\-\u00a0]?){2})?[0-9](?![0-9])")
_NAMED_SO = r"(?:[\w-]*(?:token|secret|passw(?:or)?d|passphrase|api_?key|authorization|kata_sandi))"
_PAIR = re.compile(rf"(?i)\b({_NAMED_SO})(\"?'?\s*[=:]\s*\"?'?)((?:bearer|basic)\s+)?[^\s&\"',;}}]+")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}")
_USERINFO = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)[^\s/@]+@", re.IGNORECASE)
_SECRET_KEY = re.compile(rf"(?i)^{_NAMED_SO}$")


def masked(text: str) -> str:
    """The text without NIPs, tokens, passwords and the user part of addresses."""
    text = _USERINFO.sub(lambda found: f"{found['scheme']}{MASK}@", text)
    text = _BEARER.sub(lambda found: f"{found[1]} {MASK}", text)
    text = _PAIR.sub(lambda found: f"{found[1]}{found[2]}{MASK}", text)
    return _NUMBER.sub(MASK, text)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, bool) or value is None or isinstance(value, float):
        return value
    if isinstance(value, int):
        return MASK if len(str(abs(value))) in (16, 18) else value
    if isinstance(value, Mapping):
        return {masked(str(key)): _named(str(key), item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_clean(item) for item in value]
    return masked(str(value))


def _named(name: str, value: Any) -> Any:
    return MASK if value and _SECRET_KEY.match(name) else _clean(value)


def mask_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor; it stands last before the line is written."""
    return {name: _named(name, value) for name, value in event.items()}


def _json(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
    return orjson.dumps(event, default=str).decode()


class _Waiting:
    """How the lines are to be written, until there is one."""

    configure: Callable[[], None] | None = None


def configure_logging(*, service: bool) -> None:
    """To standard error. JSON unless a person is watching a terminal; JPBRIDGE_LOG=json|text decides. A
    service tells what it does; a command tells only what goes wrong, the rest is its answer."""
    wanted = os.environ.get("JPBRIDGE_LOG", "text" if sys.stderr.isatty() else "json")
    level = logging.INFO if service or "JPBRIDGE_LOG" in os.environ else logging.WARNING
    _Waiting.configure = partial(_configure, level, text=wanted == "text")


def _configure(level: int, *, text: bool) -> None:
    import structlog

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.format_exc_info,
            mask_event,
            structlog.dev.ConsoleRenderer(colors=False) if text else _json,
        ],
        # standard error as it is when a line is written: whoever replaces it does not break our pages
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _structlog() -> Any:
    """structlog brings its renderer for terminals, and with it rich: most commands have no line to write."""
    import structlog

    if _Waiting.configure is not None:
        _Waiting.configure()
        _Waiting.configure = None
    return structlog


class Log:
    """structlog's logger of that name, imported at its first line."""

    def __init__(self, name: str) -> None:
        self._name = name

    def info(self, event: str, **facts: Any) -> None:
        _structlog().get_logger(self._name).info(event, **facts)

    def warning(self, event: str, **facts: Any) -> None:
        _structlog().get_logger(self._name).warning(event, **facts)

    def error(self, event: str, **facts: Any) -> None:
        _structlog().get_logger(self._name).error(event, **facts)

    def exception(self, event: str, **facts: Any) -> None:
        """With the traceback of what is being handled."""
        _structlog().get_logger(self._name).exception(event, **facts)


def bound_to_lines(**facts: Any) -> AbstractContextManager[None]:
    """Every line written inside carries these facts."""
    bound: AbstractContextManager[None] = _structlog().contextvars.bound_contextvars(**facts)
    return bound
