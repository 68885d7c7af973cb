"""The kit's HTTP: one pinned host, bounded in time and size, patient with passing faults, silent about
tokens.

Secrets travel in the body or in a header of the one call; no exception that leaves here holds a request, so
none can show a token. Errors are bridge.errors, by remedy, with the words of `http_faults`.
"""

from __future__ import annotations

import logging
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Self, TypeVar
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
import stamina
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError, ReadTimeoutError

from bridge.errors import BridgeError, RetryLater
from lms_adapters.allowance import Allowance
from lms_adapters.http_faults import HTTP_FAULTS
from lms_adapters.watching import Exchange, Traffic, watch_in_hand

__all__ = ["Answer", "Http", "Policy", "Traffic", "is_loopback", "retry_after"]

log = logging.getLogger(__name__)

T = TypeVar("T")
MEGABYTE = 1024 * 1024
MAX_REDIRECTS = 3
GZIP_MEMBER = b"\x1f\x8b"
CHUNK = 64 * 1024
BUSY = frozenset({408, 425, 500, 502, 503, 504})
KEEPS_METHOD = frozenset({307, 308})  # RFC 9110 15.4: only these repeat a POST as a POST


@dataclass(frozen=True, slots=True)
class Policy:
    """Times in seconds, sizes in bytes. `longest_wait` bounds a Retry-After that we sit out ourselves; a
    longer one becomes RetryLater with `after`. `whole_timeout` bounds an answer that drips."""

    connect_timeout: float = 10.0
    read_timeout: float = 120.0
    whole_timeout: float = 600.0
    attempts: int = 4
    wait_initial: float = 1.0
    wait_max: float = 30.0
    wait_jitter: float = 1.0
    longest_wait: float = 60.0
    max_body: int = 64 * MEGABYTE
    byte_budget: int | None = None
    ca_bundle: str | None = None
    proxy: str | None = None
    allow_plain_http: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer; `body` is decoded of its transfer and content encodings, otherwise as it arrived."""

    status: int
    media_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def said_at(self) -> datetime | None:
        """The other side's own time (header Date, RFC 9110 6.6.1), None where it does not say. A cursor is never set
        beyond it: a row from the future would hide what comes after it."""
        lower = {name.lower(): value for name, value in self.headers.items()}
        try:
            said = parsedate_to_datetime(lower.get("date", ""))
        except ValueError:
            return None
        return said.replace(tzinfo=UTC) if said.tzinfo is None else said.astimezone(UTC)


class Unpacking:
    """A content encoding undone bit by bit: gzip, deflate, or none. Raises zlib.error on anything else."""

    def __init__(self, encoding: str) -> None:
        name = encoding.strip().lower()
        if name not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise zlib.error(f"unknown content encoding {name}")
        # 32: zlib's own look at the header tells gzip from deflate (zlib manual, inflateInit2)
        self._inflate = None if name in ("", "identity") else zlib.decompressobj(32 + zlib.MAX_WBITS)

    def some(self, packed: bytes, most: int) -> bytes:
        """What these bytes unpack to, at most `most` bytes: a small answer must not become a huge one."""
        if self._inflate is None:
            return packed
        unpacked = self._inflate.decompress(packed, most)
        # RFC 1952 2.2: a gzip file is one or more members; proxies that put pieces together send several
        while self._inflate.unused_data.startswith(GZIP_MEMBER) and len(unpacked) < most:
            rest, self._inflate = self._inflate.unused_data, zlib.decompressobj(32 + zlib.MAX_WBITS)
            unpacked += self._inflate.decompress(rest, most - len(unpacked))
        return unpacked

    @property
    def whole(self) -> bool:
        """False where the packed bytes ended too early. Nothing at all is an empty body."""
        return self._inflate is None or self._inflate.eof


class _NoAuth(AuthBase):
    """Keeps requests from taking credentials out of a .netrc on the machine."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds of a Retry-After header, which is a number or an HTTP date (RFC 9110 10.2.3); None if
    neither."""
    if not value:
        return None
    text = value.strip()
    if text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts.scheme, (parts.hostname or "").lower(), port


def _shown(url: str) -> str:
    """Scheme, host and path only: a query may carry what nobody should read."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


