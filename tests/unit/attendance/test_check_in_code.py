"""The rotating code: right for its minute, for its session, and for nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bridge.attendance.check_in_code import STEP, code_is_right, shown_code

SECRET = bytes(range(32))
NOW = datetime(2026, 8, 3, 0, 0, 12, tzinfo=UTC)


def test_a_code_is_right_in_both_spellings_for_its_step_and_the_neighbours() -> None:
    shown = shown_code(SECRET, "jayapura", "26-7K3QMX", 1, NOW)
    assert shown.seconds_left == 18
    assert len(shown.long) == 16
    assert len(shown.digits) == 6
    spaced = f"{shown.digits[:3]} {shown.digits[3:]}"
    for given in (shown.long, shown.long.upper(), shown.digits, spaced):
        for steps in (-1, 0, 1):
            when = NOW + timedelta(seconds=steps * STEP)
            assert code_is_right(SECRET, "jayapura", "26-7K3QMX", 1, given, when)
        for steps in (-2, 2, 100):
            when = NOW + timedelta(seconds=steps * STEP)
            assert not code_is_right(SECRET, "jayapura", "26-7K3QMX", 1, given, when)


def test_a_code_is_of_one_tenant_event_session_and_secret() -> None:
    given = shown_code(SECRET, "jayapura", "26-7K3QMX", 1, NOW).long
    assert not code_is_right(SECRET, "sarmi", "26-7K3QMX", 1, given, NOW)
    assert not code_is_right(SECRET, "jayapura", "26-7K3QMY", 1, given, NOW)
    assert not code_is_right(SECRET, "jayapura", "26-7K3QMX", 2, given, NOW)
    assert not code_is_right(bytes(32), "jayapura", "26-7K3QMX", 1, given, NOW)
    assert not code_is_right(SECRET, "jayapura", "26-7K3QMX", 1, "", NOW)


def test_codes_of_an_hour_are_all_different() -> None:
    codes = {
        shown_code(SECRET, "jayapura", "26-7K3QMX", 1, NOW + timedelta(seconds=STEP * n)).long
        for n in range(120)
    }
    assert len(codes) == 120
