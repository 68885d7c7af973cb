"""Two processes with APScheduler's loop over a thousand ticks of a compressed clock: each tick runs once, on both
databases."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from bridge.store.tables import tenant, tick
from tests.installation import ROOT

TICKS = 1000
BEGIN = datetime.fromisoformat("2026-03-01T00:00:30+00:00")

SCHEDULER = """
import sys
from datetime import datetime, timedelta
from pathlib import Path
import structlog
from bridge.store.connect import open_store
from scheduler.jobs import Job
from scheduler.loop import Loop
from scheduler.watch import Watch
from tests.apscheduler_clock import Stepped

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
url, who, ticks, begin, told = sys.argv[1:6]
job = Job("minutely", "* * * * *", timedelta(hours=1), timedelta(hours=1), "")
clock = Stepped(datetime.fromisoformat(begin))
ran = Path(told).open("a")

class Done:
    def poll(self):
        return 0
    def stop(self):
        pass

def start(item, moment):
    ran.write(moment.isoformat() + "\\n")
    return Done()

store = open_store(url)
loop = Loop(Watch(store, clock, start, jobs=(job,), who=who))
with clock.driving(loop) as step:
    loop.keep()
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(int(ticks)):
        step(timedelta(minutes=1))
        loop.watch.reap()
print(clock.fired, flush=True)
ran.close()
store.dispose()
"""


@pytest.mark.slow
def test_each_tick_runs_once(store: Engine, tmp_path: Path) -> None:
    url = store.url.render_as_string(hide_password=False)
    with (
        store.begin() as connection
    ):  # a tick before the installation is nobody's: the first is one minute on
        connection.execute(sa.update(tenant).values(created_at=BEGIN))
    processes = []
    for who in ("a", "b"):
        command = [sys.executable, "-c", SCHEDULER, url, who, str(TICKS), BEGIN.isoformat()]
        process = subprocess.Popen(
            [*command, str(tmp_path / who)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        processes.append(process)
    for process in processes:  # both begin together, or the second would find everything done
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        out, _ = process.communicate(timeout=240)
        assert process.returncode == 0
        assert (
            int(out) == TICKS
        )  # each was fired by APScheduler in both; whose row it became, the store decided
    by_process = [(tmp_path / who).read_text("utf-8").split() for who in ("a", "b")]
    runs = Counter(by_process[0] + by_process[1])
    expected = {
        (BEGIN.replace(second=0) + timedelta(minutes=number)).isoformat() for number in range(1, TICKS + 1)
    }
    assert set(runs) == expected
    assert set(runs.values()) == {1}
    assert all(by_process), f"one process ran nothing, so nothing was shared: {[len(x) for x in by_process]}"
    with store.connect() as connection:
        states = connection.execute(sa.select(tick.c.state, sa.func.count()).group_by(tick.c.state))
        assert sum(count for _, count in states) == TICKS
