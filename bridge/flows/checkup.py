"""Is the ledger what it says? Recompute everybody and compare; rebuild the Merkle log and check its signature."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.domain.jp import shown
from bridge.engine.run import reconcile as compute
from bridge.flows.context import Context
from bridge.flows.inputs import inputs_for
from bridge.flows.reconcile import reconcile
from bridge.flows.recorded import RunRecord
from bridge.ledger.checkpoint import Checkpoint, verify_checkpoint
from bridge.ledger.entries import entry_leaf_hash
from bridge.ledger.merkle import Frontier
from bridge.store.feed import scope_of
from bridge.store.ledger_rows import all_entries, last_checkpoint
from bridge.store.touched import ALL
from bridge.store.unit import reading

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Divergence:
    """`differences` are entries that a full recomputation would write though nothing was touched: 0 where the
    ledger is right. `examples` name the first of them (person key, activity, year, JP)."""

    learners: int
    differences: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LogCheck:
    """`problem` is empty where each leaf is its entry's hash, the root is the last checkpoint's, and the
    signature is our key's. English: an auditor's finding, not a user's sentence."""

    entries: int
    root: str
    problem: str


def divergence(ctx: Context) -> Divergence:
    """What a full recomputation says beside the ledger. Whoever was touched must have been reconciled before;
    nothing is written."""
    ctx.progress.stage("recompute", None)
    with reading(ctx.store) as connection:
        scope = scope_of(connection, ctx.office.tenant, [ALL])
        inputs = inputs_for(ctx, connection, scope)
    rows = compute(inputs).difference.to_pylist()
    examples = tuple(
        f"{row['person_key']} {row['activity_key']} {row['year']} {shown(row['jp'])}".replace("\x1f", "·")
        for row in rows[:SHOWN]
    )
    return Divergence(inputs["learner"].num_rows, len(rows), examples)


def check_log(ctx: Context) -> LogCheck:
    """Every entry hashed anew, in order. Reads the ledger once, a batch at a time."""
    ctx.progress.stage("log", None)
    tenant = ctx.office.tenant
    public = ctx.signing_key().public_key()
    frontier = Frontier()
    with reading(ctx.store) as connection:
        signed = last_checkpoint(connection, tenant)
        for batch in all_entries(connection, tenant):
            leaves = []
            for entry, kept in batch:
                leaf = entry_leaf_hash(entry)
                if leaf.hex() != kept:
                    return LogCheck(frontier.size, "", f"entry {entry.entry_key!r} was changed")
                leaves.append(leaf)
            frontier = frontier.extended(leaves)
            ctx.progress.advance(len(leaves))
    if signed is None:
        return LogCheck(frontier.size, "", "" if frontier.size == 0 else "entries without a checkpoint")
    root = frontier.root().hex()
    if (signed.tree_size, signed.root_hash) != (frontier.size, root):
        told = f"the checkpoint says {signed.tree_size} entries, root {signed.root_hash[:12]}"
        return LogCheck(frontier.size, root, f"{told}; the ledger has {frontier.size}, root {root[:12]}")
    checkpoint = Checkpoint(
        tenant, signed.tree_size, frontier.root(), signed.signed_at, signed.key_id, signed.signature
    )
    genuine = verify_checkpoint(checkpoint, public)
    return LogCheck(frontier.size, root, "" if genuine else "the checkpoint's signature is not our key's")


def check_everything(ctx: Context, record: RunRecord) -> tuple[Divergence, LogCheck]:
    """Settle what was touched, then compare; disagreement stands in the run's errors."""
    reconciled = reconcile(ctx, record.run_id)
    found, log = divergence(ctx), check_log(ctx)
    record.counts["reconcile"] = reconciled.counts()
    record.counts["recompute"] = {"learners": found.learners, "differences": found.differences}
    record.counts["log"] = {"entries": log.entries, "root": log.root}
    if found.differences:
        record.counts["recompute"]["examples"] = " | ".join(found.examples)
        record.errors.append(
            {
                "code": "LEDGER-DIFFERS",
                "sentence": f"Hitung ulang menyimpang dari buku kredit pada {found.differences} entri. "
                "Jalankan: jpbridge reconcile --all, lalu kirim catatan proses ini kepada kami.",
                "english": f"A full recomputation differs from the ledger in {found.differences} entries. "
                "Run: jpbridge reconcile --all, then send us this run's record.",
            }
        )
    if log.problem:
        record.errors.append(
            {
                "code": "LOG-BROKEN",
                "sentence": f"Log Merkle tidak cocok: {log.problem}. Hentikan perubahan dan panggil auditor.",
                "english": f"The Merkle log does not agree: {log.problem}. Stop changes and call the auditor.",
            }
        )
    return found, log
