"""The rotating code of a session: what the organiser's screen shows and a learner's phone brings back.

HMAC-SHA256 over tenant, event, session and the number of the time step, as RFC 6238 does with one shared
secret; a photograph of the screen that is sent around is worthless a minute later. Two spellings of one code:
a long one for the QR's address, six digits for people who type.
"""

from __future__ import annotations

import hmac
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime

from bridge.domain.keys import spell

STEP = 30
"""Seconds that a code is shown."""
AROUND = 1
"""Steps before and after that are still taken: clocks and people are slow (RFC 6238, 5.2)."""


@dataclass(frozen=True, slots=True)
class ShownCode:
    """`long` is 16 letters and digits, `digits` six digits; `seconds_left` until the next."""

    long: str
    digits: str
    seconds_left: int


def _code(secret: bytes, tenant: str, event: str, session: int, step: int) -> tuple[str, str]:
    text = spell("check-in1", [tenant, event, session, step])
    mac = hmac.digest(secret, text.encode(), "sha256")
    number = int.from_bytes(mac[16:24], "big") % 1_000_000
    return b32encode(mac[:10]).decode().lower(), f"{number:06d}"


def shown_code(secret: bytes, tenant: str, event: str, session: int, now: datetime) -> ShownCode:
    seconds = int(now.timestamp())
    long, digits = _code(secret, tenant, event, session, seconds // STEP)
    return ShownCode(long, digits, STEP - seconds % STEP)


def code_is_right(secret: bytes, tenant: str, event: str, session: int, given: str, now: datetime) -> bool:
    """Whether the code is that of this step or of a neighbouring one, in either spelling."""
    plain = "".join(given.split()).lower()
    step = int(now.timestamp()) // STEP
    right = False
    for near in range(step - AROUND, step + AROUND + 1):
        for known in _code(secret, tenant, event, session, near):
            right |= hmac.compare_digest(known.encode(), plain.encode())
    return right
