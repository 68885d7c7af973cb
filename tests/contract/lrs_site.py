"""A record store that holds a known list of completions as logstore_xapi would have told them.

It answers the queries that the adapter makes, as our own store does: `since` on stored, oldest first, pages by
`more`. What was told once and is no longer held has been voided. Failing, cmi5 and the rest run against the real
store (test_xapi_lrs.py).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import orjson

from lms_adapters.contract_site import NOW, CompletionSite, Held
from lms_adapters.loopback import Form, Reply
from lms_adapters.spec import SourceConfig
from tests.lms_sites.lrs import COMPLETED, COURSE, HOME, voiding
from xapi.model.formats import micros_of_timestamp

FAR_AHEAD = 2**62
VOIDED = "http://adlnet.gov/expapi/verbs/voided"


class LrsContractSite(CompletionSite):
    banner = "contract record store"

    def __init__(self, kept: Iterable[Held], *, latency: float = 0.0) -> None:
        self.told_once: dict[str, Held] = {}
        super().__init__(kept, latency=latency)

    def source(self) -> SourceConfig:
        settings = {
            "home_page": HOME,
            "page_size": self.page_size,
            "since": "stored",
            "retry_wait": 0.01,
            "attempts": 3,
            "read_timeout": 5,
        }
        return SourceConfig(
            "uji", "xapi_lrs", self.url + "/xapi", settings, {"key": "kunci", "secret": "rahasia-9"}
        )

    def key_of(self, row: Held) -> tuple[str, str]:
        return row.learner, f"{HOME}/course/view.php?id={row.course}"

    def in_order(self) -> list[Held]:
        return sorted(self.kept, key=lambda row: (row.stored, row.learner, row.course))

    def answer(self, method: str, path: str, form: Form) -> Reply:
        if path != "/xapi/statements":
            return Reply(404, "text/html", b"")
        held = {told(row)["id"]: row for row in self.kept}
        self.told_once |= held
        if "voidedStatementId" in form:
            return Reply(
                200, "application/json", orjson.dumps(told(self.told_once[form["voidedStatementId"]]))
            )
        if form.get("verb") == VOIDED:
            gone = [name for name in self.told_once if name not in held] if self.kept else []
            return self._sent([voiding(name) | {"stored": NOW.isoformat()} for name in gone], "")
        if "agent" in form:
            name = orjson.loads(form["agent"])["account"]["name"]
            fitting = [one for one in map(told, self.kept) if one["actor"]["account"]["name"] == name]
            return self._sent([one for one in fitting if one["object"]["id"] == form["activity"]], "")
        if form.get("verb") != COMPLETED:
            return self._sent([], "")
        low = micros_of_timestamp(form["since"]) if "since" in form else -FAR_AHEAD
        rows = [row for row in self.in_order() if _micros(row.stored) > low]
        first = int(form.get("first", 0))
        size = int(form.get("limit", 10))
        shown = self.window(first, size, rows)
        more = ""
        if first + size < len(rows):
            more = "/xapi/statements?" + urlencode({**form, "first": first + size})
        return self._sent([told(row) for row in shown], more)

    def _sent(self, statements: list[dict[str, Any]], more: str) -> Reply:
        body = orjson.dumps({"statements": statements, "more": more})
        through = max((row.stored for row in self.kept), default=NOW)
        return Reply(
            200, "application/json", body, {"X-Experience-API-Consistent-Through": through.isoformat()}
        )


def _micros(at: datetime) -> int:
    return micros_of_timestamp(at.isoformat())


def told(row: Held) -> dict[str, Any]:
    spoken = f"{row.learner} {row.course} {row.at.isoformat()}"
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, spoken)),
        "actor": {"name": f"Peserta {row.learner}", "account": {"homePage": HOME, "name": row.learner}},
        "verb": {"id": COMPLETED},
        "object": {"id": f"{HOME}/course/view.php?id={row.course}", "definition": {"type": COURSE}},
        "timestamp": row.at.isoformat(),
        "stored": row.stored.isoformat(),
    }
