"""xAPI Part 3 2.2 to 2.8: documents, agents, activities, about; 4.0: who may do what."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
import requests

from tests.conformance.server import RunningLrs
from tests.conformance.statements import new_id, small

RESOURCES = ["/activities/state", "/agents/profile", "/activities/profile"]


def place(path: str, name: str | None = "doc") -> dict[str, str]:
    agent = json.dumps({"mbox": f"mailto:{new_id()}@example.id"})
    found = {
        "/activities/state": {"activityId": f"https://e.id/{new_id()}", "agent": agent},
        "/agents/profile": {"agent": agent},
        "/activities/profile": {"activityId": f"https://e.id/{new_id()}"},
    }[path]
    if name:
        found["stateId" if path.endswith("state") else "profileId"] = name
    return found


def put(lrs: RunningLrs, path: str, where: dict[str, str], body: Any, **options: Any) -> requests.Response:
    headers = options.pop("headers", {"If-None-Match": "*"})
    return lrs.put(path, params=where, data=body, headers=headers, **options)


@pytest.mark.parametrize("path", RESOURCES)
def test_a_document_comes_back_byte_for_byte(lrs: RunningLrs, path: str) -> None:
    """xAPI Part 3 2.2; the ETag is the SHA-1 of the content (3.1)."""
    where, body = place(path), bytes(range(256))
    headers = {"If-None-Match": "*", "Content-Type": "image/png"}
    assert put(lrs, path, where, body, headers=headers).status_code == 204
    answer = lrs.get(path, params=where)
    assert answer.content == body
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["ETag"] == f'"{hashlib.sha1(body).hexdigest()}"'  # noqa: S324
    assert answer.headers["Last-Modified"]
    assert lrs.get(path, params=where, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert lrs.delete(path, params=where).status_code == 204
    assert lrs.get(path, params=where).status_code == 404


@pytest.mark.parametrize("path", RESOURCES)
def test_etags_guard_against_lost_updates(lrs: RunningLrs, path: str) -> None:
    """xAPI Part 3 3.1."""
    where = place(path)
    assert put(lrs, path, where, b"1").status_code == 204
    assert put(lrs, path, where, b"2").status_code == 412
    assert put(lrs, path, where, b"2", headers={"If-Match": '"x"'}).status_code == 412
    assert lrs.delete(path, params=where, headers={"If-Match": '"x"'}).status_code == 412
    etag = lrs.get(path, params=where).headers["ETag"]
    assert put(lrs, path, where, b"2", headers={"If-Match": etag}).status_code == 204
    assert lrs.get(path, params=where).content == b"2"
    assert put(lrs, path, where, b"3", headers={}, version="2.0.0").status_code == 409
    unguarded = put(lrs, path, where, b"3", headers={})
    assert unguarded.status_code == (204 if path.endswith("state") else 409)


@pytest.mark.parametrize("path", RESOURCES)
def test_post_merges_json_objects_and_keeps_their_bytes(lrs: RunningLrs, path: str) -> None:
    """xAPI Part 3 2.2, JSON Procedure."""
    where, headers = place(path), {"Content-Type": "application/json"}
    assert lrs.post(path, params=where, data=b'{"a":1.0,"b":{"c":1}}', headers=headers).status_code == 204
    assert lrs.post(path, params=where, data=b'{"b":2, "z":[1e2]}', headers=headers).status_code == 204
    assert lrs.get(path, params=where).content == b'{"a":1.0,"b":2,"z":[1e2]}'
    for body, kind in ((b"[1]", "application/json"), (b"{", "application/json"), (b"{}", "text/plain")):
        answer = lrs.post(path, params=where, data=body, headers={"Content-Type": kind})
        assert answer.status_code == 400
    assert lrs.get(path, params=where).content == b'{"a":1.0,"b":2,"z":[1e2]}'


@pytest.mark.parametrize("path", RESOURCES)
def test_names_are_listed_since_a_moment(lrs: RunningLrs, path: str) -> None:
    """xAPI Part 3 2.3, 2.6, 2.7: Multiple Document GET."""
    where = place(path, None)
    name = "stateId" if path.endswith("state") else "profileId"
    for one in ("b", "a", "c é"):
        assert put(lrs, path, {**where, name: one}, b"x").status_code == 204
    assert lrs.get(path, params=where).json() == ["b", "a", "c é"]
    assert lrs.get(path, params={**where, "since": "2001-01-01T00:00:00Z"}).json() == ["b", "a", "c é"]
    assert lrs.get(path, params={**where, "since": "2199-01-01T00:00:00Z"}).json() == []
    assert lrs.get(path, params={**where, "since": "kemarin"}).status_code == 400


def test_state_is_kept_by_registration_and_deleted_together(lrs: RunningLrs) -> None:
    """xAPI Part 3 2.3: context is Activity + Agent [+ registration if specified]."""
    where = place("/activities/state", None)
    registration = new_id()
    path = "/activities/state"
    put(lrs, path, {**where, "stateId": "s"}, b"without")
    put(lrs, path, {**where, "stateId": "s", "registration": registration}, b"with")
    assert lrs.get(path, params={**where, "stateId": "s"}).content == b"without"
    assert lrs.get(path, params={**where, "stateId": "s", "registration": registration}).content == b"with"
    assert lrs.get(path, params={**where, "registration": registration}).json() == ["s"]
    assert lrs.delete(path, params={**where, "registration": registration}).status_code == 204
    assert lrs.get(path, params={**where, "stateId": "s"}).content == b"without"
    assert lrs.delete(path, params=where).status_code == 204
    assert lrs.get(path, params={**where, "stateId": "s"}).status_code == 404


@pytest.mark.parametrize("path", RESOURCES)
@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "GET"])
def test_parameters_of_documents_are_strict(lrs: RunningLrs, path: str, method: str) -> None:
    where = place(path)
    assert lrs.call(method, path, params={**where, "extra": "1"}, data=b"").status_code == 400
    for name in where:
        less = {other: value for other, value in where.items() if other != name}
        if name in ("agent", "activityId") or (method in ("PUT", "POST")):
            assert lrs.call(method, path, params=less, data=b"").status_code == 400, name
    broken = {**where, "agent" if "agent" in where else "activityId": "not so"}
    assert lrs.call(method, path, params=broken, data=b"").status_code == 400


def test_a_person_is_all_that_an_agent_was_called(lrs: RunningLrs) -> None:
    """xAPI Part 3 2.4."""
    mbox = f"mailto:{new_id()}@example.id"
    for name in ("Budi", "Budi S.", "Budi"):
        lrs.post("/statements", json=small(actor={"mbox": mbox, "name": name}))
    person = lrs.get("/agents", params={"agent": json.dumps({"mbox": mbox})}).json()
    assert person == {"objectType": "Person", "name": ["Budi", "Budi S."], "mbox": [mbox]}
    assert lrs.get("/agents").status_code == 400


def test_an_activity_is_given_with_its_definition_or_bare(lrs: RunningLrs) -> None:
    """xAPI Part 3 2.5."""
    iri = f"https://e.id/{new_id()}"
    assert lrs.get("/activities", params={"activityId": iri}).json() == {"objectType": "Activity", "id": iri}
    lrs.post("/statements", json=small(object={"id": iri, "definition": {"name": {"id": "Satu"}}}))
    lrs.post("/statements", json=small(object={"id": iri, "definition": {"name": {"en": "One"}}}))
    definition = lrs.get("/activities", params={"activityId": iri}).json()["definition"]
    assert definition == {"name": {"id": "Satu", "en": "One"}}


def test_about_needs_neither_key_nor_version(lrs: RunningLrs) -> None:
    """xAPI Part 3 2.8."""
    answer = lrs.get("/about", auth=None, version=None)
    assert answer.status_code == 200
    assert {"1.0.3", "2.0.0"} <= set(answer.json()["version"])


def test_unknown_places_and_methods(lrs: RunningLrs) -> None:
    for method, path, status in (
        ("GET", "/nowhere", 404),
        ("DELETE", "/statements", 405),
        ("PATCH", "/about", 405),
    ):
        answer = lrs.call(method, path)
        assert answer.status_code == status
        assert answer.headers["X-Experience-API-Version"]


# -- keys --------------------------------------------------------------------------------------------------


def status_of(lrs: RunningLrs, auth: tuple[str, str], method: str, path: str, **options: Any) -> int:
    return lrs.call(method, path, auth=auth, **options).status_code


def test_scopes_decide(lrs: RunningLrs) -> None:
    """xAPI Part 3 4.2."""
    calls: list[tuple[str, str, dict[str, Any], set[str]]] = [
        ("POST", "/statements", {"json": small()}, {"statements/write"}),
        ("GET", "/statements", {}, {"statements/read", "statements/read/mine", "all/read"}),
        ("PUT", "/activities/state", {"params": place("/activities/state"), "data": b"1"}, {"state"}),
        ("GET", "/activities/state", {"params": place("/activities/state", None)}, {"state", "all/read"}),
        ("POST", "/agents/profile", {"params": place("/agents/profile"), "json": {"a": 1}}, {"profile"}),
        ("GET", "/agents/profile", {"params": place("/agents/profile", None)}, {"profile", "all/read"}),
    ]
    for scope in (
        "statements/write",
        "statements/read",
        "statements/read/mine",
        "state",
        "profile",
        "all/read",
        "all",
    ):
        auth = lrs.store.credentials.add(scope, [scope])
        for method, path, options, granted in calls:
            status = status_of(lrs, auth, method, path, **options)
            expected = scope in granted or scope == "all"
            assert (status < 300, status == 403) == (expected, not expected), (scope, method, path)


def test_read_mine_sees_only_what_this_key_vouched_for(lrs: RunningLrs) -> None:
    auth = lrs.store.credentials.add("mine", ["statements/write", "statements/read/mine"])
    theirs = lrs.post("/statements", json=small()).json()[0]
    mine = lrs.post("/statements", json=small(), auth=auth).json()[0]
    ids = [one["id"] for one in lrs.get("/statements", auth=auth).json()["statements"]]
    assert ids == [mine]
    assert lrs.get("/statements", params={"statementId": theirs}, auth=auth).status_code == 404
    assert lrs.get("/statements", params={"statementId": mine}, auth=auth).status_code == 200


def test_a_bearer_token_is_the_key_and_its_secret(lrs: RunningLrs) -> None:
    token = ".".join(lrs.auth)
    answer = lrs.get("/statements", auth=None, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200


def test_wrong_expired_and_revoked_keys_are_refused(lrs: RunningLrs) -> None:
    """xAPI Part 3 3.2: 401."""
    key, secret = lrs.store.credentials.add("short", ["all"])
    expired = lrs.store.credentials.add("old", ["all"], expires=1)
    assert status_of(lrs, (key, secret), "GET", "/statements") == 200
    assert status_of(lrs, (key, secret + "x"), "GET", "/statements") == 401
    assert status_of(lrs, expired, "GET", "/statements") == 401
    assert lrs.store.credentials.revoke(key) is True
    assert lrs.store.credentials.revoke(key) is False
    answer = lrs.get("/statements", auth=(key, secret))
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic")
    for header in ("Basic !!", "Basic " + "YQ==", "Digest x", "Bearer nothing"):
        assert lrs.get("/statements", auth=None, headers={"Authorization": header}).status_code == 401
    assert lrs.get("/statements", auth=None).status_code == 401
