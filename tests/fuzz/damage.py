"""Statements with random wounds: values swapped for others, members dropped, moved, added."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import strategies as st

from tests.conformance.statements import full

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


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    if isinstance(value, dict):
        for name, entry in value.items():
            found += _places(entry, (*path, name))
    elif isinstance(value, list):
        for at, entry in enumerate(value):
            found += _places(entry, (*path, at))
    return found


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """A full statement, perhaps with another inside, with up to three wounds."""
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
    for _ in range(draw(st.sampled_from([0, 1, 1, 1, 2, 3]))):
        path = draw(st.sampled_from(_places(statement)))
        if not path:
            continue
        place = _at(statement, path[:-1])
        kind = draw(st.sampled_from(["replace", "drop", "move", "add"]))
        if kind == "replace":
            place[path[-1]] = draw(values)
        elif kind == "drop":
            del place[path[-1]]
        elif kind == "move":
            place[path[-1]] = copy.deepcopy(_at(statement, draw(st.sampled_from(_places(statement)))))
        elif isinstance(place, dict):
            place[draw(st.text(max_size=10))] = draw(values)
    return statement


texts = damaged().map(lambda value: json.dumps(value, ensure_ascii=True).encode())
bodies = (
    texts
    | st.binary(max_size=300)
    | st.tuples(texts, st.integers(0, 3000)).map(lambda pair: pair[0][: pair[1]])
)
