"""Open edX: a sweep of every course's grades; the date of a new pass comes from its certificate, asked once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from bridge.domain.evidence import Completion
from bridge.errors import SkipRecord
from lms_adapters.course_by_course import CourseSweep, Linked
from lms_adapters.http import Http
from lms_adapters.json_api import quarantined, shaped
from lms_adapters.listed_settings import words
from lms_adapters.openedx.client import ALL_FAULTS, OpenedxClient
from lms_adapters.openedx.map import Pass, to_completion
from lms_adapters.openedx.wire import Course, Enrolment, Grade
from lms_adapters.settings import LINK_SETTINGS, flag, link_policy, needed_secret, number
from lms_adapters.spec import (
    Adapter,
    AdapterSpec,
    CheckStep,
    Page,
    Quarantined,
    RawPayload,
    Since,
    SourceConfig,
    SweepEnd,
)
from lms_adapters.steps import Told, in_order

STREAM = "grades"
PASSES = "passes "
PAGE_SIZE = 500

SPEC = AdapterSpec(
    kind="openedx",
    title="Open edX",
    since=Since.NONE,
    sweep=True,
    person_identifiers=("username", "email"),
    counted=False,  # the cursor paginator has no total
    settings={
        "courses": "Hanya kursus ini: nomor dipisah koma, misalnya course-v1:BPSDM+KI+2026.",
        "enrolments": "ya: cocokkan nilai dengan pendaftaran, agar nilai yang terlewat diketahui.",
        "scopes": "Hanya untuk aplikasi yang dibatasi: grades:read, certificates:read.",
        "page_size": f"Baris per permintaan (bawaan: {PAGE_SIZE}).",
        **LINK_SETTINGS,
    },
    secrets={"client_id": "Client ID aplikasi OAuth2.", "client_secret": "Client secret-nya."},
)


class OpenedxAdapter:
    """Implements lms_adapters.spec.Adapter."""

    spec = SPEC

    def __init__(self, client: OpenedxClient, only: tuple[str, ...], *, enrolments: bool) -> None:
        self._client = client
        self._only = only
        self._enrolments = enrolments
        self._source = client.http.source

    def close(self) -> None:
        self._client.http.close()

    def check(self) -> Iterator[CheckStep]:
        found: list[Course] = []

        def token() -> Told:
            self._client.sign_in()
            return "Kunci OAuth2 berlaku.", "The OAuth2 credentials work."

        def courses() -> Told:
            found.extend(self._courses())
            return f"{len(found)} kursus terlihat.", f"{len(found)} courses are visible."

        def grades() -> Told:
            page, _ = next(iter(self._client.grades(found[0].course_id)))
            name, seen = found[0].course_id, len(page.results)
            return f"Nilai {name}: {seen} orang di halaman pertama.", f"Grades of {name}: {seen} people."

        return in_order([("token", token), ("courses", courses), ("grades", grades)], ALL_FAULTS)

    def pull(self, cursors: Mapping[str, Mapping[str, Any]], *, full: bool) -> Iterator[Page | SweepEnd]:
        sweep = CourseSweep(STREAM)
        courses = self._courses()
        passes = _Passes(self._client, cursors)

        def pages(course: Course, place: str) -> Iterator[Linked]:
            return self._pages(course, place, passes, sweep)

        for page in sweep.over(courses, lambda one: one.course_id, pages, cursors.get(STREAM, {})):
            yield page
            for stream, position in passes.learnt():  # what was asked is kept even if the next page breaks
                yield Page(stream, (), (), RawPayload("application/json", b"[]"), position)
        yield sweep.end(f"grades of {len(courses)} courses, {passes.asked} certificates asked")

    def _courses(self) -> list[Course]:
        if self._only:
            return [Course(course_id=one) for one in self._only]
        return self._client.courses()

    def _pages(self, course: Course, place: str, passes: _Passes, sweep: CourseSweep) -> Iterator[Linked]:
        graded: set[str] = set()
        for number_, (page, answer) in enumerate(self._client.grades(course.course_id, place)):
            kept: list[Completion] = []
            bad: list[Quarantined] = []
            for row_number, row in enumerate(page.results):
                ref = f"course {course.course_id} page {number_ + 1} row {row_number + 1}"
                try:
                    grade = shaped(row, Grade, ref)
                    graded.add(grade.username)
                    if grade.passed:
                        dated = passes.dated(grade.username, course.course_id)
                        kept.append(to_completion(grade, course, dated, source=self._source))
                except SkipRecord as skipped:
                    bad.append(_kept(row, course, quarantined(row, skipped.where or ref, skipped)))
            raw = RawPayload(answer.media_type, answer.body)
            # who compares needs the course from its first page on
            yield Page(STREAM, tuple(kept), tuple(bad), raw, {}), "" if self._enrolments else page.next or ""
        if self._enrolments:
            self._compare(course, graded, sweep)

    def _compare(self, course: Course, graded: set[str], sweep: CourseSweep) -> None:
        """Who is enrolled and has no grade was left out by an error of grading, or by a lost page."""
        active: set[str] = set()
        for page, _ in self._client.enrolled(course.course_id):
            for row in page.results:
                try:
                    enrolment = shaped(row, Enrolment, "enrolment")
                except SkipRecord:
                    continue
                if enrolment.is_active:
                    active.add(enrolment.user)
        if left_out := sorted(active - graded):
            sweep.doubts.append(f"{course.course_id}: no grade of {len(left_out)} enrolled, as {left_out[0]}")


class _Passes:
    """Dates of passes, by course and user; asked of the certificates where not known yet. Each course has a stream of
    its own, so that what is written stays in proportion to what was learnt."""

    def __init__(self, client: OpenedxClient, cursors: Mapping[str, Mapping[str, Any]]) -> None:
        self._client = client
        kept = [position for stream, position in cursors.items() if stream.startswith(PASSES)]
        self._known: dict[str, dict[str, Any]] = {one["course"]: dict(one["users"]) for one in kept}
        self._answered: dict[str, dict[str, Pass]] = {}
        self._fresh: set[str] = set()
        self.asked = 0

    def dated(self, username: str, course: str) -> Pass:
        """Raises SkipRecord (PASS-UNDATED) where the platform names no date."""
        known = self._known.get(course, {}).get(username)
        if known is not None:
            return Pass.read(known)
        found = self._of(username).get(course)
        if found is None:
            raise _undated(username, course)
        self._known.setdefault(course, {})[username] = found.as_json()
        self._fresh.add(course)
        return found

    def learnt(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """(stream, cursor) of each course of which something was learnt since it was asked for last."""
        for course in sorted(self._fresh):
            # a stream's name is shorter than a course's may be
            name = hashlib.sha256(course.encode()).hexdigest()[:32]
            yield f"{PASSES}{name}", {"course": course, "users": self._known[course]}
        self._fresh.clear()

    def _of(self, username: str) -> dict[str, Pass]:
        """One call gives all of a user's certificates: those of other courses are remembered for this pull."""
        if username not in self._answered:
            self.asked += 1
            dated = {}
            for certificate in self._client.certificates(username):
                found = Pass.of(certificate) if certificate.is_passing else None
                if found is not None:
                    dated[certificate.course_id] = found
            self._answered[username] = dated
        return self._answered[username]


def _undated(username: str, course: str) -> SkipRecord:
    ref = f"course {course} user {username}"
    return SkipRecord(
        "PASS-UNDATED",
        f"{ref}: lulus, tetapi platform tidak menyebut kapan.",
        "passed, but the platform names no date",
        where=ref,
    )


def _kept(row: Any, course: Course, item: Quarantined) -> Quarantined:
    """What is known of that completion stays as it stands while its row can't be read."""
    user = row.get("username") if isinstance(row, dict) else None
    key = (str(user), course.course_id, "1") if user else None
    return Quarantined(item.ref, item.code, item.reason, item.raw, key)


def make(config: SourceConfig) -> Adapter:
    """Raises RefuseInput on a setting that can't be used, StopSource on an address that can't."""
    settings, where = config.settings, config.name
    client_id, secret = (
        needed_secret(config.secrets, name, where) for name in ("client_id", "client_secret")
    )
    http = Http(where, config.address, policy=link_policy(settings, where), secrets=(secret,))
    size = number(settings, "page_size", PAGE_SIZE, 1, 10_000, where)
    client = OpenedxClient(http, client_id, secret, size, words(settings, "scopes"))
    return OpenedxAdapter(client, words(settings, "courses"), enrolments=flag(settings, "enrolments"))
