"""The engine's inputs: what the store holds of a scope, with the rules in force."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
from sqlalchemy import Connection

from bridge.domain.clock import day_in_zone
from bridge.engine.rules import RuleSet, read_rules, rule_table, title_word_table
from bridge.errors import RefuseInput
from bridge.flows.context import Context
from bridge.store.arrow_scan import RowScan, Scan
from bridge.store.catalogue import load_rule_documents
from bridge.store.feed import Scope, engine_inputs
from bridge.store.moves import earlier_completions


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


def inputs_for(
    ctx: Context, connection: Connection, scope: Scope, scan: Scan | None = None
) -> dict[str, pa.Table]:
    """The engine's inputs for a scope, through `scan` (None: through the connection, for a handful)."""
    found = engine_inputs(
        scan or RowScan(connection), ctx.office.tenant, scope, zone=ctx.office.zone, as_of=today_of(ctx)
    )
    keys = None if scope.everybody else found["completion"]["evidence_key"].to_pylist()
    moves = {"earlier_completion": earlier_completions(connection, ctx.office.tenant, keys)}
    return found | moves | rule_inputs(connection, ctx.office.tenant)


def today_of(ctx: Context) -> date:
    return day_in_zone(ctx.clock(), ctx.office.zone)


def rule_inputs(connection: Connection, tenant: str) -> dict[str, pa.Table]:
    rules = active_rules(connection, tenant)
    return {"rule": rule_table(rules), "title_word": title_word_table(rules)}
