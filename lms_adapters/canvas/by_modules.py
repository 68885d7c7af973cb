"""The way round, where the token may not read everybody's progress at once: the modules of a course, student by
student. A call a student: for a course of a thousand people that is a thousand calls.

A student has completed the course when every module that demands something is `completed` for that student; the time
is that of the newest of them, as Canvas's own progress has it (app/models/course_progress.rb).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bridge.domain.evidence import Completion
from bridge.errors import SkipRecord, StopSource
from lms_adapters.canvas.client import NOT_ALLOWED, CanvasClient, Listed
from lms_adapters.canvas.map import to_completion
from lms_adapters.canvas.wire import Course, Module, ModuleItem, Progress, User, UserProgress
from lms_adapters.json_api import quarantined, shaped, unreadable
from lms_adapters.spec import Page, Quarantined, RawPayload

JSON_LINES = "application/jsonl"  # the bodies of a page's answers, one a line, as they arrived
COMPLETED = "completed"


@dataclass(slots=True)
class ModuleReader:
    """One pull."""

    client: CanvasClient
    stream: str

    def pages(self, course: Course, link: str) -> Iterator[tuple[Page, str]]:
        """A page of students each, with the link to the next; none for a course whose modules demand nothing."""
        demanding = self._demanding(course)
        if not demanding:
            return
        for number, listed in enumerate(self.client.students(course.id, link)):
            yield self._page(course, demanding, listed, number), listed.following

    def _demanding(self, course: Course) -> frozenset[int]:
        """The modules that demand something."""
        found = set()
        for listed in self.client.modules(course.id):
            for row in listed.rows:
                module = shaped(row, Module, f"course {course.id} module")
                items = module.items if module.items is not None else self._items(course, module)
                if any(item.completion_requirement is not None for item in items):
                    found.add(module.id)
        return frozenset(found)

    def _items(self, course: Course, module: Module) -> tuple[ModuleItem, ...]:
        rows = [row for listed in self.client.items(course.id, module.id) for row in listed.rows]
        return tuple(shaped(row, ModuleItem, f"course {course.id} module {module.id} item") for row in rows)

    def _page(self, course: Course, demanding: frozenset[int], listed: Listed, number: int) -> Page:
        kept: list[Completion] = []
        bad: list[Quarantined] = []
        bodies = [listed.answer.body]
        refusals: list[StopSource] = []
        for place, row in enumerate(listed.rows):
            ref = f"course {course.id} students page {number + 1} row {place + 1}"
            try:
                user = shaped(row, User, ref)
                modules = self._modules_of(course, user, bodies, refusals)
            except SkipRecord as skipped:
                bad.append(_kept(row, course, quarantined(row, skipped.where or ref, skipped)))
                continue
            progress = UserProgress(id=user.id, progress=_progress(modules, demanding))
            record = to_completion(progress, course, user, source=self.client.http.source)
            if record is not None:
                kept.append(record)
        if refusals and len(refusals) == len(listed.rows):  # nobody left the course: a right is missing
            raise refusals[0]
        return Page(self.stream, tuple(kept), tuple(bad), RawPayload(JSON_LINES, b"\n".join(bodies)), {})

    def _modules_of(
        self, course: Course, user: User, bodies: list[bytes], refusals: list[StopSource]
    ) -> list[Module]:
        """Raises SkipRecord where the student can't be read (has just left, say): what is known stays as it stands."""
        ref = f"course {course.id} user {user.id}"
        found: list[Module] = []
        try:
            for listed in self.client.modules_of(course.id, user.id):
                bodies.append(listed.answer.body)
                found += [shaped(row, Module, ref) for row in listed.rows]
        except StopSource as error:
            if error.code not in NOT_ALLOWED:
                raise
            refusals.append(error)
        else:
            return found
        raise unreadable(ref, "modul peserta ini ditolak", "the modules of this student are refused")


def _progress(modules: list[Module], demanding: frozenset[int]) -> Progress:
    """Without a time unless all modules that demand something, and that the student sees, are completed."""
    seen = [one for one in modules if one.id in demanding]
    times = [one.completed_at for one in seen if one.completed_at is not None]
    done = bool(times) and all(one.state == COMPLETED for one in seen)
    return Progress(completed_at=max(times) if done else None)


def _kept(row: Any, course: Course, item: Quarantined) -> Quarantined:
    user = row.get("id") if isinstance(row, dict) else None
    key = (str(user), str(course.id), "1") if isinstance(user, int) else None
    return Quarantined(item.ref, item.code, item.reason, item.raw, key)
