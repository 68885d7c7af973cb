"""What arrives from Open edX: lms/djangoapps/grades/rest_api/v1/views.py, lms/djangoapps/certificates/apis/v0/views.py
(openedx/openedx-platform e57a655d), lms/djangoapps/course_api."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from lms_adapters.json_api import Wire


class Token(Wire):
    """oauth2/access_token with token_type=jwt"""

    access_token: str
    token_type: str = "JWT"  # noqa: S105 - the scheme of the header
    expires_in: int = 3600


class Pagination(Wire):
    next: str | None = None


class CoursePage(Wire):
    """api/courses/v1/courses/"""

    results: tuple[Any, ...]
    pagination: Pagination = Pagination()


class Course(Wire):
    course_id: str
    name: str | None = ""


class Paged(Wire):
    """Both of the platform's paginators: cursor (no count) and the newer numbered one."""

    next: str | None = None
    results: tuple[Any, ...]
    count: int | None = None


class Grade(Wire):
    """api/grades/v1/courses/{id}/: no date; e-mail mostly blank"""

    username: str
    email: str | None = ""
    passed: bool
    percent: float | None = None


class Enrolment(Wire):
    """api/enrollment/v1/enrollments"""

    user: str
    is_active: bool
    mode: str | None = ""
    created: datetime | None = None


class Certificate(Wire):
    """api/certificates/v0/certificates/{username}: the only dated evidence"""

    course_id: str
    created_date: datetime | None = None
    is_passing: bool = False
    status: str | None = ""
    uuid: str | None = Field(None)
