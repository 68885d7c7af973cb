"""What the command line shows: tables and progress for people, one JSON object for machines, sentences for
errors. Exit codes: 0 done; 1 done with findings where a command says so; 2 wrong usage; 65 input refused;
69 a source needs a person; 70 the run had to stop; 75 try again later; 130 interrupted."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson
import typer

from bridge.errors import BridgeError
from bridge.wording import ENGLISH, INDONESIAN, translate

if TYPE_CHECKING:  # rich only where something is drawn: plain sentences and JSON need none of it
    from rich.console import Console


@cache
def console() -> Console:
    from rich.console import Console

    return Console(soft_wrap=True)


@cache
def errors() -> Console:
    """Standard error, for people."""
    from rich.console import Console

    return Console(stderr=True, soft_wrap=True)


def language() -> str:
    """JPBRIDGE_LANGUAGE: id (default) or en."""
    return ENGLISH if os.environ.get("JPBRIDGE_LANGUAGE", INDONESIAN) == ENGLISH else INDONESIAN


def say(words: str, /, **values: Any) -> str:
    """The sentence in the reader's language with its places filled."""
    text = translate(words, language())
    return text.format(**values) if values else text


def tell(words: str, /, **values: Any) -> None:
    typer.echo(say(words, **values))


def print_json(value: Any) -> None:
    """One JSON object on one line, for machines."""
    sys.stdout.write(orjson.dumps(value, default=str).decode() + "\n")
    sys.stdout.flush()


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    from rich.table import Table

    table = Table(title=say(title), title_justify="left", header_style="bold", expand=False)
    for number, column in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[number], int) for row in rows)
        table.add_column(say(column), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console().print(table)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return say("ya") if value else say("tidak")
    if isinstance(value, int):
        return f"{value:,}".replace(",", "." if language() == INDONESIAN else ",")
    return str(value).replace("[", "\\[")


def print_error(error: BridgeError) -> None:
    """One sentence: what, where, what to do. The other language stands below it, dimmed."""
    first, second = error.sentence, error.english
    if language() == ENGLISH:
        first, second = second, first
    where = f"{error.where}: " if error.where else ""
    errors().print(f"[bold red]{error.code}[/] {_cell(where)}{_cell(first)}", highlight=False)
    errors().print(f"[dim]{_cell(second)}[/]", highlight=False)


@contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Any]:
    """Progress on standard error, so that standard output stays clean for machines."""
    from bridge.flows.context import Silent

    if quiet or not sys.stderr.isatty():
        yield Silent()
        return
    from bridge.cli.progress import drawn_progress

    with drawn_progress(errors()) as progress:
        yield progress
