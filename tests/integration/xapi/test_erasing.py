"""Erasing one person's identifiers: everywhere, nothing else, all or nothing, on both databases."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from tests.conformance.statements import new_id, small
from xapi.errors import BadRequest
from xapi.model.facets import agent_name
from xapi.model.submission import Authority, read_each, sha2_of
from xapi.model.version import Version
from xapi.store.documents import Document, Place
from xapi.store.store import Query, Store, Submission

NIP = "198001012005011001"
MAIL = "budi.santoso@example.go.id"
KEY = b"k" * 32
AUTHOR = {"objectType": "Agent", "account": {"homePage": "https://e.id", "name": "bridge"}}
BUDI = {"name": "Budi Santoso", "account": {"homePage": "https://siasn.bkn.go.id", "name": NIP}}
SITI = {"name": "Siti", "account": {"homePage": "https://siasn.bkn.go.id", "name": "199002022015022002"}}
VOIDED = "http://adlnet.gov/expapi/verbs/voided"


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = Store(store_url)
    opened.create_schema()
    yield opened
    opened.close()


def put(store: Store, *statements: dict[str, Any] | bytes) -> list[str]:
    return store.put_statements(statements, AUTHOR)


def raw_of(store: Store, statement_id: str) -> bytes:
    found = store.by_id(statement_id)[1]
    assert found is not None
    return found[2]


def found_by(store: Store, agent: dict[str, Any], **more: Any) -> list[str]:
    query = Query(agent=agent_name(agent), ascending=True, **more)
    return [orjson.loads(payload)["id"] for _, payload in store.find(query, 100)[1].statements]


def pseudonym_agent(pseudonym: str) -> dict[str, Any]:
    return {"account": {"homePage": "https://siasn.bkn.go.id", "name": pseudonym}}


def everything(store: Store) -> bytes:
    """All bytes of all tables that hold what people sent."""
    held = []
    for table in ("statement", "document", "agent_name", "activity", "verb", "attachment"):
        with store.database.reading() as connection:
            for row in store.database.rows(connection, f"SELECT * FROM xapi_{table}"):
                held += [
                    one.encode() if isinstance(one, str) else bytes(one)
                    for one in row
                    if isinstance(one, str | bytes | memoryview)
                ]
    return b"\n".join(held)


def test_the_identifier_goes_and_everything_else_stays_byte_for_byte(store: Store) -> None:
    one, other = new_id(), new_id()
    body = (
        b'{"id":"' + one.encode() + b'","actor":' + orjson.dumps(BUDI) + b',"verb":{"id":"https://e.id/v"},'
        b'"object":{"id":"https://e.id/o"}, "result" : {"score":{"raw":1.0}, "extensions":{'
        b'"https://e.id/x/' + NIP.encode() + b'":"NIP 19800101 200501 1 001", "https://e.id/n":'
        b'[1e3,"\\u0031' + NIP[1:].encode() + b'", 2.50],"https://e.id/long":"9' + NIP.encode() + b'"}}}'
    )
    put(store, body, small(id=other, actor=SITI))
    before, untouched = raw_of(store, one), raw_of(store, other)
    done = store.erase([NIP, MAIL], KEY, dry_run=False)
    after = raw_of(store, one)
    assert done.statements == 1
    expected = (
        before.replace(b"/x/" + NIP.encode(), b"/x/" + done.pseudonym.encode())
        .replace(b'"name":"' + NIP.encode(), b'"name":"' + done.pseudonym.encode())
        .replace(b"19800101 200501 1 001", done.pseudonym.encode())
        .replace(b"\\u0031" + NIP[1:].encode(), done.pseudonym.encode())
        .replace(b"Budi Santoso", done.pseudonym.encode())
    )
    spaces = (b" ", b"")
    assert after.replace(*spaces) == expected.replace(*spaces)
    assert b'"raw":1.0' in after
    assert b"1e3" in after
    assert b"2.50" in after
    assert b"9" + NIP.encode() in after  # a longer number is another number
    assert raw_of(store, other) == untouched
    assert store.find(Query(), 10)[1].statements[0][0] == max(
        a for a, _ in store.find(Query(), 10)[1].statements
    )


def test_what_was_found_by_the_person_is_found_by_the_pseudonym(store: Store) -> None:
    own, as_teacher, team, about, voided, other = (new_id() for _ in range(6))
    put(
        store,
        small(id=own, actor=BUDI),
        small(id=as_teacher, actor=SITI, context={"instructor": BUDI}),
        small(id=team, actor={"objectType": "Group", "member": [SITI, BUDI]}),
        small(id=about, actor=SITI, object={"objectType": "StatementRef", "id": own}),
        small(id=voided, actor=BUDI),
        small(id=other, actor=SITI),
    )
    put(store, small(verb={"id": VOIDED}, object={"objectType": "StatementRef", "id": voided}))
    plain, related = found_by(store, BUDI), found_by(store, BUDI, related_agents=True)
    assert plain[:3] == [own, team, about]
    assert as_teacher in related
    theirs = found_by(store, SITI)
    done = store.erase([NIP], KEY, dry_run=False)
    assert done.statements == 4  # the voided one too
    agent = pseudonym_agent(done.pseudonym)
    assert found_by(store, BUDI, related_agents=True) == []
    assert found_by(store, agent) == plain
    assert found_by(store, agent, related_agents=True) == related
    assert found_by(store, SITI) == theirs
    assert NIP.encode() not in everything(store)
    assert b"Budi" not in everything(store)
    assert store.person(agent) == {"objectType": "Person", "account": [agent["account"]]}


def test_mail_in_every_form(store: Store) -> None:
    mbox = {"name": "Budi", "mbox": f"mailto:{MAIL}"}
    hashed = {"mbox_sha1sum": hashlib.sha1(f"mailto:{MAIL}".encode(), usedforsecurity=False).hexdigest()}
    put(
        store,
        small(actor=mbox),
        small(actor=hashed),
        small(actor={"mbox": "mailto:Budi.Santoso@EXAMPLE.go.id"}),
    )
    done = store.erase([MAIL], KEY, dry_run=False)
    assert done.statements == 3
    held = everything(store).lower()
    assert MAIL.encode() not in held
    assert hashed["mbox_sha1sum"].encode() not in held
    assert len(found_by(store, {"mbox": f"mailto:{done.pseudonym}@erased.invalid"})) == 2
    for _, payload in store.find(Query(), 10)[1].statements:
        value = orjson.loads(payload)
        read_each([{k: v for k, v in value.items() if k != "authority"}], Version.V1)  # still valid


def test_documents(store: Store) -> None:
    def keep(_document: Document | None) -> None:
        return

    name = agent_name(BUDI) or ""
    own = Place("state", ("https://e.id/o", name), None, name)
    profile = Place("agent_profile", (name,), None, name)
    course = Place("activity_profile", ("https://e.id/o",))
    store.documents.put(own, "bookmark", "application/json", b'{"page":3}', keep)
    store.documents.put(profile, "p", "text/plain", b"x", keep)
    store.documents.put(course, "list", "application/json", b'{"who": ["' + NIP.encode() + b'", 1.0]}', keep)
    store.documents.put(course, "note", "text/plain", f"lihat {NIP}.".encode(), keep)
    store.documents.put(course, "scan", "application/pdf", b"\xff\xfe" + NIP.encode(), keep)
    store.documents.put(course, "other", "application/json", b"{}", keep)
    dry = store.erase([NIP], KEY, dry_run=True)
    assert (dry.own_documents, dry.mentioning_documents, dry.unreadable_documents) == (2, 2, 1)
    assert store.documents.get(own, "bookmark") is not None
    assert store.erase([NIP], KEY, dry_run=False) == dry
    assert store.documents.get(own, "bookmark") is None
    assert store.documents.get(profile, "p") is None
    listed = store.documents.get(course, "list")
    assert listed is not None
    assert listed.content == b'{"who":["' + dry.pseudonym.encode() + b'",1.0]}'
    assert listed.etag == hashlib.sha1(listed.content, usedforsecurity=False).hexdigest()
    note = store.documents.get(course, "note")
    assert note is not None
    assert note.content == f"lihat {dry.pseudonym}.".encode()


def test_attachments_of_the_person_go_and_shared_ones_stay(store: Store) -> None:
    contents = {sha2_of(one): one for one in (b"sertifikat Budi", b"daftar bersama")}
    theirs, shared = contents

    def entry(sha2: str) -> dict[str, Any]:
        return {
            "usageType": "https://e.id/certificate",
            "display": {"id": "Sertifikat"},
            "contentType": "application/pdf",
            "length": len(contents[sha2]),
            "sha2": sha2,
        }

    read = read_each(
        [
            small(actor=BUDI, attachments=[entry(theirs), entry(shared)]),
            small(actor=SITI, attachments=[entry(shared)]),
        ],
        Version.V1,
    )
    store.submit(Submission(read, Authority.of(AUTHOR), contents)).result()
    done = store.erase([NIP], KEY, dry_run=False)
    assert done.attachments == 1
    assert store.attachments(contents) == {shared: contents[shared]}
    assert (
        theirs in orjson.dumps(orjson.loads(raw_of(store, read[0].statement_id))).decode()
    )  # its hash stays


def test_a_dry_run_changes_nothing_and_a_repeat_finds_nothing(store: Store) -> None:
    put(store, small(actor=BUDI), small(actor=SITI))
    before = everything(store)
    dry = store.erase([NIP], KEY, dry_run=True)
    assert dry.statements == 1
    assert everything(store) == before
    assert store.erase([NIP], KEY, dry_run=False) == dry
    assert store.erase([NIP], KEY, dry_run=False).statements == 0


def test_the_pseudonym_depends_on_the_key_and_on_nothing_else(store: Store) -> None:
    first = store.erase([NIP], KEY, dry_run=True).pseudonym
    assert store.erase([f" {NIP}"], KEY, dry_run=True).pseudonym == first
    assert store.erase([NIP], b"other" * 8, dry_run=True).pseudonym != first
    assert NIP not in first


def test_what_is_too_short_is_refused(store: Store) -> None:
    with pytest.raises(BadRequest):
        store.erase(["1980"], KEY, dry_run=True)
    with pytest.raises(BadRequest):
        store.erase([""], KEY, dry_run=True)
