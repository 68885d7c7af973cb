"""The package as an office gets it: sdist and wheel are built, hold all they need, and the wheel runs the demo
from a folder that is no checkout."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.installation import ROOT

PACKAGES = ("bridge", "lms_adapters", "xapi", "scheduler")
OPTIONAL = {"pyspark"}  # an extra that is not installed for the tests


def imported() -> set[str]:
    """The modules of others that our packages import, in functions too."""
    found: set[str] = set()
    for folder in PACKAGES:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Import):
                    found |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                    found.add(node.module.partition(".")[0])
    return found - set(PACKAGES) - set(sys.stdlib_module_names)


def test_every_library_that_is_imported_is_declared() -> None:
    """What only the tests' own environment has would be missing in an office."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = [
        *project["dependencies"],
        *(one for extra in project["optional-dependencies"].values() for one in extra),
    ]
    declared = {canonicalize_name(Requirement(line).name) for line in lines}
    owners = packages_distributions()
    modules = imported()
    assert {"apscheduler", "duckdb", "sqlalchemy"} <= modules
    missing = {
        name
        for name in modules
        if name not in OPTIONAL and not {canonicalize_name(one) for one in owners.get(name, [])} & declared
    }
    assert missing == set()


@pytest.mark.slow
def test_sdist_and_wheel_build_and_the_wheel_runs_the_demo(tmp_path: Path) -> None:
    out = tmp_path / "dist"
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(out)], cwd=ROOT, capture_output=True, text=True
    )
    assert built.returncode == 0, built.stderr
    (wheel,), (sdist,) = list(out.glob("*.whl")), list(out.glob("*.tar.gz"))
    with tarfile.open(sdist) as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}
    assert {
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "bridge/cli/main.py",
        "deploy/jpbridge.service",
    } <= names
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
        archive.extractall(tmp_path / "site")  # noqa: S202  our own wheel
    for folder in ("bridge", "lms_adapters", "xapi", "scheduler"):
        for path in (ROOT / folder).rglob("*"):
            name = path.relative_to(ROOT).as_posix()
            if path.is_file() and "__pycache__" not in name:
                assert name in packed, f"{name} is missing in the wheel"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JPBRIDGE_")}
    environment |= {"PYTHONPATH": str(tmp_path / "site"), "HOME": str(tmp_path)}
    where = "import bridge, scheduler, xapi; print(bridge.__file__)"
    shown = subprocess.run(
        [sys.executable, "-c", where], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert shown.stdout.startswith(str(tmp_path / "site"))
    demo = subprocess.run(
        [sys.executable, "-m", "bridge.cli", "demo", "--once", "--json"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=280,
    )  # fmt: skip
    assert demo.returncode == 0, demo.stderr
    facts = json.loads(demo.stdout)
    assert facts["entries_first"] > 900
    assert facts["entries_second"] == 0
