"""Reconcile: evidence, rules and decisions become the credits that ought to stand; the ledger receives only
the difference, with its findings, outbox rows and checkpoint, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
import pyarrow as pa
from sqlalchemy import Connection

from bridge.domain.clock import day_in_zone
from bridge.domain.finding import Finding
from bridge.engine.rules import RuleSet, read_rules, rule_table, title_word_table
from bridge.engine.run import EngineResult
from bridge.engine.run import reconcile as compute
from bridge.errors import RefuseInput
from bridge.flows.checkpoints import extend_log
from bridge.flows.context import Context
from bridge.ledger.entries import entries_from_difference
from bridge.store.catalogue import load_rule_documents
from bridge.store.feed import Scope, engine_inputs, scope_of
from bridge.store.finding_rows import FindingCounts, sync_findings
from bridge.store.ledger_rows import insert_entries
from bridge.store.people import nip_of_learners
from bridge.store.touched import ALL, read_touched, settle
from bridge.store.unit import reading, unit


@dataclass(slots=True)
class ReconcileReport:
    """What one reconciliation did."""

    everybody: bool = False
    learners: int = 0
    completions: int = 0
    attendances: int = 0
    desired: int = 0
    entries: int = 0
    jp: int = 0
    findings: FindingCounts = field(default_factory=FindingCounts)

    def counts(self) -> dict[str, Any]:
        return {
            "everybody": self.everybody,
            "learners": self.learners,
            "completions": self.completions,
            "attendances": self.attendances,
            "desired": self.desired,
            "entries": self.entries,
            "jp": self.jp,
            "findings_opened": self.findings.opened,
            "findings_closed": self.findings.closed,
        }


def active_rules(connection: Connection, tenant: str) -> list[RuleSet]:
    """The activated rule sets, one a day of entry into force. Raises RefuseInput where there is none."""
    documents = load_rule_documents(connection, tenant)
    if not documents:
        raise RefuseInput(
            "RULES-MISSING",
            "Belum ada aturan yang diaktifkan. Jalankan: jpbridge init.",
            "No rule set has been activated. Run: jpbridge init.",
        )
    # oldest first: of two sets that begin on the same day the one activated later replaces the other
    newest = {rules.effective_from: rules for rules in map(read_rules, documents)}
    return list(newest.values())


def inputs_for(ctx: Context, connection: Connection, scope: Scope) -> dict[str, pa.Table]:
    rules = active_rules(connection, ctx.office.tenant)
    inputs = engine_inputs(
        connection,
        ctx.office.tenant,
        scope,
        zone=ctx.office.zone,
        as_of=day_in_zone(ctx.clock(), ctx.office.zone),
    )
    return inputs | {"rule": rule_table(rules), "title_word": title_word_table(rules)}


def reconcile(ctx: Context, run_id: str, *, everybody: bool = False) -> ReconcileReport:
    """Recompute whoever was touched since the last time (or everybody) and write the difference.

    What is touched while this runs stays touched. A kill before the commit leaves the ledger as it was and
    the touched marks in place; a kill after it leaves nothing to do.
    """
    report = ReconcileReport()
    tenant = ctx.office.tenant
    ctx.progress.stage("reconcile", None)
    with reading(ctx.store) as connection:
        touched = read_touched(connection, tenant)
        scope = scope_of(connection, tenant, [ALL] if everybody else touched)
        if scope.empty:
            return report
        inputs = inputs_for(ctx, connection, scope)
        nips = nip_of_learners(connection, tenant)
    result = compute(inputs)
    now = ctx.clock()
    report.everybody = scope.everybody
    report.learners = inputs["learner"].num_rows
    report.completions = inputs["completion"].num_rows
    report.attendances = inputs["attendance"].num_rows
    report.desired = result.desired.num_rows
    with unit(ctx.store) as connection:
        _write(ctx, connection, result, report, nips, run_id, now)
        report.findings = sync_findings(
            connection,
            tenant,
            findings_of(result.finding),
            in_scope=_scope_test(scope, inputs),
            now=now,
        )
        settle(connection, tenant, touched)
    return report


def _write(
    ctx: Context,
    connection: Connection,
    result: EngineResult,
    report: ReconcileReport,
    nips: dict[int, str],
    run_id: str,
    now: datetime,
) -> None:
    rows = result.difference.to_pylist()
    people = {row["learner_id"]: row["person_key"] for row in rows}
    entries = entries_from_difference(rows, people, now, run_id)
    report.entries = len(entries)
    report.jp = sum(entry.jp for entry in entries)
    if not entries:
        return
    hashes = extend_log(ctx, connection, entries, now)
    names = {entry.learner_id: nips.get(entry.learner_id, entry.person_key) for entry in entries}
    insert_entries(
        connection, ctx.office.tenant, entries, leaf_hashes=hashes, agent_names=names, run_id=run_id
    )


def findings_of(table: pa.Table) -> Iterable[Finding]:
    for row in table.to_pylist():
        yield Finding(row["code"], row["subject"], row["learner_id"], orjson.loads(row["params"]))


def _scope_test(scope: Scope, inputs: dict[str, pa.Table]) -> Any:
    """Which open findings this run could have found again. Those about sources belong to the pull."""
    evidence = set(inputs["completion"]["evidence_key"].to_pylist())
    evidence |= set(inputs["attendance"]["evidence_key"].to_pylist())

    def in_scope(row: Any) -> bool:
        if row.subject.startswith("source:"):
            return False
        if scope.everybody or row.learner_id in scope.learner_ids or row.subject in evidence:
            return True
        return bool(row.subject.startswith("nip:")) and row.subject.removeprefix("nip:") in scope.nips

    return in_scope
