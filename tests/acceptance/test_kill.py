"""kill -9 anywhere in pull and night, run again: the same ledger, the same statements, nothing doubled.

Each trial starts from the same installation, is killed at a random moment of its night (pull included), and
runs again; the ledger, the evidence and the record store must then equal those of a night that nobody killed.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from lms_adapters.moodle.replay import MoodleReplay
from tests.installation import Office, smaller_site

TRIALS = int(os.environ.get("JPBRIDGE_KILLS", "10"))  # more of them: JPBRIDGE_KILLS=28
SEED = 20261124


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = smaller_site(tmp_path_factory.mktemp("site") / "moodle", pages=1)
    with MoodleReplay(folder, port=0) as site:
        office = Office(tmp_path_factory.mktemp("office") / "home", token=site.token)
        office.set_up(site.url)
        yield office


def statements(office: Office) -> list[tuple[object, ...]]:
    engine = sa.create_engine(f"sqlite:///{office.home / 'lrs.db'}")
    with engine.connect() as connection:
        rows = [
            tuple(row)
            for row in connection.execute(sa.text("SELECT statement_id FROM xapi_statement ORDER BY 1"))
        ]
    engine.dispose()
    return rows


def evidence(office: Office) -> list[tuple[object, ...]]:
    engine = office.store()
    query = sa.text(
        "SELECT source, external_learner, external_course, attempt, version, evidence_hash FROM completion "
        "ORDER BY 1, 2, 3, 4, 5"
    )
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(query)]
    engine.dispose()
    return rows


def runs(office: Office) -> list[str]:
    engine = office.store()
    with engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT state FROM run WHERE job = 'night' ORDER BY started_at"))
        states = [str(row[0]) for row in rows]
    engine.dispose()
    return states


@pytest.mark.slow
def test_killed_anywhere_the_ledger_is_the_same(prepared: Office, tmp_path: Path) -> None:
    faultless = prepared.copy_to(tmp_path / "faultless")
    began = time.monotonic()
    faultless.run("night")
    length = time.monotonic() - began
    ledger, told, kept = faultless.ledger(), statements(faultless), evidence(faultless)
    assert len(ledger) > 600
    assert len(told) == len(ledger)

    chance = random.Random(SEED)
    killed_states: set[str] = set()
    for trial in range(TRIALS):
        office = prepared.copy_to(tmp_path / f"trial-{trial}")
        # Spread over the whole night, so that every stage is hit: trial n somewhere in its n-th part.
        moment = (trial + chance.random()) / TRIALS * length
        victim = office.start("night")
        time.sleep(moment)
        victim.send_signal(signal.SIGKILL)
        victim.communicate(timeout=60)
        killed_states |= set(runs(office))
        office.run("night")
        assert office.ledger() == ledger, f"trial {trial}, killed after {moment:.2f} s"
        assert statements(office) == told, f"trial {trial}, killed after {moment:.2f} s"
        assert evidence(office) == kept, f"trial {trial}, killed after {moment:.2f} s"
        assert "running" not in runs(office)
    again = office.json("night")
    assert (again["reconcile"]["entries"], again["publish"]["statements"]) == (0, 0)
    assert "running" in killed_states, "no kill fell into a night: the trials prove nothing"
