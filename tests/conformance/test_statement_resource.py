"""xAPI Part 3 2.1: storing, finding and voiding statements. Every test names its clause."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conformance.server import RunningLrs
from tests.conformance.statements import VERB, about, full, new_id, referring, small, voiding

CONSISTENT = "X-Experience-API-Consistent-Through"
SOME_ID = "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"


def activity() -> str:
    return f"https://example.id/activity/{new_id()}"


def found(lrs: RunningLrs, **parameters: Any) -> list[str]:
    """The ids that a query finds, on all its pages."""
    shown = {
        name: json.dumps(value) if isinstance(value, dict) else value for name, value in parameters.items()
    }
    answer = lrs.get("/statements", params=shown)
    ids: list[str] = []
    while True:
        assert answer.status_code == 200, answer.text
        ids += [one["id"] for one in answer.json()["statements"]]
        more = answer.json()["more"]
        if not more:
            return ids
        assert more.startswith("/xapi/statements?")
        answer = lrs.get(more.removeprefix("/xapi"))


def one(lrs: RunningLrs, statement_id: str, **options: Any) -> dict[str, Any]:
    answer = lrs.get("/statements", params={"statementId": statement_id}, **options)
    assert answer.status_code == 200
    return dict(answer.json())


# -- storing -------------------------------------------------------------------------------------------------


def test_put_answers_204_and_stores_under_the_parameter(lrs: RunningLrs) -> None:
    """xAPI Part 3 2.1.1."""
    wanted = new_id()
    assert lrs.put("/statements", params={"statementId": wanted}, json=small()).status_code == 204
    assert one(lrs, wanted)["id"] == wanted


def test_put_refuses_another_id_in_the_statement(lrs: RunningLrs) -> None:
    """xAPI Part 3 2.1.1."""
    answer = lrs.put("/statements", params={"statementId": new_id()}, json=small(id=new_id()))
    assert answer.status_code == 400


def test_post_answers_the_ids_in_order(lrs: RunningLrs) -> None:
    """xAPI Part 3 2.1.2."""
    first, third = new_id(), new_id()
    ids = lrs.post("/statements", json=[small(id=first), small(), small(id=third)]).json()
    assert ids[0] == first
    assert ids[2] == third
    assert one(lrs, ids[1])["actor"] == small()["actor"]


def test_the_same_statement_again_is_no_change_and_another_is_a_conflict(lrs: RunningLrs) -> None:
    """xAPI Part 3 2.1.1 and 2.1.2, by the comparison of Part 2 2.3.1."""
    statement = full()
    assert lrs.post("/statements", json=statement).status_code == 200
    before = lrs.get("/statements", params={"statementId": statement["id"]}).content
    again = json.loads(json.dumps(statement))
    again["verb"]["display"] = {"id": "lain"}
    again["actor"]["member"].reverse()
    again["timestamp"] = "2026-08-03T00:00:00Z"  # the same moment
    assert lrs.post("/statements", json=again).status_code == 200
    again["result"]["score"]["raw"] = 94
    assert lrs.post("/statements", json=[small(), again]).status_code == 409
    assert lrs.get("/statements", params={"statementId": statement["id"]}).content == before


def test_a_batch_with_one_id_twice_is_refused(lrs: RunningLrs) -> None:
    """xAPI Part 3 2.1.2."""
    same = new_id()
    assert lrs.post("/statements", json=[small(id=same), small(id=same.upper())]).status_code == 400


def test_what_arrived_stays(lrs: RunningLrs) -> None:
    """xAPI Part 2 2.3.1: numbers, order of keys and extensions come back as they were sent."""
    wanted = new_id()
    result = (
        '"result":{"extensions":{"https://e.id/z":1.0,"https://e.id/a":[1e999, 12345678901234567890123, 1.10'
        ', "\\u0000\\u00e9", null]},"score":{"raw":1.50,"min":0.0}}'
    )
    body = (
        '{ "verb":{"id":"https://e.id/v"},'
        f'"id":"{wanted}", {result},'
        '"object":{"id":"https://e.id/o"},"actor":{"mbox":"mailto:a@e.id"}}'
    )
    sent = lrs.post("/statements", data=body.encode(), headers={"Content-Type": "application/json"})
    assert sent.status_code == 200, sent.text
    kept = lrs.get("/statements", params={"statementId": wanted}).text
    assert result in kept
    assert kept.startswith('{ "verb"')


def test_the_store_assigns_what_is_missing(lrs: RunningLrs) -> None:
    """xAPI Part 2 2.4.7 to 2.4.10."""
    wanted = new_id()
    sent = small(id=wanted, stored="2001-01-01T00:00:00Z", authority={"mbox": "mailto:liar@e.id"})
    assert lrs.post("/statements", json=sent).status_code == 200
    kept = one(lrs, wanted)
    assert kept["timestamp"] == kept["stored"] > "2026"
    assert kept["version"] == "1.0.0"
    assert kept["authority"]["account"]["name"] == lrs.auth[0]


def test_a_single_context_activity_comes_back_in_an_array(lrs: RunningLrs) -> None:
    """xAPI Part 2 2.4.6.2."""
    wanted = new_id()
    context = {"contextActivities": {"parent": {"id": "https://e.id/p"}}}
    inner = {"objectType": "SubStatement", **small(context=context)}
    lrs.post("/statements", json=small(id=wanted, context=context, object=inner))
    kept = one(lrs, wanted)
    assert kept["context"]["contextActivities"]["parent"] == [{"id": "https://e.id/p"}]
    assert kept["object"]["context"]["contextActivities"]["parent"] == [{"id": "https://e.id/p"}]


def test_version_2_converts_timestamps_to_utc_and_version_1_keeps_them(lrs: RunningLrs) -> None:
    """IEEE 9274.1.1 4.2.7."""
    for version, expected in (
        ("2.0.0", "2026-08-03T00:00:00.000000Z"),
        ("1.0.3", "2026-08-03T09:00:00+09:00"),
    ):
        wanted = new_id()
        sent = small(id=wanted, timestamp="2026-08-03T09:00:00+09:00")
        assert lrs.post("/statements", json=sent, version=version).status_code == 200
        assert one(lrs, wanted)["timestamp"] == expected


# -- finding -------------------------------------------------------------------------------------------------


def test_filters_find_what_they_name_and_nothing_else(lrs: RunningLrs) -> None:
    """xAPI Part 3 2.1.3."""
    place, verb, registration = activity(), f"https://e.id/{new_id()}", new_id()
    agent = {"account": {"homePage": "https://e.id", "name": new_id()}}
    mine, other = new_id(), new_id()
    context = {"registration": registration}
    statement = about(place, id=mine, actor=agent, verb={"id": verb}, context=context)
    lrs.post("/statements", json=[statement, small(id=other)])
    for query in (
        {"activity": place},
        {"verb": verb},
        {"agent": agent},
        {"registration": registration.upper()},
        {"agent": agent, "verb": verb, "activity": place, "registration": registration},
    ):
        assert found(lrs, **query) == [mine], query
    assert found(lrs, agent=agent, verb=VERB) == []


def test_an_agent_is_found_as_member_and_in_any_case_of_its_mail_domain(lrs: RunningLrs) -> None:
    """xAPI Part 3 2.1.3: groups that have the agent as a member are a match."""
    name, wanted = new_id(), new_id()
    group = {"objectType": "Group", "member": [{"mbox": f"mailto:{name}@EXAMPLE.id"}]}
    lrs.post("/statements", json=small(id=wanted, actor=group))
    assert found(lrs, agent={"mbox": f"mailto:{name}@example.ID"}) == [wanted]


@pytest.mark.parametrize(
    "place",
    [
        lambda agent: {"context": {"instructor": agent}},
        lambda agent: {"context": {"team": {"objectType": "Group", "member": [agent]}}},
        lambda agent: {"object": {"objectType": "SubStatement", **small(actor=agent)}},
        lambda agent: {"context": {"contextAgents": [{"objectType": "contextAgent", "agent": agent}]}},
        lambda agent: {
            "context": {
                "contextGroups": [
                    {"objectType": "contextGroup", "group": {"objectType": "Group", "member": [agent]}}
                ]
            }
        },
    ],
)
def test_related_agents_reach_everywhere(lrs: RunningLrs, place: Any) -> None:
    """xAPI Part 3 2.1.3; contextAgents and contextGroups: IEEE 9274.1.1 4.1.6.1."""
    agent, wanted = {"mbox": f"mailto:{new_id()}@example.id"}, new_id()
    assert lrs.post("/statements", json=small(id=wanted, **place(agent)), version="2.0.0").status_code == 200
    assert found(lrs, agent=agent) == []
    assert found(lrs, agent=agent, related_agents="true") == [wanted]


def test_related_activities_reach_context_and_sub_statement(lrs: RunningLrs) -> None:
    """xAPI Part 3 2.1.3."""
    place, in_context, inside = activity(), new_id(), new_id()
    inner = {"objectType": "SubStatement", **about(place)}
    context = {"contextActivities": {"category": [{"id": place}]}}
    lrs.post("/statements", json=[small(id=in_context, context=context), small(id=inside, object=inner)])
    assert found(lrs, activity=place) == []
    assert found(lrs, activity=place, related_activities="true") == [inside, in_context]
    assert found(lrs, activity=place, related_activities="true", ascending="true") == [in_context, inside]


def test_since_is_exclusive_until_is_inclusive_on_stored(lrs: RunningLrs) -> None:
    """xAPI Part 3 2.1.3: not on timestamp, which here is old."""
    place, ids = activity(), [new_id() for _ in range(3)]
    lrs.post("/statements", json=[about(place, id=one, timestamp="2001-01-01T00:00:00Z") for one in ids])
    middle = one(lrs, ids[1])["stored"]
    assert found(lrs, activity=place, since=middle) == [ids[2]]
    assert found(lrs, activity=place, until=middle) == [ids[1], ids[0]]
    assert found(lrs, activity=place, since=middle, until=middle) == []


def test_stored_is_unique_and_in_order(lrs: RunningLrs) -> None:
    place = activity()
    ids = lrs.post("/statements", json=[about(place) for _ in range(40)]).json()
    stored = [one(lrs, one_id)["stored"] for one_id in ids]
    assert stored == sorted(set(stored))


def test_pages_join_without_gap_or_repetition(lrs: RunningLrs) -> None:
    """xAPI Part 2 2.5."""
    place = activity()
    ids = lrs.post("/statements", json=[about(place) for _ in range(11)]).json()
    assert found(lrs, activity=place, limit=3) == ids[::-1]
    assert found(lrs, activity=place, limit=3, ascending="true") == ids
    assert found(lrs, activity=place, limit=0) == ids[::-1]


def test_a_targeting_statement_is_found_like_its_target_in_any_order(lrs: RunningLrs) -> None:
    """xAPI Part 3 2.1.3, Filter Conditions for StatementRefs; recursive, and whichever comes first."""
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0), (1, 0, 2)):
        place, ids = activity(), [new_id() for _ in range(3)]
        batch = [about(place, id=ids[0]), referring(ids[0], id=ids[1]), referring(ids[1], id=ids[2])]
        for at in order:
            assert lrs.post("/statements", json=batch[at]).status_code == 200
        assert sorted(found(lrs, activity=place)) == sorted(ids), order
        assert sorted(found(lrs, activity=place, verb=VERB)) == sorted(ids), order


def test_conditions_hold_for_one_statement_together(lrs: RunningLrs) -> None:
    """xAPI Part 3 2.1.3: the agent of the reference and the activity of its target don't add up."""
    place, target, ref = activity(), new_id(), new_id()
    author = {"mbox": f"mailto:{new_id()}@example.id"}
    lrs.post("/statements", json=[about(place, id=target), referring(target, id=ref, actor=author)])
    assert found(lrs, agent=author, activity=place) == []
    assert found(lrs, agent=author) == [ref]


