"""Signed statements: a JSON web signature as an attachment (xAPI Part 2 2.6)."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from xapi.errors import InvalidStatement, XapiError
from xapi.model.comparison import same_as_signed
from xapi.model.wire import read_json

_CLAUSE = "xAPI Part 2 2.6"
_ALGORITHMS = ("RS256", "RS384", "RS512")


class _Registry(jws.JWSRegistry):
    """A certificate chain and a whole statement are longer than the tokens that joserfc's limits are for; the
    size of the request is bounded already."""

    max_header_length = 1_000_000
    max_payload_length = 100_000_000
    max_signature_length = 8192


def check_signature(statement: dict[str, Any], attachment: dict[str, Any], data: bytes, path: str) -> None:
    """Raises InvalidStatement where the signature is malformed, covers another statement, or does not fit
    the certificate that it carries. Whether the signer is to be trusted is for the reader to decide."""
    if attachment["contentType"].partition(";")[0].strip().lower() != "application/octet-stream":
        raise _malformed(path, "its contentType must be application/octet-stream")
    header, payload = _opened(data, path)
    algorithm = header.get("alg")
    if algorithm not in _ALGORITHMS:
        raise _malformed(path, f"alg must be one of {', '.join(_ALGORITHMS)}")
    if "x5c" in header:
        _verify(data, str(algorithm), header["x5c"], path)
    try:
        signed = read_json(payload)
        equal = isinstance(signed, dict) and same_as_signed(statement, signed)
    except (XapiError, AttributeError, TypeError, KeyError):
        raise _malformed(path, "its payload is not a statement") from None
    if not equal:
        raise _malformed(path, "it covers another statement than the one that was sent")


def _malformed(path: str, detail: str) -> InvalidStatement:
    return InvalidStatement("signature", path=path, clause=_CLAUSE, detail=detail)


def _opened(data: bytes, path: str) -> tuple[dict[str, Any], bytes]:
    """Header and payload of a JWS in compact serialization (RFC 7515 7.1)."""
    segments = data.strip().split(b".")
    if len(segments) != 3 or not all(segments):
        raise _malformed(path, "it is not a JWS in compact serialization")
    try:
        raw = [base64.urlsafe_b64decode(segment + b"=" * (-len(segment) % 4)) for segment in segments]
        header = read_json(raw[0])
    except (binascii.Error, ValueError, XapiError):
        raise _malformed(path, "it is not a JWS in compact serialization") from None
    if not isinstance(header, dict):
        raise _malformed(path, "its header is not a JSON object")
    return header, raw[1]


def _verify(data: bytes, algorithm: str, chain: Any, path: str) -> None:
    """Against the first certificate of `x5c`, "as a way to catch mistakes in the signature"."""
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode(chain[0], validate=True))
        public = certificate.public_key()
        if not isinstance(public, RSAPublicKey):
            raise _malformed(path, "its certificate holds no RSA key")
        key = RSAKey.import_key(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        registry = _Registry(algorithms=[algorithm], strict_check_header=False)
        jws.deserialize_compact(data.strip(), key, registry=registry)
    except (JoseError, ValueError, TypeError, KeyError, IndexError):
        raise _malformed(path, "it does not fit its certificate") from None
