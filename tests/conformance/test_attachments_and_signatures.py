"""xAPI Part 3 1.5.2 (attachments) and Part 2 2.6 (signed statements)."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from joserfc import jws
from joserfc.jwk import RSAKey

from tests.conformance.server import RunningLrs
from tests.conformance.statements import new_id, small
from xapi.lrs.multipart import read_parts

SIGNATURE = "http://adlnet.gov/expapi/attachments/signature"
BINARY = bytes(range(256)) + b"\r\n--x\r\n\r\n"


def attachment(data: bytes, **members: Any) -> dict[str, Any]:
    return {
        "usageType": "https://e.id/usage",
        "display": {"id": "Berkas"},
        "contentType": "application/pdf",
        "length": len(data),
        "sha2": hashlib.sha256(data).hexdigest(),
        **members,
    }


def body_of(statements: Any, *parts: tuple[dict[str, str], bytes]) -> tuple[bytes, dict[str, str]]:
    pieces = [b"--x-y\r\nContent-Type: application/json\r\n\r\n", json.dumps(statements).encode()]
    for headers, data in parts:
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        pieces += [b"\r\n--x-y\r\n", head.encode(), b"\r\n", data]
    pieces.append(b"\r\n--x-y--\r\n")
    return b"".join(pieces), {"Content-Type": "multipart/mixed; boundary=x-y"}


def part(data: bytes, **changed: str | None) -> tuple[dict[str, str], bytes]:
    headers: dict[str, str | None] = {
        "Content-Type": "application/pdf",
        "Content-Transfer-Encoding": "binary",
        "X-Experience-API-Hash": hashlib.sha256(data).hexdigest(),
    }
    headers |= {name.replace("_", "-"): value for name, value in changed.items()}
    return {name: value for name, value in headers.items() if value is not None}, data


def send(lrs: RunningLrs, statements: Any, *parts: tuple[dict[str, str], bytes]) -> requests.Response:
    body, headers = body_of(statements, *parts)
    return lrs.post("/statements", data=body, headers=headers)


def test_attachments_come_back_byte_for_byte(lrs: RunningLrs) -> None:
    ids = [new_id(), new_id()]
    other = b"lain"
    inner = {"objectType": "SubStatement", **small(attachments=[attachment(other)])}
    batch = [small(id=ids[0], attachments=[attachment(BINARY)]), small(id=ids[1], object=inner)]
    answer = send(lrs, batch, part(BINARY), part(other))
    assert answer.status_code == 200, answer.text
    for wanted, data in ((ids[0], BINARY), (ids[1], other)):
        answer = lrs.get("/statements", params={"statementId": wanted, "attachments": "true"})
        parts = read_parts(answer.content, answer.headers["Content-Type"])
        assert json.loads(parts[0].content)["id"] == wanted
        assert [one.content for one in parts[1:]] == [data]
        assert parts[1].headers["x-experience-api-hash"] == hashlib.sha256(data).hexdigest()
    plain = lrs.get("/statements", params={"statementId": ids[0]})
    assert plain.headers["Content-Type"] == "application/json"


def test_the_same_file_is_kept_once_and_given_with_each_page(lrs: RunningLrs) -> None:
    data = new_id().encode()
    activity = f"https://e.id/{new_id()}"
    batch = [small(object={"id": activity}, attachments=[attachment(data)]) for _ in range(3)]
    assert send(lrs, batch, part(data)).status_code == 200
    answer = lrs.get("/statements", params={"activity": activity, "attachments": "true"})
    parts = read_parts(answer.content, answer.headers["Content-Type"])
    assert len(json.loads(parts[0].content)["statements"]) == 3
    assert [one.content for one in parts[1:]] == [data]


@pytest.mark.parametrize(
    "parts",
    [
        (),
        (part(b"other"),),
        (part(BINARY), part(b"other")),
        (part(BINARY, Content_Transfer_Encoding=None),),
        (part(BINARY, X_Experience_API_Hash=None),),
        (part(BINARY, X_Experience_API_Hash="0" * 64),),
    ],
)
def test_parts_must_fit_the_statements(lrs: RunningLrs, parts: Any) -> None:
    answer = send(lrs, small(attachments=[attachment(BINARY)]), *parts)
    assert answer.status_code == 400
    assert answer.json()["clause"] == "xAPI Part 3 1.5.2"


def test_an_attachment_elsewhere_needs_no_data(lrs: RunningLrs) -> None:
    there = attachment(b"x", fileUrl="https://e.id/file.pdf")
    assert lrs.post("/statements", json=small(attachments=[there])).status_code == 200
    assert lrs.post("/statements", json=small(attachments=[attachment(b"x")])).status_code == 400


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "multipart/mixed; boundary=x"),
        (b"--x\r\n\r\n", "multipart/mixed; boundary=x"),
        (b"--x\r\nContent-Type: application/json\r\n\r\n{}\r\n--x--", "multipart/mixed"),
        (b"--x\r\nContent-Type: text/plain\r\n\r\n{}\r\n--x--", "multipart/mixed; boundary=x"),
        (b"--x\r\nno colon\r\n\r\n{}\r\n--x--", "multipart/mixed; boundary=x"),
        (b"--x--\r\n", "multipart/mixed; boundary=x"),
        (b"{}", "text/plain"),
    ],
)
def test_broken_bodies_are_refused(lrs: RunningLrs, body: bytes, content_type: str) -> None:
    answer = lrs.post("/statements", data=body, headers={"Content-Type": content_type})
    assert answer.status_code == 400


# -- signatures ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def signer() -> tuple[RSAKey, str]:
    """A key and its certificate, as `x5c` spells it."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tester")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(private, hashes.SHA256())
    )
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return RSAKey.import_key(pem), base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()


