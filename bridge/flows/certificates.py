"""Until when the certificates of the sources and of our own address hold. Asked once a day: links are slow."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import orjson
from cryptography import x509

from bridge.log_lines import Log

log = Log("alerts")
FRESH = timedelta(hours=20)
_CACHE = Path("run") / "certificates.json"


@dataclass(frozen=True, slots=True)
class CertificateDay:
    """`ends` is the certificate's last day (UTC)."""

    host: str
    ends: date


def certificate_of(host: str, port: int, timeout: float = 10.0) -> CertificateDay:
    """Raises OSError. The chain is not checked: what is expired or self-signed has an end too, and the pull
    itself checks the chain."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection((host, port), timeout) as plain,
        context.wrap_socket(plain, server_hostname=host) as wrapped,
    ):
        der = wrapped.getpeercert(binary_form=True) or b""
    return CertificateDay(host, x509.load_der_x509_certificate(der).not_valid_after_utc.date())


def certificates(home: Path, addresses: Iterable[str], now: datetime) -> list[CertificateDay]:
    """Of the https addresses. A host that does not answer has no ending to tell: the pull says that it is
    down."""
    places = sorted(set(_https(addresses)))
    known = _kept(home, now)
    if known is None or not {host for host, _ in places} <= known.keys():
        known = {host: _asked(host, port) for host, port in places}
        with suppress(OSError):
            (home / _CACHE).parent.mkdir(mode=0o700, exist_ok=True)
            (home / _CACHE).write_bytes(orjson.dumps({"at": now.isoformat(), "ends": known}))
    ends = ((host, known.get(host)) for host, _ in places)
    return [CertificateDay(host, date.fromisoformat(day)) for host, day in ends if day]


def _asked(host: str, port: int) -> str | None:
    try:
        return certificate_of(host, port).ends.isoformat()
    except (OSError, ValueError) as error:
        log.info("certificate not seen", host=host, reason=type(error).__name__)
        return None


def _https(addresses: Iterable[str]) -> list[tuple[str, int]]:
    parts = (urlsplit(address) for address in addresses)
    return [(one.hostname, one.port or 443) for one in parts if one.scheme == "https" and one.hostname]


def _kept(home: Path, now: datetime) -> dict[str, str | None] | None:
    try:
        facts = orjson.loads((home / _CACHE).read_bytes())
        fresh = abs(now - datetime.fromisoformat(facts["at"])) <= FRESH
        return dict(facts["ends"]) if fresh else None
    except (OSError, ValueError, KeyError):
        return None
