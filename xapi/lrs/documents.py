"""The State, Agent Profile and Activity Profile Resources (xAPI Part 3 2.2, 2.3, 2.6, 2.7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from xapi.errors import BadRequest, Conflict, NotFound, PreconditionFailed
from xapi.lrs import parameters
from xapi.lrs.access import demand
from xapi.lrs.answers import Answer
from xapi.lrs.exchange import Exchange
from xapi.model.facets import agent_name
from xapi.model.formats import http_date_of_micros
from xapi.model.version import Version
from xapi.store.credentials import Credential
from xapi.store.documents import Document, Documents, Guard, Place
from xapi.store.store import Store

_CONCURRENCY = "xAPI Part 3 3.1"
_OCTETS = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document: which parameters say whose it is, and which one names it."""

    space: str
    owners: tuple[str, ...]
    name: str
    scope: str
    registrations: bool = False
    deletes_all: bool = False
    guarded: bool = True  # whether 1.0.3 asks for an ETag when a PUT overwrites

    @property
    def places(self) -> tuple[str, ...]:
        return self.owners + (("registration",) if self.registrations else ())


STATE = Kind(
    "state",
    ("activityId", "agent"),
    "stateId",
    "state",
    registrations=True,
    deletes_all=True,
    guarded=False,
)
AGENT_PROFILE = Kind("agent_profile", ("agent",), "profileId", "profile")
ACTIVITY_PROFILE = Kind("activity_profile", ("activityId",), "profileId", "profile")


class DocumentResource:
    def __init__(self, store: Store, kind: Kind) -> None:
        self._documents: Documents = store.documents
        self._kind = kind

    def get(self, exchange: Exchange, credential: Credential) -> Answer:
        demand(credential, self._kind.scope, "all/read")
        place = self._place(exchange)
        name = exchange.parameters.get(self._kind.name)
        if name is None:
            exchange.allow_only((*self._kind.places, "since"))
            return self._names(exchange, place)
        exchange.allow_only((*self._kind.places, self._kind.name))
        document = self._documents.get(place, name)
        if document is None:
            raise NotFound("document_not_found", path=self._kind.name, clause="xAPI Part 3 2.2")
        headers = {
            "Content-Type": document.content_type,
            "ETag": f'"{document.etag}"',
            "Last-Modified": http_date_of_micros(document.updated),
        }
        if _names(exchange.headers, "if-none-match", document.etag):
            return Answer(304, b"", headers)
        return Answer(200, document.content, headers)

    def _names(self, exchange: Exchange, place: Place) -> Answer:
        """The names of the documents, of those updated after `since`."""
        found = self._documents.names(place, parameters.timestamp(exchange, "since"))
        headers = {"Last-Modified": http_date_of_micros(max(at for _, at in found))} if found else {}
        names = list(dict.fromkeys(name for name, _ in found))
        return Answer.of_json(names, headers=headers)

    def put(self, exchange: Exchange, credential: Credential) -> Answer:
        place, name = self._one(exchange, credential)
        # xAPI Part 3 3.1: a PUT to a profile "MUST include" one of the two headers; IEEE 9274.1.1 4.1.4 asks
        # for it in all three resources, but only where a document would be overwritten.
        second = exchange.spoken is Version.V2
        guard = _guard(
            exchange,
            overwriting=self._kind.guarded or second,
            announced=self._kind.guarded and not second,
        )
        self._documents.put(place, name, _type_of(exchange), exchange.body, guard)
        return Answer(204)

    def post(self, exchange: Exchange, credential: Credential) -> Answer:
        place, name = self._one(exchange, credential)
        self._documents.post(place, name, _type_of(exchange), exchange.body, _guard(exchange))
        return Answer(204)

    def delete(self, exchange: Exchange, credential: Credential) -> Answer:
        if self._kind.deletes_all and self._kind.name not in exchange.parameters:
            demand(credential, self._kind.scope)
            exchange.allow_only(self._kind.places)
            self._documents.delete_all(self._place(exchange))
            return Answer(204)
        place, name = self._one(exchange, credential)
        self._documents.delete(place, name, _guard(exchange))
        return Answer(204)

    def _one(self, exchange: Exchange, credential: Credential) -> tuple[Place, str]:
        demand(credential, self._kind.scope)
        exchange.allow_only((*self._kind.places, self._kind.name))
        return self._place(exchange), exchange.required(self._kind.name)

    def _place(self, exchange: Exchange) -> Place:
        owner: list[str] = []
        known_by = None
        for name in self._kind.owners:
            exchange.required(name)
            if name == "agent":
                known_by = agent_name(parameters.agent(exchange) or {}) or ""
                owner.append(known_by)
            else:
                owner.append(parameters.iri(exchange, name) or "")
        registration = parameters.uuid(exchange, "registration") if self._kind.registrations else None
        return Place(self._kind.space, tuple(owner), registration, known_by)


def _type_of(exchange: Exchange) -> str:
    return exchange.headers.get("content-type") or _OCTETS


def _tags(headers: Mapping[str, str], name: str) -> list[str] | None:
    """The entity tags of If-Match or If-None-Match, without quotes and `W/`; `*` stands for itself."""
    said = headers.get(name)
    if said is None:
        return None
    return [tag.strip().removeprefix("W/").strip('"') for tag in said.split(",")]


def _names(headers: Mapping[str, str], name: str, etag: str) -> bool:
    tags = _tags(headers, name)
    return tags is not None and ("*" in tags or etag in tags)


def _guard(exchange: Exchange, *, overwriting: bool = False, announced: bool = False) -> Guard:
    """The preconditions of a request (RFC 9110 13.1, xAPI Part 3 3.1).

    `overwriting`: a PUT that would replace a document must say which one it has seen. `announced`: a PUT of
    a new document must say that it expects none.
    """
    match = _tags(exchange.headers, "if-match")
    none_match = _tags(exchange.headers, "if-none-match")

    def check(kept: Document | None) -> None:
        if match is not None and (kept is None or not _names(exchange.headers, "if-match", kept.etag)):
            raise PreconditionFailed("precondition", path="If-Match", clause=_CONCURRENCY)
        if none_match is not None and kept and _names(exchange.headers, "if-none-match", kept.etag):
            raise PreconditionFailed("precondition", path="If-None-Match", clause=_CONCURRENCY)
        if match is not None or none_match is not None:
            return
        if overwriting and kept is not None:
            raise Conflict("document_etag_needed", path="If-Match", clause=_CONCURRENCY)
        if announced and kept is None:
            raise BadRequest("document_etag_needed", path="If-None-Match", clause=_CONCURRENCY)

    return check
