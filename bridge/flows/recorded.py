"""A run is a record: who started it, what runs, how long each stage took, what changed and what went wrong."""

from __future__ import annotations

import platform
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from typing import Any

from bridge.errors import BridgeError
from bridge.flows.context import Context
from bridge.flows.live import Live
from bridge.log_lines import Log, bound_to_lines
from bridge.store.runs import begin_run, end_run, run_lock
from bridge.store.unit import unit
from bridge.tracing import span

log = Log("run")


@dataclass(slots=True)
class RunRecord:
    """Filled while a run goes on, written at its end."""

    run_id: str
    counts: dict[str, Any] = field(default_factory=dict)
    errors: list[dict[str, str]] = field(default_factory=list)


def versions() -> dict[str, str]:
    """What the numbers of a run were made with."""
    return {
        "python": platform.python_version(),
        "duckdb": version("duckdb"),
        "sqlite": sqlite3.sqlite_version,
    }


@contextmanager
def recorded_run(
    ctx: Context,
    job: str,
    *,
    started_by: str,
    scheduled_for: datetime | None = None,
    run_id: str | None = None,
) -> Iterator[RunRecord]:
    """A run under the tenant's lock. It ends as `done`, or as `failed` where an error went through or an
    error stands in the record."""
    with run_lock(ctx.store, ctx.office.tenant, ctx.home):
        with unit(ctx.store) as connection:
            run_id = begin_run(
                connection,
                ctx.office.tenant,
                job,
                started_by=started_by,
                version=ctx.version,
                now=ctx.clock(),
                scheduled_for=scheduled_for,
                run_id=run_id,
            )
        record = RunRecord(run_id)
        named = {"run_id": run_id, "tenant": ctx.office.tenant, "job": job}
        with bound_to_lines(**named), span(f"run {job}", **named) as traced:
            _live(ctx, record)
            log.info("run begins", started_by=started_by)
            try:
                yield record
            except BridgeError as error:
                record.errors.append(error_facts(error))
                with suppress(BridgeError):  # a full disk takes no record either; the first error is the one
                    _end(ctx, record, "failed")
                raise
            except BaseException as error:
                record.errors.append({"code": "UNEXPECTED", "english": repr(error), "sentence": repr(error)})
                with suppress(BridgeError):
                    _end(ctx, record, "failed")
                raise
            if record.errors:
                traced.fail(record.errors[0].get("code", ""))
            _end(ctx, record, "failed" if record.errors else "done")


def _live(ctx: Context, record: RunRecord) -> None:
    if isinstance(ctx.progress, Live):
        ctx.progress.begin(record.run_id)


def _end(ctx: Context, record: RunRecord, state: str) -> None:
    if isinstance(ctx.progress, Live):
        record.counts["stages"] = ctx.progress.end()
    record.counts["versions"] = versions()
    log.info("run ends", state=state, errors=[error.get("code", "") for error in record.errors])
    with unit(ctx.store) as connection:
        end_run(
            connection,
            record.run_id,
            state=state,
            counts=record.counts,
            errors=record.errors,
            now=ctx.clock(),
        )


def error_facts(error: BridgeError) -> dict[str, str]:
    return {
        "code": error.code,
        "sentence": error.sentence,
        "english": error.english,
        "where": error.where,
    }
