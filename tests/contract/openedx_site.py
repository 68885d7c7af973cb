"""An Open edX that holds a known list of passes, behind the platform's own authentication, permissions and paginators
(see openedx_lms)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, ClassVar

from lms_adapters.contract_site import START, CompletionSite, Held
from lms_adapters.loopback import Form, Reply
from lms_adapters.spec import SourceConfig
from tests.contract.openedx_lms import ORG, SECRET, STAFF_CLIENT, Enrolled, started


class OpenedxSite(CompletionSite):
    """`broken` users can't be graded and are left out of the grades without a word; `undated` ones have no certificate.
    In every course there is one who has not passed. A token is good for `lifetime` seconds, whatever the site says."""

    banner = "contract Open edX"
    settings: ClassVar[dict[str, Any]] = {}
    client_id = STAFF_CLIENT

    def __init__(self, kept: Iterable[Held], *, latency: float = 0.0) -> None:
        self.courses: set[str] = set()
        self.undated: set[str] = set()
        self.broken: set[str] = set()
        self.tokens: list[str] = []
        self.asked: list[str] = []
        self.lifetime = 3600.0
        self.told_lifetime = 3600
        self.enrolment_rate = "1000/sec"
        self._numbers: dict[tuple[str, str], int] = {}
        self._reply = started()
        super().__init__(kept, latency=latency)

    def source(self) -> SourceConfig:
        settings = {
            "page_size": self.page_size,
            "retry_wait": 0.01,
            "attempts": 3,
            "read_timeout": 5,
            **self.settings,
        }
        secrets = {"client_id": self.client_id, "client_secret": SECRET}
        return SourceConfig("uji", "openedx", self.url, settings, secrets)

    def key_of(self, row: Held) -> tuple[str, str]:
        return f"u{row.learner}", f"course-v1:{ORG}+K{row.course}+2026"

    def answer(self, method: str, path: str, form: Form) -> Reply:
        headers = {"Host": self.url.removeprefix("http://")}
        given = {
            name: value for name, value in self.heard.items() if name.lower() in ("authorization", "accept")
        }
        call = _Call(self)
        reply = self._reply(call, method, self.target, form, headers | given)  # type: ignore[arg-type]
        self._call.number = call.number
        return reply

    def enrolled(self) -> list[Enrolled]:
        """The platform numbers enrolments as they come; a row keeps its number."""
        rows: list[Enrolled] = []
        for row in self.in_order():
            user, course = self.key_of(row)
            self.courses.add(course)
            dated = None if user in self.undated else row.at
            uuid = f"{int(row.learner):016x}{int(row.course):016x}"
            rows.append(
                Enrolled(self._number(user, course), user, course, row.at, True, certified=dated, uuid=uuid)
            )
        for course in self.course_ids():
            for user in ("belum", *sorted(self.broken)):
                passed = user in self.broken
                number = self._number(user, course)
                rows.append(
                    Enrolled(number, user, course, START - timedelta(days=9), passed, user not in self.broken)
                )
        return sorted(rows, key=lambda one: one.number)

    def _number(self, user: str, course: str) -> int:
        return self._numbers.setdefault((user, course), len(self._numbers) + 1)

    def course_ids(self) -> list[str]:
        return sorted(self.courses)

    def numbered_window(self, first: int, size: int, rows: Any) -> tuple[list[Any], int]:
        """The window, and the number of this data call."""
        shown: list[Any] = self.window(first, size, rows)
        return shown, self._call.number


class _Call:
    """One call, answered in Django's thread; faults strike in the thread that answers HTTP, by its number."""

    def __init__(self, site: OpenedxSite) -> None:
        self._site = site
        self.number: int | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._site, name)

    def shown(self, first: int, size: int, rows: Any) -> list[Any]:
        shown, self.number = self._site.numbered_window(first, size, rows)
        return shown
