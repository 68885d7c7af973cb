"""The Merkle log grows with the ledger, in the ledger's own transaction, and each growth is signed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from bridge.domain.credit import LedgerEntry
from bridge.flows.context import Context
from bridge.ledger.checkpoint import sign_checkpoint
from bridge.ledger.entries import entry_leaf_hash
from bridge.ledger.merkle import Frontier
from bridge.store.ledger_rows import insert_checkpoint, last_checkpoint


def extend_log(
    ctx: Context, connection: Connection, entries: Sequence[LedgerEntry], now: datetime
) -> list[str]:
    """Append the entries' leaves in order and sign the new state. Returns the leaf hashes in hexadecimal."""
    tenant = ctx.office.tenant
    before = last_checkpoint(connection, tenant)
    frontier = Frontier()
    if before is not None:
        frontier = Frontier(before.tree_size, tuple(bytes.fromhex(part) for part in before.frontier))
    leaves = [entry_leaf_hash(entry) for entry in entries]
    frontier = frontier.extended(leaves)
    signed = sign_checkpoint(tenant, frontier, now, ctx.signing_key())
    insert_checkpoint(
        connection,
        tenant,
        tree_size=signed.tree_size,
        root_hash=signed.root.hex(),
        frontier=[part.hex() for part in frontier.hashes],
        signed_at=now,
        key_id=signed.key_id,
        signature=signed.signature,
    )
    return [leaf.hex() for leaf in leaves]
