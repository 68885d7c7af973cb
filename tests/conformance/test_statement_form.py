"""xAPI Part 2: what a statement may be. Each case names the clause that it breaks; so must the refusal."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.conformance.server import RunningLrs
from tests.conformance.statements import full, new_id, small
from xapi.errors import InvalidStatement
from xapi.model.statement import check_statement
from xapi.model.version import Version


def changed(path: str, value: Any, *, drop: bool = False) -> dict[str, Any]:
    """The full statement with one value set or dropped; `path` like `result.score.raw`, `actor.member.0`."""
    statement = full()
    *way, last = path.split(".")
    place: Any = statement
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    if drop:
        del place[last]
    elif isinstance(place, list):
        place[int(last)] = value
    else:
        place[last] = value
    return statement


# (path, value, the clause that it breaks, the JSON path that is named)
BROKEN: list[tuple[str, Any, str, str]] = [
    ("id", "x", "xAPI Part 2 2.4.1", "$.id"),
    ("id", 12345, "xAPI Part 2 2.4.1", "$.id"),
    ("id", None, "xAPI Part 2 2.2", "$.id"),
    ("extra", 1, "xAPI Part 2 2.4", "$.extra"),
    ("Actor", {}, "xAPI Part 2 2.4", "$.Actor"),
    ("actor", "Budi", "xAPI Part 2 2.4.2", "$.actor"),
    ("actor", {"name": "Budi"}, "xAPI Part 2 2.4.2.3", "$.actor"),
    ("actor", {"mbox": "budi@example.id"}, "xAPI Part 2 2.4.2.3", "$.actor.mbox"),
    ("actor", {"mbox": "mailto:budi"}, "xAPI Part 2 2.4.2.3", "$.actor.mbox"),
    ("actor", {"mbox_sha1sum": "zz"}, "xAPI Part 2 2.4.2.3", "$.actor.mbox_sha1sum"),
    ("actor", {"openid": "no scheme"}, "xAPI Part 2 2.4.2.3", "$.actor.openid"),
    (
        "actor",
        {"mbox": "mailto:a@example.id", "openid": "https://example.id/a"},
        "xAPI Part 2 2.4.2.3",
        "$.actor",
    ),
    ("actor", {"account": {"name": "x"}}, "xAPI Part 2 2.4.2.4", "$.actor.account"),
    ("actor", {"account": {"homePage": "https://e.id"}}, "xAPI Part 2 2.4.2.4", "$.actor.account"),
    ("actor", {"account": {"homePage": "e", "name": "x"}}, "xAPI Part 2 2.4.2.4", "$.actor.account.homePage"),
    ("actor", {"objectType": "Group"}, "xAPI Part 2 2.4.2.2", "$.actor"),
    ("actor", {"objectType": "agent", "mbox": "mailto:a@e.id"}, "xAPI Part 2 2.4.2", "$.actor.objectType"),
    ("actor.member.0", {"objectType": "Group", "member": []}, "xAPI Part 2 2.4.2.2", "$.actor.member[0]"),
    ("actor.member", {"mbox": "mailto:a@e.id"}, "xAPI Part 2 2.4.2.2", "$.actor.member"),
    ("actor.name", 7, "xAPI Part 2 2.4.2.2", "$.actor.name"),
    ("verb", {}, "xAPI Part 2 2.4.3", "$.verb"),
    ("verb.id", "completed", "xAPI Part 2 2.4.3", "$.verb.id"),
    ("verb.id", "", "xAPI Part 2 2.4.3", "$.verb.id"),
    ("verb.display", {"a12345678": "x"}, "xAPI Part 2 4.2", "$.verb.display.a12345678"),
    ("verb.display", {"id": 1}, "xAPI Part 2 4.2", "$.verb.display.id"),
    ("verb.display", "selesai", "xAPI Part 2 2.4.3", "$.verb.display"),
    ("object", [], "xAPI Part 2 2.4.4", "$.object"),
    ("object", {"objectType": "Thing", "id": "https://e.id"}, "xAPI Part 2 2.4.4", "$.object.objectType"),
    ("object", {"objectType": "Activity"}, "xAPI Part 2 2.4.4.1", "$.object"),
    ("object.id", "course 12", "xAPI Part 2 2.4.4.1", "$.object.id"),
    ("object.definition.type", "course", "xAPI Part 2 2.4.4.1", "$.object.definition.type"),
    (
        "object.definition.interactionType",
        "quiz",
        "xAPI Part 2 2.4.4.1",
        "$.object.definition.interactionType",
    ),
    ("object.definition.choices.1", {"id": "a"}, "xAPI Part 2 2.4.4.1", "$.object.definition.choices[1].id"),
    ("object.definition.choices.1", {}, "xAPI Part 2 2.4.4.1", "$.object.definition.choices[1]"),
    (
        "object.definition.extensions",
        {"no scheme": 1},
        "xAPI Part 2 4.1",
        "$.object.definition.extensions.no scheme",
    ),
    ("object", {"objectType": "StatementRef", "id": "x"}, "xAPI Part 2 2.4.4.3", "$.object.id"),
    ("object", {"objectType": "StatementRef"}, "xAPI Part 2 2.4.4.3", "$.object"),
    (
        "object",
        {"objectType": "SubStatement", **small(id="6690e6c9-3ef0-4ed3-8b37-7f3964730bee")},
        "xAPI Part 2 2.4.4.3",
        "$.object.id",
    ),
    (
        "object",
        {"objectType": "SubStatement", **small(object={"objectType": "SubStatement", **small()})},
        "xAPI Part 2 2.4.4.3",
        "$.object.object",
    ),
    ("result.score.scaled", 1.01, "xAPI Part 2 2.4.5.1", "$.result.score.scaled"),
    ("result.score.raw", 101, "xAPI Part 2 2.4.5.1", "$.result.score.raw"),
    ("result.score.raw", -1, "xAPI Part 2 2.4.5.1", "$.result.score.raw"),
    ("result.score.min", 100, "xAPI Part 2 2.4.5.1", "$.result.score"),
    ("result.score.raw", "95", "xAPI Part 2 2.4.5.1", "$.result.score.raw"),
    ("result.score.raw", True, "xAPI Part 2 2.4.5.1", "$.result.score.raw"),
    ("result.success", "true", "xAPI Part 2 2.4.5", "$.result.success"),
    ("result.completion", 1, "xAPI Part 2 2.4.5", "$.result.completion"),
    ("result.duration", "PT", "xAPI Part 2 4.6", "$.result.duration"),
    ("result.duration", "P4W1D", "xAPI Part 2 4.6", "$.result.duration"),
    ("context.registration", "x", "xAPI Part 2 2.4.6.1", "$.context.registration"),
    ("context.team", {"mbox": "mailto:a@e.id"}, "xAPI Part 2 2.4.2.2", "$.context.team"),
    ("context.language", "indonesian_long", "xAPI Part 2 2.4.6", "$.context.language"),
    (
        "context.contextActivities.parents",
        [],
        "xAPI Part 2 2.4.6.2",
        "$.context.contextActivities.parents",
    ),
    (
        "context.contextActivities.parent",
        [{"id": "x"}],
        "xAPI Part 2 2.4.4.1",
        "$.context.contextActivities.parent[0].id",
    ),
    ("context.statement", {"id": "x"}, "xAPI Part 2 2.4.4.3", "$.context.statement"),
    ("context.contextAgents", [], "xAPI Part 2 2.4.6", "$.context.contextAgents"),
    ("timestamp", "01/08/2026", "xAPI Part 2 4.5", "$.timestamp"),
    ("timestamp", "2026-02-30T00:00:00Z", "xAPI Part 2 4.5", "$.timestamp"),
    ("timestamp", "2026-08-03T09:00:00-00:00", "xAPI Part 2 4.5", "$.timestamp"),
    ("stored", "yesterday", "xAPI Part 2 4.5", "$.stored"),
    ("version", "2.0.0", "xAPI Part 2 2.4.10", "$.version"),
    ("version", "1.1.0", "xAPI Part 2 2.4.10", "$.version"),
    ("authority", {"objectType": "Group", "mbox": "mailto:a@e.id"}, "xAPI Part 2 2.4.9", "$.authority"),
    ("attachments.0.sha2", "zz", "xAPI Part 2 2.4.11", "$.attachments[0].sha2"),
    ("attachments.0.length", 1.5, "xAPI Part 2 2.4.11", "$.attachments[0].length"),
    ("attachments.0.contentType", "pdf", "xAPI Part 2 2.4.11", "$.attachments[0].contentType"),
    ("attachments.0.usageType", "x", "xAPI Part 2 2.4.11", "$.attachments[0].usageType"),
    ("attachments", {}, "xAPI Part 2 2.4", "$.attachments"),
]

MISSING = [
    ("actor", "xAPI Part 2 2.4", "$"),
    ("verb", "xAPI Part 2 2.4", "$"),
    ("object", "xAPI Part 2 2.4", "$"),
    ("verb.id", "xAPI Part 2 2.4.3", "$.verb"),
    ("object.id", "xAPI Part 2 2.4.4.1", "$.object"),
    (
        "object.definition.interactionType",
        "xAPI Part 2 2.4.4.1",
        "$.object.definition.correctResponsesPattern",
    ),
    ("attachments.0.usageType", "xAPI Part 2 2.4.11", "$.attachments[0]"),
    ("attachments.0.display", "xAPI Part 2 2.4.11", "$.attachments[0]"),
    ("attachments.0.sha2", "xAPI Part 2 2.4.11", "$.attachments[0]"),
]


def _refusal(statement: dict[str, Any], version: Version = Version.V1) -> InvalidStatement:
    with pytest.raises(InvalidStatement) as caught:
        check_statement(statement, version)
    return caught.value


@pytest.mark.parametrize(("path", "value", "clause", "named"), BROKEN)
def test_a_broken_value_is_refused_with_its_place_and_clause(
    path: str, value: Any, clause: str, named: str
) -> None:
    fault = _refusal(changed(path, value))
    assert (fault.clause, fault.path) == (clause, named)
    assert fault.sentence
    assert fault.english


@pytest.mark.parametrize(("path", "clause", "named"), MISSING)
def test_a_missing_property_is_refused_with_its_place_and_clause(path: str, clause: str, named: str) -> None:
    fault = _refusal(changed(path, None, drop=True))
    assert (fault.clause, fault.path) == (clause, named)


@pytest.mark.parametrize("version", list(Version))
def test_the_full_statement_is_accepted(version: Version) -> None:
    check_statement(full(), version)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for name, entry in members:
        if name != "extensions":
            found += _places(entry, (*path, name))
    return found


@pytest.mark.parametrize("path", _places(full()), ids=lambda path: ".".join(map(str, path)))
def test_null_is_refused_everywhere_but_in_extensions(path: tuple[Any, ...]) -> None:
    """xAPI Part 2 2.2."""
    statement = copy.deepcopy(full())
    place: Any = statement
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = None
    fault = _refusal(statement)
    assert fault.code in ("null", "enum")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("contextAgents", [{"objectType": "contextAgent", "agent": {"mbox": "mailto:a@example.id"}}]),
        (
            "contextGroups",
            [
                {
                    "objectType": "contextGroup",
                    "group": {"objectType": "Group", "member": [{"mbox": "mailto:a@example.id"}]},
                    "relevantTypes": ["https://example.id/role"],
                }
            ],
        ),
    ],
)
def test_context_agents_and_groups_belong_to_version_2(name: str, value: Any) -> None:
    """IEEE 9274.1.1 4.2.2.5."""
    statement = changed(f"context.{name}", value)
    check_statement(statement, Version.V2)
    assert _refusal(statement, Version.V1).path == f"$.context.{name}"


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ([{"objectType": "agent", "agent": {"mbox": "mailto:a@e.id"}}], "[0].objectType"),
        ([{"objectType": "contextAgent"}], "[0]"),
        ([{"objectType": "contextAgent", "agent": {}}], "[0].agent"),
        (
            [{"objectType": "contextAgent", "agent": {"mbox": "mailto:a@e.id"}, "relevantTypes": []}],
            "[0].relevantTypes",
        ),
        (
            [{"objectType": "contextAgent", "agent": {"mbox": "mailto:a@e.id"}, "relevantTypes": ["x"]}],
            "[0].relevantTypes[0]",
        ),
        ({}, ""),
    ],
)
def test_a_broken_context_agent_is_refused(value: Any, named: str) -> None:
    """IEEE 9274.1.1 4.2.2.5."""
    assert (
        _refusal(changed("context.contextAgents", value), Version.V2).path
        == f"$.context.contextAgents{named}"
    )


def test_version_2_wants_timestamps_of_rfc_3339() -> None:
    """IEEE 9274.1.1 4.2.7; 1.0.3 takes all of ISO 8601."""
    statement = changed("timestamp", "20260803T090000+0900")
    check_statement(statement, Version.V1)
    assert _refusal(statement, Version.V2).clause == "IEEE 9274.1.1 4.2.7"


@pytest.mark.parametrize("name", ["revision", "platform"])
def test_revision_and_platform_are_for_activities_only(name: str) -> None:
    """xAPI Part 2 2.4.6."""
    statement = small(object={"mbox": "mailto:a@example.id", "objectType": "Agent"}, context={name: "x"})
    assert _refusal(statement).path == f"$.context.{name}"


def test_the_refusal_reaches_the_sender_with_path_and_clause(lrs: RunningLrs) -> None:
    answer = lrs.post("/statements", json=[small(), small(actor={"mbox": "budi"})])
    assert answer.status_code == 400
    assert answer.json()["path"] == "$[1].actor.mbox"
    assert answer.json()["clause"] == "xAPI Part 2 2.4.2.3"
    assert answer.json()["pesan"] != answer.json()["message"]


def test_a_batch_is_all_or_nothing(lrs: RunningLrs) -> None:
    """xAPI Part 3 3.2."""
    kept = new_id()
    assert lrs.post("/statements", json=[small(id=kept), {"actor": {}}]).status_code == 400
    assert lrs.get("/statements", params={"statementId": kept}).status_code == 404


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"nope", b'{"actor": NaN}', b'"text"', b"12", b"\xff\xfe{}", b'{"a":1}' + b"]", b"[" * 5000],
)
def test_what_is_no_statement_is_refused(lrs: RunningLrs, body: bytes) -> None:
    answer = lrs.post("/statements", data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["message"]


def test_a_repeated_property_is_refused(lrs: RunningLrs) -> None:
    """xAPI Part 2 2.2: each property no more than one time."""
    body = b'{"actor":{"mbox":"mailto:a@e.id"},"verb":{"id":"https://e.id/v"},"verb":{"id":"https://e.id/w"},'
    body += b'"object":{"id":"https://e.id/o"}}'
    answer = lrs.post("/statements", data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert "verb" in answer.json()["message"]
