"""The command line's root, and how a command gets its context."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from bridge.bootstrap import Installation, open_installation
from bridge.cli.output import progress_bar
from bridge.config import home_folder
from bridge.flows.context import Context

app = typer.Typer(
    name="jpbridge",
    help="JP Bridge: dari bukti belajar menjadi JP, dengan alasannya. "
    "(From evidence of learning to JP credits, with the reason.)",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

Json = Annotated[bool, typer.Option("--json", help="Satu objek JSON untuk mesin. (One JSON object.)")]


@contextmanager
def installation() -> Iterator[Installation]:
    """The installation in JPBRIDGE_HOME. Raises RefuseInput where there is none yet."""
    opened = open_installation(home_folder())
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def context(*, quiet: bool = False) -> Iterator[Context]:
    """A use case's context, with progress on the terminal unless quiet."""
    with installation() as opened, progress_bar(quiet=quiet) as progress:
        yield opened.context(progress)
