"""The store as a program in the same process uses it: idempotent, all or nothing, on both databases."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from sqlalchemy import event

from tests.conformance.statements import ACTIVITY, BUDI, VERB, full, new_id, small
from xapi.errors import Conflict, InvalidStatement, XapiError
from xapi.model.facets import agent_name
from xapi.model.version import Version
from xapi.store.store import Query, Store, add_key

AUTHORITY = {"objectType": "Agent", "account": {"homePage": "https://e.id", "name": "bridge"}}


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = Store(store_url)
    opened.create_schema()
    yield opened
    opened.close()


def payloads(store: Store, query: Query = Query()) -> list[bytes]:  # noqa: B008
    return [payload for _, payload in store.find(query, 100)[1].statements]


def test_statements_as_bytes_or_values_and_again(store: Store) -> None:
    as_value, as_bytes = small(id=new_id()), orjson.dumps(small(id=new_id(), result={"score": {"raw": 1.0}}))
    ids = store.put_statements([as_value, as_bytes], AUTHORITY)
    kept = payloads(store)
    assert store.put_statements([as_value, as_bytes], AUTHORITY) == ids
    assert payloads(store) == kept
    assert kept[0].startswith(as_bytes[:-1])
    assert orjson.loads(kept[0])["authority"] == AUTHORITY


def test_a_conflict_and_an_invalid_one_leave_nothing_behind(store: Store) -> None:
    first = small(id=new_id())
    store.put_statements([first], AUTHORITY)
    other = {**first, "result": {"success": True}}
    with pytest.raises(Conflict, match=str(first["id"])):
        store.put_statements([small(), other], AUTHORITY)
    with pytest.raises(InvalidStatement) as caught:
        store.put_statements([small(), {"actor": BUDI}], AUTHORITY)
    assert caught.value.path == "$[1]"
    assert len(payloads(store)) == 1
    assert store.put_statements([], AUTHORITY) == []


def test_many_threads_with_one_statement_store_it_once(store: Store) -> None:
    statement, answers = small(id=new_id()), []

    def put() -> None:
        answers.append(store.put_statements([statement], AUTHORITY))

    threads = [threading.Thread(target=put) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [[statement["id"]]] * 12
    assert len(payloads(store)) == 1


def test_two_stores_on_one_database_agree(store: Store, store_url: str) -> None:
    """As two processes would: nothing that one remembers may hide what the other wrote."""
    second = Store(store_url)
    statement = full()
    store.put_statements([statement], AUTHORITY)
    assert second.put_statements([statement], AUTHORITY) == [statement["id"]]
    other = {"id": ACTIVITY, "definition": {"name": {"en": "Changed"}}}
    second.put_statements([small(object=other)], AUTHORITY)
    assert store.definitions([ACTIVITY])[ACTIVITY]["name"]["en"] == "Changed"
    assert len(payloads(second)) == 2
    second.close()


def test_queries_in_the_same_process(store: Store) -> None:
    ids = store.put_statements([small(), small(verb={"id": "https://e.id/other"})], AUTHORITY)
    through, found = store.find(Query(agent=agent_name(BUDI), verb=VERB, activity=ACTIVITY), 10)
    assert [orjson.loads(payload)["id"] for _, payload in found.statements] == ids[:1]
    assert through >= found.statements[0][0]
    assert store.by_id(ids[1])[1] is not None
    assert store.by_id(new_id())[1] is None


def test_version_2_statements(store: Store) -> None:
    agents = [{"objectType": "contextAgent", "agent": BUDI}]
    statement = small(id=new_id(), context={"contextAgents": agents})
    with pytest.raises(InvalidStatement):
        store.put_statements([statement], AUTHORITY)
    store.put_statements([statement], AUTHORITY, version=Version.V2)
    assert orjson.loads(payloads(store)[0])["version"] == "2.0.0"


def test_keys_are_kept_hashed(store: Store) -> None:
    key, secret = add_key(store, "LMS", ["statements/write"])
    with store.database.reading() as connection:
        rows = store.database.rows(connection, "SELECT secret_hash FROM xapi_credential")
    assert rows[0][0].startswith("$argon2id$")
    assert secret not in rows[0][0]
    credential = store.credentials.verify(key, secret)
    assert credential is not None
    assert credential.may("statements/write")
    assert not credential.may("all/read")
    assert [row.name for row in store.credentials.listed()] == ["LMS"]
    with pytest.raises(XapiError, match="statements/own"):
        add_key(store, "LMS", ["statements/own"])
    with pytest.raises(XapiError):
        add_key(store, "LMS", [])


def test_close_writes_what_waits(store_url: str) -> None:
    first = Store(store_url)
    first.create_schema()
    thread = threading.Thread(target=first.put_statements, args=([small() for _ in range(50)], AUTHORITY))
    thread.start()
    thread.join()
    first.close()
    second = Store(store_url)
    assert len(payloads(second)) == 50
    second.close()


@pytest.mark.parametrize("ascending", [False, True])
def test_a_page_is_cut_at_its_limit_and_says_that_more_follows(store: Store, ascending: bool) -> None:
    ids = store.put_statements([small(id=new_id()) for _ in range(5)], AUTHORITY)
    wanted = ids if ascending else ids[::-1]
    for limit in (1, 4, 5, 6):
        _, found = store.find(Query(verb=VERB, ascending=ascending), limit)
        assert [orjson.loads(payload)["id"] for payload in found.payloads] == wanted[:limit]
        assert orjson.loads(b"[" + found.joined + b"]") == [orjson.loads(each) for each in found.payloads]
        assert found.more is (limit < 5)
        assert found.ords == sorted(found.ords, reverse=not ascending)
        assert [at for at, _ in found.statements] == found.ords
    nothing = store.find(Query(verb="http://example.org/never"), 5)[1]
    assert (nothing.statements, nothing.joined, nothing.more) == ([], b"", False)


@pytest.mark.parametrize("ascending", [False, True])
def test_a_page_larger_than_one_value_of_the_database_comes_row_by_row(
    tmp_path: Path, ascending: bool
) -> None:
    opened = Store(f"sqlite+pysqlite:///{tmp_path / 'lrs.db'}")
    event.listen(
        opened.database.engine,
        "connect",
        lambda connection, _: connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 20_000),
    )
    opened.create_schema()
    response = "x" * 6000
    ids = opened.put_statements(
        [small(id=new_id(), result={"response": response}) for _ in range(5)], AUTHORITY
    )
    too_much = "SELECT group_concat(CAST(payload AS TEXT)) FROM xapi_statement"
    with opened.database.reading() as connection, pytest.raises(sqlite3.DataError):
        opened.database.rows(connection, too_much)
    through, found = opened.find(Query(verb=VERB, ascending=ascending), 4)
    wanted = ids if ascending else ids[::-1]
    assert [orjson.loads(payload)["id"] for payload in found.payloads] == wanted[:4]
    assert found.more
    assert through >= max(found.ords)
    opened.close()
