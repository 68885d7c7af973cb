"""What a start must not import (docs/decisions/0041-imports-at-use.md): a structure, whatever the machine's speed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.bootstrap import initialise
from bridge.bootstrap.adapters import FAR_ADAPTERS, OWN, Adapters
from xapi.store.store import Store

ROOT = Path(__file__).parents[2]
NEVER = {
    "alembic",
    "apprise",
    "babel",
    "bridge.web",
    "requests",
    "rich",
    "structlog",
    "xlsxwriter",
    "reportlab",
}
ADAPTERS = set(FAR_ADAPTERS.values())
ENGINE = {"duckdb", "pyarrow", "numpy"}

PROGRAM = """
import json, sys
from bridge.cli.main import main
sys.argv = ["jpbridge", *json.loads(sys.argv[1])]
try:
    main()
finally:
    sys.stderr.write(json.dumps(sorted(sys.modules)))
"""


def imported(program: str, *words: str, home: Path | None = None) -> set[str]:
    """The modules of a fresh interpreter at the program's end, and the packages that they are in."""
    environment = os.environ | ({} if home is None else {"JPBRIDGE_HOME": str(home)})
    done = subprocess.run(
        [sys.executable, "-c", program, json.dumps(words)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    names = json.loads(done.stderr.splitlines()[-1])
    return {name.rsplit(".", depth)[0] for name in names for depth in range(name.count(".") + 1)}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("starts")
    initialise(folder)
    return folder


def test_the_help_imports_no_command() -> None:
    found = imported(PROGRAM, "--help")
    assert "rich" in found  # it draws the help: what is imported is seen here
    assert found & {"sqlalchemy", "pydantic", "bridge.bootstrap", "bridge.flows", *ENGINE, *ADAPTERS} == set()
    assert {name for name in found if name.endswith(("_command", "_commands"))} == set()


def test_the_help_of_a_command_imports_that_command_only() -> None:
    found = imported(PROGRAM, "explain", "--help")
    assert {name for name in found if name.endswith(("_command", "_commands"))} == {
        "bridge.cli.look_commands"
    }
    assert found & ((NEVER | ADAPTERS | ENGINE) - {"rich"}) == set()


@pytest.mark.parametrize(
    "words",
    [
        ("status", "--json"),
        ("findings", "--json"),
        ("jobs", "run", "outbox", "--tick", "2026-11-24T01:00:00+09:00"),
        ("jobs", "run", "hints", "--tick", "2026-11-24T01:00:00+09:00"),
    ],
    ids=" ".join,
)
def test_a_command_imports_what_it_uses(home: Path, words: tuple[str, ...]) -> None:
    found = imported(PROGRAM, *words, home=home)
    assert "sqlalchemy" in found
    assert found & (NEVER | ADAPTERS) == set()
    if words[:3] != ("jobs", "run", "hints"):  # pulling goes on into the engine's night
        assert found & ENGINE == set()


def test_explaining_computes_without_the_rest(home: Path) -> None:
    refused = "from bridge.cli.look_commands import explain\nimport bridge.flows.explain, json, sys\n"
    found = imported(refused + "sys.stderr.write(json.dumps(sorted(sys.modules)))")
    assert found >= ENGINE - {"numpy"}
    assert found & (NEVER | ADAPTERS | {"cryptography", "sqlalchemy.dialects.postgresql"}) == set()


def test_the_console_imports_neither_engine_nor_paper() -> None:
    program = (
        "import json, sys, bridge.cli.serve_command, bridge.web.ports, uvicorn\n"
        "sys.stderr.write(json.dumps(sorted(sys.modules)))"
    )
    found = imported(program)
    assert "bridge.web.pages" in found
    assert found & (ENGINE | ADAPTERS | (NEVER - {"babel", "bridge.web"}) | {"lxml", "PIL"}) == set()


def test_the_record_store_alone_imports_no_client() -> None:
    program = (
        "import json, sys, uvicorn, xapi.lrs.app, xapi.store.store\n"
        "sys.stderr.write(json.dumps(sorted(sys.modules)))"
    )
    found = imported(program)
    assert "sqlalchemy" in found
    assert found & {"bridge", "lms_adapters", "requests", "pydantic", "cryptography", *ENGINE} == set()


def test_each_kind_is_its_adapters_own(tmp_path: Path) -> None:
    """The table that is read without importing them says what they say."""
    store = Store(f"sqlite+pysqlite:///{tmp_path / 'lrs.db'}")
    adapters = Adapters(
        store, {"objectType": "Agent", "account": {"homePage": "https://x.invalid", "name": "x"}}
    )
    assert [adapters[kind].spec.kind for kind in adapters] == [*FAR_ADAPTERS, OWN]
    assert len(adapters) == len(set(adapters))
    assert adapters.get("chamilo") is None
    store.close()


def test_every_adapters_package_is_listed() -> None:
    packages = {f"lms_adapters.{path.parent.name}" for path in (ROOT / "lms_adapters").glob("*/adapter.py")}
    assert packages == ADAPTERS
