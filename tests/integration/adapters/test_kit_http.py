"""The kit's HTTP against real servers on loopback: TLS, bounds, compression, pinning, counting."""

from __future__ import annotations

import gzip
import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bridge.errors import BridgeError, RetryLater, StopSource
from lms_adapters import testing
from lms_adapters.allowance import Allowance
from lms_adapters.http import Answer, Http, Policy
from lms_adapters.loopback import Form, LoopbackSite, Reply

LARGE = b'{"rows":"' + b"x" * 300_000 + b'"}'
QUICK = Policy(attempts=2, wait_initial=0.01, wait_jitter=0.01, read_timeout=5)


class Site(LoopbackSite):
    def answer(self, method: str, path: str, form: Form) -> Reply:
        return Reply(200, "application/json; charset=utf-8", LARGE if path == "/large" else b'{"ok":true}')


def whole(answer: Answer) -> Answer:
    return answer


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


def test_requests_and_bytes_are_counted_as_they_crossed_the_wire(site: Site) -> None:
    with Http("lms", site.url, policy=QUICK) as http:
        answer = http.post("large", {"a": "b"}, whole)
        assert answer.body == LARGE
        assert answer.media_type == "application/json"
        assert answer.headers["Content-Encoding"] == "gzip"
        assert http.traffic.requests == 1
        assert http.traffic.bytes_sent == len("a=b")
        assert 0 < http.traffic.bytes_received < len(LARGE) / 50


def test_a_compressed_answer_is_bounded_by_what_it_unfolds_to(site: Site) -> None:
    policy = Policy(attempts=1, max_body=100_000)
    with Http("lms", site.url, policy=policy) as http, pytest.raises(StopSource) as caught:
        http.get("large", whole)
    assert caught.value.code == "HTTP-TOO-LARGE"


def test_a_next_link_to_another_host_scheme_or_port_is_refused(site: Site) -> None:
    with Http("lms", site.url, policy=QUICK) as http:
        assert http.get(f"{site.url}/next?page=2", whole).status == 200
        for link in (
            "https://evil.example/next",
            "http://127.0.0.1:1/next",
            site.url.replace("http", "https"),
        ):
            with pytest.raises(StopSource) as caught:
                http.get(link, whole)
            assert caught.value.code == "HTTP-OTHER-HOST"
    assert len(site.requests) == 1


def test_a_redirect_loop_ends(site: Site) -> None:
    site.meddle(testing.status(307, Location="/again"))
    with Http("lms", site.url, policy=QUICK) as http, pytest.raises(StopSource) as caught:
        http.post("x", {}, whole)
    assert caught.value.code == "HTTP-MOVED"
    assert len(site.requests) == 4


def test_the_other_side_names_the_wait(site: Site) -> None:
    site.meddle(testing.status(503, Retry_After="0"), times=1)
    slow = Policy(attempts=2, wait_initial=3600)
    with Http("lms", site.url, policy=slow) as http:
        assert http.get("x", whole).status == 200
        assert http.traffic.retries == 1


def test_a_garbled_compression_is_a_broken_answer(site: Site) -> None:
    site.meddle(testing.status(200, b"not gzip", Content_Encoding="gzip"))
    with Http("lms", site.url, policy=QUICK) as http, pytest.raises(RetryLater) as caught:
        http.get("x", whole)
    assert caught.value.code == "HTTP-BROKEN-OFF"


def test_pieces_that_a_proxy_put_together_are_all_unpacked() -> None:
    pieces = [b'{"rows": [', b"1, " * 40_000, b"1]}"]

    class Pieces(Site):
        def answer(self, method: str, path: str, form: Form) -> Reply:
            packed = b"".join(gzip.compress(piece, mtime=0) for piece in pieces)
            tail = b"\0\0" if path == "/padded" else b""
            return Reply(200, "application/json", packed + tail, {"Content-Encoding": "gzip"})

    with Pieces(compress=False) as site, Http("lms", site.url, policy=QUICK) as http:
        assert http.get("x", whole).body == b"".join(pieces)
        assert http.get("padded", whole).body == b"".join(pieces)
    small = Policy(max_body=10_000, attempts=1)
    with Pieces(compress=False) as site, Http("lms", site.url, policy=small) as http:
        with pytest.raises(StopSource) as caught:
            http.get("x", whole)
        assert caught.value.code == "HTTP-TOO-LARGE"


