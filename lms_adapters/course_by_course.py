"""Sweeps that go through the courses of a platform one by one, and can go on after a break, also in the middle of a
course.

Courses are taken in the order of their ids. Each page's cursor says which course was last read to its end, and
where in the next one the following page begins: a sweep that was cut off goes on there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from bridge.errors import StopSource
from lms_adapters.spec import RESUME, Page, SweepEnd

Course = TypeVar("Course")
Linked = tuple[Page, str]
"""A page, and where the one after it begins; empty on a course's last page, or where nobody can begin there."""


@dataclass(slots=True)
class CourseSweep:
    """`doubts` is why the sweep can't claim to have seen everything."""

    stream: str
    rows: int = 0
    doubts: list[str] = field(default_factory=list)
    _continues: bool = False

    def over(
        self,
        courses: Sequence[Course],
        name: Callable[[Course], str],
        pages: Callable[[Course, str], Iterable[Linked]],
        cursor: Mapping[str, Any],
    ) -> Iterator[Page]:
        """The pages of all courses after what an interrupted sweep read. `pages` is handed a course and where to
        begin in it: empty, or what it gave itself with an earlier page."""
        position = cursor.get(RESUME, {})
        after, within, place = (str(position.get(part, "")) for part in ("after", "in", "place"))
        self._continues = bool(after or place)
        rest = sorted((course for course in courses if name(course) > after), key=name)
        for number, course in enumerate(rest):
            begun = _begun(pages, course, place if name(course) == within else "")
            for page, then in self._positions(begun, name(course), after):
                yield self._page(page, then, number)
            after = name(course)

    @staticmethod
    def _positions(pages: Iterable[Linked], course: str, after: str) -> Iterator[tuple[Page, dict[str, str]]]:
        """Each page with where a sweep goes on that breaks behind it. Only the last page of a course says that the
        course is done, so a page that names no following place waits until it is known whether it is the last."""
        before = {"after": after} if after else {}
        held: Page | None = None
        for page, following in pages:
            if held is not None:
                yield held, before
                held = None
            if following:
                yield page, before | {"in": course, "place": following}
            else:
                held = page
        if held is not None:
            yield held, {"after": course}

    def _page(self, page: Page, position: Mapping[str, str], number: int) -> Page:
        self.rows += len(page.completions) + len(page.quarantined)
        continues, self._continues = self._continues, False
        cursor = {RESUME: position} if position else {}
        return replace(page, stream=self.stream, cursor=cursor, number=number, continues=continues)

    def end(self, way: str) -> SweepEnd:
        why = "; ".join(self.doubts)
        return SweepEnd(self.stream, not why, self.rows, why, {}, way=way)


def _begun(pages: Callable[[Course, str], Iterable[Linked]], course: Course, place: str) -> Iterator[Linked]:
    """A place that the platform no longer takes (its links may grow old) begins the course anew."""
    if place:
        rest = iter(pages(course, place))
        try:
            first = next(rest, None)
        except StopSource:
            pass
        else:
            if first is not None:
                yield first
            yield from rest
            return
    yield from pages(course, "")


def sortable(number: int) -> str:
    """A whole number as a text that sorts as the number does."""
    return f"{number:020d}"
