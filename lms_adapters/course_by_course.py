"""Sweeps that go through the courses of a platform one by one, and can go on after a break.

Courses are taken in the order of their ids. Each page's cursor says which course was last read to its end, so
that a sweep that was cut off goes on with the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from lms_adapters.spec import RESUME, Page, SweepEnd

Course = TypeVar("Course")


@dataclass(slots=True)
class CourseSweep:
    """`doubts` is why the sweep can't claim to have seen everything; `notes` what people should know."""

    stream: str
    rows: int = 0
    doubts: list[str] = field(default_factory=list)

    def over(
        self,
        courses: Sequence[Course],
        name: Callable[[Course], str],
        pages: Callable[[Course], Iterable[Page]],
        cursor: Mapping[str, Any],
    ) -> Iterator[Page]:
        """The pages of all courses after the one that an interrupted sweep ended with."""
        after = str(cursor.get(RESUME, {}).get("after", ""))
        rest = sorted((course for course in courses if name(course) > after), key=name)
        continues, before = bool(after), after
        for number, course in enumerate(rest):
            held: Page | None = None
            for page in pages(course):
                if held is not None:
                    yield self._page(held, before, number, continues=continues)
                    continues = False
                held = page
            before = name(course)
            if held is not None:  # only the last page of a course says that the course is done
                yield self._page(held, before, number, continues=continues)
                continues = False

    def _page(self, page: Page, after: str, number: int, *, continues: bool) -> Page:
        self.rows += len(page.completions) + len(page.quarantined)
        cursor = {RESUME: {"after": after}} if after else {}
        return replace(page, stream=self.stream, cursor=cursor, number=number, continues=continues)

    def end(self, way: str) -> SweepEnd:
        why = "; ".join(self.doubts)
        return SweepEnd(self.stream, not why, self.rows, why, {}, way=way)


def sortable(number: int) -> str:
    """A whole number as a text that sorts as the number does."""
    return f"{number:020d}"
