"""Counts and exports over real HTTP, on both databases."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest

from tests.conformance.server import RunningLrs, running_lrs
from tests.conformance.statements import new_id, small
from xapi.lrs.export import COLUMNS

VERB = "https://e.id/verbs/"
BUDI = {"name": "=Budi", "account": {"homePage": "https://e.id", "name": "budi"}}


@pytest.fixture
def lrs(store_url: str) -> Iterator[RunningLrs]:
    with running_lrs(store_url) as running:
        yield running


def put(lrs: RunningLrs, *statements: dict[str, Any] | bytes) -> list[str]:
    author = {"objectType": "Agent", "account": {"homePage": "https://e.id", "name": "a"}}
    return lrs.store.put_statements(statements, author)


def numbered(verb: str, count: int, **members: Any) -> list[dict[str, Any]]:
    return [small(id=new_id(), verb={"id": VERB + verb}, **members) for _ in range(count)]


def counted(lrs: RunningLrs, **asked: str) -> dict[str, int]:
    answer = lrs.get("/statements/counts", params=asked)
    assert answer.status_code == 200, answer.text
    return {row[asked.get("by", "verb")]: row["statements"] for row in answer.json()["counts"]}


def test_counts_by_verb_activity_and_day_under_every_filter(lrs: RunningLrs) -> None:
    first = put(lrs, *numbered("a", 3, actor=BUDI), *numbered("b", 2))
    put(lrs, *numbered("b", 1, object={"id": "https://e.id/course"}, actor=BUDI))
    put(lrs, *numbered("b", 1, object={"objectType": "Agent", "mbox": "mailto:x@e.id"}))
    assert counted(lrs) == {VERB + "b": 4, VERB + "a": 3}
    assert list(counted(lrs)) == [VERB + "b", VERB + "a"]  # the most frequent first
    assert counted(lrs, agent=orjson.dumps(BUDI).decode()) == {VERB + "a": 3, VERB + "b": 1}
    by_activity = counted(lrs, by="activity")
    assert by_activity["https://e.id/course"] == 1
    assert sum(by_activity.values()) == 6  # the one about an agent is about no activity
    day = orjson.loads(lrs.get("/statements", params={"limit": 1}).content)["statements"][0]["stored"][:10]
    assert counted(lrs, by="day", offset="+00:00") == {day: 7}
    voiding = small(
        verb={"id": "http://adlnet.gov/expapi/verbs/voided"},
        object={"objectType": "StatementRef", "id": first[0]},
    )
    put(lrs, voiding)
    assert counted(lrs)[VERB + "a"] == 2
    stored = lrs.get("/statements", params={"statementId": first[4]}).json()["stored"]
    assert counted(lrs, until=stored) == {VERB + "a": 2, VERB + "b": 2}
    assert counted(lrs, since=stored, verb=VERB + "b") == {VERB + "b": 2}


def test_a_day_is_that_of_the_zone_asked_for(lrs: RunningLrs) -> None:
    put(lrs, *numbered("a", 1))
    days = {offset: next(iter(counted(lrs, by="day", offset=offset))) for offset in ("-12:00", "+12:00")}
    assert days["-12:00"] < days["+12:00"]


def test_each_shape_has_every_statement_once(lrs: RunningLrs) -> None:
    kept = put(
        lrs, *numbered("a", 1203, actor=BUDI, result={"score": {"raw": 7, "scaled": 0.5}, "success": True})
    )
    odd = b'{"id":"%s","actor":{"mbox":"mailto:a@e.id"},\n"verb":{"id":"https://e.id/v"},"object":{"id":"https://e.id/o"},"result":{"score":{"raw":1.0}}}'
    last = new_id()
    put(lrs, odd % last.encode())
    lines = lrs.get("/statements/export").content.splitlines()
    assert [orjson.loads(line)["id"] for line in lines] == [*kept, last]
    assert b'"raw":1.0' in lines[-1]
    text = lrs.get("/statements/export", params={"shape": "csv"}).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["id"] for row in rows] == [*kept, last]
    assert rows[0]["actor"] == "account https://e.id budi"
    assert rows[0]["actor_name"] == "'=Budi"  # a spreadsheet must not run it
    assert (rows[0]["score_raw"], rows[0]["success"], rows[-1]["success"]) == ("7.0", "true", "")
    table = pq.read_table(io.BytesIO(lrs.get("/statements/export", params={"shape": "parquet"}).content))
    assert table.column_names == list(COLUMNS)
    assert table["id"].to_pylist() == [*kept, last]
    assert table["score_scaled"].to_pylist()[0] == 0.5
    only = lrs.get("/statements/export", params={"verb": "https://e.id/v"}).content.splitlines()
    assert len(only) == 1


def test_an_empty_answer_is_a_whole_file(lrs: RunningLrs) -> None:
    asked = {"verb": "https://e.id/nobody-said-this"}
    assert lrs.get("/statements/export", params=asked).content == b""
    text = lrs.get("/statements/export", params={**asked, "shape": "csv"}).content
    assert text.decode("utf-8-sig").strip().split(",") == list(COLUMNS)
    body = lrs.get("/statements/export", params={**asked, "shape": "parquet"}).content
    assert pq.read_table(io.BytesIO(body)).num_rows == 0


def test_scopes_hold_and_readings_are_noted(lrs: RunningLrs) -> None:
    put(lrs, *numbered("a", 2))
    writer = lrs.store.credentials.add("LMS", ["statements/write"])
    own = lrs.store.credentials.add("own", ["statements/write", "statements/read/mine"])
    auditor = lrs.store.credentials.add("auditor", ["all/read"])
    for path in ("/statements/counts", "/statements/export"):
        assert lrs.get(path, auth=writer).status_code == 403
        assert lrs.get(path, auth=("x", "y")).status_code == 401
        assert lrs.post(path, json={}).status_code == 405
        assert lrs.get(path, params={"nonsense": "1"}).status_code == 400
    assert lrs.store.reads() == []
    assert lrs.post("/statements", json=numbered("c", 1), auth=own).status_code == 200
    mine = lrs.get("/statements/counts", auth=own).json()["counts"]
    assert mine == [{"verb": VERB + "c", "statements": 1}]
    assert len(lrs.get("/statements/export", auth=own).content.splitlines()) == 1
    assert len(lrs.get("/statements/export", auth=auditor).content.splitlines()) == 3
    noted = [(key, what) for _, key, what, _ in lrs.store.reads()]
    assert noted == [(auditor[0], "export"), (own[0], "export"), (own[0], "counts")]


@pytest.mark.parametrize("offset", ["9", "+9", "+15:00", "Z"])
def test_an_offset_is_hours_and_minutes(lrs: RunningLrs, offset: str) -> None:
    answer = lrs.get("/statements/counts", params={"by": "day", "offset": offset})
    assert answer.status_code == 400
    assert answer.json()["path"] == "offset"
