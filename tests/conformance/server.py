"""The record store's server over real HTTP on loopback, for the tests of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from tests.postgres_server import free_port
from xapi.lrs.app import make_lrs
from xapi.lrs.settings import LrsSettings
from xapi.store.store import Store


@dataclass
class RunningLrs:
    """`url` is where the app is mounted; `auth` a key with all scopes."""

    store: Store
    url: str
    auth: tuple[str, str]
    session: requests.Session = field(default_factory=requests.Session)

    def call(
        self, method: str, path: str, *, version: str | None = "1.0.3", **options: Any
    ) -> requests.Response:
        headers = dict(options.pop("headers", {}))
        if version is not None:
            headers.setdefault("X-Experience-API-Version", version)
        options.setdefault("auth", self.auth)
        return self.session.request(method, self.url + path, headers=headers, timeout=30, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.call("GET", path, **options)

    def put(self, path: str, **options: Any) -> requests.Response:
        return self.call("PUT", path, **options)

    def post(self, path: str, **options: Any) -> requests.Response:
        return self.call("POST", path, **options)

    def delete(self, path: str, **options: Any) -> requests.Response:
        return self.call("DELETE", path, **options)


@contextmanager
def running_lrs(
    url: str,
    settings: LrsSettings | None = None,
    *,
    port: int = 0,
    around: Callable[[ASGIApp], ASGIApp] = lambda app: app,
) -> Iterator[RunningLrs]:
    """Serves a store at `/xapi` of a free port (or the one given) until the block ends; `around` may put
    something between the store and the network."""
    store = Store(url)
    store.create_schema()
    key, secret = store.credentials.add("test", ["all"])
    port = port or free_port()
    app = Starlette(routes=[Mount("/xapi", app=around(make_lrs(store, settings)))])
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    running = RunningLrs(store, f"http://127.0.0.1:{port}/xapi", (key, secret))
    try:
        deadline = time.monotonic() + 30
        while not server.started:
            if time.monotonic() > deadline or not thread.is_alive():
                raise RuntimeError("the server did not start")
            time.sleep(0.01)
        yield running
    finally:
        running.session.close()
        server.should_exit = True
        thread.join(timeout=30)
        store.close()
