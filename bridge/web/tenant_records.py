"""The record stores of several tenants at one address: the key decides whose store answers.

A key is random and lives in one tenant's store, so nobody reads another's statements: the store that knows the
key is the only one that is asked. A key that no store knows is refused by the main tenant's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from xapi.errors import XapiError
from xapi.lrs.access import presented

TenantOfKey = Callable[[str], str | None]


class TenantRecords:
    """`app_of(tenant)` is a tenant's record store, None where there is no such tenant."""

    def __init__(
        self, main: ASGIApp, app_of: Callable[[str], ASGIApp | None], tenant_of_key: TenantOfKey
    ) -> None:
        self._main = main
        self._app_of = app_of
        self._tenant_of_key = tenant_of_key
        self._known: dict[str, str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._main
        if scope["type"] == "http":
            app = await self._chosen(Headers(scope=scope))
        await app(scope, receive, send)

    async def _chosen(self, headers: Mapping[str, str]) -> ASGIApp:
        try:
            key, _ = presented(headers)
        except XapiError:
            return self._main
        tenant = self._known.get(key)
        if tenant is None:
            tenant = await run_in_threadpool(self._tenant_of_key, key)
            if tenant is None:
                return self._main
            self._known[key] = tenant  # a key never moves to another store
        return self._app_of(tenant) or self._main
