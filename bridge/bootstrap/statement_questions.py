"""An auditor's questions to the record store: which queries of it answer for a person and a programme."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from bridge.bootstrap.installation import Installation
from bridge.bootstrap.record_store import micros
from bridge.reports.ledger_entries import activities_of_programme
from bridge.statements.build import Naming
from bridge.store.people import nips_of_person
from bridge.store.unit import reading
from xapi.lrs.export import SHAPES, each_statement
from xapi.lrs.questions import day_named
from xapi.model.facets import agent_name
from xapi.store.store import Query


class Asked(Protocol):
    """What a question has: see bridge.web.context.StatementQuery."""

    @property
    def person_key(self) -> str | None: ...
    @property
    def programme(self) -> str | None: ...
    @property
    def verb(self) -> str | None: ...
    @property
    def activity(self) -> str | None: ...
    @property
    def since(self) -> datetime | None: ...
    @property
    def until(self) -> datetime | None: ...


def queries_of(opened: Installation, asked: Asked) -> list[Query]:
    """A person is sought under every NIP that the roster gives, a programme under every activity of it. The
    answer is what any of the queries finds; none where no activity has such a title."""
    settings = opened.settings
    agents: list[str | None] = [None]
    activities: list[str | None] = [asked.activity]
    with reading(opened.store) as connection:
        if asked.person_key is not None:
            names = (*nips_of_person(connection, settings.tenant, asked.person_key), asked.person_key)
            home = settings.agent_home_page
            agents = [agent_name({"account": {"homePage": home, "name": name}}) for name in names]
        if asked.programme is not None:
            naming = Naming(settings.activity_base, settings.agent_home_page)
            keys = activities_of_programme(connection, settings.tenant, asked.programme)
            named = [naming.activity(key) for key in keys]
            activities = [one for one in named if asked.activity in (None, one)]
    return [
        Query(
            agent=agent,
            verb=asked.verb,
            activity=activity,
            since=micros(asked.since),
            until=micros(asked.until),
        )
        for agent in agents
        for activity in activities
    ]


def exported(opened: Installation, asked: Asked, shape: str) -> tuple[str, Iterator[bytes]]:
    """(media type, the file in pieces) in one of `xapi.lrs.export.SHAPES`; memory does not grow with it."""
    write, media_type = SHAPES[shape]
    return media_type, write(each_statement(opened.records.store, queries_of(opened, asked)))


def counted(opened: Installation, asked: Asked, by: str) -> Sequence[tuple[str, int]]:
    """(verb, activity or day of the tenant's zone, statements) that answer the question."""
    ahead = opened.clock().astimezone(ZoneInfo(opened.settings.zone)).utcoffset() or timedelta()
    shift = ahead // timedelta(microseconds=1)
    sums: dict[str, int] = {}
    for query in queries_of(opened, asked):
        for what, number in opened.records.store.counts(query, by, shift=shift):
            name = day_named(what) if by == "day" else str(what)
            sums[name] = sums.get(name, 0) + number
    if by == "day":
        return sorted(sums.items())
    return sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))
