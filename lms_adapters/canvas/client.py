"""Calls of Canvas: a token, pages by the Link header, throttling by cost.

Links are opaque: they are followed as they come, and never to another host. The kit holds back by
X-Rate-Limit-Remaining; a call that is refused all the same answers 403 or 429, and 403 means two things. So does 401:
a token that is no good comes with WWW-Authenticate, a right that is missing comes without (doc/api/oauth.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from requests.utils import parse_header_links

from bridge.errors import BridgeError, StopSource
from lms_adapters.canvas.wire import Course, User
from lms_adapters.http import Answer, Http
from lms_adapters.http_faults import HTTP_FAULTS
from lms_adapters.json_api import JsonApi, query

THROTTLED = b"Rate Limit Exceeded"  # lib/request_throttle.rb: the body of a throttled 403
NOT_MODULES = b"not module based"  # app/models/course_progress.rb
NOT_ALLOWED = frozenset({"API-FORBIDDEN", "API-NOT-FOUND"})
BULK = "bulk_user_progress"


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list: rows as they came, the answer, and the link to the page after it (empty on the last)."""

    rows: list[Any]
    answer: Answer
    following: str


def next_link(answer: Answer) -> str:
    """The `next` of the Link header, whose name comes in any case; empty on the last page."""
    headers = {name.lower(): text for name, text in answer.headers.items()}
    for link in parse_header_links(headers.get("link", "")):
        if link.get("rel") == "next":
            return str(link["url"])
    return ""


class CanvasClient:
    """One token at one site. Raises bridge.errors by remedy."""

    def __init__(self, http: Http, token: str, page_size: int) -> None:
        self.http = http
        self._page_size = page_size
        self.api = JsonApi(http, self._judge)
        http.use_header("Authorization", f"Bearer {token}")

    def me(self) -> User:
        return self.api.get("api/v1/users/self", User, "users/self")[0]

    def courses(self, account: str) -> list[Course]:
        """Every published or concluded course of the account and those below it."""
        path = query(f"api/v1/accounts/{account}/courses", per_page=self._page_size, with_enrollments="true")
        rows = [row for page in self._pages(path, "accounts/courses") for row in page.rows]
        return [Course.model_validate(row) for row in rows if isinstance(row, dict) and "id" in row]

    def course(self, number: str) -> Course:
        return self.api.get(f"api/v1/courses/{number}", Course, f"courses/{number}")[0]

    def progress(self, course: int, link: str = "") -> Iterator[Listed]:
        """From the `link` of an earlier page on. Nothing for a course without modules that demand something: nobody
        can complete it."""
        path = query(f"api/v1/courses/{course}/{BULK}", per_page=self._page_size)
        return self._pages(link or path, BULK, none_if=NOT_MODULES)

    def students(self, course: int, link: str = "") -> Iterator[Listed]:
        """Those who still learn and those whose enrolment was concluded: Canvas leaves the latter out by itself."""
        states = "&".join(f"enrollment_state[]={state}" for state in ("active", "invited", "completed"))
        path = query(
            f"api/v1/courses/{course}/users",
            per_page=self._page_size,
            **{"enrollment_type[]": "student", "include[]": "email"},
        )
        return self._pages(link or f"{path}&{states}", "courses/users")

    def modules(self, course: int) -> Iterator[Listed]:
        """With the items, where Canvas does not find them too many."""
        path = query(f"api/v1/courses/{course}/modules", per_page=self._page_size, **{"include[]": "items"})
        return self._pages(path, "modules")

    def items(self, course: int, module: int) -> Iterator[Listed]:
        path = query(f"api/v1/courses/{course}/modules/{module}/items", per_page=self._page_size)
        return self._pages(path, "modules/items")

    def modules_of(self, course: int, student: int) -> Iterator[Listed]:
        """The modules that the student sees, each with how far the student is."""
        path = query(f"api/v1/courses/{course}/modules", per_page=self._page_size, student_id=student)
        return self._pages(path, "modules?student_id")

    def _pages(self, path: str, what: str, none_if: bytes = b"") -> Iterator[Listed]:
        def read(answer: Answer) -> list[Any]:
            if none_if and answer.status == 400 and none_if in answer.body:
                return []
            return self.api.read(answer, list[Any], what)

        while path:
            rows, answer = self.http.get(path, lambda answer: (read(answer), answer))
            path = next_link(answer)
            yield Listed(rows, answer, path)

    def _judge(self, answer: Answer, what: str) -> BridgeError | None:
        if answer.status == 403 and THROTTLED in answer.body:
            words = {"address": self.http.address, "status": "403"}
            fault = HTTP_FAULTS["HTTP-THROTTLED"]
            return fault.error(self.http.source, where=self.http.host, after=None, **words)
        if answer.status == 401 and "www-authenticate" not in {name.lower() for name in answer.headers}:
            return self.api.fault("API-FORBIDDEN", what, status="401")
        return None


def no_courses(client: CanvasClient, account: str) -> StopSource:
    return StopSource(
        "CANVAS-NO-COURSES",
        f"Sumber {client.http.source}: akun {account} tidak menunjukkan satu kursus pun. Periksa setelan "
        "account atau courses, dan hak token itu.",
        f"Source {client.http.source}: the account {account} shows no course at all. Check the setting account "
        "or courses, and what the token may read.",
        where=client.http.host,
    )
