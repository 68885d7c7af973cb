"""A device of the field in Python: the same key, text and signature as the page makes."""

from __future__ import annotations

import json
import uuid
from base64 import urlsafe_b64encode
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from bridge.attendance.field_record import FORMAT, public_key_of


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


class FieldDevice:
    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        numbers = self._key.public_key().public_numbers()
        x, y = (_base64url(one.to_bytes(32, "big")) for one in (numbers.x, numbers.y))
        self.jwk = {"kty": "EC", "crv": "P-256", "x": x, "y": y}
        self.key_id, self.public_key = public_key_of(self.jwk)
        self.counter = 0

    def body(
        self, event: str, session: int, act: str, person: str, at: datetime, **more: Any
    ) -> dict[str, Any]:
        self.counter += 1
        clocks = {"w": at.timestamp() * 1000, "m": 0, "l": "life"}
        made = {"v": 1, "u": str(uuid.uuid4()), "k": self.key_id, "i": self.counter, "e": event, "s": session}
        return {**made, "a": act, "p": person, "c": clocks, **more}

    def sign(self, body: dict[str, Any]) -> dict[str, str]:
        text = json.dumps(body)
        r, s = decode_dss_signature(self._key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        return {"body": text, "sig": _base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))}

    def carriage(self, *bodies: dict[str, Any], now: datetime | None = None) -> dict[str, Any]:
        made: dict[str, Any] = {"format": FORMAT, "records": [self.sign(one) for one in bodies]}
        if now is not None:
            made["now"] = {"w": now.timestamp() * 1000, "m": 0, "l": "other life"}
        return made
