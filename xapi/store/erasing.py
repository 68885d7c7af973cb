"""Erasing a person's identifiers, and nothing else.

In every statement and document the identifier is replaced by a pseudonym (a keyed hash: the same person stays
one person, and who does not have the key can neither go back nor try). Ids of statements, times, results,
extensions and the bytes of everything else stay, so that proofs over them stay. Contents of attachments of
the person's statements go (a certificate names its holder, a signature holds the signed statement); their
hashes stay. Documents of the person's own (state, agent profile) go wholly: they prove nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from sqlalchemy import Connection

from xapi.errors import BadRequest
from xapi.model import wire
from xapi.model.facets import agent_name, facets_of
from xapi.model.submission import Authority
from xapi.store import tables
from xapi.store.database import Database
from xapi.store.keys import ACTIVITY, AGENT, AUTHORITY, RELATED_ACTIVITY, RELATED_AGENT, key_of

_SHORTEST = 6  # characters; anything shorter would be found in texts that have nothing to do with the person
_CHUNK = 500
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_SIGN = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Erased:
    """What was changed, or would be."""

    pseudonym: str
    statements: int
    own_documents: int
    mentioning_documents: int
    attachments: int
    unreadable_documents: int
    """Documents that hold the identifier in a form that can't be rewritten; look at them by hand."""


@dataclass(slots=True)
class _Found:
    """Statements (`ord`) and documents (their keys) that hold an identifier, as the scan saw them."""

    statements: list[int] = field(default_factory=list)
    last: int = 0
    theirs: set[str] = field(default_factory=set)  # SHA-2 of the attachments of these statements
    others: set[str] = field(default_factory=set)


class Names:
    """The identifiers of one person (a NIP, an e-mail address, an account's name) and what stands for them."""

    def __init__(self, identifiers: Sequence[str], key: bytes) -> None:
        spelt = [one.strip() for one in identifiers if one.strip()]
        if not spelt or min(map(len, spelt)) < _SHORTEST:
            raise BadRequest("erase_short", path="identifier", least=_SHORTEST)
        digest = hmac.digest(key, "\n".join(sorted({one.lower() for one in spelt})).encode(), hashlib.sha256)
        self.pseudonym = f"anonim-{digest.hex()[:24]}"
        self._mail = f"{self.pseudonym}@erased.invalid"
        self._sha1 = hmac.digest(key, b"sha1" + digest, hashlib.sha256).hex()[:40]
        mails = [one for one in spelt if "@" in one]
        sums = [
            hashlib.sha1(f"mailto:{one}".encode(), usedforsecurity=False).hexdigest()
            for one in {*mails, *(mail.lower() for mail in mails)}
        ]
        patterns = [_pattern(one) for one in sorted((*spelt, *sums), key=len, reverse=True)]
        self._any = re.compile("|".join(patterns), re.IGNORECASE)
        self._bytes = re.compile("|".join(patterns).encode(), re.IGNORECASE)

    def in_bytes(self, raw: bytes) -> bool:
        # A text may be spelt with escapes; such a one is read before it is searched.
        return self._bytes.search(raw) is not None or (
            b"\\" in raw and self._any.search(_unescaped(raw)) is not None
        )

    def replaced(self, text: str) -> str:
        return self._any.sub(self._stand_in, text)

    def _stand_in(self, found: re.Match[str]) -> str:
        text = found.group().lower()
        if "@" in text:
            return self._mail
        return self._sha1 if _SIGN.fullmatch(text) else self.pseudonym


def _pattern(identifier: str) -> str:
    """An identifier of digits may be written with spaces, dots or hyphens between them."""
    if identifier.isascii() and identifier.isdigit():
        return r"(?<![0-9])" + r"[ .\-]?".join(identifier) + r"(?![0-9])"
    return re.escape(identifier)


def _unescaped(raw: bytes) -> str:
    text = raw.decode("utf-8", "replace").replace("\\/", "/")
    return _ESCAPE.sub(lambda found: chr(int(found.group(1), 16)), text)


