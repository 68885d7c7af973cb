"""A tick of the soak as a process of its own (forked: imports are paid once), at the simulated hour."""

from __future__ import annotations

import os
import resource
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from bridge.bootstrap import open_installation
from bridge.errors import BridgeError
from bridge.flows.context import Silent
from scheduler.plan import Planned
from scheduler.work import Order, do_job
from tests.soak.adapter import ADAPTERS


@dataclass(slots=True)
class Forked:
    """scheduler.watch.Working over a forked child."""

    pid: int
    code: int | None = None

    def poll(self) -> int | None:
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
        return self.code

    def wait(self) -> int:
        if self.code is None:
            self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.code

    def stop(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
            self.wait()


def fork_job(home: Path, item: Planned, tick: datetime, now: datetime, largest_file: int | None) -> Forked:
    """`largest_file`: the child's RLIMIT_FSIZE, a disk that is full for it."""
    pid = os.fork()
    if pid:
        return Forked(pid)
    code = 70
    try:
        if largest_file is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))
        code = _work(home, item, tick, _clock_from(now))
    except BridgeError as error:
        code = error.exit_code
    finally:
        os._exit(code)


def _clock_from(now: datetime) -> Callable[[], datetime]:
    began = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - began)


def _work(home: Path, item: Planned, tick: datetime, clock: Callable[[], datetime]) -> int:
    opened = open_installation(home, item.tenant)
    opened.clock = clock
    ctx = replace(opened.context(Silent()), adapters=ADAPTERS)
    do_job(opened, ctx, item.job.name, Order("scheduler", tick, item.source))
    opened.close()
    return 0
