"""What arrives from SCORM Cloud (RusticiSoftware/scormcloud-api-v2-client-python 27b76511: registration_schema,
registration_list_schema, learner_schema, course_reference_schema, score_schema)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from lms_adapters.json_api import Wire


class Learner(Wire):
    id: str
    email: str | None = None
    first_name: str | None = Field(None, alias="firstName")
    last_name: str | None = Field(None, alias="lastName")


class Course(Wire):
    id: str
    title: str | None = ""


class Score(Wire):
    scaled: float | None = None


class Registration(Wire):
    """`registrationCompletion` is UNKNOWN, COMPLETED or INCOMPLETE; `registrationSuccess` UNKNOWN, PASSED or
    FAILED."""

    id: str
    instance: int | None = None
    registration_completion: str = Field("UNKNOWN", alias="registrationCompletion")
    registration_success: str = Field("UNKNOWN", alias="registrationSuccess")
    completed_date: datetime | None = Field(None, alias="completedDate")
    updated: datetime | None = None
    total_seconds_tracked: float | None = Field(None, alias="totalSecondsTracked")
    score: Score | None = None
    course: Course
    learner: Learner


class RegistrationPage(Wire):
    registrations: tuple[Any, ...] = ()
    more: str | None = None
