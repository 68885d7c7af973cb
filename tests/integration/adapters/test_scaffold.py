"""`jpbridge adapter new NAME`: the files pass lint and types, the contract fails for the right reason, and
passes once the map is written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.cli.adapter_command import scaffold
from bridge.errors import RefuseInput

ROOT = Path(__file__).parents[3]
WRITTEN_MAP = '''"""Row -> Completion. Pure."""

from __future__ import annotations

from datetime import UTC

from bridge.domain.evidence import Completion
from bridge.domain.learner import Identifier, Scheme
from lms_adapters.contoh_lms.wire import Row


def to_completion(row: Row, *, source: str) -> Completion:
    """One completion."""
    return Completion(
        source=source,
        external_learner=str(row.user_id),
        external_course=str(row.course_id),
        completed_at=row.completed_at.astimezone(UTC),
        identifiers=(Identifier(Scheme.NIP, row.username),),
        learner_name=row.name,
        course_title=row.course_title,
    )
'''


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As much of a checkout as an adapter needs, with the scaffold in it."""
    root = tmp_path_factory.mktemp("checkout")
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("lms_adapters", "bridge"):
        shutil.copytree(ROOT / name, root / name, ignore=ignored)
    shutil.copytree(ROOT / "tests" / "contract", root / "tests" / "contract", ignore=ignored)
    shutil.copy(ROOT / "tests" / "__init__.py", root / "tests")
    shutil.copy(ROOT / "pyproject.toml", root)
    environment = {**os.environ, "JPBRIDGE_HOME": str(root / "home"), "JPBRIDGE_LANGUAGE": "en"}
    words = [sys.executable, "-m", "bridge.cli", "adapter", "new", "contoh_lms", "--title", "Contoh LMS 3"]
    done = subprocess.run(
        [*words, "--folder", str(root)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Next:" in done.stdout
    return root


def contract(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(root)}
    test = "tests/contract/test_contoh_lms_contract.py"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test, *words]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


def test_the_contract_fails_because_nothing_is_mapped_yet(checkout: Path) -> None:
    done = contract(checkout, "-k", "everything_comes_once")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed" in done.stdout
    assert "Write lms_adapters/contoh_lms/map.py" in done.stdout


def test_the_files_pass_the_lint(checkout: Path) -> None:
    files = [str(path) for path in sorted(checkout.rglob("*contoh_lms*")) if path.suffix != ".md"]
    assert len(files) == 3
    for words in (["format", "--check"], ["check"]):
        command = [sys.executable, "-m", "ruff", *words, *files]
        done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_the_files_pass_the_types(checkout: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--no-incremental", "-p", "lms_adapters.contoh_lms"]
    done = subprocess.run(
        command,
        cwd=checkout,
        env={**os.environ, "MYPYPATH": str(checkout)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Success" in done.stdout, done.stdout + done.stderr


@pytest.mark.slow
def test_with_the_map_written_the_contract_passes(checkout: Path) -> None:
    target = checkout / "lms_adapters" / "contoh_lms" / "map.py"
    unwritten = target.read_text("utf-8")
    target.write_text(WRITTEN_MAP, "utf-8")
    done = contract(checkout, "-k", "once or duplicate or lost_page or revoked or truncated or nothing")
    target.write_text(unwritten, "utf-8")
    assert done.returncode == 0, done.stdout[-4000:]
    assert "failed" not in done.stdout


@pytest.mark.parametrize("name", ["aaa", "zeta_2", "http2"])
def test_imports_are_in_order_whatever_the_name_is(checkout: Path, name: str) -> None:
    files = [str(path) for path in scaffold(name, name.upper(), checkout) if path.suffix == ".py"]
    command = [sys.executable, "-m", "ruff", "check", "--select", "I", *files]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_scaffold_overwrites_nothing(checkout: Path) -> None:
    before = {path: path.read_bytes() for path in checkout.rglob("*contoh_lms*") if path.is_file()}
    with pytest.raises(RefuseInput, match="is there already"):
        scaffold("contoh_lms", "Contoh", checkout)
    assert all(path.read_bytes() == body for path, body in before.items())


@pytest.mark.parametrize("name", ["Contoh", "9lms", "a b", "../x", ""])
def test_a_name_that_is_no_module_is_refused(checkout: Path, name: str) -> None:
    with pytest.raises(RefuseInput, match="name"):
        scaffold(name, "Contoh", checkout)


def test_a_folder_that_is_no_checkout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefuseInput, match="not a checkout"):
        scaffold("contoh", "Contoh", tmp_path)
