"""A small real HTTP server on loopback that stands for a site: replays of recordings build on it, and tests
meddle with its answers (see `lms_adapters.testing`). Every answer says in a header what it is."""

from __future__ import annotations

import gzip
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qsl

LOOPBACK = "127.0.0.1"
LARGEST_REQUEST = 1024 * 1024
WORTH_COMPRESSING = 1000


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes out. `delay` in seconds before the body; `cut` sends so many bytes of the body and hangs up;
    `dropped` hangs up without a word."""

    status: int
    media_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    cut: int | None = None
    dropped: bool = False


Form = Mapping[str, str]
"""The fields of a POST, or the query of a GET."""
Change = Callable[[Reply, Form], Reply]


@dataclass(slots=True)
class Meddling:
    """A change to answers: to `times` of them (None: all) of one function (empty: any), after `spare` good
    ones."""

    change: Change
    function: str = ""
    times: int | None = None
    spare: int = 0

    def applies(self, form: Form) -> bool:
        """Counts down, so it is asked once an answer."""
        if self.function and form.get("wsfunction") != self.function:
            return False
        if self.spare:
            self.spare -= 1
            return False
        if self.times is None:
            return True
        self.times -= 1
        return self.times >= 0


class LoopbackSite(ABC):
    """`with site: site.url`. Port 0 takes a free one; `latency` is added to every answer, in seconds.
    `requests` holds the request line and the form of every call."""

    banner = "loopback"

    def __init__(self, *, port: int = 0, latency: float = 0.0, compress: bool = True) -> None:
        self.latency = latency
        self.compress = compress
        self.requests: list[tuple[str, Form]] = []
        self._meddlings: list[Meddling] = []
        self._lock = threading.Lock()
        self._hearing = threading.local()
        self._server = _Server(self, port)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @abstractmethod
    def answer(self, method: str, path: str, form: Form) -> Reply:
        """What the site says, before any meddling."""

    def clock(self) -> float | None:
        """The site's own time as an epoch second, for the header Date; None is the machine's."""
        return None

    @property
    def heard(self) -> Mapping[str, str]:
        """The headers of the call that is being answered."""
        return getattr(self._hearing, "headers", {})

    @property
    def target(self) -> str:
        """Path and query of the call that is being answered, as they came."""
        return getattr(self._hearing, "target", "")

    def hear(self, target: str, headers: Mapping[str, str]) -> None:
        """Belongs before `reply_to`, in the same thread."""
        self._hearing.target, self._hearing.headers = target, headers

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def meddle(
        self, change: Change, *, function: str = "", times: int | None = None, spare: int = 0
    ) -> Meddling:
        """Changes answers from now on; later meddlings see what earlier ones made of them."""
        meddling = Meddling(change, function, times, spare)
        with self._lock:
            self._meddlings.append(meddling)
        return meddling

    def reply_to(self, request_line: str, path: str, form: Form) -> Reply:
        """The site's answer after all meddling."""
        reply = self.answer(request_line.partition(" ")[0], path, form)
        with self._lock:
            self.requests.append((request_line, form))
            for meddling in self._meddlings:
                if meddling.applies(form):
                    reply = meddling.change(reply, form)
        return replace(reply, delay=reply.delay + self.latency)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, site: LoopbackSite, port: int) -> None:
        self.site = site
        super().__init__((LOOPBACK, port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "jpbridge-loopback"
    sys_version = ""
    timeout = 30
    wbufsize = -1
    disable_nagle_algorithm = True

    @property
    def _site(self) -> LoopbackSite:
        server = self.server
        if not isinstance(server, _Server):
            raise TypeError("this handler belongs to a loopback site's server")
        return server.site

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST_REQUEST:
            self.send_error(413)
            return
        form = dict(parse_qsl(self.rfile.read(length).decode(), keep_blank_values=True))
        self._site.hear(self.path, dict(self.headers))
        self._send(self._site.reply_to(self.requestline, self.path.partition("?")[0], form))

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        form = dict(parse_qsl(query, keep_blank_values=True))
        self._site.hear(self.path, dict(self.headers))
        self._send(self._site.reply_to(self.requestline, path, form))

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string(self._site.clock() if timestamp is None else timestamp)

    def log_message(self, *_: object) -> None:
        """Silent: the caller has `requests`."""

    def _send(self, reply: Reply) -> None:
        if reply.delay:
            time.sleep(reply.delay)
        if reply.dropped:
            self.close_connection = True
            return
        body = reply.body
        headers = dict(reply.headers)
        accepted = "gzip" in self.headers.get("Accept-Encoding", "")
        if self._site.compress and accepted and len(body) > WORTH_COMPRESSING and reply.cut is None:
            body = gzip.compress(body, compresslevel=1)
            headers["Content-Encoding"] = "gzip"
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.media_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-JP-Bridge-Replay", self._site.banner)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if reply.cut is not None:
            body = body[: reply.cut]
            self.close_connection = True
        self.wfile.write(body)
