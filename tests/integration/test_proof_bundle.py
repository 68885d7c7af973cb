"""A proof bundle is checked by its own program in a clean Python; any changed byte fails. Real ledger, real
statements of the record store."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bridge.errors import RefuseInput
from bridge.flows.proof import write_proof
from bridge.flows.publish import publish
from bridge.ledger.merkle import inclusion_proof, leaf_hash
from bridge.ledger.proof import inclusion_paths
from tests.bureau import Bureau

BUDI, YULIANA = "198501012010011001", "197903122005022003"
MARCH, MAY = (date(2026, 3, 10), date(2026, 3, 12)), (date(2026, 5, 5), date(2026, 5, 6))


@pytest.fixture
def bureau(store: Engine, tmp_path: Path) -> Iterator[Bureau]:
    made = Bureau(store, tmp_path)
    made.hire(made.person("p1", BUDI, "Budi Santoso"), made.person("p2", YULIANA, "Yuliana Wonda"))
    made.sheet("a", "Bimtek Arsip", *MARCH, "24", (BUDI, ""), (YULIANA, ""))
    made.sheet("b", "Bimtek Kas", *MAY, "8", (BUDI, ""))
    made.reconcile()
    made.sheet("b", "Bimtek Kas", *MAY, "6", (BUDI, ""))
    made.reconcile()
    made.sheet("b", "Bimtek Kas", *MAY, "900", (BUDI, ""))
    made.reconcile()
    assert publish(made.ctx).waiting == 0
    yield made
    made.close()


def verified(folder: Path, *words: str) -> tuple[int, str]:
    """The bundle's own program in an isolated Python: no site-packages, no environment, another directory."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", str(folder / "verify.py"), *words],
        capture_output=True,
        text=True,
        env={},
        cwd=folder.parent,
        timeout=120,
    )
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    return done.returncode, done.stdout


def test_a_bundle_proves_itself_and_any_changed_byte_fails(bureau: Bureau, tmp_path: Path) -> None:
    whole = tmp_path / "bukti"
    told = write_proof(bureau.ctx, BUDI, whole)
    assert (told.entries, told.tree_size) == (4, 5)
    # two awards, an adjustment, a reversal that voids both statements of its credit
    assert told.statements == 5
    code, words = verified(whole)
    assert (code, "2026: 24 JP" in words, told.key_id in words) == (0, True, True), words
    assert verified(whole, "--key", told.key_id)[0] == 0
    assert verified(whole, "--key", "0" * 16)[0] == 1
    rng = random.Random(7)
    names = sorted(str(path.relative_to(whole)) for path in whole.rglob("*") if path.is_file())
    assert {"bundle.json", "manifest.json", "manifest.sig", "public-key.txt", "verify.py"} <= set(names)
    for name in names:
        if name == "verify.py":  # a changed program may say anything: its honest copy must see the change
            continue
        broken = tmp_path / "berubah"
        shutil.copytree(whole, broken)
        body = bytearray((broken / name).read_bytes())
        place = rng.randrange(len(body))
        body[place] ^= 1
        (broken / name).write_bytes(body)
        code, words = verified(broken)
        assert (code, "NOT PROVED" in words) == (1, True), (name, place, words)
        shutil.rmtree(broken)


@pytest.mark.parametrize("change", ["verify.py", "missing", "added"])
def test_files_can_not_be_swapped(bureau: Bureau, tmp_path: Path, change: str) -> None:
    whole = tmp_path / "bukti"
    write_proof(bureau.ctx, BUDI, whole)
    honest = tmp_path / "verify.py"
    shutil.copy(whole / "verify.py", honest)
    if change == "missing":
        next((whole / "statements").iterdir()).unlink()
    elif change == "added":
        (whole / "statements" / "x.json").write_text("{}")
    else:
        (whole / "verify.py").write_text("print('OK')")
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(honest), str(whole)],
        capture_output=True,
        text=True,
        env={},
        timeout=60,
    )
    assert (done.returncode, "NOT PROVED" in done.stdout) == (1, True)


def test_a_forger_with_another_key_is_seen_by_the_keys_number(bureau: Bureau, tmp_path: Path) -> None:
    """A bundle that somebody else signed is whole in itself; only the published number tells."""
    theirs = write_proof(bureau.ctx, BUDI, tmp_path / "asli").key_id
    forged = Bureau(bureau.engine, tmp_path)
    try:
        write_proof(forged.ctx, BUDI, tmp_path / "palsu")
    finally:
        forged.close()
    code, words = verified(tmp_path / "palsu")
    assert (code, "state is not signed by this key" in words) == (1, True)
    assert verified(tmp_path / "palsu", "--key", theirs)[0] == 1


def test_a_zip_holds_the_same_and_nothing_is_overwritten(bureau: Bureau, tmp_path: Path) -> None:
    target = tmp_path / "bukti.zip"
    write_proof(bureau.ctx, YULIANA, target)
    with zipfile.ZipFile(target) as archive:
        archive.extractall(tmp_path / "keluar")
    assert verified(tmp_path / "keluar")[0] == 0
    bundle = json.loads((tmp_path / "keluar" / "bundle.json").read_text("utf-8"))
    assert bundle["balance_hundredths"] == {"2026": 2400}
    for nip, why in ((YULIANA, "there already"), ("199001012020121001", "No learner")):
        with pytest.raises(RefuseInput, match=why):
            write_proof(bureau.ctx, nip, target)
    bureau.hire(bureau.person("p3", "199001012020121001", "Teuku"))
    with pytest.raises(RefuseInput, match="nothing to prove"):
        write_proof(bureau.ctx, "199001012020121001", tmp_path / "kosong")


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13, 31, 64, 100])
def test_paths_of_one_pass_are_those_of_the_definition(size: int) -> None:
    leaves = [leaf_hash(str(number).encode()) for number in range(size)]
    paths = inclusion_paths(leaves, range(size))
    assert {index: list(path) for index, path in paths.items()} == {
        index: inclusion_proof(leaves, index) for index in range(size)
    }
    with pytest.raises(ValueError, match="outside the log"):
        inclusion_paths(leaves, [size])
