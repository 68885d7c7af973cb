"""The command line many times without its start: one process imports it, and every command is a fork of that one.

Each command is a process of its own all the same, with its own environment, output and exit code; only the imports
(two seconds of a processor) are not made anew. A line of JSON asks on standard input, one answers on standard output.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent


class Forks:
    """`run` gives (exit code, standard output, standard error)."""

    def __init__(self, **variables: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.forks"],
            cwd=ROOT,
            env={**os.environ, **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, words: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str, str]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with tempfile.TemporaryDirectory() as folder:
            asked = {"words": list(words), "environment": dict(environment), "folder": folder}
            self._process.stdin.write(json.dumps(asked) + "\n")
            self._process.stdin.flush()
            code = json.loads(self._process.stdout.readline())
            out, err = (Path(folder, name).read_text("utf-8") for name in ("out", "err"))
        return code, out, err

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()


@contextmanager
def forked_commands(**variables: str) -> Iterator[Forks]:
    """`variables` are those that the imports read (COLUMNS); each command brings its own environment besides."""
    forks = Forks(**variables)
    try:
        yield forks
    finally:
        forks.close()


def _serve() -> None:
    from bridge.cli.main import main

    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            os.environ.clear()
            os.environ.update(asked["environment"])
            for number, name in ((1, "out"), (2, "err")):
                os.dup2(os.open(Path(asked["folder"], name), os.O_WRONLY | os.O_CREAT), number)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            sys.argv[1:] = asked["words"]
            main()
        _, status = os.waitpid(child, 0)
        sys.stdout.write(json.dumps(os.waitstatus_to_exitcode(status)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