def test_references_in_a_circle_do_no_harm(lrs: RunningLrs) -> None:
    first, second, verb = new_id(), new_id(), {"id": f"https://e.id/{new_id()}"}
    lrs.post("/statements", json=referring(second, id=first, verb=verb))
    assert lrs.post("/statements", json=referring(first, id=second)).status_code == 200
    assert sorted(found(lrs, verb=verb["id"])) == sorted([first, second])


@pytest.mark.parametrize("void_first", [True, False])
@pytest.mark.parametrize("together", [True, False])
def test_voiding_in_any_order(lrs: RunningLrs, void_first: bool, together: bool) -> None:
    """xAPI Part 2 2.3.2 and Part 3 2.1.4."""
    place, target, void = activity(), new_id(), new_id()
    batch = [about(place, id=target), voiding(target, id=void)]
    if void_first:
        batch.reverse()
    for sent in [batch] if together else batch:
        assert lrs.post("/statements", json=sent).status_code == 200
    assert lrs.get("/statements", params={"statementId": target}).status_code == 404
    assert lrs.get("/statements", params={"voidedStatementId": target}).json()["id"] == target
    assert lrs.get("/statements", params={"voidedStatementId": void}).status_code == 404
    # the voiding statement targets the voided one, so it is found in its place
    assert found(lrs, activity=place) == [void]
    assert target not in found(lrs, since=one(lrs, void)["stored"][:10] + "T00:00:00Z", limit=0)


