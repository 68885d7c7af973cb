"""The Merkle log against RFC 6962's own definition and the published vectors of certificate transparency."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.ledger.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

# The inputs and roots of certificate-transparency's own reference test (merkletree, "test vectors").
INPUTS = [
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_hash(bytes.fromhex(text)) for text in INPUTS]


def recursive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    return node_hash(recursive_root(leaves[:middle]), recursive_root(leaves[middle:]))


@pytest.mark.parametrize("size", range(1, 9))
def test_published_roots(size: int) -> None:
    assert root_of(LEAVES[:size]).hex() == ROOTS[size - 1]


def test_the_empty_log_has_the_hash_of_nothing() -> None:
    assert Frontier().root() == EMPTY_ROOT == recursive_root([])


leaf_lists = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40)


@given(leaf_lists, st.data())
def test_the_frontier_grows_to_the_same_root(leaves: list[bytes], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(leaves)))
    grown = Frontier().extended(leaves[:cut]).extended(leaves[cut:])
    assert grown.size == len(leaves)
    assert grown.root() == recursive_root(leaves)


@given(leaf_lists, st.data())
def test_inclusion_is_proved_for_the_right_leaf_only(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    size, root, path = len(leaves), root_of(leaves), inclusion_proof(leaves, index)
    assert verify_inclusion(leaves[index], index, size, path, root)
    assert not verify_inclusion(leaf_hash(b"another"), index, size, path, root)
    assert not verify_inclusion(leaves[index], index, size, path, leaf_hash(b"another root"))
    assert not verify_inclusion(leaves[index], index, size, [*path, root], root)
    assert not verify_inclusion(leaves[index], size, size, path, root)
    if path:
        assert not verify_inclusion(leaves[index], index, size, path[:-1], root)


@given(leaf_lists, st.data())
def test_consistency_is_proved_for_a_log_that_only_grew(leaves: list[bytes], data: st.DataObject) -> None:
    first = data.draw(st.integers(1, len(leaves)))
    old, new, proof = root_of(leaves[:first]), root_of(leaves), consistency_proof(leaves, first)
    assert verify_consistency(first, old, len(leaves), new, proof)
    rewritten = [leaf_hash(b"rewritten"), *leaves[1:first]]
    assert not verify_consistency(first, root_of(rewritten), len(leaves), new, proof)
    assert not verify_consistency(first, old, len(leaves), leaf_hash(b"another"), proof)
    assert not verify_consistency(0, old, len(leaves), new, proof)
    if proof:
        assert not verify_consistency(first, old, len(leaves), new, proof[:-1])
        assert not verify_consistency(first, old, len(leaves), new, [*proof, old])


def test_what_never_was_is_refused() -> None:
    with pytest.raises(ValueError, match="not in a log"):
        inclusion_proof(LEAVES, 8)
    with pytest.raises(ValueError, match="never had"):
        consistency_proof(LEAVES, 9)
    with pytest.raises(ValueError, match="subtrees"):
        Frontier(3, (LEAVES[0],))
