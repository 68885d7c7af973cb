"""The console's ports over the real rooms, and the whole web application: console, record store, health."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Sequence
from functools import partial

import orjson
import structlog
from starlette.applications import Starlette

from bridge.bootstrap.installation import VERSION, Installation
from bridge.bootstrap.record_store import instant, micros
from bridge.domain.jp import to_hundredths
from bridge.errors import BridgeError, RetryLater
from bridge.flows.context import Silent
from bridge.flows.explain import explain_learner
from bridge.flows.night import night
from bridge.store.people import nips_of_person
from bridge.store.runs import last_run
from bridge.store.unit import reading
from bridge.web.app import make_app
from bridge.web.context import ExplainedStep, FoundStatement, StatementQuery, WebContext
from xapi.lrs.app import make_lrs
from xapi.model.facets import agent_name
from xapi.store.store import Query

log = structlog.get_logger("console")


def _statement_search(opened: Installation, query: StatementQuery) -> Sequence[FoundStatement]:
    """The store's own search; a person is sought under every NIP that the roster gives."""
    store = opened.records.store
    if query.statement_id is not None:
        _, found = store.by_id(query.statement_id)
        if found is None:
            return []
        stored, voided, document = found
        return [FoundStatement(query.statement_id, instant(stored), voided, document)]
    agents: list[str | None] = [None]
    if query.person_key is not None:
        with reading(opened.store) as connection:
            names = nips_of_person(connection, opened.settings.tenant, query.person_key)
        home = opened.settings.agent_home_page
        agents = [
            agent_name({"account": {"homePage": home, "name": name}}) for name in (*names, query.person_key)
        ]
    rows: dict[int, bytes] = {}
    for agent in agents:
        asked = Query(
            agent=agent,
            verb=query.verb,
            activity=query.activity,
            since=micros(query.since),
            until=micros(query.until),
        )
        rows |= dict(store.find(asked, query.limit)[1].statements)
    newest = sorted(rows.items(), reverse=True)[: query.limit]
    return [
        FoundStatement(orjson.loads(document)["id"], instant(stored), False, document)
        for stored, document in newest
    ]


def _explained(opened: Installation, learner_id: int, year: int, language: str) -> list[ExplainedStep]:
    told = explain_learner(opened.context(Silent()), learner_id, year=year, language=language)
    return [ExplainedStep(step.title, step.sentence, step.columns, step.rows) for step in told.steps]


def _run_now(opened: Installation, who: str) -> str:
    """Start a night in a thread of its own and return once it is on record; what goes wrong stands there."""
    ctx = opened.context(Silent())
    run_id = str(uuid.uuid4())

    def work() -> None:
        try:
            night(ctx, started_by=f"console:{who}", run_id=run_id)
        except BridgeError as error:
            log.warning("run from the console ended", code=error.code)

    thread = threading.Thread(target=work, name="run-now", daemon=True)
    thread.start()
    for _ in range(100):
        with reading(opened.store) as connection:
            newest = last_run(connection, opened.settings.tenant, "night")
        if newest is not None and newest["run_id"] == run_id:
            return run_id
        if not thread.is_alive():
            break
        time.sleep(0.1)
    raise RetryLater(
        "RUN-IN-PROGRESS",
        "Proses lain sedang berjalan. Tunggu sampai selesai, lalu coba lagi.",
        "Another run is in progress. Wait until it ends, then try again.",
    )


def web_application(opened: Installation) -> Starlette:
    """The console at `/`, the record store at `/xapi`, health at `/healthz`."""
    context = WebContext(
        engine=opened.store,
        secret_key=opened.web_secret(),
        tenant=opened.settings.tenant,
        version=VERSION,
        clock=opened.clock,
        language=opened.settings.language,
        approval_jp=to_hundredths(opened.settings.approval_jp),
        lrs=make_lrs(opened.records.store),
        statement_search=partial(_statement_search, opened),
        explain=partial(_explained, opened),
        run_now=partial(_run_now, opened),
    )
    return make_app(context)
