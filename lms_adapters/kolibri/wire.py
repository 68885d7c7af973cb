"""What arrives from Kolibri, and no more of it than is used (0.19: kolibri/core/{auth,attendance,logger})."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from lms_adapters.json_api import Wire


class Facility(Wire):
    """api/public/v1/facility/"""

    id: str
    name: str


class SignedIn(Wire):
    """api/auth/session/: `kind` holds `admin` for whoever may export logs."""

    user_id: str
    username: str
    kind: tuple[str, ...] = ()


class UserPage(Wire):
    """api/auth/facilityuser/ with page and page_size"""

    count: int
    total_pages: int
    results: tuple[Any, ...]


class User(Wire):
    id: str
    username: str
    full_name: str = ""
    id_number: str | None = ""


class Classroom(Wire):
    """api/auth/classroom/"""

    id: str
    name: str


class Session(Wire):
    """api/attendance/attendancesession/"""

    id: str
    collection: str
    session_start_datetime: datetime


class Record(Wire):
    """api/attendance/attendancerecord/"""

    user: str
    present: bool
    attendance_session: str


class Task(Wire):
    """api/tasks/tasks/"""

    id: str
    status: str
    percentage: float = 0.0
