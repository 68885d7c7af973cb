"""A record as a device signs and sends it: one JSON text and an ECDSA signature over exactly its bytes.

The text is what was signed, so nothing is put into a canonical form and nothing can be lost in doing so. The
signature is WebCrypto's (ECDSA, P-256, SHA-256; r and s, 32 bytes each, IEEE P1363).
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bridge.attendance.device_clock import Contact, Reading
from bridge.domain.field import Act

FORMAT = "jpbridge-field/1"
_NONCE = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_LARGEST_BODY = 2_000  # characters; an ordinary one has about 330


class Clocks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`w` wall clock and `m` monotonic clock in milliseconds, `l` the page's life."""

    w: float
    m: float
    l: str  # noqa: E741  one letter a field: thousands of records go over a thin link

    def reading(self) -> Reading:
        return Reading(_moment(self.w), timedelta(milliseconds=self.m), self.l[:64])


class Anchor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last contact: the server's time `s` in milliseconds, and the clocks of that moment."""

    s: float
    c: Clocks

    def contact(self) -> Contact:
        return Contact(_moment(self.s), self.c.reading())


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a device says: `e` event, `s` session, `a` act, `p` what was scanned or typed, `n` the name that the
    screen showed, `c` clocks, `h` the anchor, `i` the device's running number from 1, `u` nonce, `k` key id."""

    v: int
    u: str
    k: str
    i: int
    e: str
    s: int
    a: Act
    p: str
    c: Clocks
    n: str = ""
    h: Anchor | None = None


class Sent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A record on its way: the signed text and the signature, base64url without padding."""

    body: str
    sig: str


class Carriage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file or a request holds. `now` are the device's clocks at this moment, absent in a file."""

    format: str
    records: tuple[Sent, ...]
    now: Clocks | None = None
    made_at: float | None = None
    device: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable(Exception):
    """Why a record can't be taken: `body`, `signature`, `device`, `event`, `session` or `nonce`."""

    reason: str


def _moment(milliseconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, ValueError, OSError) as fault:
        raise Unreadable("body") from fault


def read_body(sent: Sent) -> Body:
    """Raises Unreadable. The signature is not looked at: whose key it is stands in the body."""
    if len(sent.body) > _LARGEST_BODY:
        raise Unreadable("body")
    try:
        body = msgspec.json.decode(sent.body.encode(), type=Body)
    except (msgspec.DecodeError, UnicodeError) as fault:
        raise Unreadable("body") from fault
    if body.v != 1 or not _NONCE.match(body.u) or body.i < 1 or body.a is Act.SELF or not body.p.strip():
        raise Unreadable("body")
    return body


def public_key_of(jwk: Any) -> tuple[str, str]:
    """(key id, the public key in hexadecimal) of a JWK that a page exported. Raises Unreadable."""
    if not isinstance(jwk, dict) or jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
        raise Unreadable("device")
    try:
        x, y = (int.from_bytes(_unpadded(str(jwk[name])), "big") for name in ("x", "y"))
        key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    except (KeyError, ValueError) as fault:
        raise Unreadable("device") from fault
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return key_id_of(point), point.hex()


def key_id_of(point: bytes) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of the uncompressed point."""
    return sha256(point).hexdigest()[:16]


def signature_is_right(sent: Sent, public_key: str) -> bool:
    """`public_key` is the uncompressed point in hexadecimal."""
    try:
        raw = _unpadded(sent.sig)
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes.fromhex(public_key))
    except ValueError:
        return False
    if len(raw) != 64:
        return False
    signature = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    try:
        key.verify(signature, sent.body.encode(), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _unpadded(text: str) -> bytes:
    """base64url without padding; ValueError on anything else."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
