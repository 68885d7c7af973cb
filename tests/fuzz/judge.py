"""What must hold for the answer to any request, and for whatever is done with a statement."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

import orjson
import requests

from tests.conformance.server import RunningLrs
from tests.fuzz.calls import STATEMENTS, Call
from xapi.errors import XapiError
from xapi.model.comparison import same_statement
from xapi.model.facets import agents_named_in, definitions_in, displays_in, facets_of
from xapi.model.formats import is_uuid
from xapi.model.presentation import as_ids
from xapi.model.submission import Arriving, read_body
from xapi.model.version import Version
from xapi.model.wire import value_of

AUTHORITY = b'{"mbox":"mailto:lrs@example.id"}'
_ANSWERS = {200, 204, 304, 400, 401, 403, 404, 405, 409, 412, 415, 429}


def survive(body: bytes, version: Version) -> bool:
    """Everything that is done with a statement on its way in and out; only XapiError may come of it.
    Returns whether the body was accepted."""
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
    assert refusal.path.startswith("$")
    assert refusal.clause
    return False


def _come_back(statements: Iterable[Arriving]) -> None:
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


class Judge:
    """Sends requests to a running record store and judges the answers. `counts` are by method, resource and
    status."""

    def __init__(self, lrs: RunningLrs) -> None:
        self._lrs = lrs
        self.counts: Counter[tuple[str, str, int]] = Counter()

    def put_to_test(self, call: Call) -> None:
        answer = self._send(call)
        self.counts[call.method, call.path, answer.status_code] += 1
        assert answer.status_code in _ANSWERS, f"{call}: {answer.status_code} {answer.text[:500]}"
        assert "X-Experience-API-Version" in answer.headers
        if answer.status_code >= 400 and call.method != "HEAD":
            self._refused(call, answer)
        elif call.path == STATEMENTS and call.method in ("POST", "PUT") and "method" not in call.query:
            self._kept(call, answer)

    def _send(self, call: Call) -> requests.Response:
        url = self._lrs.url + call.path + (f"?{call.query}" if call.query else "")
        headers = {name: value.encode("latin-1") for name, value in call.headers.items()}
        made = requests.Request(call.method, url, headers, data=call.body).prepare()
        if call.known:
            made.prepare_auth(self._lrs.auth)
        return self._lrs.session.send(made, timeout=30, allow_redirects=False)

    def _refused(self, call: Call, answer: requests.Response) -> None:
        """The refusal says what is wrong, in both languages; where, and by which clause, where it is a 400.
        Of a refused batch nothing was kept."""
        told = answer.json()
        assert told["message"], call
        assert told["pesan"], call
        if answer.status_code == 400:
            assert told.get("clause"), (call, told)
            assert told.get("path"), (call, told)
        if answer.status_code != 409:
            ids = sorted(_ids_in(call.body))
            assert self._lrs.store.absent(ids) == ids, call

    def _kept(self, call: Call, answer: requests.Response) -> None:
        if call.method == "PUT":
            ids = [dict(pair.split("=") for pair in call.query.split("&"))["statementId"]]
        else:
            ids = answer.json()
        assert self._lrs.store.absent(ids) == []
        for one in ids:
            kept = self._lrs.get(STATEMENTS, params={"statementId": one})
            name = "voidedStatementId" if kept.status_code == 404 else "statementId"
            for form in ("exact", "ids", "canonical"):
                shown = self._lrs.get(STATEMENTS, params={name: one, "format": form})
                assert shown.status_code == 200, (call, shown.text)
                self.counts["GET", STATEMENTS, 200] += 1


def _ids_in(body: bytes) -> set[str]:
    """Ids that statements of a body gave themselves. (Each body has fresh ones.)"""
    try:
        value: Any = json.loads(body)
    except (ValueError, RecursionError):
        return set()
    entries = value if isinstance(value, list) else [value]
    ids = {entry["id"] for entry in entries if isinstance(entry, dict) and isinstance(entry.get("id"), str)}
    return {each for each in ids if is_uuid(each)}
