"""Canvas: a course is completed when all requirements of its modules are met. Everybody's progress is read at once
where the token may, else student by student from the modules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bridge.errors import SkipRecord, StopSource
from lms_adapters.canvas.by_modules import ModuleReader
from lms_adapters.canvas.client import NOT_ALLOWED, CanvasClient, no_courses
from lms_adapters.canvas.map import to_completion
from lms_adapters.canvas.wire import Course, User, UserProgress
from lms_adapters.course_by_course import CourseSweep, Linked, sortable
from lms_adapters.faults import Fault, fault_table
from lms_adapters.http import Http
from lms_adapters.json_api import FAULTS, quarantined, shaped
from lms_adapters.listed_settings import text, words
from lms_adapters.settings import LINK_SETTINGS, link_policy, needed_secret, number, refused
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
AUTO, BULK, MODULES = "auto", "bulk", "modules"
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
        "way": "auto, bulk atau modules (bawaan: auto; modules membutuhkan satu panggilan per peserta).",
        "page_size": f"Baris per permintaan, paling banyak 100 (bawaan: {PAGE_SIZE}).",
        **LINK_SETTINGS,
    },
    secrets={"token": "Token akses pengguna yang boleh melihat semua nilai di akun itu."},
)


CANVAS_FAULTS = fault_table(
    Fault(
        "CANVAS-NO-LOGINS",
        StopSource,
        "nama masuk dan nomor SIS para peserta tidak ditunjukkan.",
        "Beri pengguna token itu hak Users - view login IDs (Admin › Permissions).",
        "the students' logins and SIS numbers are not shown.",
        "Give the token's user the permission Users - view login IDs (Admin › Permissions).",
    ),
)
ALL_FAULTS = {**FAULTS, **CANVAS_FAULTS}


class CanvasAdapter:
    """Implements lms_adapters.spec.Adapter."""

    spec = SPEC

    def __init__(self, client: CanvasClient, account: str, only: tuple[str, ...], way: str = AUTO) -> None:
        self._client = client
        self._account = account
        self._only = only
        self._way = way
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

        return in_order(
            [
                ("token", token),
                ("courses", courses),
                ("progress", lambda: self._told_progress(found[0])),
                ("logins", lambda: self._told_logins(found[0])),
            ],
            ALL_FAULTS,
        )

    def _told_progress(self, course: Course) -> Told:
        name, sweep = course.name, _Sweep(STREAM)
        page, _ = next(iter(self._pages(sweep, course, "")), (None, ""))
        rows = 0 if page is None else len(page.completions)
        if not sweep.round_about:
            return f"Kemajuan {name!r}: {rows} selesai.", f"Progress of {name!r}: {rows} completed."
        sentence = (
            f"Kemajuan {name!r} hanya terbaca peserta demi peserta ({rows} selesai di halaman pertama): satu "
            "panggilan per peserta. Hak View all grades membuatnya jauh lebih ringan."
        )
        english = (
            f"The progress of {name!r} can be read student by student only ({rows} completed on the first page): "
            "a call a student. The permission View all grades makes it much lighter."
        )
        return sentence, english

    def _told_logins(self, course: Course) -> Told:
        """Raises StopSource where nobody's login is shown: then nobody could be told from another."""
        people = self._students(course)
        known = sum(bool(one.login_id or one.sis_user_id) for one in people.values())
        if people and not known:
            raise CANVAS_FAULTS["CANVAS-NO-LOGINS"].error(self._source, where=self._client.http.host)
        return f"{known} peserta dengan nama masuk.", f"{known} students with a login."

    def pull(self, cursors: Mapping[str, Mapping[str, Any]], *, full: bool) -> Iterator[Page | SweepEnd]:
        """Every pull is a sweep of all courses; only an interrupted one goes on where it stood."""
        sweep = _Sweep(STREAM)
        courses = self._courses()

        def pages(course: Course, place: str) -> Iterator[Linked]:
            return self._pages(sweep, course, place)

        yield from sweep.over(courses, lambda one: sortable(one.id), pages, cursors.get(STREAM, {}))
        way = f"{len(courses)} courses"
        yield sweep.end(
            f"{way}, {sweep.round_about} of them student by student" if sweep.round_about else way
        )

    def _courses(self) -> list[Course]:
        if self._only:
            return [self._client.course(one) for one in self._only]
        courses = self._client.courses(self._account)
        if not courses:
            raise no_courses(self._client, self._account)
        return courses

    def _pages(self, sweep: _Sweep, course: Course, place: str) -> Iterator[Linked]:
        """By the best way that the token has. A place is a link, behind the word MODULES where it is the longer
        way's."""
        if self._way == MODULES or place.startswith(MODULES):
            yield from self._by_modules(sweep, course, place.removeprefix(MODULES))
            return
        refusal: StopSource | None = None
        try:
            yield from self._bulk(course, place)
        except StopSource as error:
            if self._way == BULK or place or error.code not in NOT_ALLOWED:
                raise
            refusal = error
        if refusal is not None:
            yield from self._instead(sweep, course, refusal)

    def _instead(self, sweep: _Sweep, course: Course, refusal: StopSource) -> Iterator[Linked]:
        """Where the longer way is refused as well, the first refusal names what is missing."""
        refused_too = False
        try:
            yield from self._by_modules(sweep, course, "")
        except StopSource as error:
            if error.code not in NOT_ALLOWED:
                raise
            refused_too = True
        if refused_too:
            raise refusal

    def _by_modules(self, sweep: _Sweep, course: Course, link: str) -> Iterator[Linked]:
        sweep.round_about += 1
        for page, following in ModuleReader(self._client, STREAM).pages(course, link):
            yield page, f"{MODULES}{following}" if following else ""

    def _bulk(self, course: Course, link: str) -> Iterator[Linked]:
        people: dict[int, User] | None = None
        for number_, listed in enumerate(self._client.progress(course.id, link)):
            done: list[UserProgress] = []
            bad: list[Quarantined] = []
            for place, row in enumerate(listed.rows):
                ref = _ref(row, course, number_, place)
                try:
                    progress = shaped(row, UserProgress, ref)
                except SkipRecord as skipped:
                    bad.append(_kept(row, course, quarantined(row, ref, skipped)))
                    continue
                if progress.progress.completed_at is not None:
                    done.append(progress)
            if done and people is None:
                people = self._students(course)
            mapped = (
                to_completion(one, course, (people or {}).get(one.id), source=self._source) for one in done
            )
            kept = tuple(record for record in mapped if record is not None)
            raw = RawPayload(listed.answer.media_type, listed.answer.body)
            yield Page(STREAM, kept, tuple(bad), raw, {}, drift=_drift(people)), listed.following

    def _students(self, course: Course) -> dict[int, User]:
        """Asked once a course, and only where somebody completed it: bulk_user_progress names no login."""
        people: dict[int, User] = {}
        for listed in self._client.students(course.id):
            for row in listed.rows:
                try:
                    user = shaped(row, User, "user")
                except SkipRecord:
                    continue  # without a login it stays a completion of a nameless account: a finding later
                people[user.id] = user
        return people


