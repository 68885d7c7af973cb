"""Canvas: a course is completed when all requirements of its modules are met."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bridge.domain.evidence import Completion
from bridge.errors import SkipRecord
from lms_adapters.canvas.client import CanvasClient, no_courses
from lms_adapters.canvas.map import to_completion
from lms_adapters.canvas.wire import Course, User, UserProgress
from lms_adapters.course_by_course import CourseSweep, sortable
from lms_adapters.http import Http
from lms_adapters.json_api import FAULTS, quarantined, shaped
from lms_adapters.listed_settings import text, words
from lms_adapters.settings import LINK_SETTINGS, link_policy, needed_secret, number
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

STREAM = "progress"
PAGE_SIZE = 100  # Canvas gives no more, and 10 where nothing is asked

SPEC = AdapterSpec(
    kind="canvas",
    title="Canvas LMS",
    since=Since.NONE,  # no filter on changes: docs/adapters/canvas.md
    sweep=True,
    person_identifiers=("sis_user_id", "login_id", "email"),
    counted=False,  # pages come by link, without a total
    freezes_time=True,  # completed_at is the newest module's time
    settings={
        "account": "Nomor akun yang kursusnya diambil (bawaan: self, akun token itu).",
        "courses": "Hanya kursus ini: nomor dipisah koma.",
        "page_size": f"Baris per permintaan, paling banyak 100 (bawaan: {PAGE_SIZE}).",
        **LINK_SETTINGS,
    },
    secrets={"token": "Token akses pengguna yang boleh melihat semua nilai di akun itu."},
)


class CanvasAdapter:
    """Implements lms_adapters.spec.Adapter."""

    spec = SPEC

    def __init__(self, client: CanvasClient, account: str, only: tuple[str, ...]) -> None:
        self._client = client
        self._account = account
        self._only = only
        self._source = client.http.source

    def close(self) -> None:
        self._client.http.close()

    def check(self) -> Iterator[CheckStep]:
        found: list[Course] = []

        def token() -> Told:
            me = self._client.me()
            return f"Token berlaku untuk {me.name}.", f"The token is valid for {me.name}."

        def courses() -> Told:
            found.extend(self._courses())
            return f"{len(found)} kursus terlihat.", f"{len(found)} courses are visible."

        def progress() -> Told:
            rows, _ = next(iter(self._client.progress(found[0].id)))
            name = found[0].name
            return f"Kemajuan {name!r}: {len(rows)} orang.", f"Progress of {name!r}: {len(rows)} people."

        return in_order([("token", token), ("courses", courses), ("progress", progress)], FAULTS)

    def pull(self, cursors: Mapping[str, Mapping[str, Any]], *, full: bool) -> Iterator[Page | SweepEnd]:
        sweep = CourseSweep(STREAM)
        courses = self._courses()
        yield from sweep.over(courses, lambda one: sortable(one.id), self._pages, cursors.get(STREAM, {}))
        yield sweep.end(f"{len(courses)} courses")

    def _courses(self) -> list[Course]:
        if self._only:
            return [self._client.course(one) for one in self._only]
        courses = self._client.courses(self._account)
        if not courses:
            raise no_courses(self._client, self._account)
        return courses

    def _pages(self, course: Course) -> Iterator[Page]:
        people: dict[int, User] | None = None
        for number_, (rows, answer) in enumerate(self._client.progress(course.id)):
            done: list[tuple[Any, UserProgress]] = []
            bad: list[Quarantined] = []
            for place, row in enumerate(rows):
                ref = _ref(row, course, number_, place)
                try:
                    progress = shaped(row, UserProgress, ref)
                except SkipRecord as skipped:
                    bad.append(_kept(row, course, quarantined(row, ref, skipped)))
                    continue
                if progress.progress.completed_at is not None:
                    done.append((row, progress))
            if done and people is None:
                people = self._students(course)
            kept: list[Completion] = []
            for _, progress in done:
                record = to_completion(progress, course, (people or {}).get(progress.id), source=self._source)
                if record is not None:
                    kept.append(record)
            raw = RawPayload(answer.media_type, answer.body)
            yield Page(STREAM, tuple(kept), tuple(bad), raw, {})

    def _students(self, course: Course) -> dict[int, User]:
        """Asked once a course, and only where somebody completed it: bulk_user_progress names no login."""
        people: dict[int, User] = {}
        for rows, _ in self._client.students(course.id):
            for row in rows:
                try:
                    user = shaped(row, User, "user")
                except SkipRecord:
                    continue  # without a login it stays a completion of a nameless account: a finding later
                people[user.id] = user
        return people


def _ref(row: Any, course: Course, page: int, place: int) -> str:
    user = row.get("id") if isinstance(row, dict) else None
    return (
        f"course {course.id} user {user}" if user else f"course {course.id} page {page + 1} row {place + 1}"
    )


def _kept(row: Any, course: Course, item: Quarantined) -> Quarantined:
    """What is known of that completion stays as it stands while its row can't be read."""
    user = row.get("id") if isinstance(row, dict) else None
    key = (str(user), str(course.id), "1") if isinstance(user, int) else None
    return Quarantined(item.ref, item.code, item.reason, item.raw, key)


def make(config: SourceConfig) -> Adapter:
    """Raises RefuseInput on a setting that can't be used, StopSource on an address that can't."""
    settings, where = config.settings, config.name
    token = needed_secret(config.secrets, "token", where)
    http = Http(where, config.address, policy=link_policy(settings, where), secrets=(token,))
    size = number(settings, "page_size", PAGE_SIZE, 1, 100, where)
    client = CanvasClient(http, token, size)
    return CanvasAdapter(client, text(settings, "account", "self") or "self", words(settings, "courses"))
