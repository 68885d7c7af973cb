"""`stored`, `more`, `since` and consistent-through, while several processes write to the same store."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from xapi.store.store import Query, Store

PROCESSES, THREADS, BATCHES, SIZE = 3, 4, 12, 5
TOTAL = PROCESSES * THREADS * BATCHES * SIZE


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = Store(store_url)
    opened.create_schema()
    yield opened
    opened.close()


@contextmanager
def writers(store_url: str) -> Iterator[list[subprocess.Popen[bytes]]]:
    command = [sys.executable, "-m", "tests.integration.xapi.writer_process", store_url]
    command += [str(number) for number in (THREADS, BATCHES, SIZE)]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(PROCESSES)]
    try:
        yield running
        for process in running:
            _, errors = process.communicate(timeout=120)
            assert process.returncode == 0, errors.decode()[-3000:]
    finally:
        for process in running:
            process.kill()
            process.wait()


def everything(store: Store, query: Query = Query()) -> list[int]:  # noqa: B008
    """`stored` of all that a query finds, page by page."""
    found: list[int] = []
    after = None
    while True:
        asked = Query(
            since=query.since, until=query.until, ascending=query.ascending, after=after, verb=query.verb
        )
        _, page = store.find(asked, 17)
        found += [at for at, _ in page.statements]
        if not page.more:
            return found
        after = page.statements[-1][0]


def alive(running: list[subprocess.Popen[bytes]]) -> bool:
    return any(process.poll() is None for process in running)


def test_a_reader_who_polls_since_the_last_loses_and_repeats_nothing(store: Store, store_url: str) -> None:
    seen: list[int] = []
    with writers(store_url) as running:
        while alive(running):
            last = seen[-1] if seen else None
            seen += everything(store, Query(since=last, ascending=True))
    seen += everything(store, Query(since=seen[-1] if seen else None, ascending=True))
    assert len(seen) == TOTAL
    assert seen == sorted(set(seen))
    assert seen == everything(store, Query(ascending=True))


@pytest.mark.parametrize("asked", ["alone", "with a page"])
def test_consistent_through_is_below_every_write_in_flight(store: Store, store_url: str, asked: str) -> None:
    """What comes with a page may rest on a quiet moment of a little while ago: that claims no more."""
    claims: list[tuple[int, list[int]]] = []
    with writers(store_url) as running:
        while alive(running):
            through = store.consistent_through() if asked == "alone" else store.find(Query(), 1)[0]
            claims.append((through, everything(store, Query(until=through, ascending=True))))
    final = everything(store, Query(ascending=True))
    assert len(final) == TOTAL
    assert len({through for through, _ in claims}) > 5
    for through, visible in claims:
        assert visible == [at for at in final if at <= through]


def test_pages_neither_lose_nor_repeat_while_others_write(store: Store, store_url: str) -> None:
    walks: list[list[int]] = []
    with writers(store_url) as running:
        while alive(running):
            walks.append(everything(store))
    final = everything(store)
    for walk in walks:
        newest = walk[0] if walk else 0
        assert walk == [at for at in final if at <= newest]


def test_consistent_through_is_recent_when_nobody_writes(store: Store) -> None:
    """xAPI Part 3 2.1.3: "a recent timestamp, even if there are no recently received Statements"."""
    first = store.consistent_through()
    time.sleep(0.01)
    assert store.consistent_through() > first
    paged = store.find(Query(), 1)[0]
    time.sleep(0.03)
    assert store.find(Query(), 1)[0] > paged
    assert abs(store.consistent_through() / 1e6 - time.time()) < 30


def test_a_writer_in_its_turn_holds_consistent_through_back(store: Store) -> None:
    """An open turn of another thread: nothing later than the last visible statement is claimed."""
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with store.database.turn():
            entered.set()
            leave.wait(30)

    author = {"objectType": "Agent", "mbox": "mailto:a@example.id"}
    statement = {"actor": author, "verb": {"id": "https://e.id/v"}, "object": {"id": "https://e.id/o"}}
    store.put_statements([statement], author)
    newest = everything(store)[0]
    holding = threading.Thread(target=hold)
    began = time.time_ns() // 1000
    holding.start()
    try:
        assert entered.wait(30)
        assert store.consistent_through() == newest
        # With a page: at most a moment before the turn began.
        assert newest <= store.find(Query(), 1)[0] <= began
    finally:
        leave.set()
        holding.join()
    assert store.consistent_through() > newest


def test_stored_grows_even_when_the_clock_stands_still(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = store.database.last_and_now
    monkeypatch.setattr(store.database, "last_and_now", lambda connection: (asked(connection)[0], 1_000_000))
    author = {"objectType": "Agent", "mbox": "mailto:a@example.id"}
    statement = {"actor": author, "verb": {"id": "https://e.id/v"}, "object": {"id": "https://e.id/o"}}
    for _ in range(3):
        store.put_statements([statement, statement], author)
    found = everything(store, Query(ascending=True))
    assert found == [1_000_000 + step for step in range(6)]
