"""Two sites on loopback: a Moodle of any size whose report pages are made as they are asked for, in the recorded
shape, and the recorded site asked per person and course as a straightforward script does."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from lms_adapters.loopback import Form, LoopbackSite, Reply

TOKEN = "0123456789abcdef0123456789abcdef"
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
END = datetime(2026, 11, 24, tzinfo=UTC)
COURSES = 20
REPORT = {"id": 6, "name": "JP Bridge", "uniquerows": True}
HEADINGS = [
    "username", "user_idnumber", "profile_nip", "email", "user_suspended", "course_shortname",
    "course_idnumber", "course_fullname", "jp", "category", "timecompleted", "grade", "timeenrolled",
    "user_link", "course_link",
]  # fmt: skip
FUNCTIONS = (
    "core_reportbuilder_list_reports",
    "core_reportbuilder_retrieve_report",
    "core_reportbuilder_set_filters",
)


class GeneratedMoodle(LoopbackSite):
    """`rows` completions in the order of their times, spread evenly from BEGIN to END; the newest
    `recent` ones lie in the last hour. A page costs memory, the site does not."""

    banner = "generated Moodle"

    def __init__(self, rows: int, *, recent: int = 0, latency: float = 0.0) -> None:
        self.rows = rows
        self.recent = recent
        self._since = 0
        super().__init__(latency=latency, compress=True)

    def moment(self, place: int) -> datetime:
        """The time of a row, on a full minute."""
        older = self.rows - self.recent
        if place >= older:
            return END + timedelta(minutes=(place - older) * 60 // max(1, self.recent))
        minutes = int((END - BEGIN).total_seconds() // 60) - 60 * 24 * 10
        return BEGIN + timedelta(minutes=minutes * place // max(1, older))

    def answer(self, method: str, path: str, form: Form) -> Reply:
        name = form.get("wsfunction", "")
        if form.get("wstoken") != TOKEN:
            return Reply(
                200, "application/json", b'{"exception":"e","errorcode":"invalidtoken","message":""}'
            )
        if name.endswith("set_filters"):
            since = json.loads(form["values"]).get("completion:timecompleted_from")
            self._since = 0 if since is None else self._first_at(datetime.fromtimestamp(since, UTC))
            return Reply(200, "application/json", b"true")
        if name.endswith("list_reports"):
            return Reply(200, "application/json", orjson.dumps({"reports": [REPORT]}))
        if name.endswith("retrieve_report"):
            return Reply(200, "application/json", self._page(form))
        info = {
            "sitename": "Generated",
            "username": "svc",
            "siteurl": self.url,
            "release": "4.5.5+ (Build: 20250613)",
            "version": "2024100705.01",
            "functions": [{"name": one, "version": ""} for one in FUNCTIONS],
        }
        return Reply(200, "application/json", orjson.dumps(info))

    def _first_at(self, since: datetime) -> int:
        low, high = 0, self.rows
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self.moment(middle) < since else (low, middle)
        return low

    def _page(self, form: Form) -> bytes:
        size = int(form["perpage"])
        first = self._since + int(form["page"]) * size
        shift = timedelta(hours=7 if form.get("moodlewssettingtimezone") == "Asia/Jakarta" else 0)
        rows = [
            {"columns": self._columns(place, shift)} for place in range(first, min(first + size, self.rows))
        ]
        data = {"headers": HEADINGS, "rows": rows, "totalrowcount": self.rows - self._since}
        return orjson.dumps({"details": REPORT, "data": data, "warnings": []})

    def _columns(self, place: int, shift: timedelta) -> list[str]:
        person, course = place // COURSES, place % COURSES + 2
        at = self.moment(place) + shift
        nip = f"{1960 + person % 40}0101{1985 + person // 40 % 35}{1 + person // 1400 % 12:02d}1{person % 1000:03d}"
        when = f"{at:%A}, {at.day} {at:%B %Y}, {at.hour % 12 or 12}:{at:%M %p}"
        return [
            nip, nip, "", f"pegawai{person}@example.go.id", "No", f"DIK-{course:02d}", f"LMS-2026-{course:03d}",
            "Manajemen Risiko &amp; Pengendalian Intern", "24 JP", "Teknis", when, "144.01", "",
            f'<a href="https://moodle.example.go.id/user/profile.php?id={person + 3}">Lestari Nasution, A.Md.</a>',
            f'<a href="https://moodle.example.go.id/course/view.php?id={course}">DIK-{course:02d}</a>',
        ]  # fmt: skip


class PerPersonMoodle(LoopbackSite):
    """Answers the calls of a script that asks for each enrolled person's status, from the recorded site's own
    list of completions. `enrolments` are pairs that the site's database holds as completed, and as many others
    as the recorded site has in all."""

    banner = "recorded completions, asked per person"

    def __init__(self, truth: Path, *, latency: float) -> None:
        with truth.open(newline="", encoding="utf-8") as handle:
            rows = list(csv.DictReader(handle))
        self.done = {
            (int(row["user_id"]), int(row["course_id"])): int(row["time_completed_epoch"]) for row in rows
        }
        self.people = sorted({user for user, _ in self.done})
        self.courses = sorted({course for _, course in self.done})
        super().__init__(latency=latency, compress=True)

    def enrolments(self, count: int) -> list[tuple[int, int]]:
        every = [(user, course) for course in self.courses for user in self.people]
        rest = [pair for pair in every if pair not in self.done]
        return sorted([*self.done, *rest[: max(0, count - len(self.done))]])

    def answer(self, method: str, path: str, form: Form) -> Reply:
        when = self.done.get((int(form["userid"]), int(form["courseid"])))
        criteria = [
            {
                "type": 4,
                "title": "Activity completion",
                "status": "No" if when is None else "Yes",
                "complete": when is not None,
                "timecompleted": when,
                "details": {
                    "type": "Activity completion",
                    "criteria": f'<a href="https://moodle.example.go.id/mod/page/view.php?id={number}">Materi</a>',
                    "requirement": "Viewing the page",
                    "status": "",
                },
            }
            for number in range(4)
        ]
        status = {"completed": when is not None, "aggregation": 1, "completions": criteria}
        return Reply(200, "application/json", orjson.dumps({"completionstatus": status, "warnings": []}))
