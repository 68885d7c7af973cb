"""A proof bundle: one person's entries, their statements and what proves them, as files that stand by themselves.

The auditor runs the bundle's own `verify.py` (Python's standard library alone) and trusts nothing of ours but the
signing key's number, which the office publishes elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bridge.domain.credit import LedgerEntry
from bridge.ledger.checkpoint import Checkpoint, key_id_of, public_pem
from bridge.ledger.entries import canonical_bytes
from bridge.ledger.merkle import node_hash

FORMAT = "jpbridge-proof-1"
HASH = 32
README = """Bukti kredit JP (JP Bridge)

Jalankan: python3 verify.py
Program itu memeriksa setiap berkas di sini tanpa jaringan dan tanpa perangkat lunak kami. Bandingkan nomor kunci
yang dicetaknya dengan nomor kunci yang diumumkan kantor. papers.json, bila ada, menyebut scan kertas bertanda
tangan (mintalah berkasnya; SHA-256-nya harus sama) dan siapa yang mengonfirmasi kehadirannya.

Proof of JP credits. Run: python3 verify.py
It checks every file here without network and without our software. Compare the key's number that it prints with
the one that the office has published. papers.json, where it is there, names the scans of the signed papers (ask
for the file: its SHA-256 must be the same) and who confirmed the attendance.
"""


@dataclass(frozen=True, slots=True)
class ProvedEntry:
    """An entry with its place in the log (from 0) and the ids of its statements."""

    number: int
    entry: LedgerEntry
    index: int
    statements: tuple[str, ...]


def inclusion_paths(leaves: Iterable[bytes], indexes: Sequence[int]) -> dict[int, list[bytes]]:
    """The audit path (RFC 9162 2.1.3.1) of each index, in one pass over the log: 32 bytes a leaf of memory, whatever
    the number of indexes. Raises ValueError on an index outside the log."""
    level = b"".join(leaves)
    places = {index: index for index in indexes}
    paths: dict[int, list[bytes]] = {index: [] for index in indexes}
    if any(not 0 <= index < len(level) // HASH for index in indexes):
        raise ValueError("an entry is outside the log")
    while (count := len(level) // HASH) > 1:
        for index, place in places.items():
            sibling = place ^ 1
            if sibling < count:
                paths[index].append(level[sibling * HASH : (sibling + 1) * HASH])
            places[index] = place // 2
        pairs = bytearray()
        for start in range(0, count - 1, 2):
            left = start * HASH
            pairs += node_hash(level[left : left + HASH], level[left + HASH : left + 2 * HASH])
        if count % 2:  # the odd one rises as it is (RFC 9162 2.1.1: the tree is not padded)
            pairs += level[-HASH:]
        level = bytes(pairs)
    return paths


def bundle_files(
    entries: Sequence[ProvedEntry],
    paths: Mapping[int, Sequence[bytes]],
    statements: Mapping[str, bytes],
    checkpoint: Checkpoint,
    key: Ed25519PrivateKey,
    *,
    person_keys: Sequence[str],
    papers: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> dict[str, bytes]:
    """Name -> bytes of every file of the bundle. `paths` by log index, `statements` by id, as the record store
    keeps them; `papers` the scans (by their hashes) and confirmations behind the entries, by kind. The manifest with
    every file's SHA-256 is signed by the checkpoint's key."""
    balance: dict[str, int] = {}
    for one in entries:
        year = str(one.entry.year)
        balance[year] = balance.get(year, 0) + one.entry.jp
    bundle = {
        "format": FORMAT,
        "person_keys": sorted(person_keys),
        "balance_hundredths": balance,
        "checkpoint": {
            "tenant": checkpoint.tenant,
            "tree_size": checkpoint.tree_size,
            "root": checkpoint.root.hex(),
            "signed_at": checkpoint.signed_at.isoformat(timespec="microseconds"),
            "key_id": checkpoint.key_id,
            "signature": checkpoint.signature,
        },
        "entries": [
            {
                "number": one.number,
                "index": one.index,
                "canonical": canonical_bytes(one.entry).decode(),
                "path": [part.hex() for part in paths[one.index]],
                "statements": list(one.statements),
            }
            for one in entries
        ],
    }
    public = key.public_key()
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    made = {
        "bundle.json": orjson.dumps(bundle, option=orjson.OPT_INDENT_2),
        "public-key.txt": f"{raw.hex()} {key_id_of(public)}\n".encode(),
        "public-key.pem": public_pem(key).encode(),
        "verify.py": (files("bridge") / "data" / "proof_verify.py.txt").read_bytes(),
        "BACA-README.txt": README.encode(),
    }
    if papers and any(papers.values()):
        made["papers.json"] = orjson.dumps(dict(papers), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    made |= {f"statements/{number}.json": body for number, body in statements.items()}
    listed = {name: hashlib.sha256(body).hexdigest() for name, body in made.items()}
    manifest = orjson.dumps(
        {"format": FORMAT, "key_id": key_id_of(public), "files": listed},
        option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS,
    )
    message = f"{FORMAT}\n{hashlib.sha256(manifest).hexdigest()}\n".encode()
    made["manifest.json"] = manifest
    made["manifest.sig"] = base64.b64encode(key.sign(message))
    return made