class Http:
    """Calls to one source. `secrets` are blotted out of any text of the other side that an error quotes."""

    def __init__(
        self, source: str, address: str, *, policy: Policy | None = None, secrets: tuple[str, ...] = ()
    ) -> None:
        self.source = source
        self.policy = policy or Policy()
        self.traffic = Traffic()
        self._watch = watch_in_hand()
        if self._watch is not None:
            self._watch.traffic.append(self.traffic)
        self._allowance = Allowance()
        self._secrets = tuple(secret for secret in secrets if secret)
        self.address = self._accepted(address)
        self._session = self._new_session()

    def __repr__(self) -> str:
        return f"Http({self.source!r}, {self.address!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._session.close()

    @property
    def host(self) -> str:
        return urlsplit(self.address).netloc

    def scrub(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "•••")
        return text

    def pinned(self, link: str) -> str:
        """The absolute URL of a path or of a next link. Raises StopSource where it leads to another host."""
        url = urljoin(self.address + "/", link)
        if _origin(urlsplit(url)) != _origin(urlsplit(self.address)):
            raise self._fault("HTTP-OTHER-HOST", target=_shown(url))
        return url

    def use_header(self, name: str, value: str) -> None:
        """Sent with every call from now on, such as `Authorization`."""
        self._session.headers[name] = value

    @property
    def cookies(self) -> Mapping[str, str]:
        """What the site has set, by name."""
        return {cookie.name: cookie.value or "" for cookie in self._session.cookies}

    def post_json(self, path: str, body: bytes, read: Callable[[Answer], T]) -> T:
        """POST a JSON text; `read` as in `post`."""
        return self._patiently(lambda: read(self._exchange("POST", self.pinned(path), body)))

    def post(self, path: str, form: Mapping[str, str], read: Callable[[Answer], T]) -> T:
        """POST a form and read the answer. `read` raises RetryLater for a fault that may pass: it is asked
        again with backoff and jitter, like a broken link. Other errors of `read` go straight through."""
        return self._patiently(lambda: read(self._exchange("POST", self.pinned(path), form)))

    def get(self, path: str, read: Callable[[Answer], T]) -> T:
        """GET a path or a next link; `read` as in `post`."""
        return self._patiently(lambda: read(self._exchange("GET", self.pinned(path), None)))

    def _accepted(self, address: str) -> str:
        parts = urlsplit(address.strip())
        try:
            whole = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            whole = False
        self.address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"
        if not whole:
            raise self._fault("HTTP-ADDRESS")
        plain = parts.scheme == "http" and not self.policy.allow_plain_http
        if plain and not is_loopback(parts.hostname or ""):
            raise self._fault("HTTP-PLAIN")
        return self.address

    def _new_session(self) -> requests.Session:
        session = requests.Session()
        session.auth = _NoAuth()
        session.trust_env = not is_loopback(urlsplit(self.address).hostname or "")
        session.headers["User-Agent"] = "jpbridge"
        session.headers["Accept-Encoding"] = "gzip"
        if self.policy.ca_bundle:
            session.verify = self.policy.ca_bundle
        if self.policy.proxy:
            session.proxies = {"http": self.policy.proxy, "https": self.policy.proxy}
        return session

    def _patiently(self, attempt: Callable[[], T]) -> T:
        policy = self.policy
        attempts = stamina.retry_context(
            on=self._wait_for,
            attempts=policy.attempts,
            timeout=None,
            wait_initial=policy.wait_initial,
            wait_max=policy.wait_max,
            wait_jitter=policy.wait_jitter,
        )
        for trial in attempts:
            with trial:
                self.traffic.retries += trial.num > 1
                return attempt()
        raise AssertionError("stamina gives at least one attempt")

    def _wait_for(self, error: Exception) -> bool | float:
        """Whether to ask again, or the seconds that the other side asked for."""
        if not isinstance(error, RetryLater):
            return False
        if error.after is None:
            return True
        return error.after if error.after <= self.policy.longest_wait else False

    def _exchange(self, method: str, url: str, form: Mapping[str, str] | bytes | None) -> Answer:
        for _ in range(MAX_REDIRECTS + 1):
            result = self._send(method, url, form)
            if isinstance(result, Answer):
                return result
            url = result
        raise self._fault("HTTP-MOVED", target=_shown(url))

    def _send(self, method: str, url: str, form: Mapping[str, str] | bytes | None) -> Answer | str:
        """The answer, or the address of the same host where the same call is to be repeated."""
        self._within_budget()
        time.sleep(self._allowance.pause(self.policy.longest_wait))
        try:
            with self._session.request(
                method,
                url,
                data=form,
                headers={"Content-Type": "application/json"} if isinstance(form, bytes) else None,
                timeout=(self.policy.connect_timeout, self.policy.read_timeout),
                allow_redirects=False,
                stream=True,
            ) as response:
                self.traffic.requests += 1
                self.traffic.bytes_sent += len(response.request.body or "")
                return self._judge(response)
        except (requests.RequestException, HTTPError, zlib.error) as error:
            trouble = self._trouble(error)
        # Raised outside the except block: a request holds the token, so it must not ride along as the
        # context.
        raise trouble

    def _judge(self, response: requests.Response) -> Answer | str:
        if response.is_redirect:
            return self._redirected(response)
        body = self._body(response)
        status = response.status_code
        self._allowance = Allowance.read(response.headers, time.time())
        self.traffic.cost += self._allowance.cost or 0.0
        media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        self._keep(response, media_type, body)
        if status == 429 or status in BUSY:
            after = retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
            code = "HTTP-THROTTLED" if status == 429 else "HTTP-BUSY"
            raise self._fault(code, after=after, status=str(status))
        return Answer(status, media_type, body, dict(response.headers))

    def _keep(self, response: requests.Response, media_type: str, body: bytes) -> None:
        """Hands the call to the recorder of whoever watches this pull."""
        if self._watch is None or self._watch.recorder is None:
            return
        sent = response.request.body or b""
        form = sent.encode() if isinstance(sent, str) else sent
        exchange = Exchange(
            response.request.method or "GET",
            response.request.url or self.address,
            form,
            response.status_code,
            media_type,
            dict(response.headers),
            body,
        )
        self._watch.recorder.keep(exchange, self._secrets)

    def _redirected(self, response: requests.Response) -> str:
        target = self.pinned(urljoin(response.url, response.headers["Location"]))
        if response.status_code in KEEPS_METHOD or response.request.method == "GET":
            return target
        raise self._fault("HTTP-MOVED", target=_shown(target))

    def _body(self, response: requests.Response) -> bytes:
        """All of it, within the bounds of size (after decompression) and time. It is decompressed here and not
        by urllib3, which does not count the bytes of a chunked answer: a byte budget needs them."""
        deadline = time.monotonic() + self.policy.whole_timeout
        unpack = Unpacking(response.headers.get("Content-Encoding", ""))
        chunks: list[bytes] = []
        size = 0
        for packed in response.raw.stream(CHUNK, decode_content=False):
            self.traffic.bytes_received += len(packed)
            chunk = unpack.some(packed, self.policy.max_body - size + 1)
            size += len(chunk)
            if size > self.policy.max_body:
                raise self._fault("HTTP-TOO-LARGE", megabytes=f"{self.policy.max_body / MEGABYTE:g}")
            if time.monotonic() > deadline:
                raise self._fault("HTTP-TIMEOUT", seconds=f"{self.policy.whole_timeout:g}")
            chunks.append(chunk)
        if not unpack.whole:
            raise self._fault("HTTP-BROKEN-OFF")
        return b"".join(chunks)

    def _within_budget(self) -> None:
        budget = self.policy.byte_budget
        spent = self.traffic.bytes_sent + self.traffic.bytes_received
        if budget is not None and spent >= budget:
            raise self._fault("HTTP-BUDGET", megabytes=f"{budget / 1_000_000:.3g}")

    def _trouble(self, error: Exception) -> BridgeError:
        """The error by remedy. Nothing of the exception's own text is quoted."""
        cause = error.args[0] if error.args else None
        log.debug("%s: %s", self.source, type(error).__name__)
        if isinstance(error, requests.exceptions.SSLError):
            return self._fault("HTTP-TLS")
        if isinstance(error, requests.exceptions.ProxyError):
            return self._fault("HTTP-PROXY")
        if isinstance(error, requests.Timeout | ReadTimeoutError) or isinstance(cause, ReadTimeoutError):
            slow_to_connect = isinstance(error, requests.ConnectTimeout)
            seconds = self.policy.connect_timeout if slow_to_connect else self.policy.read_timeout
            return self._fault("HTTP-TIMEOUT", seconds=f"{seconds:g}")
        if isinstance(error, HTTPError | zlib.error):  # while reading the body
            return self._fault("HTTP-BROKEN-OFF")
        if isinstance(error, ValueError):  # InvalidURL, InvalidSchema, InvalidProxyURL are ValueErrors
            return self._fault("HTTP-ADDRESS")
        return self._fault("HTTP-UNREACHABLE")

    def _fault(self, code: str, *, after: float | None = None, **params: str) -> BridgeError:
        words = {"address": self.address, **params}
        return HTTP_FAULTS[code].error(self.source, where=urlsplit(self.address).netloc, after=after, **words)
