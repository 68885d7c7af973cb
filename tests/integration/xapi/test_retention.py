"""Letting go of old traces and states: what proves something, is pointed to or still has to be sent stays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from tests.conformance.statements import BUDI, about, new_id, small, voiding
from xapi.model.facets import agent_name
from xapi.store.documents import Place
from xapi.store.retention import TRACES, Retained
from xapi.store.store import Query, Store

AUTHOR = {"objectType": "Agent", "account": {"homePage": "https://e.id", "name": "lms"}}
STATE = Place("state", ("https://e.id/course", "mailto:budi@example.id"), None, "mailto:budi@example.id")
PROFILE = Place("agent_profile", ("mailto:budi@example.id",), None, "mailto:budi@example.id")
ATTACHED = {
    "usageType": "https://e.id/usage", "display": {"id": "x"}, "contentType": "text/plain", "length": 1,
    "sha2": "ab" * 32, "fileUrl": "https://e.id/x",
}  # fmt: skip


def trace(number: int = 0, **members: Any) -> dict[str, Any]:
    return small(id=new_id(), verb={"id": TRACES[number % len(TRACES)]}, **members)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    one = Store(store_url)
    one.create_schema()
    yield one
    one.close()


def rows(store: Store, table: str) -> int:
    with store.database.reading() as connection:
        return int(store.database.rows(connection, f"SELECT count(*) FROM {table}")[0][0])


def ids(store: Store, query: Query) -> set[str]:
    return {orjson.loads(raw)["id"] for _, raw in store.find(query, 5000)[1].statements}


def after_now(store: Store) -> int:
    return store.consistent_through() + 1


def test_only_old_traces_go(store: Store) -> None:
    plain = [trace(n) for n in range(1200)]
    targeted, voided, attached, proof = trace(), trace(), trace(attachments=[ATTACHED]), small(id=new_id())
    pointer = small(
        id=new_id(), verb={"id": TRACES[0]}, object={"objectType": "StatementRef", "id": targeted["id"]}
    )
    void = voiding(voided["id"], id=new_id())
    inside = trace(object={"objectType": "SubStatement", **small()})
    old = [*plain, targeted, voided, attached, proof, pointer, void, inside]
    for at in range(0, len(old), 400):
        store.put_statements(old[at : at + 400], AUTHOR)
    before = after_now(store)
    new = trace()
    store.put_statements([new], AUTHOR)
    keys_before = rows(store, "xapi_statement_key")

    expected = Retained(traces=1200, kept=4, states=0)  # targeted, attached, pointer, inside
    assert store.retain(traces_before=before, dry_run=True) == expected
    assert (rows(store, "xapi_statement"), rows(store, "xapi_statement_key")) == (1208, keys_before)
    assert store.retain(traces_before=before, dry_run=False) == expected

    stay = {one["id"] for one in (targeted, attached, proof, pointer, void, inside, new)}
    assert ids(store, Query()) == stay
    assert ids(store, Query(agent=agent_name(BUDI))) == stay
    assert store.absent([voided["id"], plain[0]["id"]]) == [plain[0]["id"]]
    # nothing is left of those that went: each of theirs had the same keys
    assert rows(store, "xapi_statement_key") == keys_before - 1200 * 4
    assert store.retain(traces_before=before, dry_run=False) == Retained(0, 4, 0)
    store.put_statements([plain[0]], AUTHOR)  # an id that went may come again
    assert plain[0]["id"] in ids(store, Query(verb=TRACES[0]))


def test_what_forwarding_has_not_come_to_stays(store: Store) -> None:
    first, second = trace(), trace()
    store.put_statements([first], AUTHOR)
    offered = store.consistent_through()
    store.forwarding.add("pusat", "https://lrs.example.id/xapi", "k", "env:X", after=offered)
    store.forwarding.add("lain", "https://lrs.example.id/xapi", "k", "env:X", after=2**61)
    store.put_statements([second], AUTHOR)
    before = after_now(store)
    assert store.retain(traces_before=before, dry_run=True) == Retained(1, 1, 0)
    assert store.retain(traces_before=before, dry_run=False) == Retained(1, 1, 0)
    assert ids(store, Query()) == {second["id"]}
    store.forwarding.remove("pusat")
    assert store.retain(traces_before=before, dry_run=False) == Retained(1, 0, 0)


def test_states_go_and_profiles_stay(store: Store) -> None:
    def put(place: Place, name: str) -> None:
        store.documents.put(place, name, "text/plain", b"x", lambda kept: None)

    put(STATE, "bookmark")
    put(STATE, "again")
    put(PROFILE, "language")
    before = after_now(store)
    put(STATE, "again")  # written anew: its time begins again
    assert store.retain(states_before=before, dry_run=True).states == 1
    assert len(store.documents.names(STATE)) == 2
    assert store.retain(states_before=before, dry_run=False) == Retained(0, 0, 1)
    assert [name for name, _ in store.documents.names(STATE)] == ["again"]
    assert len(store.documents.names(PROFILE)) == 1
    assert store.retain(dry_run=False) == Retained(0, 0, 0)  # without a limit all stay


def test_a_statement_that_comes_to_target_a_trace_keeps_it(store: Store) -> None:
    one = trace()
    late = small(id=new_id(), object={"objectType": "StatementRef", "id": one["id"]})
    store.put_statements([late], AUTHOR)
    store.put_statements([one, about("https://e.id/a")], AUTHOR)
    assert store.retain(traces_before=after_now(store), dry_run=False) == Retained(0, 1, 0)
