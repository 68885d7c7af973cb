"""The fallback where custom reports are off: every enrolled person's status, course by course, in batches.

`core_enrol_get_enrolled_users` names the people of a course, `core_completion_get_course_completion_status` says
whether each completed it (through `tool_mobile_call_external_functions`, many in one request), and
`gradereport_user_get_grade_items` gives the grades. Some hundred times the requests of the report.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import orjson

from bridge.domain.evidence import Completion
from bridge.errors import BridgeError, SkipRecord, StopSource
from lms_adapters.moodle.answer import code_of
from lms_adapters.moodle.client import BATCH, COURSES, ENROLLED, GRADES, STATUS, MoodleClient
from lms_adapters.moodle.map import Extras
from lms_adapters.moodle.map_batch import Grade, status_completion
from lms_adapters.moodle.settings import MoodleSettings
from lms_adapters.moodle.sweep import STREAM
from lms_adapters.moodle.wire import (
    BatchAnswer,
    Course,
    Courses,
    GradeTable,
    Participant,
    Participants,
    StatusAnswer,
)
from lms_adapters.spec import RESUME, Page, Quarantined, RawPayload, SweepEnd

FRONT_PAGE = 1  # Moodle's site course: nobody completes it
JSON_LINES = "application/jsonl"  # the bodies of a course's answers, one a line, as they arrived


def courses_of(client: MoodleClient) -> tuple[Course, ...]:
    """Every course that the token's user sees and that can be completed, by id."""
    listed = client.ask(COURSES, Courses, {}).value.courses
    kept = [
        one for one in listed if one.id != FRONT_PAGE and one.format != "site" and one.enablecompletion != 0
    ]
    return tuple(sorted(kept, key=lambda one: one.id))


@dataclass(slots=True)
class Gathered:
    """What a course gave."""

    completions: list[Completion] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    people: int = 0


