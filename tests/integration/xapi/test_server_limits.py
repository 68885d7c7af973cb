"""What protects the server: sizes, failed logins, a database that is gone. And that it recovers."""

from __future__ import annotations

import gzip
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import psycopg
import pytest
import requests

from tests.conformance.server import running_lrs
from tests.conformance.statements import ACTIVITY, BUDI, small
from xapi.errors import SchemaMismatch, StoreUnavailable
from xapi.lrs.settings import LrsSettings
from xapi.store.store import Store


def test_oversize_is_413_plain_announced_and_zipped(sqlite_store_url: str) -> None:
    headers = {"Content-Type": "application/json"}
    big = json.dumps(small(result={"response": "x" * 20_000})).encode()
    with running_lrs(sqlite_store_url, LrsSettings(body_limit=10_000)) as lrs:
        assert lrs.post("/statements", data=big, headers=headers).status_code == 413
        pieces = (big[at : at + 1000] for at in range(0, len(big), 1000))
        assert lrs.post("/statements", data=pieces, headers=headers).status_code == 413
        zipped = gzip.compress(big)
        assert len(zipped) < 10_000
        answer = lrs.post("/statements", data=zipped, headers={**headers, "Content-Encoding": "gzip"})
        assert answer.status_code == 413
        assert "10000" in answer.json()["pesan"]
        assert lrs.post("/statements", json=small()).status_code == 200


def test_guessing_is_slowed_down_and_known_keys_go_on(sqlite_store_url: str) -> None:
    settings = LrsSettings(failures_allowed=3, failure_window=30.0)
    with running_lrs(sqlite_store_url, settings) as lrs:
        assert lrs.get("/statements").status_code == 200
        tried = [lrs.get("/statements", auth=("nobody", f"guess{at}")) for at in range(5)]
        assert [answer.status_code for answer in tried] == [401, 401, 401, 429, 429]
        assert 0 < int(tried[-1].headers["Retry-After"]) <= 31
        assert lrs.get("/statements").status_code == 200


def test_a_store_that_is_gone_is_one_sentence_and_nothing_is_half_written(store_url: str) -> None:
    with running_lrs(store_url) as lrs:
        ids = lrs.post("/statements", json=[small()]).json()
        with lrs.store.database.reading() as connection:
            connection.exec_driver_sql("ALTER TABLE xapi_statement_key RENAME TO hidden")
        answer = lrs.post("/statements", json=[small(), small()])
        assert answer.status_code in (500, 503)
        assert "Traceback" not in answer.text
        assert answer.json()["pesan"]
        with lrs.store.database.reading() as connection:
            connection.exec_driver_sql("ALTER TABLE hidden RENAME TO xapi_statement_key")
        assert [one["id"] for one in lrs.get("/statements").json()["statements"]] == ids
        assert lrs.post("/statements", json=small()).status_code == 200


@pytest.mark.postgres
def test_it_goes_on_after_the_database_server_dropped_every_connection(postgres_url: str) -> None:
    with running_lrs(postgres_url) as lrs:
        kept = lrs.post("/statements", json=small()).json()
        with psycopg.connect(postgres_url, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        answers = [lrs.post("/statements", json=small()) for _ in range(3)]
        assert {answer.status_code for answer in answers[:1]} <= {200, 503}
        assert [answer.status_code for answer in answers[1:]] == [200, 200]
        assert all("pesan" in answer.json() for answer in answers if answer.status_code == 503)
        ids = [one["id"] for one in lrs.get("/statements").json()["statements"]]
        assert ids[-1:] == kept
        assert len(ids) == 1 + sum(answer.status_code == 200 for answer in answers)


def test_a_database_that_can_not_be_opened_says_so(tmp_path: Path) -> None:
    store = Store(f"sqlite+pysqlite:///{tmp_path / 'no' / 'such' / 'place.db'}")
    with pytest.raises(StoreUnavailable):
        store.create_schema()
    store.close()


def test_the_schema_knows_its_version(store_url: str) -> None:
    store = Store(store_url)
    with pytest.raises(SchemaMismatch, match="do not exist"):
        store.check_schema()
    store.create_schema()
    store.create_schema()
    store.check_schema()
    with store.database.reading() as connection:
        connection.exec_driver_sql("UPDATE xapi_schema SET version = 999")
    with pytest.raises(SchemaMismatch, match="999"):
        store.check_schema()
    with pytest.raises(SchemaMismatch, match="999"):
        store.create_schema()
    store.close()


def test_quick_reads_do_not_stand_behind_documents_that_wait_for_the_disk(tmp_path: Path) -> None:
    settings = LrsSettings(readers=1, waiters=2)
    with running_lrs(f"sqlite+pysqlite:///{tmp_path / 'lrs.db'}", settings) as lrs:
        lrs.post("/statements", json=small())

        def put(number: int) -> int:
            asked = {"activityId": ACTIVITY, "agent": orjson.dumps(BUDI), "stateId": str(number)}
            headers = {"X-Experience-API-Version": "1.0.3", "Content-Type": "text/plain"}
            address = lrs.url + "/activities/state"
            done = requests.put(address, "x", params=asked, headers=headers, auth=lrs.auth, timeout=60)
            return done.status_code

        with ThreadPoolExecutor(4) as pool:
            with lrs.store.database.turn():
                waiting = [pool.submit(put, number) for number in range(4)]
                time.sleep(0.3)
                found = lrs.get("/statements").json()["statements"]
                still = [one.done() for one in waiting]
            assert [one.result() for one in waiting] == [204] * 4
        assert (len(found), still) == (1, [False] * 4)
