"""Kolibri as recorded (tests/recordings/kolibri-0.19, a real 0.19.5), replayed over real HTTP, and a real one.

A real server: `JPBRIDGE_TEST_KOLIBRI=http://USER:PASSWORD@127.0.0.1:8087` (a facility's admin; nothing is changed
there but the export file).
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from bridge.errors import StopSource
from lms_adapters import kolibri
from lms_adapters.kolibri.map import read_table
from lms_adapters.loopback import Form, LoopbackSite, Reply
from lms_adapters.spec import Adapter, Page, SourceConfig, SweepEnd

RECORDED = Path(__file__).parents[2] / "recordings" / "kolibri-0.19"
PASSWORD = "Rahasia#1"
REAL = os.environ.get("JPBRIDGE_TEST_KOLIBRI", "")


class KolibriReplay(LoopbackSite):
    banner = "recorded Kolibri 0.19.5"

    def answer(self, method: str, path: str, form: Form) -> Reply:
        name = path.strip("/").split("/")
        if path == "/api/auth/session/current/":
            return Reply(405, "application/json", b"{}", {"Set-Cookie": "kolibri_csrftoken=abc; Path=/"})
        if path == "/api/auth/session/":
            wrong = any("wrong" in text for text in form)
            return self._kept("session.refused.json", 401) if wrong else self._kept("session.json")
        if path.startswith("/facility/api/downloadcsvfile/summary/"):
            return Reply(200, "text/csv", (RECORDED / "summary.csv").read_bytes())
        if path.startswith("/api/tasks/tasks/"):
            return self._kept("task.queued.json" if method == "POST" else "task.completed.json")
        if name[-1] == "attendancerecord":
            return self._kept(f"attendancerecord.{form['attendance_session']}.json")
        return self._kept(f"{name[-1]}.json")

    def _kept(self, name: str, status: int = 200) -> Reply:
        return Reply(status, "application/json", (RECORDED / name).read_bytes())


def adapter_at(url: str, user: str = "svc_bridge", password: str = PASSWORD) -> Adapter:
    settings = {"username": user, "attempts": 2, "retry_wait": 0.01}
    return kolibri.make(SourceConfig("kolibri", "kolibri", url, settings, {"password": password}))


def pulled(adapter: Adapter) -> tuple[list[Page], SweepEnd]:
    steps = list(adapter.pull({}, full=True))
    adapter.close()
    end = steps[-1]
    assert isinstance(end, SweepEnd)
    return [step for step in steps if isinstance(step, Page)], end


def test_completions_and_roll_of_the_recorded_facility() -> None:
    with KolibriReplay() as site:
        pages, end = pulled(adapter_at(site.url))
    done = [one for page in pages for one in page.completions]
    assert (len(done), end.rows, end.complete) == (113, 164, True)
    assert not [item for page in pages for item in page.quarantined]
    assert not any(page.drift for page in pages)
    first = done[0]
    assert first.completed_at == datetime(2026, 9, 3, 23, 10, 4, tzinfo=UTC)
    assert (first.course_title, first.category, first.minutes) == (
        "Wawasan Kebangsaan",
        "Pelatihan BPSDM",
        70,
    )
    assert first.identifiers[1].value == "199506112017042030"
    events = [event for page in pages for event in page.events]
    assert [(one.title, one.start, one.end) for one in events] == [
        ("Latsar Angkatan I", date(2026, 9, 7), date(2026, 9, 12)),
        ("Literasi Data", date(2026, 10, 7), date(2026, 10, 12)),
    ]
    roll = [one for page in pages for one in page.attendances]
    assert len(roll) == 41
    assert {one.sessions_total for one in roll} == {6}
    assert all(0 <= (one.sessions_attended or 0) <= 6 for one in roll)


def test_steps_of_the_set_up_and_a_wrong_password() -> None:
    with KolibriReplay() as site:
        adapter = adapter_at(site.url)
        assert [step.name for step in adapter.check() if step.ok] == [
            "facility",
            "sign-in",
            "users",
            "attendance",
        ]
        adapter.close()
        with pytest.raises(StopSource) as caught:
            pulled(adapter_at(site.url, password="wrong-9"))
        assert caught.value.code == "KOLIBRI-SIGN-IN"
        assert "wrong-9" not in str(caught.value)


def test_an_export_that_ends_in_the_middle_proves_nothing() -> None:
    whole = (RECORDED / "summary.csv").read_bytes()
    assert read_table(whole).whole
    cut = read_table(whole[:5000])
    assert not cut.whole
    assert 0 < len(cut.rows) < 164


@pytest.mark.skipif(not REAL, reason="JPBRIDGE_TEST_KOLIBRI names no Kolibri")
def test_a_real_kolibri() -> None:
    parts = urlsplit(REAL)
    url = f"{parts.scheme}://{parts.hostname}:{parts.port}"
    adapter = adapter_at(url, unquote(parts.username or ""), unquote(parts.password or ""))
    assert all(step.ok for step in adapter.check())
    pages, end = pulled(adapter)
    assert end.complete
    assert sum(len(page.completions) for page in pages) > 0
    assert sum(len(page.attendances) for page in pages) > 0
