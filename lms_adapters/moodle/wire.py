"""What arrives from Moodle, and no more of it than is used.

`userprivateaccesskey` of site_info is a key to the user's private files: it has no field here, so it is
dropped while reading, and site_info's body is never kept.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, RootModel


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Offered(_Wire):
    name: str
    version: str = ""


class Feature(_Wire):
    name: str
    value: int


class SiteInfo(_Wire):
    """core_webservice_get_site_info."""

    sitename: str
    username: str
    siteurl: str
    release: str = ""
    version: str = ""
    functions: tuple[Offered, ...] = ()
    advancedfeatures: tuple[Feature, ...] = ()
    userissiteadmin: bool = False

    def offers(self, function: str) -> bool:
        return any(offered.name == function for offered in self.functions)

    def feature_off(self, name: str) -> bool:
        """True only where the site says so; silence is not a no."""
        return any(feature.name == name and not feature.value for feature in self.advancedfeatures)


class ReportDetails(_Wire):
    """A custom report as core_reportbuilder_list_reports and retrieve_report describe it."""

    id: int
    name: str
    uniquerows: bool = False


class ReportList(_Wire):
    reports: tuple[ReportDetails, ...]


class ReportTable(_Wire):
    """`rows` stay as they came: a row that is not `{"columns": [text, …]}` is quarantined by itself."""

    headers: tuple[str, ...]
    rows: tuple[Any, ...]
    totalrowcount: int = Field(ge=0)


class ReportAnswer(_Wire):
    """core_reportbuilder_retrieve_report."""

    details: ReportDetails
    data: ReportTable


class CustomField(_Wire):
    """`valueraw` may be a number; `value` is what the site shows."""

    shortname: str
    value: str | None = None


class Course(_Wire):
    """core_course_get_courses_by_field. `enablecompletion` comes only to those who may see it."""

    id: int
    shortname: str = ""
    fullname: str = ""
    idnumber: str = ""
    categoryname: str = ""
    format: str = ""
    enablecompletion: int | None = None
    customfields: tuple[CustomField, ...] = ()

    def field(self, shortname: str) -> str | None:
        """The text of a custom field, None where the course has none or it is empty."""
        values = (one.value for one in self.customfields if one.shortname.casefold() == shortname.casefold())
        return next((value.strip() for value in values if value and value.strip()), None)


class Courses(_Wire):
    courses: tuple[Course, ...]


class Participant(_Wire):
    """core_enrol_get_enrolled_users; `email` and `idnumber` are absent without the capability to see them."""

    id: int
    username: str = ""
    fullname: str = ""
    email: str = ""
    idnumber: str = ""
    customfields: tuple[CustomField, ...] = ()

    def field(self, shortname: str) -> str | None:
        values = (one.value for one in self.customfields if one.shortname.casefold() == shortname.casefold())
        return next((value.strip() for value in values if value and value.strip()), None)


class Participants(RootModel[tuple[Participant, ...]]):
    """The answer is a bare list."""


class BatchAnswer(_Wire):
    """One answer of tool_mobile_call_external_functions: JSON text in `data` or in `exception`."""

    error: bool
    data: str | None = None
    exception: str | None = None


class BatchAnswers(_Wire):
    responses: tuple[BatchAnswer, ...]


class Criterion(_Wire):
    complete: bool = False
    timecompleted: int | None = None


class CompletionStatus(_Wire):
    """core_completion_get_course_completion_status, its inner object. It has no time of the course itself."""

    completed: bool
    completions: tuple[Criterion, ...] = ()

    @property
    def moment(self) -> int | None:
        """The latest time of a criterion that is met, in epoch seconds: the course's own time is not told."""
        return max((one.timecompleted for one in self.completions if one.timecompleted), default=None)


class StatusAnswer(_Wire):
    completionstatus: CompletionStatus


class GradeItem(_Wire):
    itemtype: str
    graderaw: float | None = None
    grademax: float | None = None


class UserGrades(_Wire):
    userid: int
    gradeitems: tuple[GradeItem, ...] = ()


class GradeTable(_Wire):
    """gradereport_user_get_grade_items."""

    usergrades: tuple[UserGrades, ...]


class Issue(_Wire):
    id: int
    customcertid: int
    code: str
    timecreated: int = 0


class IssueUser(_Wire):
    id: int


class CertificateIssue(_Wire):
    """mod_customcert_list_issues; it names no course."""

    issue: Issue
    user: IssueUser


class CertificateIssues(RootModel[tuple[CertificateIssue, ...]]):
    """The answer is a bare list."""


class CourseModule(_Wire):
    course: int


class CourseModuleAnswer(_Wire):
    """core_course_get_course_module_by_instance."""

    cm: CourseModule


class Badge(_Wire):
    """core_badges_get_user_badges. `courseid` comes only to those with moodle/badges:configuredetails."""

    uniquehash: str
    courseid: int | None = None
    dateissued: int = 0


class Badges(_Wire):
    badges: tuple[Badge, ...]