def test_a_voiding_statement_can_not_be_voided(lrs: RunningLrs) -> None:
    """xAPI Part 2 2.3.2."""
    target, void, again = new_id(), new_id(), new_id()
    lrs.post("/statements", json=[small(id=target), voiding(target, id=void)])
    lrs.post("/statements", json=voiding(void, id=again))
    assert one(lrs, void)["id"] == void
    assert lrs.get("/statements", params={"voidedStatementId": target}).status_code == 200


# -- formats -------------------------------------------------------------------------------------------------


def test_ids_is_the_minimum(lrs: RunningLrs) -> None:
    """xAPI Part 3 2.1.3."""
    statement = full()
    lrs.post("/statements", json=statement)
    shown = lrs.get("/statements", params={"statementId": statement["id"], "format": "ids"}).json()
    assert shown["verb"] == {"id": VERB}
    assert shown["object"] == {"id": statement["object"]["id"]}
    assert shown["actor"] == {"objectType": "Group", "account": statement["actor"]["account"]}


def test_canonical_gives_the_merged_definition_in_one_language(lrs: RunningLrs) -> None:
    """xAPI Part 3 2.1.3, Language Filtering Requirements for Canonical Format Statements."""
    place, wanted = activity(), new_id()
    for name in ({"id": "Dasar"}, {"en-GB": "Basics"}):
        target = {"id": place, "definition": {"name": name}}
        lrs.post("/statements", json=small(object=target))
    lrs.post("/statements", json=about(place, id=wanted))
    asked = {"statementId": wanted, "format": "canonical"}
    for accepted, expected in (("en", {"en-GB": "Basics"}), ("id, en;q=0.5", {"id": "Dasar"})):
        shown = lrs.get("/statements", params=asked, headers={"Accept-Language": accepted}).json()
        assert shown["object"]["definition"]["name"] == expected


