"""An Open edX that holds a known list of passes: client credentials for a JWT that is looked at, cursor pages in
the shape of rest_framework.pagination.CursorPagination, certificates by user."""

from __future__ import annotations

import re
import secrets
from base64 import b64encode
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote, urlencode

import orjson

from lms_adapters.contract_site import CompletionSite, Held
from lms_adapters.loopback import Form, Reply
from lms_adapters.spec import SourceConfig

SECRET = "rahasia-openedx"


class OpenedxSite(CompletionSite):
    """`broken` users can't be graded and are left out of the grades without a word."""

    banner = "contract Open edX"
    settings: dict[str, Any] = {}  # noqa: RUF012 - read only

    def __init__(self, kept: Iterable[Held], *, latency: float = 0.0) -> None:
        self.courses: set[str] = set()
        self.undated: set[str] = set()
        self.broken: set[str] = set()
        self.tokens: list[str] = []
        self.asked: list[str] = []
        super().__init__(kept, latency=latency)

    def source(self) -> SourceConfig:
        settings = {
            "page_size": self.page_size,
            "retry_wait": 0.01,
            "attempts": 3,
            "read_timeout": 5,
            **self.settings,
        }
        return SourceConfig(
            "uji", "openedx", self.url, settings, {"client_id": "jp", "client_secret": SECRET}
        )

    def key_of(self, row: Held) -> tuple[str, str]:
        return f"u{row.learner}", f"course-v1:BPSDM+K{row.course}+2026"

    def answer(self, method: str, path: str, form: Form) -> Reply:
        self.courses |= {self.key_of(row)[1] for row in self.kept}
        path = unquote(path)
        if path == "/oauth2/access_token":
            return self._token(form)
        if path == "/api/courses/v1/courses/":
            listed = [{"course_id": one, "name": f"Kursus {one}"} for one in sorted(self.courses)]
            return self._said({"results": listed, "pagination": {"next": None, "count": len(listed)}})
        if path == "/api/enrollment/v1/enrollments":
            rows = [row for row in self.in_order() if self.key_of(row)[1] == form["course_id"]]
            users = sorted({self.key_of(row)[0] for row in rows} | self.broken)
            results = [{"user": one, "is_active": True, "mode": "honor"} for one in users]
            return self._said({"next": None, "previous": None, "results": results})
        if found := re.fullmatch(r"/api/grades/v1/courses/([^/]+)/", path):
            return self._grades(found[1], path, form)
        if found := re.fullmatch(r"/api/certificates/v0/certificates/([^/]+)/", path):
            return self._certificates(found[1])
        return Reply(404, "application/json", b'{"detail":"Not found."}')

    def _token(self, form: Form) -> Reply:
        if form.get("client_secret") != SECRET or form.get("grant_type") != "client_credentials":
            return Reply(401, "application/json", b'{"error":"invalid_client"}')
        self.tokens.append(secrets.token_hex(8))
        return self._said({"access_token": self.tokens[-1], "expires_in": 3600, "token_type": "JWT"})

    def _grades(self, course: str, path: str, form: Form) -> Reply:
        rows = [row for row in self.in_order() if self.key_of(row)[1] == course]
        size = int(form["page_size"])
        first = int(form.get("cursor", "0").rpartition(".")[2] or 0)
        shown = self.window(first, size, rows)
        following = None
        if first + size < len(rows):
            word = b64encode(b"p").decode() + f".{first + size}"
            following = f"{self.url}{path}?{urlencode({'cursor': word, 'page_size': size})}"
        results = [self._grade(row, course) for row in shown]
        results.append(
            {"username": "belum", "email": "", "course_id": course, "passed": False, "percent": 0.2}
        )
        return self._said({"next": following, "previous": None, "results": results})

    def _grade(self, row: Held, course: str) -> dict[str, Any]:
        return {
            "username": self.key_of(row)[0],
            "email": "",
            "course_id": course,
            "passed": True,
            "percent": 0.83,
            "letter_grade": "Pass",
        }

    def _certificates(self, username: str) -> Reply:
        self.asked.append(username)
        if username in self.undated:
            return self._said([])
        mine = [row for row in self.kept if self.key_of(row)[0] == username]
        return self._said(
            [
                {
                    "username": username,
                    "course_id": self.key_of(row)[1],
                    "certificate_type": "honor",
                    "created_date": row.at.isoformat(),
                    "status": "downloadable",
                    "is_passing": True,
                    "grade": "0.83",
                    "uuid": f"{int(row.learner):016x}{int(row.course):016x}",
                }
                for row in mine
            ]
        )

    @staticmethod
    def _said(value: Any) -> Reply:
        return Reply(200, "application/json", orjson.dumps(value))
