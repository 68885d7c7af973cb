"""A replay of a real Moodle's recorded answers, on loopback: a part of the product's demo, honest about
itself.

Every answer names itself in the header `X-JP-Bridge-Replay`. A recorded page goes out byte for byte; a page
of another size is cut from the recorded rows (and re-encoded); what nobody recorded is refused with 501,
never made up. Tests use it to serve recorded errors and to meddle with answers (lms_adapters.testing) over
real HTTP.
"""

from __future__ import annotations

import gzip
import hmac
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self
from urllib.parse import parse_qsl

from lms_adapters.moodle.recording import NotRecorded, RecordedSite, Recording

LOOPBACK = "127.0.0.1"
PATH = "/webservice/rest/server.php"
LARGEST_REQUEST = 1024 * 1024
WORTH_COMPRESSING = 1000
SETTINGS = frozenset(
    {"wstoken", "wsfunction", "moodlewsrestformat", "moodlewssettinglang", "moodlewssettingtimezone"}
)


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


class MoodleReplay:
    """`with MoodleReplay(directory) as replay: replay.url, replay.token`. Port 0 takes a free one;
    `latency` is added to every answer, in seconds. `requests` holds (request line, wsfunction) of every
    call."""

    def __init__(
        self,
        directory: Path,
        *,
        port: int = 0,
        token: str | None = None,
        latency: float = 0.0,
        compress: bool = True,
    ) -> None:
        self.site = RecordedSite(directory)
        self.token = token or secrets.token_hex(16)
        self.latency = latency
        self.compress = compress
        self.requests: list[tuple[str, str]] = []
        self._meddlings: list[Meddling] = []
        self._lock = threading.Lock()
        self._server = _Server((LOOPBACK, port), _handler_of(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._server.server_address[1]}"

    @property
    def banner(self) -> str:
        return f"recorded answers of Moodle {self.site.release}"

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

    def serve_case(self, path: Path, *, function: str = "", times: int | None = None) -> Meddling:
        """One recorded answer for any function (or the one named), whatever was asked."""
        recording = Recording.read(path)
        reply = Reply(recording.status, recording.media_type, recording.body)
        return self.meddle(lambda _reply, _form: reply, function=function, times=times)

    def reply_to(self, request_line: str, path: str, form: Form) -> Reply:
        """The recorded answer after all meddling."""
        reply = self._recorded(path, form)
        with self._lock:
            self.requests.append((request_line, form.get("wsfunction", "")))
            for meddling in self._meddlings:
                if meddling.applies(form):
                    reply = meddling.change(reply, form)
        return replace(reply, delay=reply.delay + self.latency)

    def _recorded(self, path: str, form: Form) -> Reply:
        if path != PATH:
            return Reply(404, "text/html", b"<html><head><title>404 Not Found</title></head></html>")
        try:
            if not hmac.compare_digest(form.get("wstoken", "").encode(), self.token.encode()):
                refused = self.site.refused_token()
                return Reply(refused.status, refused.media_type, refused.body)
            params = {name: value for name, value in form.items() if name not in SETTINGS}
            zone = form.get("moodlewssettingtimezone", "UTC")
            return Reply(*self.site.answer(form.get("wsfunction", ""), params, zone))
        except (NotRecorded, KeyError, ValueError) as refusal:
            return Reply(501, "text/plain; charset=utf-8", f"replay: {refusal}".encode())


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64


def _handler_of(replay: MoodleReplay) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "jpbridge-replay"
        sys_version = ""
        timeout = 30
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if length > LARGEST_REQUEST:
                self.send_error(413)
                return
            form = dict(parse_qsl(self.rfile.read(length).decode(), keep_blank_values=True))
            self._send(replay.reply_to(self.requestline, self.path.partition("?")[0], form))

        def do_GET(self) -> None:
            words = f"This is a replay ({replay.banner}). It answers POST {PATH}."
            self._send(Reply(404 if self.path != "/" else 200, "text/plain; charset=utf-8", words.encode()))

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
            if replay.compress and accepted and len(body) > WORTH_COMPRESSING and reply.cut is None:
                body = gzip.compress(body, compresslevel=1)
                headers["Content-Encoding"] = "gzip"
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.media_type)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-JP-Bridge-Replay", replay.banner)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if reply.cut is not None:
                body = body[: reply.cut]
                self.close_connection = True
            self.wfile.write(body)

    return Handler
