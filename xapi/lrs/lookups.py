"""The Agents, Activities and About Resources (xAPI Part 3 2.4, 2.5, 2.8)."""

from __future__ import annotations

from typing import Any

from xapi.lrs import parameters
from xapi.lrs.access import demand
from xapi.lrs.answers import Answer
from xapi.lrs.exchange import Exchange
from xapi.store.credentials import Credential
from xapi.store.store import Store

_READING = ("statements/read", "statements/read/mine", "state", "profile", "all/read")
VERSIONS = ("2.0.0", "1.0.3", "1.0.2", "1.0.1", "1.0.0")


class Lookups:
    def __init__(self, store: Store) -> None:
        self._store = store

    def agents(self, exchange: Exchange, credential: Credential) -> Answer:
        """A Person: all that is known of an agent."""
        demand(credential, *_READING)
        exchange.allow_only(("agent",))
        exchange.required("agent")
        return Answer.of_json(self._store.person(parameters.agent(exchange) or {}))

    def activities(self, exchange: Exchange, credential: Credential) -> Answer:
        """The activity with its canonical definition; bare where nothing is known of it."""
        demand(credential, *_READING)
        exchange.allow_only(("activityId",))
        exchange.required("activityId")
        iri = parameters.iri(exchange, "activityId") or ""
        shown: dict[str, Any] = {"objectType": "Activity", "id": iri}
        definition = self._store.definitions([iri]).get(iri)
        if definition:
            shown["definition"] = definition
        return Answer.of_json(shown)

    def about(self, exchange: Exchange) -> Answer:
        exchange.allow_only(())
        return Answer.of_json({"version": list(VERSIONS)})
