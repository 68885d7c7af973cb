"""Cassettes: calls of a pull, scrubbed of everything that names a person or opens a door, and played again.

A cassette is a folder of files `0001.json` …, one a call: `{request{method, path, form}, response{status,
media_type, headers, json or text}}`. It can be handed to a developer; `CassetteSite` answers from it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from bridge.domain.evidence import Completion
from bridge.errors import RefuseInput
from lms_adapters.loopback import Form, LoopbackSite, Reply
from lms_adapters.pseudonyms import SECRET, SECRET_KEY, Pseudonyms
from lms_adapters.watching import Exchange

PLACE = "https://lms.example.go.id"
KEPT_HEADERS = ("link", "retry-after", "x-request-cost", "date", "location", "etag", "last-modified")
KEPT_PREFIXES = ("x-rate-limit", "x-ratelimit", "ratelimit", "x-experience-api")
LARGEST = 256 * 1024 * 1024


class CassetteRecorder:
    """A recorder (see lms_adapters.watching). Nothing is written before `finish`, because names are known only
    when everything has been seen; it is kept compressed in memory until then, at most LARGEST bytes."""

    def __init__(self, folder: Path) -> None:
        if folder.exists() and any(folder.iterdir()):
            raise RefuseInput(
                "CASSETTE-FOLDER",
                f"Folder rekaman {folder} tidak kosong. Pilih folder lain, atau kosongkan dulu.",
                f"The folder {folder} for the recording is not empty. Choose another, or empty it first.",
                where=str(folder),
            )
        self.folder = folder
        self._kept: list[Exchange] = []
        self._size = 0
        self._secrets: set[str] = set()
        self._names = Pseudonyms()
        self._origins: set[str] = set()

    def keep(self, exchange: Exchange, secrets: tuple[str, ...]) -> None:
        packed = zlib.compress(exchange.body, 1)
        self._size += len(packed)
        if self._size > LARGEST:
            raise RefuseInput(
                "CASSETTE-FULL",
                f"Rekaman melebihi {LARGEST // 2**20} MB. Rekam sumber yang lebih kecil, atau tarikan ringan.",
                f"The recording exceeds {LARGEST // 2**20} MB. Record a smaller source, or a light pull.",
                where=str(self.folder),
            )
        self._secrets |= set(secrets)
        parts = urlsplit(exchange.url)
        self._origins.add(f"{parts.scheme}://{parts.netloc}")
        self._kept.append(replace(exchange, body=packed))

    def know(self, completions: Iterable[Completion]) -> None:
        self._names.know_completions(completions)

    def finish(self) -> int:
        """Write what was kept, scrubbed. Returns how many files."""
        for exchange in self._kept:
            content = _decoded(zlib.decompress(exchange.body))
            if not isinstance(content, str):
                self._names.know_json(content)
        self.folder.mkdir(parents=True, exist_ok=True)
        for number, exchange in enumerate(self._kept, start=1):
            whole = self._scrubbed(exchange)
            text = orjson.dumps(whole, option=orjson.OPT_INDENT_2)
            (self.folder / f"{number:04d}.json").write_bytes(text + b"\n")
        return len(self._kept)

    def _scrubbed(self, exchange: Exchange) -> dict[str, Any]:
        parts = urlsplit(exchange.url)
        fields = parse_qsl(parts.query, keep_blank_values=True)
        fields += parse_qsl(exchange.form.decode("utf-8", "replace"), keep_blank_values=True)
        form = self._names.form({name: self._without_secrets(value) for name, value in fields})
        headers = {
            name: self._names.text(self._without_secrets(value))
            for name, value in exchange.headers.items()
            if name.lower() in KEPT_HEADERS or name.lower().startswith(KEPT_PREFIXES)
        }
        content = _decoded(zlib.decompress(exchange.body))
        response: dict[str, Any] = {
            "status": exchange.status,
            "media_type": exchange.media_type,
            "headers": headers,
        }
        if isinstance(content, str):
            response["text"] = self._names.text(self._without_secrets(content))
        else:
            response["json"] = self._names.json(self._walked(content))
        path = self._names.text(self._without_secrets(parts.path))
        return {"request": {"method": exchange.method, "path": path, "form": form}, "response": response}

    def _walked(self, value: object) -> object:
        if isinstance(value, list):
            return [self._walked(one) for one in value]
        if isinstance(value, dict):
            return {name: self._walked(one) for name, one in value.items()}
        return self._without_secrets(value) if isinstance(value, str) else value

    def _without_secrets(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, SECRET)
        for origin in self._origins:
            text = text.replace(origin, PLACE).replace(origin.replace("/", "\\/"), PLACE.replace("/", "\\/"))
        return text


def _decoded(body: bytes) -> Any:
    """The decoded JSON, or the text where it is none. What is neither text nor JSON is not kept: nobody could
    say what stands in it."""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        content = None
    if isinstance(content, dict | list):
        return content
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return ""


class CassetteSite(LoopbackSite):
    """Plays a cassette: the same call gets the same answer, a repeated one the next answer that was recorded for
    it (the last one stays). Secrets are not compared. What was not recorded gets 501, never made up."""

    banner = "cassette"

    def __init__(self, folder: Path, *, port: int = 0, latency: float = 0.0) -> None:
        self._taken: dict[tuple[str, str, tuple[tuple[str, str], ...]], list[Reply]] = {}
        for path in sorted(folder.glob("[0-9]*.json")):
            whole = orjson.loads(path.read_bytes())
            request, response = whole["request"], whole["response"]
            body = orjson.dumps(response["json"]) if "json" in response else response["text"].encode()
            reply = Reply(response["status"], response["media_type"], body, response["headers"])
            key = _call(request["method"], request["path"], request["form"])
            self._taken.setdefault(key, []).append(reply)
        super().__init__(port=port, latency=latency)

    def answer(self, method: str, path: str, form: Form) -> Reply:
        takes = self._taken.get(_call(method, path, form))
        if not takes:
            words = f"cassette: {method} {path} was not recorded with these fields"
            return Reply(501, "text/plain; charset=utf-8", words.encode())
        reply = takes.pop(0) if len(takes) > 1 else takes[0]
        # Next links lead back to this site.
        body = reply.body.replace(PLACE.encode(), self.url.encode())
        headers = {name: value.replace(PLACE, self.url) for name, value in reply.headers.items()}
        return replace(reply, body=body, headers={n: v for n, v in headers.items() if n.lower() != "date"})


def _call(method: str, path: str, form: Mapping[str, str]) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    shown = {name: value for name, value in form.items() if not SECRET_KEY.search(name)}
    return method, path, tuple(sorted(shown.items()))
