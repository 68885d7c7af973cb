"""Which way to read a Moodle: the best that the site's release and the token's functions allow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bridge.errors import BridgeError
from lms_adapters.moodle.answer import Asked
from lms_adapters.moodle.client import (
    BATCH,
    COURSES,
    ENROLLED,
    LIST_REPORTS,
    RETRIEVE_REPORT,
    SET_FILTERS,
    STATUS,
)
from lms_adapters.moodle.settings import MoodleSettings
from lms_adapters.moodle.wire import SiteInfo

OLDEST = 2022112800  # Moodle 4.1, the first whose custom reports can be read through the web service
COURSES_NEED = (COURSES, ENROLLED, STATUS)


@dataclass(frozen=True, slots=True)
class Way:
    """`batch` (course by course) or the report; `filters` says whether the report's filter may be set and cleared;
    `single`: a call a person, where the site has no batch function."""

    batch: bool
    filters: bool
    indonesian: str
    english: str
    single: bool = False


REPORT_WAY = Way(False, True, "laporan khusus (Report Builder)", "custom report (Report Builder)")
REPORT_WITHOUT_FILTERS = Way(
    False,
    False,
    "laporan khusus (Report Builder), tanpa saringan",
    "custom report (Report Builder), without filters",
)
BATCH_WAY = Way(
    True,
    False,
    "panggilan berkelompok per kursus (cadangan; jauh lebih banyak permintaan)",
    "batched calls per course (fallback; many more requests)",
)
# Totara (its core is Moodle's 3.4) and services without the batch function
SINGLE_WAY = Way(
    True,
    False,
    "satu panggilan per orang dan kursus (cadangan terakhir; ribuan permintaan)",
    "one call per person and course (last resort; thousands of requests)",
    single=True,
)


def needed_by_report(settings: MoodleSettings) -> tuple[str, ...]:
    """A report named by its number need not be looked for."""
    return (RETRIEVE_REPORT,) if settings.report.isdigit() else (LIST_REPORTS, RETRIEVE_REPORT)


def best_way(info: SiteInfo, settings: MoodleSettings, asked: Callable[[str], Asked]) -> Way:
    """The report, unless the setting `way` or the site rules it out. Raises StopSource that names what is
    missing: for the report where neither way is possible, because that is the one to set up."""
    course_by_course = BATCH_WAY if info.offers(BATCH) else SINGLE_WAY
    if settings.way == "batch":
        missing = [name for name in COURSES_NEED if not info.offers(name)]
        if missing:
            raise asked(", ".join(missing)).fault("MOODLE-FUNCTION-MISSING")
        return course_by_course
    why_not = report_ruled_out(info, settings, asked)
    if why_not is None:
        return REPORT_WAY if info.offers(SET_FILTERS) else REPORT_WITHOUT_FILTERS
    if settings.way == "auto" and all(info.offers(name) for name in COURSES_NEED):
        return course_by_course
    raise why_not


def report_ruled_out(
    info: SiteInfo, settings: MoodleSettings, asked: Callable[[str], Asked]
) -> BridgeError | None:
    """Why the report can't be read as far as site_info tells. A report that is missing or hidden is not among
    these: a person set it up or will, and a silent change to the slower way would hide that it is gone."""
    number = info.version.partition(".")[0]
    if number.isdigit() and int(number) < OLDEST:
        return asked(RETRIEVE_REPORT).fault("MOODLE-OLD", release=info.release or info.version)
    if info.feature_off("enablecustomreports"):
        return asked(RETRIEVE_REPORT).fault("MOODLE-REPORTS-OFF")
    missing = [name for name in needed_by_report(settings) if not info.offers(name)]
    if missing:
        return asked(", ".join(missing)).fault("MOODLE-FUNCTION-MISSING")
    return None
