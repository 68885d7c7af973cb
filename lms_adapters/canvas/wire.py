"""What arrives from Canvas (app/models/course_progress.rb, doc/api/courses, doc/api/users)."""

from __future__ import annotations

from datetime import datetime

from lms_adapters.json_api import Wire


class Course(Wire):
    """api/v1/accounts/:id/courses, api/v1/courses/:id"""

    id: int
    name: str = ""
    course_code: str | None = ""
    sis_course_id: str | None = ""


class Progress(Wire):
    """`completed_at` is the newest module's time: it moves on with every module that is added or done again."""

    requirement_count: int | None = None
    requirement_completed_count: int | None = None
    completed_at: datetime | None = None


class UserProgress(Wire):
    """api/v1/courses/:id/bulk_user_progress"""

    id: int
    display_name: str | None = ""
    progress: Progress


class User(Wire):
    """api/v1/courses/:id/users"""

    id: int
    name: str | None = ""
    login_id: str | None = ""
    sis_user_id: str | None = ""
    email: str | None = ""


class Requirement(Wire):
    type: str


class ModuleItem(Wire):
    completion_requirement: Requirement | None = None


class Module(Wire):
    """api/v1/courses/:id/modules (lib/api/v1/context_module.rb): `state` and `completed_at` come where a student is
    named, `items` only where Canvas does not find them too many."""

    id: int
    items: tuple[ModuleItem, ...] | None = None
    state: str | None = None
    completed_at: datetime | None = None
