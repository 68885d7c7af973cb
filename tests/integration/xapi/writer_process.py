"""A process of its own that stores statements from several threads: hot actors, hot activities, references.

python -m tests.integration.xapi.writer_process URL THREADS BATCHES BATCH
"""

from __future__ import annotations

import random
import sys
import threading
from typing import Any

from tests.conformance.statements import new_id, referring, small
from xapi.store.store import Store

AUTHORITY = {"objectType": "Agent", "account": {"homePage": "https://e.id", "name": "writer"}}


def statement(ids: list[str]) -> dict[str, Any]:
    """One of ten actors and ten activities with ever new names; one in eight refers to another statement."""
    actor = {"mbox": f"mailto:hot{random.randrange(10)}@example.id", "name": new_id()}
    if ids and random.random() < 0.125:
        return referring(random.choice(ids), id=new_id(), actor=actor)
    target = {
        "id": f"https://e.id/hot/{random.randrange(10)}",
        "definition": {"name": {"id": new_id()}},
    }
    return small(id=new_id(), actor=actor, object=target)


def write(store: Store, batches: int, size: int, faults: list[BaseException]) -> None:
    ids: list[str] = []
    try:
        for _ in range(batches):
            batch = [statement(ids) for _ in range(size)]
            ids += store.put_statements(batch, AUTHORITY)
    except BaseException as fault:
        faults.append(fault)
        raise


def main(url: str, threads: int, batches: int, size: int) -> int:
    store = Store(url)
    faults: list[BaseException] = []
    writers = [threading.Thread(target=write, args=(store, batches, size, faults)) for _ in range(threads)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    store.close()
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *(int(argument) for argument in sys.argv[2:5])))
