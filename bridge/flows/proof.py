"""Writing a proof bundle: everything about one person's credits that an auditor can check without us."""

from __future__ import annotations

import uuid
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from bridge.domain.credit import EntryKind
from bridge.domain.keys import STATEMENT_NAMESPACE, spell, statement_id
from bridge.errors import RefuseInput
from bridge.flows.context import Context
from bridge.identity.nip import read_nip
from bridge.ledger.checkpoint import Checkpoint, key_id_of
from bridge.ledger.proof import ProvedEntry, bundle_files, inclusion_paths
from bridge.store.backing import backing_of, events_of_evidence
from bridge.store.confirmations import Confirmation
from bridge.store.ledger_rows import (
    earlier_statements,
    entries_of_learner,
    last_checkpoint,
    leaf_hashes,
)
from bridge.store.people import learner_of_nip
from bridge.store.sheets import Attachment
from bridge.store.unit import reading


@dataclass(frozen=True, slots=True)
class ProofReport:
    """What was written; `tree_size` the entries of the signed ledger, `key_id` the key's number to publish."""

    path: Path
    entries: int
    statements: int
    tree_size: int
    key_id: str


def write_proof(ctx: Context, nip: str, target: Path) -> ProofReport:
    """Write the bundle to a new folder, or to a new `.zip`. Raises RefuseInput where nobody has the NIP, the person
    has no entries, or the target is there already."""
    files, report = proof_files(ctx, nip, target)
    if target.exists() and (target.is_file() or any(target.iterdir())):
        raise RefuseInput(
            "PROOF-EXISTS",
            f"{target} sudah ada. Pilih tempat lain dengan --to.",
            f"{target} is there already. Choose another place with --to.",
            where=str(target),
        )
    if target.suffix == ".zip":
        with zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED) as archive:
            for name, body in sorted(files.items()):
                # a fixed moment: the same bundle is the same archive
                archive.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), body)
        return report
    for name, body in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return report


def proof_files(ctx: Context, nip: str, target: Path) -> tuple[dict[str, bytes], ProofReport]:
    """The bundle's files by name, and what the report says of them."""
    tenant = ctx.office.tenant
    with reading(ctx.store) as connection:
        person = learner_of_nip(connection, tenant, read_nip(nip).value or nip)
        if person is None:
            raise RefuseInput(
                "LEARNER-UNKNOWN",
                f"Tidak ada pegawai dengan NIP {nip}. Periksa angkanya.",
                f"No learner has the NIP {nip}. Check the digits.",
                where=nip,
            )
        rows = _entries(connection, tenant, int(person.learner_id))
        row = last_checkpoint(connection, tenant)
        if not rows or row is None:
            raise RefuseInput(
                "PROOF-EMPTY",
                f"Pegawai {nip} belum punya entri di buku kredit; tidak ada yang dibuktikan.",
                f"The learner {nip} has no entries in the ledger; there is nothing to prove.",
                where=nip,
            )
        leaves = (bytes.fromhex(leaf) for leaf in leaf_hashes(connection, tenant))
        paths = inclusion_paths(leaves, [one.index for one in rows])
        evidence = {key for one in rows for key in one.entry.evidence}
        backing = backing_of(connection, tenant, events_of_evidence(evidence))
    checkpoint = Checkpoint(
        tenant, row.tree_size, bytes.fromhex(row.root_hash), row.signed_at, row.key_id, row.signature
    )
    statements: dict[str, bytes] = {}
    for one in rows:
        for number in one.statements:
            body = ctx.statement(number) if ctx.statement is not None else None
            if body is not None:
                statements[number] = body
    told = [
        ProvedEntry(one.number, one.entry, one.index, tuple(n for n in one.statements if n in statements))
        for one in rows
    ]
    key = ctx.signing_key()
    people = {str(person.person_key), *(one.entry.person_key for one in told)}
    files = bundle_files(
        told,
        paths,
        statements,
        checkpoint,
        key,
        person_keys=sorted(people),
        papers={"scans": _facts(backing.scans), "confirmations": _facts(backing.confirmations)},
    )
    report = ProofReport(
        target, len(told), len(statements), checkpoint.tree_size, key_id_of(key.public_key())
    )
    return files, report


def _facts(found: Sequence[Attachment] | Sequence[Confirmation]) -> list[dict[str, Any]]:
    """Scans and confirmations as the bundle tells them; our own row numbers say nothing outside."""
    return [{name: value for name, value in asdict(one).items() if name != "attachment_id"} for one in found]


def _entries(connection: Connection, tenant: str, learner_id: int) -> list[ProvedEntry]:
    told = []
    for entry_id, index, entry in entries_of_learner(connection, tenant, learner_id):
        numbers = [statement_id(entry.entry_key)]
        if entry.kind is EntryKind.REVERSAL:  # it voids each statement that stood, each by one of its own
            standing = earlier_statements(connection, tenant, entry, entry_id)
            numbers += [
                str(uuid.uuid5(STATEMENT_NAMESPACE, spell("void1", [entry.entry_key, target])))
                for target in standing[1:]
            ]
        told.append(ProvedEntry(entry_id, entry, index, tuple(numbers)))
    return told
