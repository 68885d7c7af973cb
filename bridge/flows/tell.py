"""Telling people: e-mail and webhooks by apprise. One message carries all that is new."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Sequence

from bridge.log_lines import Log

log = Log("alerts")

Send = Callable[[str, str], bool]
"""(title, body) -> whether somebody got it. False where there is no channel or none took it."""


def channels_of(text: str) -> list[str]:
    """One apprise URL a line; empty lines and `#` are skipped."""
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def channel_is_known(url: str) -> bool:
    """Whether apprise can read the URL."""
    import apprise

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # its own use of imghdr, at loading
        return bool(apprise.Apprise.instantiate(url, suppress_exceptions=True))


def channel_words(url: str) -> str:
    """The kind of a channel and whom it reaches, without user and password; empty where it can't be read."""
    import apprise

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        found = apprise.Apprise.instantiate(url, suppress_exceptions=True)
    if not found:
        return ""
    kind = str(getattr(found, "service_name", "") or "-")
    targets = getattr(found, "targets", None) or []
    people = [str(one[1]) for one in targets if isinstance(one, tuple) and len(one) == 2]
    return f"{kind} · {', '.join(people) or getattr(found, 'host', '') or '-'}"


def sender(urls: Sequence[str]) -> Send:
    def send(title: str, body: str) -> bool:
        import apprise  # loads two hundred services: only who sends waits for it

        logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it would log addresses
        took = 0
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            for number, url in enumerate(urls, 1):
                one = apprise.Apprise()
                sent = one.add(url) and bool(one.notify(title=title, body=body, body_format="text"))
                took += sent
                if not sent:  # a channel is named by its number: its URL holds a password
                    log.error("channel took nothing", channel=number)
        return took > 0

    return send


def beat(url: str) -> bool:
    """Ask the dead man's switch's URL. Whether it answered well; a switch that is down stops nothing."""
    import requests

    try:
        answer = requests.get(url, timeout=15)
    except requests.RequestException as error:
        log.warning("heartbeat not heard", reason=type(error).__name__)
        return False
    if not answer.ok:
        log.warning("heartbeat refused", status=answer.status_code)
    return answer.ok
