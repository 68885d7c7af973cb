"""Ways in which links and servers spoil an answer, for tests of any adapter over real HTTP.

Each gives a change for `LoopbackSite.meddle`. What spoils a page of one LMS is built with `rewritten`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson

from lms_adapters.loopback import Change, Form, Reply


def dropped() -> Change:
    """The connection ends without a word."""
    return lambda reply, _: replace(reply, dropped=True)


def broken_off(after: int) -> Change:
    """The server promises the whole body, sends `after` bytes and hangs up."""
    return lambda reply, _: replace(reply, cut=after)


def truncated(keep: int) -> Change:
    """A proxy ends the body early and says that this is all: HTTP is whole, the JSON is not."""
    return lambda reply, _: replace(reply, body=reply.body[:keep])


def slow(seconds: float) -> Change:
    return lambda reply, _: replace(reply, delay=seconds)


def status(number: int, body: bytes = b"", **headers: str) -> Change:
    """An error of the server. Header names are given with underscores: `Retry_After="1"`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _reply, _form: Reply(number, "text/html", body, named)


def html_page(title: str = "Wi-Fi login") -> Change:
    page = f"<!DOCTYPE html><html><head><title>{title}</title></head><body></body></html>"
    return lambda _reply, _form: Reply(200, "text/html", page.encode())


def rewritten(change: Callable[[Any, Form], Any]) -> Change:
    """The decoded JSON, changed and sent on."""
    return lambda reply, form: replace(reply, body=orjson.dumps(change(orjson.loads(reply.body), form)))