@dataclass(slots=True)
class _Sweep(CourseSweep):
    """`round_about` counts the courses that were read student by student."""

    round_about: int = 0


def _drift(people: Mapping[int, User] | None) -> tuple[str, ...]:
    """Nobody's login came: the token lacks *Users - view login IDs*."""
    nameless = people and not any(one.login_id or one.sis_user_id for one in people.values())
    return ("-login_id",) if nameless else ()


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


def _way(settings: Mapping[str, Any], where: str) -> str:
    given = text(settings, "way", AUTO) or AUTO
    if given not in (AUTO, BULK, MODULES):
        known = ", ".join((AUTO, BULK, MODULES))
        raise refused(
            where,
            "way",
            f"nilai {given!r} tidak dikenal; pilih {known}",
            f"the value {given!r} is unknown; choose one of {known}",
        )
    return given


def make(config: SourceConfig) -> Adapter:
    """Raises RefuseInput on a setting that can't be used, StopSource on an address that can't."""
    settings, where = config.settings, config.name
    token = needed_secret(config.secrets, "token", where)
    http = Http(where, config.address, policy=link_policy(settings, where), secrets=(token,))
    size = number(settings, "page_size", PAGE_SIZE, 1, 100, where)
    client = CanvasClient(http, token, size)
    account = text(settings, "account", "self") or "self"
    return CanvasAdapter(client, account, words(settings, "courses"), _way(settings, where))
