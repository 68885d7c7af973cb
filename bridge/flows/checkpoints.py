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


class LogGrowth:
    """The log as it grows in one transaction: entries are appended in parts, then the new state is signed."""

    def __init__(self, ctx: Context, connection: Connection) -> None:
        self._ctx, self._connection = ctx, connection
        before = last_checkpoint(connection, ctx.office.tenant)
        self._frontier = Frontier()
        if before is not None:
            hashes = tuple(bytes.fromhex(part) for part in before.frontier)
            self._frontier = Frontier(before.tree_size, hashes)

    def append(self, entries: Sequence[LedgerEntry]) -> list[str]:
        """Append the entries' leaves in order. Returns the leaf hashes in hexadecimal."""
        leaves = [entry_leaf_hash(entry) for entry in entries]
        self._frontier = self._frontier.extended(leaves)
        return [leaf.hex() for leaf in leaves]

    def sign(self, now: datetime) -> None:
        tenant = self._ctx.office.tenant
        signed = sign_checkpoint(tenant, self._frontier, now, self._ctx.signing_key())
        insert_checkpoint(
            self._connection,
            tenant,
            tree_size=signed.tree_size,
            root_hash=signed.root.hex(),
            frontier=[part.hex() for part in self._frontier.hashes],
            signed_at=now,
            key_id=signed.key_id,
            signature=signed.signature,
        )
