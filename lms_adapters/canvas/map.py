"""Canvas rows → Completion: pure."""

from __future__ import annotations

from datetime import UTC

from bridge.domain.evidence import Completion
from bridge.domain.learner import Identifier, Scheme
from lms_adapters.canvas.wire import Course, User, UserProgress


def to_completion(row: UserProgress, course: Course, user: User | None, *, source: str) -> Completion | None:
    """None where the requirements are not all met. The time is when they were seen met first (see the spec's
    `freezes_time`)."""
    if row.progress.completed_at is None:
        return None
    return Completion(
        source=source,
        external_learner=str(row.id),
        external_course=str(course.id),
        completed_at=row.progress.completed_at.astimezone(UTC),
        identifiers=_identifiers(user, source),
        learner_name=(user.name if user else "") or row.display_name or "",
        course_code=course.course_code or "",
        course_idnumber=course.sis_course_id or "",
        course_title=course.name,
    )


def _identifiers(user: User | None, source: str) -> tuple[Identifier, ...]:
    """The login, then what may be a NIP as it was typed: the SIS id, the login; then the e-mail."""
    if user is None:
        return ()
    found = [Identifier(Scheme.ACCOUNT, user.login_id, source)] if user.login_id else []
    candidates = dict.fromkeys((user.sis_user_id or "", user.login_id or ""))
    found += [Identifier(Scheme.NIP, text) for text in candidates if text]
    return (*found, Identifier(Scheme.EMAIL, user.email)) if user.email else tuple(found)
