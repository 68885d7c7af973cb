"""A Canvas that holds a known list of completions: Link paging with opaque addresses, and progress rows in the
shape of app/models/course_progress.rb."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import orjson

from lms_adapters.contract_site import CompletionSite, Held
from lms_adapters.loopback import Form, Reply
from lms_adapters.spec import SourceConfig

NO_MODULES = {"error": {"message": "no progress available because this course is not module based"}}


class CanvasSite(CompletionSite):
    banner = "contract Canvas"

    def __init__(self, kept: Iterable[Held], *, latency: float = 0.0) -> None:
        self.courses: set[str] = {"99"}  # a course without modules, which nobody completes
        self.people: dict[str, str] = {}
        super().__init__(kept, latency=latency)

    def source(self) -> SourceConfig:
        settings = {"page_size": self.page_size, "retry_wait": 0.01, "attempts": 3, "read_timeout": 5}
        return SourceConfig("uji", "canvas", self.url, settings, {"token": "1~rahasia"})

    def answer(self, method: str, path: str, form: Form) -> Reply:
        self.courses |= {row.course for row in self.kept}
        self.people |= {row.learner: row.nip for row in self.kept}
        if path == "/api/v1/users/self":
            return self._said({"id": 1, "name": "Layanan"})
        if path == "/api/v1/accounts/self/courses":
            listed = [
                {"id": int(one), "name": f"Kursus {one}", "course_code": f"K{one}"} for one in self.courses
            ]
            return self._said(listed)
        if found := re.fullmatch(r"/api/v1/courses/(\d+)/bulk_user_progress", path):
            return self._progress(found[1], path, form)
        if re.fullmatch(r"/api/v1/courses/\d+/users", path):
            return self._said([self._user(one) for one in sorted(self.people)])
        return Reply(404, "application/json", b'{"errors":[{"message":"not found"}]}')

    def _progress(self, course: str, path: str, form: Form) -> Reply:
        if course == "99":
            return Reply(400, "application/json", orjson.dumps(NO_MODULES))
        rows = [row for row in self.in_order() if row.course == course]
        # the place stands in an opaque word, as Canvas has it in bookmarks
        first = int(form.get("page", "bookmark:0").partition(":")[2])
        size = int(form["per_page"])
        shown = [self._row(row) for row in self.window(first, size, rows)]
        idle = {"id": 7, "display_name": "Belum", "progress": {"requirement_count": 3, "completed_at": None}}
        headers = {}
        if first + size < len(rows):
            link = f"{self.url}{path}?page={quote(f'bookmark:{first + size}')}&per_page={size}"
            headers["link"] = f'<{self.url}{path}?page=first>; rel="current", <{link}>; rel="next"'
        return Reply(200, "application/json; charset=utf-8", orjson.dumps([*shown, idle]), headers)

    def _row(self, row: Held) -> dict[str, Any]:
        progress = {
            "requirement_count": 3,
            "requirement_completed_count": 3,
            "completed_at": row.at.isoformat(),
        }
        return {"id": int(row.learner), "display_name": f"Peserta {row.learner}", "progress": progress}

    def _user(self, learner: str) -> dict[str, Any]:
        return {
            "id": int(learner),
            "name": f"Peserta {learner}",
            "login_id": f"p{learner}",
            "sis_user_id": self.people[learner],
        }

    @staticmethod
    def _said(value: Any) -> Reply:
        return Reply(200, "application/json; charset=utf-8", orjson.dumps(value))
