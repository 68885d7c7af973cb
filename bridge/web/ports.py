"""The console's ports over the real rooms, and the whole web application: console, record store, health."""

from __future__ import annotations

import shutil
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

import orjson
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.types import ASGIApp

from bridge.bootstrap.installation import VERSION, Installation
from bridge.bootstrap.record_store import instant
from bridge.bootstrap.statement_questions import counted, exported, queries_of
from bridge.bootstrap.tenants import backup_folder, tenant_codes
from bridge.domain.jp import to_hundredths
from bridge.errors import BridgeError, RefuseInput, RetryLater
from bridge.flows.backup import NAME, listed_backups
from bridge.flows.context import Silent
from bridge.log_lines import Log
from bridge.reports.metrics import Surroundings, exposition, metric_families
from bridge.store.migrate import current_revision, newest_revision
from bridge.store.runs import last_run
from bridge.store.unit import reading
from bridge.web.app import make_app
from bridge.web.context import (
    AlertDesk,
    ExplainedStep,
    FoundStatement,
    JobBoard,
    StatementQuery,
    WebContext,
)
from bridge.web.tenant_records import TenantRecords
from xapi.errors import XapiError
from xapi.lrs.app import make_lrs

log = Log("console")

MakeAlertDesk = Callable[[Installation], AlertDesk]
MakeBoard = Callable[[Installation], JobBoard]
DoJob = Callable[[Installation, str, str, str], None]
"""(installation, job, source, started_by): does it here and now."""
READY_BYTES = 100 * 2**20


def _statement_search(opened: Installation, query: StatementQuery) -> Sequence[FoundStatement]:
    """The store's own search; see `queries_of`."""
    store = opened.records.store
    if query.statement_id is not None:
        _, found = store.by_id(query.statement_id)
        if found is None:
            return []
        stored, voided, document = found
        return [FoundStatement(query.statement_id, instant(stored), voided, document)]
    rows: dict[int, bytes] = {}
    for asked in queries_of(opened, query):
        rows |= dict(store.find(asked, query.limit)[1].statements)
    newest = sorted(rows.items(), reverse=True)[: query.limit]
    return [
        FoundStatement(orjson.loads(document)["id"], instant(stored), False, document)
        for stored, document in newest
    ]


def _explained(opened: Installation, learner_id: int, year: int, language: str) -> list[ExplainedStep]:
    from bridge.flows.explain import explain_learner  # the engine, which most pages do without

    told = explain_learner(opened.context(Silent()), learner_id, year=year, language=language)
    return [ExplainedStep(step.title, step.sentence, step.columns, step.rows) for step in told.steps]


def _run_now(opened: Installation, who: str) -> str:
    """Start a night in a thread of its own and return once it is on record; what goes wrong stands there."""
    from bridge.flows.night import night

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


def _run_job(opened: Installation, run_job: DoJob, name: str, source: str, who: str) -> None:
    """In a thread of its own; what goes wrong stands in the run's record, or is logged where none was begun."""

    def work() -> None:
        try:
            run_job(opened, name, source, f"console:{who}")
        except BridgeError as error:
            log.warning("job from the console ended", job=name, code=error.code)

    threading.Thread(target=work, name=f"job-{name}", daemon=True).start()


def _metrics(opened: Installation) -> bytes:
    backups = listed_backups(backup_folder(opened.home, opened.main))
    taken = NAME.fullmatch(backups[0].name) if backups else None
    moment = datetime.strptime(f"{taken[1]}{taken[2]}+0000", "%Y%m%d%H%M%S%z") if taken else None
    around = Surroundings(VERSION, opened.home, moment, opened.clock())
    with reading(opened.store) as connection:
        return exposition(metric_families(connection, around))


def _is_ready(opened: Installation) -> dict[str, bool]:
    parts = {"database": False, "schema": False, "record_store": False, "disk": False}
    try:
        parts["schema"] = current_revision(opened.store) == newest_revision()
        parts["database"] = True
        opened.records.store.consistent_through()
        parts["record_store"] = True
    except (SQLAlchemyError, XapiError) as error:
        log.warning("not ready", reason=type(error).__name__)
    parts["disk"] = shutil.disk_usage(opened.home).free > READY_BYTES
    return parts


class _Offices:
    """bridge.web.context.Offices: each tenant's context is made at its first visitor."""

    def __init__(self, main: Installation, make: Callable[[Installation], WebContext]) -> None:
        self._main, self._make = main, make
        self._known: dict[str, WebContext] = {}
        self._opened: dict[str, Installation] = {main.settings.tenant: main}
        self._lock = threading.Lock()

    def context(self, tenant: str) -> WebContext | None:
        with self._lock:
            if tenant in self._known:
                return self._known[tenant]
            if tenant not in self._opened:
                try:
                    self._opened[tenant] = self._main.of_tenant(tenant)
                except RefuseInput:
                    return None
            self._known[tenant] = self._make(self._opened[tenant])
            return self._known[tenant]

    def close(self) -> None:
        """The record stores that were opened here; the main installation is its owner's."""
        for code, opened in self._opened.items():
            if code != self._main.settings.tenant:
                opened.records.close()

    def record_store(self, tenant: str) -> ASGIApp | None:
        found = self.context(tenant)
        return None if found is None else found.lrs

    def tenant_of_key(self, key: str) -> str | None:
        """The tenant whose record store has the key; the main one's is asked first."""
        codes = tenant_codes(self._main.store)
        for code in sorted(codes, key=lambda one: one != self._main.settings.tenant):
            if self.context(code) is not None and self._opened[code].records.has_key(key):
                return code
        return None


def _tenant_context(
    opened: Installation, jobs: MakeBoard | None, run_job: DoJob | None, alerts: MakeAlertDesk | None
) -> WebContext:
    token = opened.secret(opened.main.metrics_token) if opened.main.metrics_token else ""
    return WebContext(
        engine=opened.store,
        secret_key=opened.web_secret(),
        tenant=opened.settings.tenant,
        version=VERSION,
        clock=opened.clock,
        language=opened.settings.language,
        approval_jp=to_hundredths(opened.settings.approval_jp),
        lrs=make_lrs(opened.records.store),
        statement_search=partial(_statement_search, opened),
        statement_export=partial(exported, opened),
        statement_counts=partial(counted, opened),
        explain=partial(_explained, opened),
        run_now=partial(_run_now, opened),
        flows=opened.context(Silent()),
        home=opened.home,
        jobs=jobs(opened) if jobs is not None else None,
        run_job=partial(_run_job, opened, run_job) if run_job is not None else None,
        alert_desk=alerts(opened) if alerts is not None else None,
        metrics=partial(_metrics, opened),
        metrics_token=token,
        is_ready=partial(_is_ready, opened),
    )


def web_application(
    opened: Installation,
    *,
    jobs: MakeBoard | None = None,
    run_job: DoJob | None = None,
    alerts: MakeAlertDesk | None = None,
) -> Starlette:
    """The console at `/` for every tenant, the record stores at `/xapi`, health at `/healthz` and `/readyz`,
    numbers at `/metrics`. Close `app.state.offices` when it serves no more. `jobs`, `run_job` and `alerts` come from
    the scheduler; without them the console shows none."""
    offices = _Offices(opened, partial(_tenant_context, jobs=jobs, run_job=run_job, alerts=alerts))
    main = offices.context(opened.settings.tenant)
    if main is None or main.lrs is None:
        raise RuntimeError("the main tenant is always there")
    records = TenantRecords(main.lrs, offices.record_store, offices.tenant_of_key)
    app = make_app(replace(main, lrs=records, offices=offices))
    app.state.offices = offices
    return app
