"""Calls of Moodle's REST server: POST, token in the body (URLs land in access logs), English, one named
zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bridge.errors import StopSource
from lms_adapters.http import Answer, Http
from lms_adapters.moodle.answer import Asked, read_answer
from lms_adapters.moodle.wire import ReportAnswer, ReportDetails, ReportList, SiteInfo
from lms_adapters.spec import RawPayload

ENDPOINT = "webservice/rest/server.php"
SITE_INFO = "core_webservice_get_site_info"
LIST_REPORTS = "core_reportbuilder_list_reports"
RETRIEVE_REPORT = "core_reportbuilder_retrieve_report"
SET_FILTERS = "core_reportbuilder_set_filters"
REPORTS_A_PAGE = 100
MOST_REPORTS = 10_000

Shape = TypeVar("Shape", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class ReportPage:
    """One page of the report, read, and as it arrived."""

    answer: ReportAnswer
    raw: RawPayload


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
        return ReportPage(self._shaped(ReportAnswer, content, asked), raw)

    def clear_filters(self, report: int) -> None:
        """Filters are stored per user and stay: one left behind would silently shorten every later pull."""
        asked = self.asked(SET_FILTERS, str(report))
        self._call(asked, {"reportid": str(report), "parameters": "", "values": "{}"})

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
