"""Open edX rows → Completion: pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from bridge.domain.evidence import Completion
from bridge.domain.learner import Identifier, Scheme
from lms_adapters.openedx.wire import Certificate, Course, Grade


@dataclass(frozen=True, slots=True)
class Pass:
    """When a pass was dated, and by which certificate: kept in the cursor, so that nobody asks twice."""

    at: datetime
    certificate: str

    @classmethod
    def of(cls, certificate: Certificate) -> Pass | None:
        if certificate.created_date is None:
            return None
        at = certificate.created_date
        return cls(at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC), certificate.uuid or "")

    @classmethod
    def read(cls, kept: Any) -> Pass:
        return cls(datetime.fromisoformat(kept[0]), str(kept[1]))

    def as_json(self) -> list[str]:
        return [self.at.isoformat(), self.certificate]


def to_completion(grade: Grade, course: Course, dated: Pass, *, source: str) -> Completion:
    """`percent` is a share of one; the score is told in per cent."""
    identifiers = [Identifier(Scheme.ACCOUNT, grade.username, source), Identifier(Scheme.NIP, grade.username)]
    if grade.email:
        identifiers.append(Identifier(Scheme.EMAIL, grade.email))
    score = None if grade.percent is None else Decimal(str(round(grade.percent * 100, 2)))
    return Completion(
        source=source,
        external_learner=grade.username,
        external_course=course.course_id,
        completed_at=dated.at,
        identifiers=tuple(identifiers),
        course_code=course.course_id,
        course_title=course.name or "",
        score=score,
        score_max=None if score is None else Decimal(100),
        certificate_no=dated.certificate or None,
    )
