"""Sending on: each target gets the statements of its filter, in the order of `stored`, once it can take them.

    for done in forward_due(store, secret_of=resolve, now=micros): …

Called as often as one likes. What was sent is remembered after each batch; what is sent twice (a crash
between the answer and our note) has the same id and is no change there. A target that does not answer is
tried again after a while, at most an hour, and goes on where it stood, after a week too. A statement that a
target refuses by itself becomes a dead letter and holds up nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import orjson

from xapi.client.client import LrsClient, Refused, Unreachable
from xapi.errors import XapiError
from xapi.lrs.attachments import attachments_of
from xapi.lrs.multipart import write_parts
from xapi.model.formats import uuid_bytes
from xapi.model.wire import value_of
from xapi.store.forwarding import DeadLetter, ForwardTarget
from xapi.store.store import Store

BATCH = 100
_MOST = 100_000  # statements to one target in one call, so that one that lags far does not hold up the others
_SECOND = 1_000_000
_LEASE = 600 * _SECOND  # a process that died with a target in its hands gives it up after this
_FIRST_WAIT, _LONGEST_WAIT = 30 * _SECOND, 3600 * _SECOND
_THE_STATEMENTS_FAULT = (400, 409, 413, 422)  # any other refusal is about the target or our credentials

Secret = Callable[[str], str]
Statements = Sequence[tuple[int, bytes]]


class SecretMissing(XapiError):
    """Raised by `secret_of` where the secret can't be had now: that target waits, the others do not."""


@dataclass(frozen=True, slots=True)
class Forwarded:
    """What one call did for one target. `trouble` is why it stopped early ("" where it did not)."""

    target: str
    sent: int
    dead: int
    trouble: str


def forward_due(store: Store, *, secret_of: Secret, now: Callable[[], int]) -> Iterator[Forwarded]:
    """Sends what is due to every target whose time has come; `now` gives microseconds since 1970."""
    for target in store.forwarding.targets():
        if store.forwarding.claim(target.name, now(), now() + _LEASE):
            try:
                yield _Sending(store, target, secret_of, now).run()
            finally:
                store.forwarding.release(target.name)


def retry_dead(store: Store, name: str, *, secret_of: Secret, now: Callable[[], int]) -> Forwarded:
    """Sends the dead letters of a target once more. Raises NotFound where there is no such target."""
    return _Sending(store, store.forwarding.target(name), secret_of, now).retry()


class _Sending:
    def __init__(
        self, store: Store, target: ForwardTarget, secret_of: Secret, now: Callable[[], int]
    ) -> None:
        self._store = store
        self._target = target
        self._secret_of = secret_of
        self._now = now
        self._dead: list[DeadLetter] = []

    def run(self) -> Forwarded:
        sent = dead = 0
        try:
            with self._client() as client:
                for count, buried in self._batches(client):
                    sent, dead = sent + count, dead + buried
        except (Unreachable, Refused, SecretMissing) as fault:
            return Forwarded(self._target.name, sent, dead, self._put_off(fault))
        return Forwarded(self._target.name, sent, dead, "")

    def retry(self) -> Forwarded:
        letters = self._store.forwarding.dead(self._target.name)
        statements = self._store.at([one.ord for one in letters])
        try:
            with self._client() as client:
                self._deliver(client, statements)
        except (Unreachable, Refused, SecretMissing) as fault:
            return Forwarded(self._target.name, 0, len(letters), self._put_off(fault))
        refused = {one.ord for one in self._dead}
        # One that was voided meanwhile goes nowhere any more; its void was forwarded.
        done = [one.ord for one in letters if one.ord not in refused]
        self._store.forwarding.revived(self._target.name, done, self._dead)
        return Forwarded(self._target.name, len(done), len(refused), "")

    def _client(self) -> LrsClient:
        target = self._target
        secret = self._secret_of(target.secret)
        # Patience is ours, over calls; the client's own repeats are for a single lost connection.
        return LrsClient(target.endpoint, target.login, secret, version=target.version, retries=1)

    def _batches(self, client: LrsClient) -> Iterator[tuple[int, int]]:
        position, looked = self._target.position, 0
        while looked < _MOST:
            through, found = self._store.find(self._target.filter.query(position), BATCH)
            self._dead = []
            self._deliver(client, found.statements)
            # Where this page is the last one, nothing that matches lies before `through` any more.
            reached = found.statements[-1][0] if found.statements else position
            reached = reached if found.more else max(reached, through)
            if reached <= position:
                return
            position = reached
            looked += len(found.statements)
            sent = len(found.statements) - len(self._dead)
            now = self._now()
            self._store.forwarding.advanced(self._target.name, position, sent, self._dead, now, now + _LEASE)
            yield sent, len(self._dead)
            if not found.more:
                return

    def _deliver(self, client: LrsClient, statements: Statements) -> None:
        """All in one request; where the target refuses it, by halves, until the culprit is alone."""
        if not statements:
            return
        try:
            client.post_body(*self._body(statements))
        except Refused as fault:
            if fault.answered not in _THE_STATEMENTS_FAULT:
                raise
            if len(statements) > 1:
                half = len(statements) // 2
                self._deliver(client, statements[:half])
                self._deliver(client, statements[half:])
                return
            at, payload = statements[0]
            key = uuid_bytes(value_of(payload)["id"])
            self._dead.append(DeadLetter(at, key, fault.english[:1000], self._now()))

    def _body(self, statements: Statements) -> tuple[str, bytes]:
        """JSON, or multipart where contents of attachments are kept here."""
        listed = b"[" + b",".join(payload for _, payload in statements) + b"]"
        types = {
            entry["sha2"].lower(): entry["contentType"]
            for _, payload in statements
            if b'"attachments"' in payload
            for _, entry in attachments_of(value_of(payload))
        }
        kept = self._store.attachments(types) if types else {}
        if not kept:
            return "application/json", listed
        return write_parts(listed, [(sha2, types[sha2], kept[sha2]) for sha2 in sorted(kept)])

    def _put_off(self, fault: XapiError) -> str:
        # The target's attempts before this one: 30 s, 1 min, 2 min, … an hour.
        wait = min(_FIRST_WAIT << min(self._target.attempts, 10), _LONGEST_WAIT)
        told = orjson.dumps({"id": fault.sentence[:500], "en": fault.english[:500]}).decode()
        self._store.forwarding.failed(self._target.name, told, self._now() + wait)
        return fault.english
