"""Kolibri as recorded (tests/recordings/kolibri-0.19, a real 0.19.5), replayed over real HTTP, and a real one.

A real server: `JPBRIDGE_TEST_KOLIBRI=http://USER:PASSWORD@127.0.0.1:8087` (a facility's admin; nothing is changed
there but the export file). With `JPBRIDGE_TEST_KOLIBRI_HOME=/path` (its KOLIBRI_HOME) what came is compared with its
database, which is only read.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from bridge.errors import StopSource
from lms_adapters import kolibri
from lms_adapters.kolibri.map import read_table
from lms_adapters.loopback import Form, LoopbackSite, Reply
from lms_adapters.spec import Adapter, Page, SourceConfig, SweepEnd
from lms_adapters.watching import watched

RECORDED = Path(__file__).parents[2] / "recordings" / "kolibri-0.19"
PASSWORD = "Rahasia#1"
REAL = os.environ.get("JPBRIDGE_TEST_KOLIBRI", "")
REAL_HOME = os.environ.get("JPBRIDGE_TEST_KOLIBRI_HOME", "")


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


def in_the_database(query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{Path(REAL_HOME) / 'db.sqlite3'}?mode=ro", uri=True)) as connection:
        return list(connection.execute(query))


@pytest.mark.skipif(not REAL, reason="JPBRIDGE_TEST_KOLIBRI names no Kolibri")
def test_a_real_kolibri() -> None:
    parts = urlsplit(REAL)
    url = f"{parts.scheme}://{parts.hostname}:{parts.port}"
    adapter = adapter_at(url, unquote(parts.username or ""), unquote(parts.password or ""))
    assert all(step.ok for step in adapter.check())
    with watched() as watch:
        adapter = adapter_at(url, unquote(parts.username or ""), unquote(parts.password or ""))
        pages, end = pulled(adapter)
    assert end.complete
    completions = {
        (one.external_learner, one.external_course): one.completed_at
        for page in pages
        for one in page.completions
    }
    rolls = [one for page in pages for one in page.attendances]
    present = sum(one.sessions_attended for one in rolls)
    sys.stderr.write(
        f"kolibri: {len(completions)} completions, {len(rolls)} on rolls, {present} times present, "
        f"{watch.requests} requests\n"
    )
    assert completions
    assert rolls
    if not REAL_HOME:
        return
    wanted = {
        (user, content): datetime.fromisoformat(told.replace("(UTC)", "+00:00")).replace(microsecond=0)
        for user, content, told in in_the_database(
            "SELECT l.user_id, l.content_id, l.completion_timestamp FROM logger_contentsummarylog AS l "
            "JOIN kolibriauth_facilityuser AS u ON u.id = l.user_id "
            "WHERE l.completion_timestamp IS NOT NULL AND u.date_deleted IS NULL"
        )
    }
    assert {key: at.replace(microsecond=0) for key, at in completions.items()} == wanted
    counted = in_the_database(
        "SELECT count(DISTINCT s.collection_id || r.user_id), sum(r.present) FROM attendance_attendancerecord AS r "
        "JOIN attendance_attendancesession AS s ON s.id = r.attendance_session_id"
    )
    assert counted == [(len(rolls), present)]