class Erasing:
    def __init__(self, database: Database, names: Names) -> None:
        self._database = database
        self._names = names
        self._moved: dict[bytes, bytes] = {}
        self._forgotten: set[bytes] = set()  # agents' keys, whose names go

    def run(self, *, dry_run: bool) -> Erased:
        """Searches without holding anybody up; then all changes in one write turn, all or nothing."""
        found = _Found()
        with self._database.reading() as connection:
            self._search(connection, found)
            if dry_run:
                return self._told(connection, found, *self._documents(connection))
        with self._database.turn() as connection:
            self._search(connection, found)  # what was stored meanwhile
            for at in range(0, len(found.statements), _CHUNK):
                self._rewrite(connection, found.statements[at : at + _CHUNK])
            self._move_keys(connection)
            self._rewrite_activities(connection)
            own, mentioning, unreadable = self._documents(connection)
            told = self._told(connection, found, own, mentioning, unreadable)
            self._change_documents(connection, own, mentioning)
            gone = sorted(found.theirs - found.others)
            self._database.many(
                connection, "DELETE FROM xapi_attachment WHERE sha2 = ?", [(sha2,) for sha2 in gone]
            )
        return told

    # -- statements ------------------------------------------------------------------------------------

    def _search(self, connection: Connection, found: _Found) -> None:
        """Every statement, voided ones too, a thousand at a time."""
        sql = "SELECT ord, payload FROM xapi_statement WHERE ord > ? ORDER BY ord LIMIT 1000"
        while rows := self._database.rows(connection, sql, (found.last,)):
            for at, payload in rows:
                raw = bytes(payload)
                holds = self._names.in_bytes(raw)
                if holds:
                    found.statements.append(int(at))
                if b'"sha2"' in raw:
                    (found.theirs if holds else found.others).update(_hashes(wire.value_of(raw)))
            found.last = int(rows[-1][0])

    def _rewrite(self, connection: Connection, ords: Sequence[int]) -> None:
        sql = "SELECT ord, payload FROM xapi_statement WHERE ord IN ?"
        changed = []
        for at, payload in self._database.rows_in(connection, sql, ords):
            raw = bytes(payload)
            value = wire.value_of(raw)
            self._note_keys(value)
            changed.append((self._written(raw, value), int(at)))
        self._database.many(connection, "UPDATE xapi_statement SET payload = ? WHERE ord = ?", changed)

    def _written(self, raw: bytes, value: Any) -> bytes:
        """The JSON with identifiers replaced; the bytes of values without one stay as they are."""
        if not self._names.in_bytes(raw):
            return raw
        if isinstance(value, str):
            return orjson.dumps(self._names.replaced(value))
        if isinstance(value, list):
            parts = wire.split_array(raw)
            return b"[" + b",".join(map(self._written, parts, value)) + b"]"
        if not isinstance(value, dict):
            return raw  # a number: no identifier of anybody, whatever its digits
        members = wire.split_object(raw)
        written = {
            self._names.replaced(name): self._written(part, value[name]) for name, part in members.items()
        }
        if "name" in value and self._is_theirs(value):
            written["name"] = orjson.dumps(self._pseudonym)
        return wire.join_object(written)

    @property
    def _pseudonym(self) -> str:
        return self._names.pseudonym

    def _is_theirs(self, value: dict[str, Any]) -> bool:
        """Whether the object is an agent of this person: then its name is theirs too."""
        try:
            known_by = agent_name(value)
        except (KeyError, TypeError):
            return False
        return known_by is not None and self._names.replaced(known_by) != known_by

    def _note_keys(self, statement: dict[str, Any]) -> None:
        facets = facets_of(statement)
        authority = Authority(b"", statement["authority"]).name
        for kinds, texts in (
            ((AGENT, RELATED_AGENT, AUTHORITY), {*facets.agents, *facets.related_agents, authority}),
            ((ACTIVITY, RELATED_ACTIVITY), {*facets.activities, *facets.related_activities}),
        ):
            for text in texts:
                new = self._names.replaced(text)
                if new != text:
                    self._moved.update({key_of(kind, text): key_of(kind, new) for kind in kinds})
                    self._forgotten.add(key_of(AGENT, text))

    def _move_keys(self, connection: Connection) -> None:
        copy = (
            "INSERT INTO xapi_statement_key (key, ord, depth) "
            "SELECT {new}, ord, depth FROM xapi_statement_key WHERE key = ? ON CONFLICT DO NOTHING"
        ).format(new="?::bytea" if self._database.postgres else "?")
        pairs = sorted(self._moved.items())
        self._database.many(connection, copy, [(new, old) for old, new in pairs])
        delete = "DELETE FROM xapi_statement_key WHERE key = ?"
        self._database.many(connection, delete, [(old,) for old, _ in pairs])
        forget = "DELETE FROM xapi_agent_name WHERE agent = ?"
        self._database.many(connection, forget, [(key,) for key in sorted(self._forgotten)])

    def _rewrite_activities(self, connection: Connection) -> None:
        rows = self._database.rows(connection, "SELECT key, iri, definition FROM xapi_activity")
        for key, iri, definition in rows:
            raw = bytes(definition)
            if not (self._names.in_bytes(raw) or self._names.in_bytes(iri.encode())):
                continue
            new = self._names.replaced(iri)
            self._database.many(connection, "DELETE FROM xapi_activity WHERE key = ?", [(bytes(key),)])
            row = (key_of(ACTIVITY, new), new, self._written(raw, wire.value_of(raw)))
            self._database.insert(connection, tables.activity, [row], if_absent=True)

    # -- documents -------------------------------------------------------------------------------------

    def _documents(self, connection: Connection) -> tuple[list[_Document], list[_Document], int]:
        """(the person's own, others' that mention them in a form that can be rewritten, the rest's number)."""
        own: list[_Document] = []
        mentioning: list[_Document] = []
        unreadable = 0
        for document in self._each_document(connection):
            if self._names.in_bytes(document.agent):
                own.append(document)
            elif self._names.in_bytes(document.content) or self._names.in_bytes(document.name):
                written = _rewritten(document, self._written, self._names)
                unreadable += written is None
                mentioning += [written] if written is not None else []
        return own, mentioning, unreadable

    def _each_document(self, connection: Connection) -> Iterator[_Document]:
        """One at a time: a document may be large."""
        keys = self._database.rows(connection, "SELECT space, owner, registration, name FROM xapi_document")
        sql = (
            "SELECT content, agent FROM xapi_document "
            "WHERE space = ? AND owner = ? AND registration = ? AND name = ?"
        )
        for space, *rest in keys:
            owner, registration, name = map(bytes, rest)
            found = self._database.rows(connection, sql, (space, owner, registration, name))
            for content, agent in found:
                yield _Document(space, owner, registration, name, name, bytes(content), bytes(agent or b""))

    def _change_documents(
        self, connection: Connection, own: Sequence[_Document], mentioning: Sequence[_Document]
    ) -> None:
        where = "space = ? AND owner = ? AND registration = ? AND name = ?"
        rows = [(one.space, one.owner, one.registration, one.name) for one in own]
        self._database.many(connection, f"DELETE FROM xapi_document WHERE {where}", rows)
        sql = f"UPDATE xapi_document SET name = ?, content = ?, etag = ? WHERE {where}"
        changed = [
            (
                one.new_name,
                one.content,
                hashlib.sha1(one.content, usedforsecurity=False).hexdigest(),
                *(one.space, one.owner, one.registration, one.name),
            )
            for one in mentioning
        ]
        self._database.many(connection, sql, changed)

    def _told(
        self,
        connection: Connection,
        found: _Found,
        own: Sequence[_Document],
        mentioning: Sequence[_Document],
        unreadable: int,
    ) -> Erased:
        sql = "SELECT sha2 FROM xapi_attachment WHERE sha2 IN ?"
        kept = self._database.rows_in(connection, sql, sorted(found.theirs - found.others))
        return Erased(
            pseudonym=self._pseudonym,
            statements=len(found.statements),
            own_documents=len(own),
            mentioning_documents=len(mentioning),
            attachments=len({row[0] for row in kept}),
            unreadable_documents=unreadable,
        )


@dataclass(frozen=True, slots=True)
class _Document:
    space: str
    owner: bytes
    registration: bytes
    name: bytes
    new_name: bytes
    content: bytes
    agent: bytes


def _rewritten(document: _Document, write: Callable[[bytes, Any], bytes], names: Names) -> _Document | None:
    """The document without the identifier; None where its content is neither JSON nor UTF-8 text."""
    new_name = names.replaced(document.name.decode()).encode()
    if not names.in_bytes(document.content):
        return replace(document, new_name=new_name)
    try:
        content = write(document.content, wire.value_of(document.content))
    except RecursionError:
        return None
    except ValueError:
        try:
            content = names.replaced(document.content.decode()).encode()
        except UnicodeDecodeError:
            return None
    return replace(document, new_name=new_name, content=content)


def _hashes(statement: dict[str, Any]) -> set[str]:
    found = {entry["sha2"].lower() for entry in statement.get("attachments", ())}
    inner = statement["object"]
    return found | (_hashes(inner) if inner.get("objectType") == "SubStatement" else set())
