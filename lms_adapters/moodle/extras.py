"""Looked up before the rows, where the token may: a course's JP, certificate numbers.

None of it is needed: a token with the least privilege gets the completions all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bridge.errors import SkipRecord, StopSource
from lms_adapters.moodle.batch import courses_of
from lms_adapters.moodle.client import COURSES, ISSUES, MODULE, MoodleClient
from lms_adapters.moodle.map import Extras
from lms_adapters.moodle.settings import MoodleSettings
from lms_adapters.moodle.wire import CertificateIssues, Course, CourseModuleAnswer, SiteInfo

MAY_LACK = frozenset({"MOODLE-PERMISSION", "MOODLE-FUNCTION-MISSING", "MOODLE-ACCESS"})


def look_up(client: MoodleClient, settings: MoodleSettings, info: SiteInfo, *, jp_in_rows: bool) -> Extras:
    """What the token may see of it. `jp_in_rows`: the report has its own JP column."""
    jp: Mapping[str, str] = {}
    if not jp_in_rows and info.offers(COURSES):
        jp = course_jp(courses_of(client), settings.jp_field)
    certificates: dict[tuple[str, str], str] = {}
    if settings.certificates and info.offers(ISSUES):
        certificates = certificate_numbers(client, info) or {}
    return Extras(jp, certificates)


def course_jp(courses: Sequence[Course], jp_field: str) -> dict[str, str]:
    """course id -> JP as typed in the course's custom field."""
    return {str(one.id): text for one in courses if (text := one.field(jp_field))}


def certificate_numbers(client: MoodleClient, info: SiteInfo) -> dict[tuple[str, str], str] | None:
    """(user id, course id) -> code of the newest certificate of the plugin mod_customcert; None where the token
    may not see them. An issue names its activity only, so each activity's course is asked for once."""
    try:
        issues = client.ask(ISSUES, CertificateIssues, {}).value.root
        course_of = _courses_of_activities(client, info, {one.issue.customcertid for one in issues})
    except StopSource as error:
        if error.code not in MAY_LACK:
            raise
        return None
    found: dict[tuple[str, str], str] = {}
    for one in sorted(issues, key=lambda issue: issue.issue.timecreated):
        course = course_of.get(one.issue.customcertid)
        if course is not None:
            found[str(one.user.id), course] = one.issue.code
    return found


def _courses_of_activities(client: MoodleClient, info: SiteInfo, activities: set[int]) -> dict[int, str]:
    if activities and not info.offers(MODULE):
        raise client.asked(MODULE).fault("MOODLE-FUNCTION-MISSING")
    course_of: dict[int, str] = {}
    for number in sorted(activities):
        params = {"module": "customcert", "instance": str(number)}
        try:
            course_of[number] = str(client.ask(MODULE, CourseModuleAnswer, params).value.cm.course)
        except SkipRecord:
            continue  # the activity was deleted; its certificates belong to no course any more
    return course_of
