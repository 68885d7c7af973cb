"""A Kolibri that holds a known list of completed contents and answers in the recorded shape."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

import orjson

from lms_adapters.contract_site import CompletionSite, Held
from lms_adapters.loopback import Form, Reply
from lms_adapters.spec import SourceConfig

FACILITY = "4e74fdfc58725d6de781d9e4d482d2b5"
HEADINGS = (
    "Facility name", "Username", "User type", "Channel id", "Channel name", "Content id", "Content title",
    "Time of first interaction", "Time of last interaction", "Time of completion", "Time Spent (sec)",
    "Progress (0-1)", "Content kind",
)  # fmt: skip
PASSWORD = "Rahasia#1"


class KolibriSite(CompletionSite):
    banner = "contract Kolibri"

    def __init__(self, kept: Iterable[Held], *, latency: float = 0.0) -> None:
        self.people: dict[str, str] = {}
        super().__init__(kept, latency=latency)

    def source(self) -> SourceConfig:
        settings = {
            "username": "svc",
            "attendance": "tidak",
            "retry_wait": 0.01,
            "attempts": 3,
            "read_timeout": 5,
        }
        return SourceConfig("uji", "kolibri", self.url, settings, {"password": PASSWORD})

    def answer(self, method: str, path: str, form: Form) -> Reply:
        self.people |= {row.learner: row.nip for row in self.kept}
        task = {"id": "t1", "status": "COMPLETED", "percentage": 1.0}
        answers: dict[str, Any] = {
            "/api/public/v1/facility/": [{"id": FACILITY, "name": "BPSDM Uji"}],
            "/api/auth/session/": {"user_id": "u", "username": "svc", "kind": ["admin"]},
            "/api/auth/facilityuser/": self._users(form),
            "/api/tasks/tasks/": task,
        }
        if path == "/api/auth/session/current/":
            return Reply(405, "application/json", b"{}", {"Set-Cookie": "kolibri_csrftoken=abc; Path=/"})
        if path.startswith("/facility/api/downloadcsvfile/summary/"):
            return Reply(200, "text/csv", self._export())
        if path not in answers:
            return Reply(404, "text/html", b"")
        return Reply(200, "application/json", orjson.dumps(answers[path]))

    def _users(self, form: Form) -> dict[str, Any]:
        size, page = int(form.get("page_size", 500)), int(form.get("page", 1))
        listed = [
            {"id": name, "username": f"p{name}", "full_name": f"Peserta {name}", "id_number": nip}
            for name, nip in sorted(self.people.items())
        ]
        pages = max(1, -(-len(listed) // size))
        return {
            "page": page,
            "count": len(listed),
            "total_pages": pages,
            "results": listed[(page - 1) * size : page * size],
        }

    def _export(self) -> bytes:
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        writer.writerow(HEADINGS)
        for row in self.window(0, len(self.kept)):
            at = row.at.isoformat(sep=" ")
            what = (
                "BPSDM Uji",
                f"p{row.learner}",
                "Learner",
                "c1",
                "Pelatihan",
                row.course,
                f"Konten {row.course}",
            )
            writer.writerow((*what, at, at, at, "600.0", "1.0000", "video"))
        return out.getvalue().encode("utf-8-sig")
