"""The table of commands says what the modules say."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_group
from typer.testing import CliRunner

import bridge.cli
from bridge.cli.app import app, command_named, jpbridge
from bridge.cli.command_table import COMMANDS, Listed

CLI = Path(bridge.cli.__file__).parent


def modules_of(command: Any) -> set[str]:
    """Where the functions of a command, or of all of a group's, are."""
    if hasattr(command, "commands"):
        return {module for one in command.commands.values() for module in modules_of(one)}
    return {command.callback.__module__.rpartition(".")[2]}


@pytest.mark.parametrize("listed", COMMANDS, ids=lambda listed: listed.name)
def test_each_name_is_a_command_with_that_line(listed: Listed) -> None:
    command = command_named(listed.name)
    assert command.help.partition("\n")[0].strip() == listed.line
    assert not command.hidden


def test_no_module_adds_a_command_that_the_table_misses() -> None:
    for path in CLI.glob("*.py"):
        if path.stem != "__main__":
            import_module(f"bridge.cli.{path.stem}")
    found = {name: modules_of(command) for name, command in get_group(app).commands.items()}
    assert found == {listed.name: set(listed.modules) for listed in COMMANDS}


def test_the_help_lists_the_table() -> None:
    shown = CliRunner().invoke(jpbridge, ["--help"], env={"COLUMNS": "200"}).stdout
    places = [shown.index(f"│ {listed.name} ") for listed in COMMANDS]
    assert places == sorted(places)
    assert all(listed.line in shown for listed in COMMANDS)


def test_a_slip_is_told_with_what_is_near() -> None:
    refused = CliRunner().invoke(jpbridge, ["exlain"])
    assert refused.exit_code == 2
    assert "explain" in refused.output
