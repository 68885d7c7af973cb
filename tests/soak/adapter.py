"""The adapter of the soak's site: as small as an adapter can be, and honest about what it saw."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import requests

from bridge.domain.evidence import Completion
from bridge.domain.learner import Identifier, Scheme
from bridge.errors import RetryLater
from lms_adapters.registry import Registered
from lms_adapters.spec import AdapterSpec, CheckStep, Page, RawPayload, Since, SourceConfig, SweepEnd
from tests.soak.evidence import TITLES

SPEC = AdapterSpec("soak", "Situs uji", Since.NONE, True, ("nip",))
STREAM = "rows"


class SoakAdapter:
    spec = SPEC

    def __init__(self, config: SourceConfig) -> None:
        self._config = config
        self._session = requests.Session()

    def check(self) -> Iterator[CheckStep]:
        yield CheckStep("site", True, "ada", "there")

    def close(self) -> None:
        self._session.close()

    def _page(self, number: int) -> tuple[bytes, dict[str, Any]]:
        try:
            answer = self._session.get(f"{self._config.address}/rows?page={number}", timeout=10)
            answer.raise_for_status()
            return answer.content, json.loads(answer.content)
        except (requests.RequestException, ValueError) as error:
            raise RetryLater(
                "SOURCE-DOWN", "Situs tidak menjawab.", f"The site does not answer: {type(error).__name__}."
            ) from error

    def pull(self, cursors: Mapping[str, Mapping[str, Any]], *, full: bool) -> Iterator[Page | SweepEnd]:
        number, seen = 0, 0
        while True:
            body, told = self._page(number)
            rows = tuple(self._completion(row) for row in told["rows"])
            seen += len(rows)
            yield Page(STREAM, rows, (), RawPayload("application/json", body), {}, told["total"], number)
            number += 1
            if seen >= told["total"] or not rows:
                yield SweepEnd(STREAM, seen == told["total"], seen, "" if seen == told["total"] else "short")
                return

    def _completion(self, row: dict[str, str]) -> Completion:
        return Completion(
            source=self._config.name,
            external_learner=row["nip"],
            external_course=row["course"],
            completed_at=datetime.fromisoformat(row["at"]),
            identifiers=(Identifier(Scheme.NIP, row["nip"]),),
            learner_name="",
            course_title=TITLES[int(row["course"])],
            certificate_no=row["certificate"],
        )


ADAPTERS = {"soak": Registered(SPEC, SoakAdapter)}
