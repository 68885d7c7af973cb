"""Status of a person in a course -> Completion. Pure."""

from __future__ import annotations

import html
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from bridge.domain.evidence import Completion
from lms_adapters.moodle.map import Extras, identifiers_of, unreadable
from lms_adapters.moodle.wire import CompletionStatus, Course, Participant


@dataclass(frozen=True, slots=True)
class Grade:
    """Points of the course and the most that can be had; `top` None where it is not told."""

    points: Decimal
    top: Decimal | None


def status_completion(
    course: Course,
    person: Participant,
    status: CompletionStatus,
    grade: Grade | None,
    *,
    source: str,
    extras: Extras,
    jp_field: str,
    nip_field: str,
    ref: str,
) -> Completion:
    """Raises SkipRecord where no criterion has a time (completed by hand): now is no completion date."""
    moment = status.moment
    if moment is None:
        raise unreadable(
            ref,
            "selesai tetapi tidak ada kriteria yang bertanggal",
            "it is completed but no criterion has a time",
        )
    user, number = str(person.id), str(course.id)
    return Completion(
        source=source,
        external_learner=user,
        external_course=number,
        completed_at=datetime.fromtimestamp(moment, UTC),
        precision="second",
        identifiers=identifiers_of(
            source,
            person.username,
            html.unescape(person.field(nip_field) or ""),
            html.unescape(person.idnumber.strip()),
            person.email,
        ),
        learner_name=html.unescape(person.fullname),
        course_code=html.unescape(course.shortname),
        course_idnumber=html.unescape(course.idnumber),
        course_title=html.unescape(course.fullname),
        category=html.unescape(course.categoryname),
        jp_stated=html.unescape(course.field(jp_field) or "") or extras.jp.get(number),
        score=None if grade is None else grade.points,
        score_max=None if grade is None else grade.top,
        certificate_no=extras.certificates.get((user, number)),
    )