class BatchReader:
    """Courses in the order of their ids, a page each, so that a pull that breaks goes on at the next course."""

    def __init__(self, client: MoodleClient, settings: MoodleSettings, *, single: bool = False) -> None:
        self._client = client
        self._settings = settings
        self._single = single
        self._size = settings.batch_size

    def sweep(
        self, courses: Sequence[Course], cursors: Mapping[str, Mapping[str, Any]], extras: Extras, way: str
    ) -> Iterator[Page | SweepEnd]:
        """Complete where every person of every course was answered for. A course is one snapshot, so a sweep
        that was cut off goes on at the next course if the courses are the same."""
        earlier = cursors.get(STREAM, {})
        known = earlier.get("complete_total")
        names = hashlib.sha256(orjson.dumps([one.id for one in courses])).hexdigest()[:16]
        resume = earlier.get(RESUME) or {}
        goes_on = resume.get("courses") == names
        begin = int(resume.get("next", 0)) if goes_on else 0
        rows = int(resume.get("rows", 0)) if goes_on else 0
        for place in range(begin, len(courses)):
            gathered = self._course(courses[place], extras)
            rows += len(gathered.completions) + len(gathered.quarantined)
            position = {"courses": names, "next": place + 1, "rows": rows}
            yield Page(
                stream=STREAM,
                completions=tuple(gathered.completions),
                quarantined=tuple(gathered.quarantined),
                raw=RawPayload(JSON_LINES, b"\n".join(gathered.bodies)),
                cursor={"complete_total": known, RESUME: position},
                number=place,
                drift=extras.lacks,
                continues=place == begin and begin > 0,
            )
        why = self._why_incomplete(rows, known)
        cursor = {"complete_total": known if why else rows}
        yield SweepEnd(STREAM, not why, rows, why, cursor, way)

    def _why_incomplete(self, rows: int, earlier: int | None) -> str:
        limit = self._settings.shrink_limit
        if earlier and rows * 100 < earlier * (100 - limit):
            return f"the completions shrank from {earlier} to {rows}, more than {limit} %"
        return ""

    def _course(self, course: Course, extras: Extras) -> Gathered:
        gathered = Gathered()
        params = {"courseid": str(course.id), "options[0][name]": "onlyactive", "options[0][value]": "1"}
        told = self._client.ask(ENROLLED, Participants, params)
        gathered.bodies.append(told.body)
        people = told.value.root
        gathered.people = len(people)
        statuses = self._one_by_one if self._single else self._statuses
        done = list(statuses(course, people, gathered))
        completed = [(person, one) for person, one in done if one.completionstatus.completed]
        grades = self._grades(course, gathered) if completed else {}
        for person, one in completed:
            ref = f"user {person.id} course {course.id}"
            try:
                gathered.completions.append(
                    status_completion(
                        course,
                        person,
                        one.completionstatus,
                        grades.get(person.id),
                        source=self._client.http.source,
                        extras=extras,
                        jp_field=self._settings.jp_field,
                        nip_field=self._settings.nip_field,
                        ref=ref,
                    )
                )
            except SkipRecord as skipped:
                key = (str(person.id), str(course.id), "1")
                raw = one.model_dump_json()[:4000]
                gathered.quarantined.append(Quarantined(ref, skipped.code, skipped.english, raw, key))
        return gathered

    def _statuses(
        self, course: Course, people: Sequence[Participant], gathered: Gathered
    ) -> Iterator[tuple[Participant, StatusAnswer]]:
        """One status a person. Moodle stops at the first error: that person is judged, the rest is asked
        again. It drops what is past max_input_vars: then the batches become as small as what came through."""
        place = 0
        while place < len(people):
            asked = people[place : place + self._size]
            told = self._client.batch(STATUS, [{"courseid": course.id, "userid": one.id} for one in asked])
            gathered.bodies.append(told.body)
            answers = told.value.responses
            if not answers or len(answers) > len(asked):
                detail = f"{len(answers)} answers to {len(asked)} calls"
                raise self._client.asked(BATCH).fault("MOODLE-BATCH-SILENT", detail=detail)
            for person, answer in zip(asked, answers, strict=False):
                if answer.error:
                    self._judge(answer)
                else:
                    yield person, self._client.shaped(StatusAnswer, answer.data or "", STATUS)
            if len(answers) < len(asked) and not answers[-1].error:
                self._size = len(answers)
            place += len(answers)

    def _one_by_one(
        self, course: Course, people: Sequence[Participant], gathered: Gathered
    ) -> Iterator[tuple[Participant, StatusAnswer]]:
        """One call a person, where the site has no batch function. Who left while we asked is passed over."""
        for person in people:
            try:
                told = self._client.ask(
                    STATUS, StatusAnswer, {"courseid": str(course.id), "userid": str(person.id)}
                )
            except SkipRecord:
                continue
            gathered.bodies.append(told.body)
            yield person, told.value

    def _judge(self, answer: BatchAnswer) -> None:
        """A person who left while we asked is passed over; anything else stops the source."""
        error = self._error_of(answer)
        if not isinstance(error, SkipRecord):
            raise error

    def _error_of(self, answer: BatchAnswer) -> BridgeError:
        try:
            told = orjson.loads(answer.exception or "")
        except orjson.JSONDecodeError:
            told = None
        if not isinstance(told, dict):
            return self._client.asked(STATUS).fault("MOODLE-SHAPE", detail="exception is not JSON")
        code = str(told.get("errorcode", ""))
        message = str(told.get("message", code))
        return self._client.asked(STATUS).fault(
            code_of(code, message, STATUS), detail=message, errorcode=code
        )

    def _grades(self, course: Course, gathered: Gathered) -> dict[int, Grade]:
        """Grades are worth having, not worth stopping for: without the capability there are none."""
        params = {"courseid": str(course.id), "userid": "0"}
        try:
            told = self._client.ask(GRADES, GradeTable, params)
        except StopSource as error:
            if error.code not in GRADES_MAY_LACK:
                raise
            return {}
        gathered.bodies.append(told.body)
        found: dict[int, Grade] = {}
        for one in told.value.usergrades:
            for item in one.gradeitems:
                if item.itemtype == "course" and item.graderaw is not None:
                    top = None if item.grademax is None else Decimal(str(item.grademax))
                    found[one.userid] = Grade(Decimal(str(item.graderaw)), top)
        return found


GRADES_MAY_LACK = frozenset({"MOODLE-PERMISSION", "MOODLE-FUNCTION-MISSING", "MOODLE-ACCESS"})
