"""A tick runs as a process of its own: it can be ended at its limit, and what it leaks or breaks is its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scheduler.plan import Planned

PATIENCE = 10.0
"""Seconds between the request to end and the kill."""
LEASH = "JPBRIDGE_LEASH"
"""Set in a child: its standard input is its parent's hand, and it ends when that lets go."""


class Child:
    """scheduler.watch.Working over `jpbridge jobs run …`."""

    def __init__(self, command: list[str], environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
            command, env=dict(environment), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        )

    def poll(self) -> int | None:
        code = self._process.poll()
        if code is not None and self._process.stdin is not None:
            self._process.stdin.close()
        return code

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def start_child(home: Path, item: Planned, tick: datetime) -> Child:
    command = [sys.executable, "-m", "bridge.cli", "jobs", "run", item.job.name, "--tick", tick.isoformat()]
    if item.source:
        command += ["--source", item.source]
    environment = os.environ | {"JPBRIDGE_HOME": str(home), "JPBRIDGE_TENANT": item.tenant, LEASH: "1"}
    return Child(command, environment)


def hold_leash() -> None:
    """In a child: end with the parent, however it ends. Its death closes the pipe, even a kill -9."""
    if not os.environ.pop(LEASH, ""):
        return

    def wait() -> None:
        os.read(0, 1)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=wait, name="leash", daemon=True).start()
