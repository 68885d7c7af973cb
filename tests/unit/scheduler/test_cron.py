"""When a job ticks: local wall clocks, weekdays by name, and the newest tick whatever the gap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bridge.errors import RefuseInput
from scheduler.cron import last_fire, next_fire, read_cron
from scheduler.jobs import JOBS, job_named

WIT = "Asia/Jayapura"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_the_night_is_one_in_the_morning_in_jayapura() -> None:
    night = read_cron(job_named("night").cron, WIT)
    assert last_fire(night, utc("2026-11-24 15:59:59")) == utc("2026-11-23 16:00")
    assert last_fire(night, utc("2026-11-24 16:00:00")) == utc("2026-11-24 16:00")
    assert next_fire(night, utc("2026-11-24 16:00:00")) == utc("2026-11-25 16:00")


@pytest.mark.parametrize("word", ["sun", "SUN", "min"])
def test_a_weekday_by_its_name_is_that_day(word: str) -> None:
    tick = next_fire(read_cron(f"0 3 * * {word}", WIT), utc("2026-11-24 00:00"))
    assert tick is not None
    local = tick + timedelta(hours=9)
    assert (local.weekday(), local.hour) == (6, 3)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("0 3 * * 0", "number"),
        ("0 3 * * 1-5", "number"),
        ("0 3 * * mon-5", "number"),
        ("0 3 * *", "five"),
        ("61 3 * * *", "can't be read"),
        ("0 3 30 2 *", "never comes"),
        ("", "five"),
        ("0 3 * * monday", "can't be read"),
    ],
)
def test_what_could_mean_another_day_is_refused(text: str, word: str) -> None:
    with pytest.raises(RefuseInput) as refused:
        read_cron(text, WIT)
    assert word in refused.value.english
    assert "Contoh" in refused.value.sentence


def test_lists_and_ranges_of_names() -> None:
    trigger = read_cron("30 7 * * sen-rab,jum", WIT)
    moment, days = utc("2026-11-22 00:00"), []
    for _ in range(4):
        moment = next_fire(trigger, moment) or moment
        days.append((moment + timedelta(hours=9)).strftime("%a"))
    assert days == ["Mon", "Tue", "Wed", "Fri"]


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_every_job_has_a_last_and_a_next_tick_and_sane_bounds(job) -> None:  # type: ignore[no-untyped-def]
    now = utc("2026-11-24 05:18")
    trigger = read_cron(job.cron, WIT)
    last, coming = last_fire(trigger, now), next_fire(trigger, now)
    assert last is not None
    assert coming is not None
    assert last <= now < coming
    assert timedelta(0) < job.grace < coming - last or job.name == "retention"
    assert job.limit > timedelta(0)


def test_the_newest_tick_is_found_after_a_year() -> None:
    yearly = read_cron("0 0 1 1 *", WIT)
    assert last_fire(yearly, utc("2026-12-30 00:00")) == utc("2025-12-31 15:00")
