"""Signed checkpoints of the ledger's Merkle log: size, root and time under an Ed25519 key (RFC 8032).

Who holds a checkpoint can later prove that the ledger only grew. The private key is one file that its owner
alone may read; the public key, its `key_id` and the signature are public.
"""

from __future__ import annotations

import base64
import hashlib
import os
import stat
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from bridge.errors import RefuseInput
from bridge.ledger.merkle import Frontier


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed state of the log. `signature` is base64 over `signed_bytes`; `root` 32 bytes."""

    tenant: str
    tree_size: int
    root: bytes
    signed_at: datetime
    key_id: str
    signature: str


def signed_bytes(tenant: str, tree_size: int, root: bytes, signed_at: datetime) -> bytes:
    """What is signed: five lines, each ended by a newline: format, tenant, size, root, instant."""
    if signed_at.tzinfo is None:
        raise ValueError("signed_at needs a time zone")
    if "\n" in tenant:
        raise ValueError("a tenant's code is one line")
    return (
        f"jpbridge-checkpoint-1\n{tenant}\n{tree_size}\n{root.hex()}\n"
        f"{signed_at.isoformat(timespec='microseconds')}\n"
    ).encode()


def key_id_of(public: Ed25519PublicKey) -> str:
    """Names a public key: the first 16 hexadecimal digits of the SHA-256 of its 32 bytes."""
    return hashlib.sha256(public.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


def sign_checkpoint(
    tenant: str, frontier: Frontier, signed_at: datetime, key: Ed25519PrivateKey
) -> Checkpoint:
    """Signs the log's state as of this frontier."""
    root = frontier.root()
    signature = key.sign(signed_bytes(tenant, frontier.size, root, signed_at))
    return Checkpoint(
        tenant=tenant,
        tree_size=frontier.size,
        root=root,
        signed_at=signed_at,
        key_id=key_id_of(key.public_key()),
        signature=base64.b64encode(signature).decode(),
    )


def verify_checkpoint(checkpoint: Checkpoint, public: Ed25519PublicKey) -> bool:
    """Whether this key signed exactly this state."""
    if key_id_of(public) != checkpoint.key_id:
        return False
    told = signed_bytes(checkpoint.tenant, checkpoint.tree_size, checkpoint.root, checkpoint.signed_at)
    try:
        public.verify(base64.b64decode(checkpoint.signature, validate=True), told)
    except (InvalidSignature, ValueError):
        return False
    return True


def create_signing_key(path: Path) -> Ed25519PrivateKey:
    """A new private key in a new PEM file that only its owner may read (0600, from its first byte).

    Raises FileExistsError rather than replace a key: old checkpoints would lose their signer.
    """
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(pem)
        handle.flush()
        os.fsync(handle.fileno())
    return key


def read_signing_key(path: Path) -> Ed25519PrivateKey:
    """The private key in `path`. Raises RefuseInput where others may read it or it is no such key."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise RefuseInput(
            "SIGNING-KEY-OPEN",
            f"Kunci {path.name} bisa dibaca orang lain (mode {mode:o}). Jalankan chmod 600 {path}",
            f"The signing key {path.name} can be read by others (mode {mode:o}). Run: chmod 600 {path}",
            where=str(path),
        )
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise RefuseInput(
            "SIGNING-KEY-INVALID",
            f"Berkas {path.name} bukan kunci Ed25519. Pulihkan kunci dari cadangan, atau buat kunci baru.",
            f"The file {path.name} holds no Ed25519 key. Restore the key from a backup, or make a new one.",
            where=str(path),
        )
    return key


def public_pem(key: Ed25519PrivateKey) -> str:
    """The public key as PEM, for auditors."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
