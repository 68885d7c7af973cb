"""Calls of Moodle's REST server: POST, token in the body (URLs land in access logs), English, one named
zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from bridge.errors import StopSource
from lms_adapters.http import Answer, Http
from lms_adapters.moodle.answer import Asked, read_answer
from lms_adapters.moodle.wire import BatchAnswers, ReportAnswer, ReportDetails, ReportList, SiteInfo
from lms_adapters.spec import RawPayload

ENDPOINT = "webservice/rest/server.php"
SITE_INFO = "core_webservice_get_site_info"
LIST_REPORTS = "core_reportbuilder_list_reports"
RETRIEVE_REPORT = "core_reportbuilder_retrieve_report"
SET_FILTERS = "core_reportbuilder_set_filters"
COURSES = "core_course_get_courses_by_field"
ENROLLED = "core_enrol_get_enrolled_users"
STATUS = "core_completion_get_course_completion_status"
GRADES = "gradereport_user_get_grade_items"
BATCH = "tool_mobile_call_external_functions"
ISSUES = "mod_customcert_list_issues"
MODULE = "core_course_get_course_module_by_instance"
BADGES = "core_badges_get_user_badges"
REPORTS_A_PAGE = 100
MOST_REPORTS = 10_000

Shape = TypeVar("Shape", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class ReportPage:
    """One page of the report, read, and as it arrived."""

    answer: ReportAnswer
    raw: RawPayload
    said_at: datetime | None = None  # the site's own clock


@dataclass(frozen=True, slots=True)
class Told(Generic[Shape]):
    """An answer, read, and its body as it arrived."""

    value: Shape
    body: bytes


class MoodleClient:
    """One token at one site. Raises bridge.errors by remedy, nothing else."""

    def __init__(self, http: Http, token: str) -> None:
        self.http = http
        self._token = token

    def __repr__(self) -> str:
        return f"MoodleClient({self.http!r})"

    def asked(self, function: str, report: str = "-") -> Asked:
        return Asked(function, self.http.source, self.http.host, report, self.http.scrub)

    def site_info(self) -> SiteInfo:
        content, _ = self._call(self.asked(SITE_INFO), {})
        return self._shaped(SiteInfo, content, self.asked(SITE_INFO))

    def reports(self) -> tuple[ReportDetails, ...]:
        """Every custom report that the token's user sees. No permission gives an empty list, not an error."""
        found: list[ReportDetails] = []
        asked = self.asked(LIST_REPORTS)
        for page in range(MOST_REPORTS // REPORTS_A_PAGE):
            content, _ = self._call(asked, {"page": str(page), "perpage": str(REPORTS_A_PAGE)})
            listed = self._shaped(ReportList, content, asked).reports
            found.extend(listed)
            if len(listed) < REPORTS_A_PAGE:
                break
        return tuple(found)

    def report_page(self, report: int, *, page: int, size: int, zone: str = "UTC") -> ReportPage:
        """Rows page * size … of the report, its times written in `zone` (unless the site forces one)."""
        asked = self.asked(RETRIEVE_REPORT, str(report))
        params = {"reportid": str(report), "page": str(page), "perpage": str(size)}
        content, answer = self._call(asked, params, zone=zone)
        raw = RawPayload(answer.media_type or "application/json", answer.body)
        return ReportPage(self._shaped(ReportAnswer, content, asked), raw, answer.said_at)

    def clear_filters(self, report: int) -> None:
        """Filters are stored per user and stay: one left behind would silently shorten every later pull."""
        self._set_filters(report, "{}")

    def filter_since(self, report: int, since: int) -> None:
        """Only rows completed at or after `since` (epoch second). Operator 3 is core_reportbuilder's
        date::DATE_RANGE."""
        name = "completion:timecompleted"
        values = {f"{name}_operator": 3, f"{name}_from": since}
        self._set_filters(report, orjson.dumps(values).decode())

    def _set_filters(self, report: int, values: str) -> None:
        asked = self.asked(SET_FILTERS, str(report))
        self._call(asked, {"reportid": str(report), "parameters": "", "values": values})

    def ask(self, function: str, shape: type[Shape], params: Mapping[str, str]) -> Told[Shape]:
        """Any function with plain parameters, its answer read as `shape`."""
        asked = self.asked(function)
        content, answer = self._call(asked, params)
        return Told(self._shaped(shape, content, asked), answer.body)

    def batch(self, function: str, arguments: Sequence[Mapping[str, int]]) -> Told[BatchAnswers]:
        """Many calls of one function in one request. Moodle stops at the first error and drops without a word
        what is past PHP's max_input_vars: there may be fewer answers than calls."""
        params: dict[str, str] = {}
        for place, one in enumerate(arguments):
            params[f"requests[{place}][function]"] = function
            params[f"requests[{place}][arguments]"] = orjson.dumps(one).decode()
        return self.ask(BATCH, BatchAnswers, params)

    def shaped(self, shape: type[Shape], text: str, function: str) -> Shape:
        """JSON text within an answer, read as `shape`."""
        asked = self.asked(function)
        try:
            content = orjson.loads(text)
        except orjson.JSONDecodeError:
            content = None
        return self._shaped(shape, content, asked)

    def _call(self, asked: Asked, params: Mapping[str, str], *, zone: str = "UTC") -> tuple[Any, Answer]:
        form = {
            "wstoken": self._token,
            "wsfunction": asked.function,
            "moodlewsrestformat": "json",
            "moodlewssettinglang": "en",
            "moodlewssettingtimezone": zone,
            **params,
        }
        denied: StopSource
        try:
            return self._post(asked, form)
        except StopSource as error:
            denied = error
        if denied.code == "MOODLE-ACCESS":
            self._tell_expiry(asked, form)
        raise denied

    def _tell_expiry(self, asked: Asked, form: Mapping[str, str]) -> None:
        """An expired token says accessexception once, is deleted by that, and is unknown from then on."""
        try:
            self._post(asked, form)
        except StopSource as error:
            expired = error.code == "MOODLE-TOKEN-INVALID"
        else:
            expired = False
        if expired:
            raise asked.fault("MOODLE-TOKEN-EXPIRED")

    def _post(self, asked: Asked, form: Mapping[str, str]) -> tuple[Any, Answer]:
        return self.http.post(ENDPOINT, form, lambda answer: (read_answer(answer, asked), answer))

    def _shaped(self, shape: type[Shape], content: Any, asked: Asked) -> Shape:
        try:
            return shape.model_validate(content)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "-"
        raise asked.fault("MOODLE-SHAPE", detail=f"{where}: {first['msg']}")
