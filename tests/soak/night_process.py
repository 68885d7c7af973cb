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


@dataclass(frozen=True, slots=True)
class Limits:
    """What the child's machine allows it: bytes of one file, CPU seconds until it is killed."""

    largest_file: int | None = None
    cpu: float | None = None


@dataclass(slots=True)
class Forked:
    """scheduler.watch.Working over a forked child."""

    pid: int
    code: int | None = None
    cpu: float = 0.0
    """Seconds that it took, once it has ended."""

    def poll(self) -> int | None:
        return self._ended(os.WNOHANG)

    def wait(self) -> int:
        code = self._ended(0)
        assert code is not None
        return code

    def _ended(self, options: int) -> int | None:
        if self.code is None:
            pid, status, used = os.wait4(self.pid, options)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
                self.cpu = used.ru_utime + used.ru_stime
        return self.code

    def stop(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
            self.wait()


def fork_job(home: Path, item: Planned, tick: datetime, now: datetime, limits: Limits) -> Forked:
    """A limit on files is a disk that is full for the child; one on its CPU time kills it in mid-work.

    CPU time and not this process's clock: on a machine that is busy elsewhere the parent would wake too late
    to kill anything. The signal's default action ends a process as SIGKILL does; nothing here handles it.
    """
    pid = os.fork()
    if pid:
        return Forked(pid)
    code = 70
    try:
        if limits.largest_file is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limits.largest_file, limits.largest_file))
        if limits.cpu is not None:
            signal.setitimer(signal.ITIMER_PROF, limits.cpu)
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
