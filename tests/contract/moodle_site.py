"""A Moodle that holds a known list of completions and answers in the recorded shape (tests/recordings), with
its stored filters, its zones and its batch function."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from lms_adapters.contract_site import CompletionSite, Held
from lms_adapters.loopback import Form, Reply
from lms_adapters.spec import SourceConfig

HEADINGS = (
    "username", "user_idnumber", "profile_nip", "email", "user_suspended", "course_shortname",
    "course_idnumber", "course_fullname", "jp", "category", "timecompleted", "grade", "timeenrolled",
    "user_link", "course_link",
)  # fmt: skip
REPORT_FUNCTIONS = (
    "core_webservice_get_site_info",
    "core_reportbuilder_list_reports",
    "core_reportbuilder_retrieve_report",
    "core_reportbuilder_set_filters",
)
BATCH_FUNCTIONS = (
    "core_webservice_get_site_info",
    "core_course_get_courses_by_field",
    "core_enrol_get_enrolled_users",
    "core_completion_get_course_completion_status",
    "gradereport_user_get_grade_items",
    "tool_mobile_call_external_functions",
)
TOKEN = "0123456789abcdef0123456789abcdef"
REPORT = {"id": 5, "name": "JP Bridge", "uniquerows": True}
TITLES = {"10": "Dasar &amp; Lanjut", "11": "Keamanan Informasi", "12": "Netralitas ASN"}


def written(at: datetime, zone: str) -> str:
    """English strftimedaydatetime, as the report writes it."""
    local = at.astimezone(ZoneInfo(zone))
    hour = local.hour % 12 or 12
    return f"{local:%A}, {local.day} {local:%B %Y}, {hour}:{local:%M} {local:%p}"


class MoodleSite(CompletionSite):
    """`functions` are those of the token's service; `cap` is what max_input_vars lets through of a batch."""

    functions: tuple[str, ...] = REPORT_FUNCTIONS
    settings: dict[str, Any] = {}  # noqa: RUF012 - read only
    banner = "contract Moodle"

    def __init__(self, kept: Iterable[Held], *, latency: float = 0.0) -> None:
        super().__init__(kept, latency=latency)
        self.filters: dict[str, Any] = {}
        self.enrolled_only: list[tuple[str, str]] = []
        self.cap = 1000
        self.refused: set[tuple[str, str]] = set()

    def source(self) -> SourceConfig:
        settings = {
            "page_size": self.page_size,
            "batch_size": self.page_size,
            "retry_wait": 0.01,
            "attempts": 3,
            "read_timeout": 5,
            **self.settings,
        }
        return SourceConfig("uji", "moodle", self.url, settings, {"token": TOKEN})

    def answer(self, method: str, path: str, form: Form) -> Reply:
        if form.get("wstoken") != TOKEN:
            return self._said({"exception": "e", "errorcode": "invalidtoken", "message": "Invalid token"})
        name = form.get("wsfunction", "")
        if name not in self.functions:
            return self._said({"exception": "e", "errorcode": "accessexception", "message": "Access control"})
        call = getattr(self, f"_{name.removeprefix('core_').removeprefix('tool_')}")
        return self._said(call(form))

    @staticmethod
    def _said(value: Any) -> Reply:
        return Reply(200, "application/json", orjson.dumps(value))

    # -- the report ----------------------------------------------------------------------------------------

    def _webservice_get_site_info(self, form: Form) -> Any:
        return {
            "sitename": "Moodle Uji",
            "username": "svc",
            "siteurl": self.url,
            "release": "4.5.5+ (Build: 20250613)",
            "version": "2024100705.01",
            "functions": [{"name": name, "version": "2024100705.01"} for name in self.functions],
            "advancedfeatures": [{"name": "enablecustomreports", "value": 1}],
        }

    def _reportbuilder_list_reports(self, form: Form) -> Any:
        return {"reports": [REPORT], "warnings": []}

    def _reportbuilder_set_filters(self, form: Form) -> Any:
        self.filters = json.loads(form["values"])
        return True

    def filtered(self) -> list[Held]:
        rows = self.in_order()
        if self.filters.get("completion:timecompleted_operator") == 3:
            low = self.filters.get("completion:timecompleted_from", 0)
            high = self.filters.get("completion:timecompleted_to") or 2**40
            rows = [row for row in rows if low <= row.at.timestamp() <= high]
        return rows

    def _reportbuilder_retrieve_report(self, form: Form) -> Any:
        rows = self.filtered()
        size = int(form.get("perpage", "10")) or len(rows)
        page = self.window(int(form.get("page", "0")) * size, size, rows)
        zone = form.get("moodlewssettingtimezone", "UTC")
        table = [{"columns": self._columns(row, zone)} for row in page]
        data = {"headers": list(HEADINGS), "rows": table, "totalrowcount": len(rows)}
        return {"details": REPORT, "data": data, "warnings": []}

    def _columns(self, row: Held, zone: str) -> list[str]:
        person = f'<a href="{self.url}/user/profile.php?id={row.learner}">Pegawai {row.learner}</a>'
        course = f'<a href="{self.url}/course/view.php?id={row.course}">DIK-{row.course}</a>'
        return [
            row.nip, "", "", f"p{row.learner}@example.go.id", "No", f"DIK-{row.course}", "",
            TITLES.get(row.course, "Kursus"), "24 JP", "Teknis", written(row.at, zone), "80.00", "",
            person, course,
        ]  # fmt: skip

    # -- the batch -----------------------------------------------------------------------------------------

    def _course_get_courses_by_field(self, form: Form) -> Any:
        return {
            "courses": [
                {
                    "id": int(number),
                    "fullname": title,
                    "shortname": f"DIK-{number}",
                    "idnumber": "",
                    "categoryname": "Teknis",
                    "enablecompletion": 1,
                    "customfields": [{"shortname": "jp", "type": "text", "value": "24 JP"}],
                }
                for number, title in TITLES.items()
            ],
            "warnings": [],
        }

    def _enrol_get_enrolled_users(self, form: Form) -> Any:
        course = form["courseid"]
        people = {row.learner for row in self.kept if row.course == course}
        people |= {learner for learner, where in self.enrolled_only if where == course}
        return [
            {
                "id": int(learner),
                "username": Held(learner, course, datetime.now(UTC), datetime.now(UTC)).nip,
                "fullname": f"Pegawai {learner}",
                "email": f"p{learner}@example.go.id",
                "idnumber": "",
                "customfields": [],
                "roles": [{"roleid": 5, "shortname": "student"}],
            }
            for learner in sorted(people, key=int)
        ]

    def _mobile_call_external_functions(self, form: Form) -> Any:
        count = sum(name.endswith("[function]") for name in form)
        asked = [json.loads(form[f"requests[{place}][arguments]"]) for place in range(min(count, self.cap))]
        by_key = {(row.learner, row.course): row for row in self.kept}
        rows = [by_key.get((str(one["userid"]), str(one["courseid"]))) for one in asked]
        shown = self.window(0, len(rows), [row for row in rows if row is not None])
        responses: list[dict[str, Any]] = []
        for one, row in zip(asked, rows, strict=True):
            key = (str(one["userid"]), str(one["courseid"]))
            if key in self.refused:
                error = {"errorcode": "usernotenroled", "message": "User is not enrolled in this course"}
                responses.append({"error": True, "exception": json.dumps(error)})
                break
            if row is not None and row not in shown:
                break  # a lapse: answers that are missing
            responses.append({"error": False, "data": json.dumps(status_of(row))})
        return {"responses": responses}

    def _gradereport_user_get_grade_items(self, form: Form) -> Any:
        course = form["courseid"]
        grades = [
            {
                "courseid": int(course),
                "userid": int(row.learner),
                "gradeitems": [{"itemtype": "course", "graderaw": 80.0, "grademin": 0, "grademax": 100}],
            }
            for row in self.kept
            if row.course == course
        ]
        return {"usergrades": grades, "warnings": []}


def status_of(row: Held | None) -> dict[str, Any]:
    """core_completion_get_course_completion_status: two criteria, the later one at the completion's time."""
    when = None if row is None else int(row.at.timestamp())
    criteria = [
        {"type": 4, "title": "Activity completion", "complete": row is not None, "timecompleted": moment,
         "details": {"criteria": html.escape("<a>Materi</a>")}}
        for moment in ((None if when is None else when - 86_400), when)
    ]  # fmt: skip
    return {
        "completionstatus": {"completed": row is not None, "aggregation": 1, "completions": criteria},
        "warnings": [],
    }


class MoodleBatchSite(MoodleSite):
    """No custom reports: only the functions of the batch way."""

    functions = BATCH_FUNCTIONS
