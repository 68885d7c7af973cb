"""The adapters of an installation, and the reader by which one of them sees our own record store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from lms_adapters import canvas, files, kolibri, moodle, moodle_csv, openedx, scorm_cloud, xapi_lrs
from lms_adapters.registry import Registered, registry
from xapi.client.client import Page
from xapi.model.facets import agent_name
from xapi.model.formats import micros_of_timestamp, timestamp_of_micros
from xapi.model.submission import Authority
from xapi.model.wire import value_of
from xapi.store.store import Query, Store

PAGE = 500
FAR_ADAPTERS = (
    Registered(moodle.SPEC, moodle.make),
    Registered(moodle_csv.SPEC, moodle_csv.make),
    Registered(xapi_lrs.SPEC, xapi_lrs.make),
    Registered(kolibri.SPEC, kolibri.make),
    Registered(canvas.SPEC, canvas.make),
    Registered(openedx.SPEC, openedx.make),
    Registered(scorm_cloud.SPEC, scorm_cloud.make),
    Registered(files.SPEC, files.make),
)


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


def adapters_of(store: Store, own_authority: Mapping[str, Any]) -> Mapping[str, Registered]:
    """Every kind of source by name. Raises ValueError where two claim one kind."""
    own = partial(xapi_lrs.make_own, reader=OwnRecords(store, own_authority))
    return registry((*FAR_ADAPTERS, Registered(xapi_lrs.OWN_SPEC, own)))
