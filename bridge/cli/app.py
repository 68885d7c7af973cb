"""The command line's root, and how a command gets its context."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer

from bridge.bootstrap import VERSION, Installation, open_installation
from bridge.cli.output import progress_bar
from bridge.config import home_folder
from bridge.flows.context import Context
from bridge.tracing import begin_tracing, end_tracing

app = typer.Typer(
    name="jpbridge",
    help="JP Bridge: dari bukti belajar menjadi JP, dengan alasannya. "
    "(From evidence of learning to JP credits, with the reason.)",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

Json = Annotated[bool, typer.Option("--json", help="Satu objek JSON untuk mesin. (One JSON object.)")]


@app.callback()
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
