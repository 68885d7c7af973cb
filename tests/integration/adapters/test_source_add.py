"""`source add` for every kind: secrets asked one by one and kept in files of their owner, or named by variables."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bridge.bootstrap import open_installation
from bridge.cli.main import jpbridge
from bridge.errors import RefuseInput
from bridge.flows.context import Silent
from bridge.flows.pull import source_config, sources_named
from lms_adapters.registry import make_adapter

WORDS = {
    "canvas": ["--address", "https://canvas.example.go.id"],
    "files": ["--address", "/srv/masuk"],
    "kolibri": ["--address", "https://kolibri.example.go.id", "--set", "username=svc"],
    "moodle": ["--address", "https://lms.example.go.id"],
    "moodle-csv": ["--address", "/srv/unduhan", "--set", "zone=Asia/Jayapura"],
    "openedx": ["--address", "https://edx.example.go.id"],
    "own_lrs": [],
    "scorm_cloud": [],
    "xapi_lrs": ["--address", "https://lrs.example.go.id/xapi"],
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("JPBRIDGE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("JPBRIDGE_HOME", str(tmp_path / "home"))
    assert CliRunner().invoke(jpbridge, ["init"]).exit_code == 0
    return tmp_path / "home"


def test_every_kind_can_be_added_and_made(home: Path) -> None:
    opened = open_installation(home)
    ctx = opened.context(Silent())
    assert set(ctx.adapters) == set(WORDS)
    for kind, words in WORDS.items():
        secrets = ctx.adapters[kind].spec.secrets
        answers = "".join(f"rahasia-{kind}-{name}\n" for name in secrets)
        done = CliRunner().invoke(
            jpbridge, ["source", "add", f"s-{kind}", "--kind", kind, *words, "--json"], input=answers
        )
        assert done.exit_code == 0, (kind, done.output, done.exception)
        assert "rahasia-" not in done.output
        assert json.loads(done.output[done.output.index("{") :])["kind"] == kind
    rows = sources_named(ctx, None)
    assert {row.kind for row in rows} == set(WORDS)
    for row in rows:
        config = source_config(ctx, row)
        assert dict(config.secrets) == {
            n: f"rahasia-{row.kind}-{n}" for n in ctx.adapters[row.kind].spec.secrets
        }
        make_adapter(ctx.adapters, config).close()
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (home / "secrets").iterdir()}
    assert modes == {0o600}
    opened.close()


def test_secrets_may_stand_in_variables(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDX_ID", "jp")
    monkeypatch.setenv("EDX_SECRET", "rahasia-9")
    words = ["source", "add", "edx", "--kind", "openedx", "--address", "https://edx.example.go.id"]
    named = ["--secret-env", "client_id=EDX_ID", "--secret-env", "client_secret=EDX_SECRET"]
    assert CliRunner().invoke(jpbridge, [*words, *named]).exit_code == 0
    opened = open_installation(home)
    ctx = opened.context(Silent())
    row = sources_named(ctx, None)[0]
    assert dict(source_config(ctx, row).secrets) == {"client_id": "jp", "client_secret": "rahasia-9"}
    assert "rahasia-9" not in row.secret_ref
    opened.close()
    refused = CliRunner().invoke(jpbridge, [*words, "--secret-env", "token=X"])
    assert isinstance(refused.exception, RefuseInput)
    assert refused.exception.code == "SECRET-UNKNOWN"


def test_a_kind_that_is_called_needs_an_address(home: Path) -> None:
    refused = CliRunner().invoke(jpbridge, ["source", "add", "c", "--kind", "canvas"], input="t\n")
    assert isinstance(refused.exception, RefuseInput)
    assert refused.exception.code == "SOURCE-ADDRESS"
