"""A SCORM Cloud that holds a known list of completed registrations: since inclusive on `updated`, and `more` that
travels alone."""

from __future__ import annotations

from typing import Any

import orjson

from lms_adapters.contract_site import CompletionSite, Held
from lms_adapters.loopback import Form, Reply
from lms_adapters.spec import SourceConfig


class ScormSite(CompletionSite):
    banner = "contract SCORM Cloud"

    def source(self) -> SourceConfig:
        settings = {"retry_wait": 0.01, "attempts": 3, "read_timeout": 5}
        secrets = {"app_id": "APP1", "secret_key": "rahasia-scorm"}
        return SourceConfig("uji", "scorm_cloud", self.url + "/api/v2", settings, secrets)

    def in_order(self) -> list[Held]:
        return sorted(self.kept, key=lambda row: (row.stored, row.learner, row.course))

    def answer(self, method: str, path: str, form: Form) -> Reply:
        if path != "/api/v2/registrations":
            return Reply(404, "application/json", b'{"message":"not found"}')
        if "more" in form and len(form) > 1:
            return Reply(400, "application/json", b'{"message":"more must be sent alone"}')
        first, since = form["more"].split("|") if "more" in form else ("0", form.get("since", ""))
        rows = [row for row in self.in_order() if row.stored.strftime("%Y-%m-%dT%H:%M:%SZ") >= since]
        shown = self.window(int(first), self.page_size, rows)
        value: dict[str, Any] = {"registrations": [self._row(row) for row in shown]}
        if int(first) + self.page_size < len(rows):
            value["more"] = f"{int(first) + self.page_size}|{since}"
        return Reply(200, "application/json", orjson.dumps(value))

    def key_of(self, row: Held) -> tuple[str, str]:
        return row.nip, f"K{row.course}"

    def _row(self, row: Held) -> dict[str, Any]:
        return {
            "id": f"reg-{row.learner}-{row.course}",
            "instance": 0,
            "updated": row.stored.isoformat(),
            "registrationCompletion": "COMPLETED",
            "registrationSuccess": "PASSED",
            "score": {"scaled": 90.0},
            "totalSecondsTracked": 3661.5,
            "completedDate": row.at.isoformat(),
            "course": {"id": f"K{row.course}", "title": "Kursus", "version": 0},
            "learner": {"id": row.nip, "firstName": "Peserta", "lastName": row.learner},
        }