class _Roomy(jws.JWSRegistry):
    max_header_length = 100_000


def sign(signer: tuple[RSAKey, str], payload: Any, *, algorithm: str = "RS256", chain: bool = True) -> bytes:
    header: dict[str, Any] = {"alg": algorithm}
    if chain:
        header["x5c"] = [signer[1]]
    registry = _Roomy(algorithms=[algorithm], strict_check_header=False)
    said = json.dumps(payload) if not isinstance(payload, bytes) else payload
    return jws.serialize_compact(header, said, signer[0], registry=registry).encode()


def signed(statement: dict[str, Any], signature: bytes, **members: Any) -> dict[str, Any]:
    members = {"usageType": SIGNATURE, "contentType": "application/octet-stream", **members}
    return {**statement, "attachments": [attachment(signature, **members)]}


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
@pytest.mark.parametrize("chain", [True, False])
def test_a_signed_statement_is_accepted(
    lrs: RunningLrs, signer: tuple[RSAKey, str], algorithm: str, chain: bool
) -> None:
    statement = small(id=new_id(), result={"duration": "PT1.234S"})
    signature = sign(signer, statement, algorithm=algorithm, chain=chain)
    sent = {**statement, "result": {"duration": "PT1.239S"}}  # equal to a hundredth of a second
    answer = send(lrs, signed(sent, signature), part(signature))
    assert answer.status_code == 200, answer.text


def test_malformed_signatures_are_refused(lrs: RunningLrs, signer: tuple[RSAKey, str]) -> None:
    statement = small(id=new_id())
    good = sign(signer, statement)
    head, payload, seal = good.split(b".")
    forged = b".".join([head, payload, seal[:-8] + b"AAAAAAAA"])
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=") + b"." + payload + b"." + seal
    cases = [
        (forged, {}),
        (none, {}),
        (b"nonsense", {}),
        (b"a.b.c", {}),
        (head + b"." + payload + b".", {}),
        (sign(signer, small(id=statement["id"], verb={"id": "https://e.id/other"})), {}),
        (sign(signer, b"not json"), {}),
        (sign(signer, [1]), {}),
        (sign(signer, {"actor": 1, "verb": None}), {}),
        (good, {"contentType": "application/json"}),
    ]
    for signature, members in cases:
        answer = send(lrs, signed(statement, signature, **members), part(signature))
        assert answer.status_code == 400, signature
        assert answer.json()["clause"] == "xAPI Part 2 2.6"
    assert lrs.get("/statements", params={"statementId": statement["id"]}).status_code == 404
