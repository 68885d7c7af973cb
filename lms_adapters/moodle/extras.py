"""Looked up before the rows, where the token may: a course's JP, certificate numbers.

None of it is needed: a token with the least privilege gets the completions all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lms_adapters.moodle.batch import courses_of
from lms_adapters.moodle.certificates import MAY_LACK, certificates_of
from lms_adapters.moodle.client import COURSES, ISSUES, MoodleClient
from lms_adapters.moodle.map import Extras
from lms_adapters.moodle.settings import MoodleSettings
from lms_adapters.moodle.wire import Course, SiteInfo


def look_up(client: MoodleClient, settings: MoodleSettings, info: SiteInfo, *, jp_in_rows: bool) -> Extras:
    """What the token may see of it. `jp_in_rows`: the report has its own JP column."""
    jp: Mapping[str, str] = {}
    if not jp_in_rows and info.offers(COURSES):
        jp = course_jp(courses_of(client), settings.jp_field)
    if not (settings.certificates and info.offers(ISSUES)):
        return Extras(jp)
    found = certificates_of(client, info)
    # Numbers that came before and stay away from now on must not do so in silence.
    return Extras(jp, found.codes, (f"-{ISSUES}",) if found.why_none in MAY_LACK else ())


def course_jp(courses: Sequence[Course], jp_field: str) -> dict[str, str]:
    """course id -> JP as typed in the course's custom field."""
    return {str(one.id): text for one in courses if (text := one.field(jp_field))}
