"""What is believed of a device's clock: never the time of synchronisation, never outside the hard bounds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.attendance.device_clock import (
    CLOCK_CHANGED,
    CLOCK_UNPROVEN,
    CLOCK_WRONG,
    LIMIT,
    Contact,
    Reading,
    believe,
)

T0 = datetime(2026, 8, 3, 0, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Device:
    """A device whose clocks we know: true time, an offset that can be set, and sleep."""

    def __init__(self, offset: timedelta = timedelta(0)) -> None:
        self.now, self.offset, self.mono, self.life = T0, offset, timedelta(0), "a"

    def wait(self, span: timedelta, *, asleep: bool = False) -> None:
        self.now += span
        self.mono += timedelta(0) if asleep else span

    def restart(self) -> None:
        self.life += "x"
        self.mono = timedelta(0)

    def reading(self) -> Reading:
        return Reading(self.now + self.offset, self.mono, self.life)

    def contact(self) -> Contact:
        return Contact(self.now, self.reading())


@pytest.mark.parametrize("offset", [timedelta(0), timedelta(days=-4000), timedelta(days=3, minutes=7)])
def test_a_steady_clock_is_put_right_exactly(offset: timedelta) -> None:
    device = Device(offset)
    anchor = device.contact()
    device.wait(90 * MINUTE)
    scanned, reading = device.now, device.reading()
    device.restart()
    device.wait(timedelta(days=9), asleep=True)
    found = believe(reading, anchor, device.contact(), device.now)
    assert found.at == scanned
    assert found.skew == offset
    assert found.doubt == ("" if abs(offset) <= LIMIT else CLOCK_WRONG)


def test_a_clock_that_was_set_while_the_page_lived_moves_nothing() -> None:
    device = Device()
    anchor = device.contact()
    device.wait(30 * MINUTE)
    device.offset = timedelta(days=-30)
    scanned, reading = device.now, device.reading()
    device.offset = timedelta(0)
    device.wait(10 * MINUTE)
    found = believe(reading, anchor, device.contact(), device.now)
    assert found.at == scanned
    assert found.doubt == CLOCK_WRONG  # it was off, and the bounds leave nothing open


def test_a_clock_that_was_set_over_a_night_is_told_as_unsure() -> None:
    device = Device()
    anchor = device.contact()
    device.wait(30 * MINUTE)
    device.offset = timedelta(days=40)
    reading = device.reading()
    device.restart()
    device.offset = timedelta(0)
    device.wait(timedelta(hours=20), asleep=True)
    found = believe(reading, anchor, device.contact(), device.now)
    assert found.doubt == CLOCK_CHANGED
    assert anchor.server <= found.at <= device.now


def test_a_file_is_put_right_by_its_anchor_or_is_unproven() -> None:
    device = Device(timedelta(hours=-5))
    anchor = device.contact()
    device.wait(20 * MINUTE)
    scanned, reading = device.now, device.reading()
    device.wait(timedelta(days=2))
    assert believe(reading, anchor, None, device.now).at == scanned
    assert believe(reading, None, None, device.now).doubt == CLOCK_UNPROVEN


def test_an_anchor_of_the_future_is_none_of_ours() -> None:
    device = Device()
    device.wait(timedelta(days=5))
    forged = device.contact()
    device.now = T0
    found = believe(device.reading(), forged, None, T0 + MINUTE)
    assert found.at <= T0 + MINUTE
    assert found.doubt == CLOCK_UNPROVEN


steps = st.lists(
    st.tuples(
        st.sampled_from(["wait", "sleep", "set", "restart", "contact", "record"]),
        st.integers(min_value=-100_000, max_value=100_000),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=400, deadline=None)
@given(steps, st.booleans())
def test_the_truth_lies_within_the_bounds_whatever_is_done_to_the_clock(
    done: list[tuple[str, int]], by_link: bool
) -> None:
    device = Device()
    anchor: Contact | None = None
    records: list[tuple[datetime, Reading, Contact | None]] = []
    for what, amount in done:
        if what in ("wait", "sleep"):
            device.wait(timedelta(seconds=abs(amount)), asleep=what == "sleep")
        elif what == "set":
            device.offset = timedelta(seconds=amount * 1000)
        elif what == "restart":
            device.restart()
        elif what == "contact":
            anchor = device.contact()
        else:
            records.append((device.now, device.reading(), anchor))
    contact = device.contact() if by_link else None
    for truth, reading, known in records:
        found = believe(reading, known, contact, device.now)
        assert found.earliest <= truth <= found.latest
        assert found.earliest <= found.at <= found.latest
        if "set" not in {what for what, _ in done} and (known is not None or contact is not None):
            assert found.at == truth
            assert found.doubt == ""
