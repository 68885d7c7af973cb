from __future__ import annotations

import pytest

from xapi.errors import InvalidStatement
from xapi.model.wire import join_object, read_json, split_array, split_object


def test_bytes_of_values_survive_taking_apart_and_joining() -> None:
    body = b'{"b":1.0, "a" : [ 1e2 ,"\\u00e9"],"c":{"z":-0.0}}'
    members = split_object(body)
    assert list(members) == ["b", "a", "c"]
    assert members["b"] == b"1.0"
    assert members["c"] == b'{"z":-0.0}'
    assert split_array(members["a"])[0].strip() == b"1e2"
    assert join_object({"a": members["b"]}) == b'{"a":1.0}'


@pytest.mark.parametrize(
    "body", [b'{"a":1,"a":1}', b'[{"x":{"a":1,"b":{"c":1,"c":2}}}]', b'{"a":1e999,"a":2}']
)
def test_a_doubled_property_is_refused_at_any_depth(body: bytes) -> None:
    """xAPI Part 2 2.2."""
    with pytest.raises(InvalidStatement) as caught:
        read_json(body)
    assert caught.value.code == "duplicate"


@pytest.mark.parametrize(
    "body", [b'{"a:b":"c:d\\u003a"}', b'"\\":"', b'{"a":1e999}', b"123456789012345678901234567890"]
)
def test_odd_but_valid_json_is_read(body: bytes) -> None:
    read_json(body)


@pytest.mark.parametrize("body", [b"[" * 300 + b"]" * 300, b'{"a":' * 300 + b"1e999" + b"}" * 300])
def test_too_deep_json_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidStatement) as caught:
        read_json(body)
    assert caught.value.code == "depth"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b'{"a":1,"a":2}', "$.a"),
        (b'[{"a":1},{"b":{"c":[0,{"d":1,"d":1}]}}]', "$[1].b.c[1].d"),
        (b'{"a":{"b":1,"b":1},"a":3}', "$.a"),  # the inner one is gone with its place
        (b'{"a":1,"a":1,"b":"\\u003a"}', "$.a"),  # the escaped colon would hide the lost one
    ],
)
def test_a_doubled_property_is_found_and_named(body: bytes, path: str) -> None:
    with pytest.raises(InvalidStatement) as refused:
        read_json(body)
    assert (refused.value.code, refused.value.path) == ("duplicate", path)


@pytest.mark.parametrize(
    ("body", "code", "told"),
    [
        (b"", "empty", "empty"),
        (b'{"a":1,\n "b":tru}', "json", "line 2 column 6"),
        (b'{"a":"\xff"}', "json", "position 6"),
        (b'{"a":"\\ud800"}', "json", "surrogate"),
        (b"[" * 300, "json", "line 1 column 301"),
        (b"[" * 300 + b"]" * 300, "depth", "deep"),
        (b"[" * 100_000, "depth", "deep"),
    ],
)
def test_what_is_no_json_is_told_with_its_place(body: bytes, code: str, told: str) -> None:
    with pytest.raises(InvalidStatement) as refused:
        read_json(body)
    assert refused.value.code == code
    assert told in refused.value.english
