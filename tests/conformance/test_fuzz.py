"""Whatever is sent, the answer is never a fault of the server (5xx), and what is accepted comes back.

The statements are real ones with random damage: values swapped for others, members dropped, doubled, moved;
and bodies of random bytes. `JPBRIDGE_FUZZ_SECONDS` runs the same for longer.
"""

from __future__ import annotations

import copy
import json
import os
import time
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conformance.server import RunningLrs
from tests.conformance.statements import full, new_id
from xapi.errors import XapiError
from xapi.model.comparison import same_statement
from xapi.model.facets import agents_named_in, definitions_in, displays_in, facets_of
from xapi.model.presentation import as_ids
from xapi.model.submission import Arriving, read_body
from xapi.model.version import Version
from xapi.model.wire import value_of

AUTHORITY = b'{"mbox":"mailto:lrs@example.id"}'

leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(
        [
            "Agent", "Group", "Activity", "StatementRef", "SubStatement", "mailto:a@example.id", "mailto:@",
            "https://example.id", "PT1S", "2026-08-03T00:00:00Z", "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:60.999999999-12:00", "24:00", "6690e6c9-3ef0-4ed3-8b37-7f3964730bee", "id",
            "", "\x00", "\ud7ff", "1.0.0", "2.0.0", "choice", "http://adlnet.gov/expapi/verbs/voided",
        ]
    )
)  # fmt: skip
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    if isinstance(value, dict):
        for name, entry in value.items():
            found += places(entry, (*path, name))
    elif isinstance(value, list):
        for at, entry in enumerate(value):
            found += places(entry, (*path, at))
    return found


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """A full statement, perhaps with another inside, with one to three wounds."""
    statement: Any = full()
    if draw(st.booleans()):
        inner = {name: value for name, value in full().items() if name not in ("id", "version")}
        statement["object"] = {"objectType": "SubStatement", **inner}
    if draw(st.booleans()):
        statement["context"]["contextAgents"] = [
            {
                "objectType": "contextAgent",
                "agent": {"mbox": "mailto:a@e.id"},
                "relevantTypes": ["https://e.id"],
            }
        ]
    for _ in range(draw(st.integers(0, 3))):
        path = draw(st.sampled_from(places(statement)))
        if not path:
            continue
        place = at(statement, path[:-1])
        kind = draw(st.sampled_from(["replace", "drop", "move", "add"]))
        if kind == "replace":
            place[path[-1]] = draw(values)
        elif kind == "drop":
            del place[path[-1]]
        elif kind == "move":
            place[path[-1]] = copy.deepcopy(at(statement, draw(st.sampled_from(places(statement)))))
        elif isinstance(place, dict):
            place[draw(st.text(max_size=10))] = draw(values)
    return statement


texts = damaged().map(lambda value: json.dumps(value, ensure_ascii=True).encode())
bodies = (
    texts
    | st.binary(max_size=300)
    | st.tuples(texts, st.integers(0, 3000)).map(lambda pair: pair[0][: pair[1]])
)


def _survive(body: bytes, version: Version) -> bool:
    """Everything that is done with a statement on its way in and out; only XapiError may come of it."""
    try:
        statements, _ = read_body(body, version)
    except XapiError as fault:
        refusal = fault
    else:
        _come_back(statements)
        return True
    assert refusal.status == 400
    assert refusal.sentence
    assert refusal.english
    return False


def _come_back(statements: list[Arriving]) -> None:
    for one in statements:
        kept = one.completed(1_760_000_000_000_000, AUTHORITY)
        value = value_of(kept)
        assert same_statement(one.value, value)
        facets_of(value)
        definitions_in(value)
        displays_in(value)
        agents_named_in(value)
        orjson.dumps(as_ids(value))
        # what was kept is a valid statement again
        again, _ = read_body(kept, Version.V2)
        assert again[0].statement_id == one.statement_id


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(body=bodies, version=st.sampled_from(list(Version)))
def test_the_parser_refuses_or_accepts_and_never_fails(body: bytes, version: Version) -> None:
    _survive(body, version)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(statement=damaged(), version=st.sampled_from(["1.0.3", "2.0.0"]))
def test_the_server_never_answers_5xx(lrs: RunningLrs, statement: Any, version: str) -> None:
    if isinstance(statement, dict) and "id" in statement:
        statement["id"] = new_id() if isinstance(statement["id"], str) else statement["id"]
    body = json.dumps(statement).encode()
    answer = lrs.post("/statements", data=body, version=version, headers={"Content-Type": "application/json"})
    assert answer.status_code in (200, 400), answer.text
    if answer.status_code == 400:
        assert answer.json()["clause"]
        return
    kept = lrs.get("/statements", params={"statementId": answer.json()[0]}, version=version)
    wanted = "voidedStatementId" if kept.status_code == 404 else "statementId"
    for form in ("exact", "ids", "canonical"):
        shown = lrs.get("/statements", params={wanted: answer.json()[0], "format": form}, version=version)
        assert shown.status_code == 200


@pytest.mark.slow
@pytest.mark.skipif(
    "JPBRIDGE_FUZZ_SECONDS" not in os.environ, reason="set JPBRIDGE_FUZZ_SECONDS to fuzz for long"
)
def test_the_parser_for_long() -> None:
    until = time.monotonic() + float(os.environ["JPBRIDGE_FUZZ_SECONDS"])
    counts = [0, 0]

    @settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(body=bodies, version=st.sampled_from(list(Version)))
    def once(body: bytes, version: Version) -> None:
        counts[_survive(body, version)] += 1

    while time.monotonic() < until:
        once()
    assert counts[0] > 1000
    assert counts[1] > 100
