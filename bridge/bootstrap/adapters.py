"""The adapters of an installation, and the reader by which one of them sees our own record store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from importlib import import_module
from typing import Any

from lms_adapters.registry import Registered
from xapi.client.page import Page
from xapi.model.facets import agent_name
from xapi.model.formats import micros_of_timestamp, timestamp_of_micros
from xapi.model.submission import Authority
from xapi.model.wire import value_of
from xapi.store.store import Query, Store

PAGE = 500
OWN = "own_lrs"
FAR_ADAPTERS = {
    "moodle": "lms_adapters.moodle",
    "moodle-csv": "lms_adapters.moodle_csv",
    "xapi_lrs": "lms_adapters.xapi_lrs",
    "kolibri": "lms_adapters.kolibri",
    "canvas": "lms_adapters.canvas",
    "openedx": "lms_adapters.openedx",
    "scorm_cloud": "lms_adapters.scorm_cloud",
    "files": "lms_adapters.files",
}
"""Kind -> the package that gives its SPEC and make, imported when a source of the kind is asked for
(docs/decisions/0041-imports-at-use.md). The kind is its SPEC's own; a test holds the table to it."""


class OwnRecords:
    """lms_adapters.xapi_lrs.reader.Reader over the store in this process.

    What JP Bridge itself told (its credits) is left out: a credit must never become evidence of itself.
    """

    def __init__(self, store: Store, own_authority: Mapping[str, Any]) -> None:
        self._store = store
        self._own = Authority.of(dict(own_authority)).name

    def pages(self, **filters: Any) -> Iterator[Page]:
        """The filters of xAPI Part 3 2.1.3 that the adapter uses: verb, agent, activity, registration, since,
        until, ascending, limit."""
        limit = int(filters.get("limit") or PAGE)
        ascending = bool(filters.get("ascending", False))
        after: int | None = None
        while True:
            through, found = self._store.find(_query(filters, ascending, after), limit)
            statements = [payload for _, payload in found.statements]
            yield Page([one for one in statements if self._is_theirs(one)], timestamp_of_micros(through))
            if not found.more:
                return
            after = found.statements[-1][0]

    def statement(self, statement_id: str) -> bytes | None:
        return self._one(statement_id, voided=False)

    def voided_statement(self, statement_id: str) -> bytes | None:
        return self._one(statement_id, voided=True)

    def close(self) -> None:
        """The store belongs to the installation, which closes it."""

    def _one(self, statement_id: str, *, voided: bool) -> bytes | None:
        try:
            _, found = self._store.by_id(statement_id)
        except ValueError:  # a StatementRef to something that is no UUID
            return None
        if found is None or found[1] is not voided or not self._is_theirs(found[2]):
            return None
        return found[2]

    def _is_theirs(self, payload: bytes) -> bool:
        authority = value_of(payload).get("authority")
        return not isinstance(authority, dict) or Authority(b"", authority).name != self._own


def _query(filters: Mapping[str, Any], ascending: bool, after: int | None) -> Query:
    def micros(name: str) -> int | None:
        return micros_of_timestamp(str(filters[name])) if filters.get(name) else None

    agent = filters.get("agent")
    return Query(
        agent=agent_name(agent) if agent else None,
        verb=filters.get("verb"),
        activity=filters.get("activity"),
        registration=filters.get("registration"),
        since=micros("since"),
        until=micros("until"),
        ascending=ascending,
        after=after,
    )


class Adapters(Mapping[str, Registered]):
    """Every kind of source by name. Raises ValueError where a package's SPEC names another kind."""

    def __init__(self, store: Store, own_authority: Mapping[str, Any]) -> None:
        self._store = store
        self._own_authority = own_authority

    def __getitem__(self, kind: str) -> Registered:
        entry = self._own() if kind == OWN else _far(FAR_ADAPTERS[kind])
        if entry.spec.kind != kind:
            raise ValueError(f"the adapter of the kind {entry.spec.kind!r} is listed as {kind!r}")
        return entry

    def __iter__(self) -> Iterator[str]:
        return iter((*FAR_ADAPTERS, OWN))

    def __len__(self) -> int:
        return len(FAR_ADAPTERS) + 1

    def _own(self) -> Registered:
        from lms_adapters import xapi_lrs

        reader = OwnRecords(self._store, self._own_authority)
        return Registered(xapi_lrs.OWN_SPEC, partial(xapi_lrs.make_own, reader=reader))


def _far(package: str) -> Registered:
    adapter = import_module(package)
    return Registered(adapter.SPEC, adapter.make)