# -- headers and parameters ----------------------------------------------------------------------------------


def test_consistent_through_is_recent_and_never_before_what_was_stored(lrs: RunningLrs) -> None:
    """xAPI Part 3 2.1.3."""
    before = datetime.now(UTC)
    answer = lrs.post("/statements", json=small())
    stored = one(lrs, answer.json()[0])["stored"]
    assert answer.headers[CONSISTENT] >= stored
    later = lrs.get("/statements", params={"limit": 1}).headers[CONSISTENT]
    assert datetime.fromisoformat(later) >= before


def test_head_is_get_without_a_body(lrs: RunningLrs) -> None:
    """xAPI Part 3 1.1."""
    answer = lrs.call("HEAD", "/statements", params={"limit": 1})
    assert answer.status_code == 200
    assert answer.content == b""
    assert answer.headers[CONSISTENT]


@pytest.mark.parametrize(
    "query",
    [
        "statementID=x", "foo=1", "limit=-1", "limit=a", "ascending=yes", "format=full", "since=gestern",
        "verb=completed", "activity=x", "registration=1", "agent=%7B%7D", "agent=x", "statementId=1",
        f"statementId={SOME_ID}&limit=1",
        f"statementId={SOME_ID}&voidedStatementId={SOME_ID}",
        "limit=1&limit=2", "agent=%7B%22objectType%22%3A%22Group%22%2C%22member%22%3A%5B%5D%7D",
    ],
)  # fmt: skip
def test_parameters_are_strict(lrs: RunningLrs, query: str) -> None:
    """xAPI Part 3 3.2."""
    answer = lrs.get(f"/statements?{query}")
    assert answer.status_code == 400
    assert answer.json()["path"]
    assert answer.headers[CONSISTENT]


