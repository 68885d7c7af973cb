"""A Canvas that holds a known list of completions: Link paging with opaque addresses, progress rows in the shape of
app/models/course_progress.rb, modules in that of lib/api/v1/context_module.rb, and a bucket that leaks
(lib/request_throttle.rb)."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import quote

import orjson

from lms_adapters.contract_site import CompletionSite, Held
from lms_adapters.loopback import Form, Reply
from lms_adapters.spec import SourceConfig

NO_MODULES = {"error": {"message": "no progress available because this course is not module based"}}
FORBIDDEN = Reply(
    403,
    "application/json",
    b'{"status":"unauthorized","errors":[{"message":"user not authorized to perform that action"}]}',
)
NOT_FOUND = Reply(
    404, "application/json", b'{"errors":[{"message":"The specified resource does not exist."}]}'
)
JSON = "application/json; charset=utf-8"
EXTRA, FIRST, SECOND = 7, 501, 502
"""Modules of every course: one that demands nothing, and two that do."""


class Bucket:
    """A quota that leaks; refuses with 403 where it is full. In units, units a second, and units a request."""

    def __init__(self, quota: float, leak: float, cost: float) -> None:
        self.quota, self.leak, self.cost = quota, leak, cost
        self.level, self.at = 0.0, time.monotonic()
        self.refused = 0

    def pour(self, reply: Reply) -> Reply:
        now = time.monotonic()
        self.level = max(0.0, self.level - (now - self.at) * self.leak)
        self.at = now
        if self.level + self.cost > self.quota:
            self.refused += 1
            reply = Reply(403, "text/plain", b"403 Forbidden (Rate Limit Exceeded)")
        else:
            self.level += self.cost
        left = max(0.0, self.quota - self.level)
        headers = {"X-Request-Cost": f"{self.cost}", "X-Rate-Limit-Remaining": f"{left}"}
        return Reply(reply.status, reply.media_type, reply.body, {**reply.headers, **headers})


class CanvasSite(CompletionSite):
    """`bulk_refused` is what bulk_user_progress answers where it is not allowed; `may_read_modules` whether the modules
    are. `idle` students have begun every course; `gone` ones are listed and can't be read."""

    banner = "contract Canvas"
    settings: ClassVar[dict[str, Any]] = {}
    bulk_refused: Reply | None = None
    may_read_modules = False

    def __init__(self, kept: Iterable[Held], *, latency: float = 0.0) -> None:
        self.courses: set[str] = {"99"}  # a course without modules, which nobody completes
        self.people: dict[str, str] = {}
        self.idle: list[str] = []
        self.gone: set[str] = set()
        self.bucket: Bucket | None = None
        self.inline_items = True
        self.logins = True
        super().__init__(kept, latency=latency)

    def source(self) -> SourceConfig:
        settings = {"page_size": self.page_size, "retry_wait": 0.01, "attempts": 3, "read_timeout": 5}
        return SourceConfig("uji", "canvas", self.url, {**settings, **self.settings}, {"token": "1~rahasia"})

    def answer(self, method: str, path: str, form: Form) -> Reply:
        reply = self._answer(path, form)
        return reply if self.bucket is None else self.bucket.pour(reply)

    def _answer(self, path: str, form: Form) -> Reply:
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
            return self.bulk_refused or self._progress(found[1], path, form)
        if found := re.fullmatch(r"/api/v1/courses/(\d+)/users", path):
            return self._students(found[1], path, form)
        if found := re.fullmatch(r"/api/v1/courses/(\d+)/modules(?:/(\d+)/items)?", path):
            return self._modules(found[1], found[2], form) if self.may_read_modules else FORBIDDEN
        return NOT_FOUND

    def _of_course(self, course: str) -> list[Held]:
        return [row for row in self.in_order() if row.course == course]

    # -- all at once -------------------------------------------------------------------------------------------

    def _progress(self, course: str, path: str, form: Form) -> Reply:
        if course == "99":
            return Reply(400, "application/json", orjson.dumps(NO_MODULES))
        rows = self._of_course(course)
        first, size = _place(form)
        shown = [self._row(row) for row in self.window(first, size, rows)]
        idle = {"id": 7, "display_name": "Belum", "progress": {"requirement_count": 3, "completed_at": None}}
        return Reply(200, JSON, orjson.dumps([*shown, idle]), self._links(path, form, len(rows)))

    def _links(self, path: str, form: Form, rows: int) -> dict[str, str]:
        """The place stands in an opaque word, as Canvas has it in bookmarks."""
        first, size = _place(form)
        if first + size >= rows:
            return {}
        kept = "".join(
            f"&{quote(name)}={quote(value)}"
            for name, value in form.items()
            if name not in ("page", "per_page")
        )
        link = f"{self.url}{path}?page={quote(f'bookmark:{first + size}')}&per_page={size}{kept}"
        return {"link": f'<{self.url}{path}?page=first>; rel="current", <{link}>; rel="next"'}

    def _row(self, row: Held) -> dict[str, Any]:
        progress = {
            "requirement_count": 3,
            "requirement_completed_count": 3,
            "completed_at": row.at.isoformat(),
        }
        return {"id": int(row.learner), "display_name": f"Peserta {row.learner}", "progress": progress}

    # -- student by student ------------------------------------------------------------------------------------

    def _students(self, course: str, path: str, form: Form) -> Reply:
        if not self.may_read_modules:  # only names are asked for: not what the contract's lapses strike at
            return self._said([self._user(one) for one in sorted(self.people)])
        learners = [
            *dict.fromkeys(row.learner for row in self._of_course(course)),
            *self.idle,
            *sorted(self.gone),
        ]
        first, size = _place(form)
        rows: Sequence[Any] = learners
        shown = [self._user(str(one)) for one in self.window(first, size, rows)]
        return Reply(200, JSON, orjson.dumps(shown), self._links(path, form, len(learners)))

    def _modules(self, course: str, module: str | None, form: Form) -> Reply:
        if module is not None:
            return self._said(_items(int(module)))
        student = form.get("student_id")
        if course == "99":
            return self._said([{"id": EXTRA, "name": "Pengantar", "items": _items(EXTRA)}])
        if student is None:
            modules = [{"id": one, "name": f"Modul {one}"} for one in (EXTRA, FIRST, SECOND)]
            items = [{"items": _items(int(one["id"]))} if self.inline_items else {} for one in modules]
            return self._said([one | more for one, more in zip(modules, items, strict=True)])
        if student in self.gone:
            return FORBIDDEN
        row = next((one for one in self.kept if (one.learner, one.course) == (student, course)), None)
        begun = {"id": EXTRA, "state": "completed", "completed_at": "2026-11-20T00:00:00Z"}
        if row is None:
            states = [("completed", "2026-02-01T00:00:00Z"), ("started", None)]
        else:
            states = [
                ("completed", (row.at - timedelta(days=3)).isoformat()),
                ("completed", row.at.isoformat()),
            ]
        told = [
            {"id": one, "state": state, "completed_at": at}
            for one, (state, at) in zip((FIRST, SECOND), states, strict=True)
        ]
        return self._said([begun, *told])

    def _user(self, learner: str) -> dict[str, Any]:
        user = {"id": int(learner), "name": f"Peserta {learner}"}
        if not self.logins:
            return user
        return user | {"login_id": f"p{learner}", "sis_user_id": self.people.get(learner, "")}

    @staticmethod
    def _said(value: Any) -> Reply:
        return Reply(200, JSON, orjson.dumps(value))


def _place(form: Form) -> tuple[int, int]:
    return int(form.get("page", "bookmark:0").partition(":")[2]), int(form["per_page"])


def _items(module: int) -> list[dict[str, Any]]:
    item: dict[str, Any] = {"id": module * 10, "title": "Bahan", "module_id": module}
    return [item if module == EXTRA else item | {"completion_requirement": {"type": "must_view"}}]


class CanvasModulesSite(CanvasSite):
    """A token that may not read everybody's progress at once."""

    bulk_refused = FORBIDDEN
    may_read_modules = True
