"""Certificate numbers of the plugin mod_customcert. They are welcome, not needed: what the token or the plugin can't
give is left out, and completions come all the same."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.errors import SkipRecord, StopSource
from lms_adapters.moodle.client import ISSUES, MODULE, MoodleClient
from lms_adapters.moodle.wire import CertificateIssue, CertificateIssues, CourseModuleAnswer, SiteInfo

MAY_LACK = frozenset({"MOODLE-PERMISSION", "MOODLE-FUNCTION-MISSING", "MOODLE-ACCESS"})
TOO_OLD = "MOODLE-PARAMETER"  # no `limit`: a release before 4.4.7 / 5.0.1 (30 November 2025)
ISSUES_A_PAGE = 500  # the plugin gives no more, and 100 where nothing is asked (classes/external.php, 4.4.11)
READINGS = 8  # enough even where a database shows rows of one moment in an order that is never the same


@dataclass(frozen=True, slots=True)
class Certificates:
    """(user id, course id) -> code of the newest certificate. `why_none` is empty, or the code of what is missing;
    `closed` are activities whose course the token may not see."""

    codes: dict[tuple[str, str], str]
    why_none: str = ""
    issues: int = 0
    closed: int = 0


def certificates_of(client: MoodleClient, info: SiteInfo) -> Certificates:
    """An issue names its activity only, so each activity's course is asked for once."""
    try:
        issues = _issues(client)
        activities = {one.issue.customcertid for one in issues}
        course_of, closed = _courses_of_activities(client, info, activities)
    except StopSource as error:
        if error.code not in MAY_LACK and error.code != TOO_OLD:
            raise
        return Certificates({}, error.code)
    found: dict[tuple[str, str], str] = {}
    for one in sorted(issues, key=lambda issue: (issue.issue.timecreated, issue.issue.id)):
        course = course_of.get(one.issue.customcertid)
        if course is not None:
            found[str(one.user.id), course] = one.issue.code
    return Certificates(found, issues=len(issues), closed=closed)


def _issues(client: MoodleClient) -> list[CertificateIssue]:
    """Every issue. The plugin sorts by time alone, and a course's certificates often have one time: pages may then
    repeat some and leave out as many. An issue that came twice says so, and the pages are read again until all are
    together. Releases that know no `limit` make a PDF of each: they refuse our call, and are not asked otherwise."""
    found: dict[int, CertificateIssue] = {}
    for _ in range(READINGS):
        rows = 0
        while True:
            params = {"limit": str(ISSUES_A_PAGE), "offset": str(rows), "includepdf": "0"}
            page = client.ask(ISSUES, CertificateIssues, params).value.root
            found.update((one.issue.id, one) for one in page)
            rows += len(page)
            if len(page) < ISSUES_A_PAGE:
                break
        if len(found) >= rows:
            break
    return list(found.values())


def _courses_of_activities(
    client: MoodleClient, info: SiteInfo, activities: set[int]
) -> tuple[dict[int, str], int]:
    """(activity -> course id, number of activities that the token may not see). Raises StopSource where it may see
    none of them."""
    if activities and not info.offers(MODULE):
        raise client.asked(MODULE).fault("MOODLE-FUNCTION-MISSING")
    course_of: dict[int, str] = {}
    refusals: list[StopSource] = []
    for number in sorted(activities):
        params = {"module": "customcert", "instance": str(number)}
        try:
            course_of[number] = str(client.ask(MODULE, CourseModuleAnswer, params).value.cm.course)
        except SkipRecord:
            continue  # the activity was deleted; its certificates belong to no course any more
        except StopSource as error:
            if error.code not in MAY_LACK:
                raise
            refusals.append(error)
    if refusals and not course_of:
        raise refusals[0]
    return course_of, len(refusals)