@pytest.mark.parametrize(
    ("sent", "status", "answered"),
    [
        ("1.0", 200, "1.0.3"), ("1.0.0", 200, "1.0.3"), ("1.0.9", 200, "1.0.3"), ("2.0.0", 200, "2.0.0"),
        ("2.0", 200, "2.0.0"), ("0.95", 400, "1.0.3"), ("1.1.0", 400, "1.0.3"), (None, 400, "0.95"),
        ("2.1.0", 400, "1.0.3"),
    ],
)  # fmt: skip
def test_versions(lrs: RunningLrs, sent: str | None, status: int, answered: str) -> None:
    """xAPI Part 3 3.3."""
    answer = lrs.get("/statements", params={"limit": 1}, version=sent)
    assert (answer.status_code, answer.headers["X-Experience-API-Version"]) == (status, answered)


def test_gzip_both_ways(lrs: RunningLrs) -> None:
    wanted = new_id()
    body = gzip.compress(json.dumps(small(id=wanted, result={"response": "x" * 5000})).encode())
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert lrs.post("/statements", data=body, headers=headers).status_code == 200
    answer = lrs.get("/statements", params={"statementId": wanted}, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.json()["result"]["response"] == "x" * 5000
    broken = lrs.post("/statements", data=body[:-9], headers=headers)
    assert broken.status_code == 400
    unknown = lrs.post("/statements", data=body, headers={**headers, "Content-Encoding": "br"})
    assert unknown.status_code == 415


def test_browsers_of_other_origins_may_ask(lrs: RunningLrs) -> None:
    """CORS, for content that runs in browsers."""
    headers = {
        "Origin": "https://content.example.id",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization,x-experience-api-version,content-type,if-match",
    }
    answer = lrs.call("OPTIONS", "/statements", headers=headers, version=None, auth=None)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["X-Experience-API-Version"]
    answer = lrs.get("/statements", params={"limit": 1}, headers={"Origin": "https://content.example.id"})
    assert CONSISTENT in answer.headers["Access-Control-Expose-Headers"]


def test_the_alternate_request_syntax_of_version_1(lrs: RunningLrs) -> None:
    """xAPI Part 3 1.3; version 2.0 has none."""
    wanted = new_id()
    form = {"statementId": wanted, "content": json.dumps(small()), "X-Experience-API-Version": "1.0.3"}
    assert lrs.post("/statements?method=PUT", data=form, version=None).status_code == 204
    form = {"statementId": wanted, "X-Experience-API-Version": "1.0.3"}
    assert lrs.post("/statements?method=GET", data=form, version=None).json()["id"] == wanted
    form["X-Experience-API-Version"] = "2.0.0"
    assert lrs.post("/statements?method=GET", data=form, version=None).status_code == 400


def test_more_stays_on_this_server(lrs: RunningLrs) -> None:
    """xAPI Part 2 2.5: full path and query, without scheme, host and port."""
    lrs.post("/statements", json=[small(), small()])
    more = urlsplit(lrs.get("/statements", params={"limit": 1}).json()["more"])
    assert (more.scheme, more.netloc) == ("", "")
