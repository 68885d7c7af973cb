"""Checkpoints are signed by a key that its owner alone can read, and verify only as they were signed."""

from __future__ import annotations

import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bridge.errors import RefuseInput
from bridge.ledger.checkpoint import (
    create_signing_key,
    public_pem,
    read_signing_key,
    sign_checkpoint,
    verify_checkpoint,
)
from bridge.ledger.merkle import Frontier, leaf_hash

MOMENT = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
LOG = Frontier().extended([leaf_hash(bytes([number])) for number in range(5)])


def test_a_checkpoint_verifies_as_it_was_signed_and_not_otherwise(tmp_path: Path) -> None:
    key = create_signing_key(tmp_path / "key.pem")
    signed = sign_checkpoint("jayapura", LOG, MOMENT, key)
    public = key.public_key()
    assert (signed.tree_size, signed.root) == (5, LOG.root())
    assert verify_checkpoint(signed, public)
    assert not verify_checkpoint(signed, Ed25519PrivateKey.generate().public_key())
    for change in (
        {"tree_size": 4},
        {"root": LOG.extended([leaf_hash(b"x")]).root()},
        {"tenant": "biak"},
        {"signed_at": MOMENT + timedelta(microseconds=1)},
        {"signature": "AAAA"},
        {"signature": "not base64!"},
    ):
        assert not verify_checkpoint(replace(signed, **change), public)


def test_the_key_file_is_its_owners_alone_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    key = create_signing_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert public_pem(read_signing_key(path)) == public_pem(key)
    with pytest.raises(FileExistsError):
        create_signing_key(path)


def test_an_open_key_file_is_refused_with_the_way_to_close_it(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    create_signing_key(path)
    path.chmod(0o644)
    with pytest.raises(RefuseInput) as refused:
        read_signing_key(path)
    assert refused.value.code == "SIGNING-KEY-OPEN"
    assert "chmod 600" in refused.value.sentence


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_file_without_such_a_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(RefuseInput) as refused:
        read_signing_key(path)
    assert refused.value.code == "SIGNING-KEY-INVALID"
