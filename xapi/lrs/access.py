"""Who asks, and what they may do: Basic and bearer credentials, scopes, and patience with wrong ones."""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Mapping

from xapi.errors import Forbidden, TooManyFailures, Unauthenticated
from xapi.store.credentials import Credential, Credentials

_CLAUSE = "xAPI Part 3 4.0"
_MOST_PLACES = 20_000


class Failures:
    """Counts wrong credentials by place (address and key) in a window of time, in this process."""

    def __init__(self, allowed: int, window: float) -> None:
        self._allowed = allowed
        self._window = window
        self._counts: dict[str, tuple[float, int]] = {}

    def check(self, *places: str) -> None:
        """Raises TooManyFailures where one of the places has used up its tries."""
        now = time.monotonic()
        for place in places:
            since, count = self._counts.get(place, (now, 0))
            if count >= self._allowed and now - since < self._window:
                raise TooManyFailures("failures", after=max(1, int(self._window - (now - since)) + 1))

    def note(self, *places: str) -> None:
        now = time.monotonic()
        if len(self._counts) > _MOST_PLACES:
            self._counts = {
                place: kept for place, kept in self._counts.items() if now - kept[0] < self._window
            }
        for place in places:
            since, count = self._counts.get(place, (now, 0))
            self._counts[place] = (now, 1) if now - since >= self._window else (since, count + 1)


class Access:
    def __init__(self, credentials: Credentials, failures: Failures) -> None:
        self._credentials = credentials
        self._failures = failures

    def recall(self, headers: Mapping[str, str]) -> Credential | None:
        """A credential that was verified a moment ago: costs nothing."""
        key, secret = presented(headers)
        return self._credentials.recall(key, secret)

    def verify(self, headers: Mapping[str, str], address: str) -> Credential:
        """Raises Unauthenticated or TooManyFailures. Slow: call it where waiting hurts nobody."""
        key, secret = presented(headers)
        places = (f"{address} {key[:80]}", address)
        self._failures.check(*places)
        credential = self._credentials.verify(key, secret)
        if credential is None:
            self._failures.note(*places)
            raise Unauthenticated("credentials_wrong", path="Authorization", clause=_CLAUSE)
        return credential


def presented(headers: Mapping[str, str]) -> tuple[str, str]:
    """(key, secret) of `Basic base64(key:secret)` or `Bearer key.secret`."""
    said = headers.get("authorization")
    if not said:
        raise Unauthenticated("credentials_missing", path="Authorization", clause=_CLAUSE)
    scheme, _, rest = said.strip().partition(" ")
    if scheme.lower() == "basic":
        try:
            key, colon, secret = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            raise Unauthenticated("credentials_wrong", path="Authorization", clause=_CLAUSE) from None
    elif scheme.lower() == "bearer":
        key, colon, secret = rest.strip().partition(".")
    else:
        raise Unauthenticated("credentials_missing", path="Authorization", clause=_CLAUSE)
    if not colon:
        raise Unauthenticated("credentials_wrong", path="Authorization", clause=_CLAUSE)
    return key, secret


def demand(credential: Credential, *scopes: str) -> None:
    """Raises Forbidden where none of the scopes is granted."""
    if not credential.may(*scopes):
        raise Forbidden("scope", path="Authorization", clause="xAPI Part 3 4.2", value=" / ".join(scopes))