@pytest.mark.parametrize("by", ["setting", "environment"])
def test_calls_go_through_the_proxy_that_is_named(
    site: Site, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy hears the whole address (RFC 9112 3.2.2); nobody looks up the name here."""
    for name in ("http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    policy = Policy(attempts=1, allow_plain_http=True, proxy=site.url if by == "setting" else None)
    if by == "environment":
        monkeypatch.setenv("http_proxy", site.url)
    with Http("lms", "http://lms.contoh.invalid", policy=policy) as http:
        assert http.get("api/x", whole).body == b'{"ok":true}'
    assert [line for line, _ in site.requests] == ["GET http://lms.contoh.invalid/api/x HTTP/1.1"]


def test_a_wait_may_be_named_as_a_date(site: Site) -> None:
    """RFC 9110 10.2.3 allows both; a date long ahead is handed on with its seconds."""
    later = (datetime.now(UTC) + timedelta(hours=2)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    site.meddle(testing.status(503, b"", Retry_After=later))
    with Http("lms", site.url, policy=QUICK) as http, pytest.raises(RetryLater) as caught:
        http.get("x", whole)
    assert caught.value.after is not None
    assert 7000 < caught.value.after <= 7200
    assert len(site.requests) == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0.0),
        ({"X-Rate-Limit-Remaining": "600.5", "X-Request-Cost": "4.2"}, 0.0),
        ({"X-Rate-Limit-Remaining": "3.9", "X-Request-Cost": "4.2"}, 1.0),  # Canvas: the bucket leaks
        ({"RateLimit-Remaining": "0", "RateLimit-Reset": "7"}, 7.0),
        ({"ratelimit-remaining": "0;w=60", "ratelimit-reset": "9"}, 9.0),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2000000030"}, 30.0),  # an epoch second
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1999999999"}, 0.0),
        ({"RateLimit-Remaining": "0", "RateLimit-Reset": "4000"}, 60.0),  # never longer than is sat out
        ({"RateLimit-Remaining": "soon"}, 0.0),
    ],
)
def test_what_the_other_side_says_of_its_limit_is_how_long_we_hold_back(
    headers: dict[str, str], seconds: float
) -> None:
    assert Allowance.read(headers, 2_000_000_000).pause(60.0) == seconds


def test_we_hold_back_before_the_next_call(site: Site) -> None:
    limit = {"RateLimit-Remaining": "0", "RateLimit-Reset": "0.3", "X-Request-Cost": "2.5"}
    site.meddle(lambda reply, _: replace(reply, headers=limit), times=1)
    with Http("lms", site.url, policy=QUICK) as http:
        http.get("x", whole)
        began = time.monotonic()
        http.get("x", whole)
        assert time.monotonic() - began >= 0.3
        assert http.traffic.cost == 2.5


def test_a_proxy_that_is_gone_is_named(site: Site) -> None:
    policy = Policy(attempts=1, proxy="http://127.0.0.1:9", connect_timeout=2)
    with Http("lms", site.url, policy=policy) as http, pytest.raises(RetryLater) as caught:
        http.get("x", whole)
    assert caught.value.code == "HTTP-PROXY"


def test_user_and_password_in_an_address_are_never_shown() -> None:
    with Http("lms", "https://user:secret@lms.example.go.id/", policy=QUICK) as http:
        assert "secret" not in repr(http)
        assert http.address == "https://lms.example.go.id"


def certificate(directory: Path) -> tuple[Path, Path]:
    """A self-signed certificate of 127.0.0.1 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert_path, key_path = directory / "ca.pem", directory / "key.pem"
    cert_path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return cert_path, key_path


def test_an_unknown_certificate_is_refused_and_a_named_ca_is_trusted(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    site = Site()
    site._server.socket = context.wrap_socket(site._server.socket, server_side=True)
    with site:
        url = site.url.replace("http:", "https:")
        error: BridgeError
        with Http("lms", url, policy=QUICK) as http, pytest.raises(StopSource) as caught:
            http.get("x", whole)
        error = caught.value
        assert error.code == "HTTP-TLS"
        with Http("lms", url, policy=Policy(attempts=1, ca_bundle=str(cert))) as http:
            assert http.get("x", whole).body == b'{"ok":true}'
