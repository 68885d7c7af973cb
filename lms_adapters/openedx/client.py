"""Calls of an Open edX LMS: client credentials for a JWT, which is renewed when it ends."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TypeVar
from urllib.parse import quote

from bridge.errors import BridgeError, StopSource
from lms_adapters.faults import Fault, fault_table
from lms_adapters.http import Answer, Http
from lms_adapters.json_api import FAULTS, JsonApi, query
from lms_adapters.openedx.wire import Certificate, Course, CoursePage, Paged, Token

T = TypeVar("T")
EARLY = 60  # seconds before its end at which a token is renewed
COURSES_A_PAGE = 100

OPENEDX_FAULTS = fault_table(
    Fault(
        "OPENEDX-CLIENT",
        StopSource,
        "Open edX menolak client_id atau client_secret.",
        "Di Django admin › Django OAuth Toolkit › Applications: tipe Confidential, grant Client credentials; "
        "lalu jpbridge source add.",
        "Open edX refuses the client_id or the client_secret.",
        "In Django admin › Django OAuth Toolkit › Applications: type Confidential, grant Client credentials; "
        "then jpbridge source add.",
    ),
    Fault(
        "OPENEDX-SCOPE",
        StopSource,
        "aplikasi OAuth2 itu tidak boleh meminta hak {scopes}.",
        "Di Django admin › Oauth dispatch › Application access: tambahkan grades:read dan certificates:read; "
        "atau hapus setelan scopes bila aplikasinya tidak dibatasi.",
        "the OAuth2 application may not ask for the scopes {scopes}.",
        "In Django admin › Oauth dispatch › Application access: add grades:read and certificates:read; or take "
        "the setting scopes away where the application is not restricted.",
    ),
    Fault(
        "OPENEDX-NOT-STAFF",
        StopSource,
        "pengguna aplikasi OAuth2 itu tidak boleh membaca {what} (HTTP 403).",
        "Beri penggunanya status Staff (Django admin › Users); untuk aplikasi yang dibatasi: Application access "
        "dengan content_org instansi, dan setelan scopes.",
        "the user of the OAuth2 application may not read {what} (HTTP 403).",
        "Give its user the Staff status (Django admin › Users); for a restricted application: Application access "
        "with the content_org of your organisation, and the setting scopes.",
    ),
    Fault(
        "OPENEDX-NO-COURSES",
        StopSource,
        "tidak ada kursus yang terlihat.",
        "Tulis nomor kursus pada setelan courses, misalnya course-v1:BPSDM+KI+2026.",
        "no course is visible.",
        "Write course ids in the setting courses, for example course-v1:BPSDM+KI+2026.",
    ),
)
ALL_FAULTS = {**FAULTS, **OPENEDX_FAULTS}


class OpenedxClient:
    """One OAuth application at one LMS. Raises bridge.errors by remedy."""

    def __init__(
        self, http: Http, client_id: str, client_secret: str, page_size: int, scopes: tuple[str, ...] = ()
    ) -> None:
        self.http = http
        self.api = JsonApi(http, self._judge)
        self._scopes = " ".join(scopes)
        self._client_id = client_id
        self._client_secret = client_secret
        self._page_size = page_size
        self._ends = 0.0

    def sign_in(self) -> None:
        """A JWT that holds for a while; asked again when it is about to end."""
        if time.monotonic() < self._ends:
            return
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            "token_type": "jwt",
        }
        if self._scopes:
            form["scope"] = self._scopes

        def read(answer: Answer) -> Token:
            if answer.status in (400, 401):
                # RFC 6749 5.2: the error's name tells them apart
                if b"invalid_scope" in answer.body:
                    raise self.fault("OPENEDX-SCOPE", scopes=self._scopes)
                raise self.fault("OPENEDX-CLIENT")
            return self.api.read(answer, Token, "oauth2/access_token")

        token = self.http.post("oauth2/access_token", form, read)
        self._ends = time.monotonic() + max(1, token.expires_in - EARLY)
        self.http.use_header("Authorization", f"JWT {token.access_token}")

    def courses(self) -> list[Course]:
        path: str | None = query("api/courses/v1/courses/", page_size=COURSES_A_PAGE)
        found: list[Course] = []
        while path:
            page, _ = self._get(path, CoursePage, "courses")
            found += [Course.model_validate(row) for row in page.results if isinstance(row, dict)]
            path = page.pagination.next
        if not found:
            raise self.fault("OPENEDX-NO-COURSES")
        return found

    def grades(self, course: str, link: str = "") -> Iterator[tuple[Paged, Answer]]:
        """From the `link` of an earlier page on. Active enrolments only; who can't be graded is left out by the
        platform without a word."""
        path = query(f"api/grades/v1/courses/{quote(course, safe=':+')}/", page_size=self._page_size)
        return self._pages(link or path, "grades")

    def enrolled(self, course: str) -> Iterator[tuple[Paged, Answer]]:
        path = query("api/enrollment/v1/enrollments", course_id=course, page_size=self._page_size)
        return self._pages(path, "enrollments")

    def certificates(self, username: str) -> list[Certificate]:
        path = f"api/certificates/v0/certificates/{quote(username, safe='')}/"
        return self._get(path, list[Certificate], "certificates")[0]

    def fault(self, code: str, **params: str) -> BridgeError:
        return OPENEDX_FAULTS[code].error(self.http.source, where=self.http.host, after=None, **params)

    def _judge(self, answer: Answer, what: str) -> BridgeError | None:
        return self.fault("OPENEDX-NOT-STAFF", what=what) if answer.status == 403 else None

    def _pages(self, path: str, what: str) -> Iterator[tuple[Paged, Answer]]:
        link: str | None = path
        while link:
            page, answer = self._get(link, Paged, what)
            yield page, answer
            link = page.next

    def _get(self, path: str, shape: type[T], what: str) -> tuple[T, Answer]:
        """A token that was revoked, or that ended early by another clock, is renewed once."""
        self.sign_in()
        try:
            return self.api.get(path, shape, what)
        except StopSource as error:
            if error.code != "API-KEY":
                raise
        self._ends = 0.0
        self.sign_in()
        return self.api.get(path, shape, what)
