"""The command line's root, and how a command gets its context."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from bridge.cli.command_table import BY_NAME, COMMANDS
from bridge.cli.output import progress_bar

if TYPE_CHECKING:  # the help needs none of it
    from bridge.bootstrap import Installation
    from bridge.flows.context import Context

app = typer.Typer()
"""Where the modules of the table register their commands."""


class TableGroup(TyperGroup):
    """The commands of the table, listed without an import; the one that is called is imported then."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = {listed.name: TyperCommand(listed.name, help=listed.line) for listed in COMMANDS}

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, _, rest = super().resolve_command(ctx, args)
        return name, None if name is None else command_named(name), rest


def command_named(name: str) -> Any:
    """The command itself: its modules are imported. Raises KeyError on a name that the table does not have."""
    for module in BY_NAME[name].modules:
        import_module(f"bridge.cli.{module}")
    return get_group(app).commands[name]


jpbridge = typer.Typer(
    name="jpbridge",
    cls=TableGroup,
    help="JP Bridge: dari bukti belajar menjadi JP, dengan alasannya. "
    "(From evidence of learning to JP credits, with the reason.)",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
"""The command line as it is called."""

Json = Annotated[bool, typer.Option("--json", help="Satu objek JSON untuk mesin. (One JSON object.)")]


@jpbridge.callback()
def root(
    tenant: Annotated[
        str, typer.Option(help="Instansi; di mana saja pada perintah. (The tenant; anywhere.)")
    ] = "",
) -> None:
    """JP Bridge: dari bukti belajar menjadi JP, dengan alasannya. (From evidence of learning to JP credits.)"""
    if tenant:
        os.environ["JPBRIDGE_TENANT"] = tenant


def take_tenant(words: Sequence[str]) -> list[str]:
    """`--tenant CODE` may stand anywhere: people write it where they think of it. Returns the other words."""
    rest: list[str] = []
    coming = iter(words)
    for word in coming:
        name, sign, value = word.partition("=")
        if name != "--tenant":
            rest.append(word)
            continue
        if not sign:
            value = next(coming, "")
        if not value:
            return list(words)  # typer says what is wrong
        os.environ["JPBRIDGE_TENANT"] = value
    return rest


@contextmanager
def installation() -> Iterator[Installation]:
    """The installation in JPBRIDGE_HOME. Raises RefuseInput where there is none yet."""
    from bridge.bootstrap import VERSION, open_installation
    from bridge.config import home_folder
    from bridge.tracing import begin_tracing, end_tracing

    opened = open_installation(home_folder())
    try:
        if opened.main.otel:
            begin_tracing(VERSION)
        yield opened
    finally:
        end_tracing()
        opened.close()


@contextmanager
def context(*, quiet: bool = False) -> Iterator[Context]:
    """A use case's context, with progress on the terminal unless quiet."""
    with installation() as opened, progress_bar(quiet=quiet) as progress:
        yield opened.context(progress)
