"""Evidence is versioned, never updated; a repeat is no change; a change touches whoever it was and is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from bridge.domain.evidence import Attendance, Completion, OfflineEvent, Standing
from bridge.domain.keys import attendance_key, completion_key
from bridge.store.evidence import (
    ReadIdentity,
    keep_raw,
    store_attendances,
    store_completions,
    withdraw_attendances,
    withdraw_completions,
)
from bridge.store.sources import SourceRow, load_sources, store_cursor, store_source
from bridge.store.sweep import (
    begin_sweep,
    complete_sweep_before,
    end_sweep,
    last_sweep_end,
    mark_seen,
    not_seen,
    open_sweep,
    standing_count,
)
from bridge.store.tables import attendance, completion, raw_payload
from bridge.store.touched import read_touched, settle, touch

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
NIP = "197805232007041023"
OTHER = "198007262002011026"
RECORD = Completion("lms", "804", "18", datetime(2025, 9, 30, 17, 8, tzinfo=UTC), learner_name="Teguh")


def put(engine: Engine, *records: Completion, nip: str | None = NIP) -> tuple[int, int, int]:
    with engine.begin() as connection:
        counts = store_completions(
            connection,
            "utama",
            [(record, ReadIdentity(nip, None if nip else "NIP-MISSING")) for record in records],
            payload_id=None,
            now=NOW,
        )
    return counts.new, counts.changed, counts.same


def touched_subjects(engine: Engine) -> set[str]:
    with engine.begin() as connection:
        found = read_touched(connection, "utama")
        settle(connection, "utama", found)
    return set(found)


def test_a_repeat_is_no_change(store: Engine) -> None:
    assert put(store, RECORD) == (1, 0, 0)
    assert touched_subjects(store) == {f"nip:{NIP}"}
    assert put(store, RECORD) == (0, 0, 1)
    assert touched_subjects(store) == set()


def test_a_change_is_a_new_version_and_touches_both_persons(store: Engine) -> None:
    put(store, RECORD)
    touched_subjects(store)
    moved = replace(RECORD, completed_at=datetime(2025, 10, 1, tzinfo=UTC))
    assert put(store, moved, nip=OTHER) == (0, 1, 0)
    assert touched_subjects(store) == {f"nip:{NIP}", f"nip:{OTHER}"}
    with store.begin() as connection:
        rows = connection.execute(select(completion.c.version, completion.c.completed_at).order_by("version"))
        assert [tuple(row) for row in rows] == [(1, RECORD.completed_at), (2, moved.completed_at)]


def test_unidentified_evidence_touches_itself(store: Engine) -> None:
    put(store, RECORD, nip=None)
    assert touched_subjects(store) == {"evidence:" + completion_key("lms", "804", "18", "1")}


def test_what_is_touched_while_a_run_reads_stays_touched(store: Engine) -> None:
    with store.begin() as connection:
        touch(connection, "utama", ["nip:1"])
        seen = read_touched(connection, "utama")
    with store.begin() as connection:
        touch(connection, "utama", ["nip:1"])
    with store.begin() as connection:
        settle(connection, "utama", seen)
        assert set(read_touched(connection, "utama")) == {"nip:1"}


def lms_source(store: Engine) -> int:
    row = SourceRow(0, "lms", "moodle", "https://lms.example.go.id", {}, "", True)
    with store.begin() as connection:
        store_source(connection, "utama", row, NOW)
        return load_sources(connection, "utama")[0].source_id


SEEN = ("804", "18", "1")
GONE = ("804", "19", "1")


def test_a_sweep_names_what_it_did_not_see(store: Engine) -> None:
    gone = replace(RECORD, external_course="19")
    put(store, RECORD, gone)
    lms = lms_source(store)
    with store.begin() as connection:
        number = begin_sweep(connection, lms, NOW)
        mark_seen(connection, lms, number, [SEEN, SEEN])
    with store.begin() as connection:
        assert not_seen(connection, "utama", "lms", lms, number) == [GONE]
        assert withdraw_completions(connection, "utama", "lms", [GONE], NOW) == 1
        assert standing_count(connection, "utama", "lms") == 1
        assert not_seen(connection, "utama", "lms", lms, number) == []
        assert withdraw_completions(connection, "utama", "lms", [GONE], NOW) == 0
    assert put(store, gone) == (0, 1, 0), "what comes back is a new version"


def test_a_sweep_is_continued_while_it_is_young_and_abandoned_by_a_new_one(store: Engine) -> None:
    put(store, RECORD, replace(RECORD, external_course="19"))
    lms = lms_source(store)
    with store.begin() as connection:
        number = begin_sweep(connection, lms, NOW)
        mark_seen(connection, lms, number, [SEEN])
        store_cursor(connection, lms, "completions", {}, NOW)
    with store.begin() as connection:
        hour = NOW - timedelta(hours=1)
        going = open_sweep(connection, lms, began=hour, moved=hour)
        assert going is not None
        assert (going.sweep_id, going.rows) == (number, 1)
        assert open_sweep(connection, lms, began=NOW, moved=hour) is None, "too old"
        assert open_sweep(connection, lms, began=hour, moved=NOW) is None, "its last page is too old"
        mark_seen(connection, lms, number, [GONE])
        assert not_seen(connection, "utama", "lms", lms, number) == []
        assert last_sweep_end(connection, lms) is None
        end_sweep(connection, number, complete=True, now=NOW)
        assert last_sweep_end(connection, lms) == NOW
        second = begin_sweep(connection, lms, NOW)
        third = begin_sweep(connection, lms, NOW)
        assert complete_sweep_before(connection, lms, third) == number
        going = open_sweep(connection, lms, began=hour, moved=hour)
        assert going is not None
        assert going.sweep_id == third > second > number
        assert sorted(not_seen(connection, "utama", "lms", lms, third)) == [SEEN, GONE]
        assert not_seen(connection, "utama", "lms", lms, number) == []


def test_raw_payloads_are_kept_once(store: Engine) -> None:
    with store.begin() as connection:
        first = keep_raw(connection, "utama", "lms", "application/json", b"{}", NOW)
        again = keep_raw(connection, "utama", "lms", "application/json", b"{}", NOW)
        other = keep_raw(connection, "utama", "lms", "application/json", b"[]", NOW)
        assert first == again != other
        assert connection.execute(select(raw_payload.c.payload_id)).all() == [(first,), (other,)]


EVENT = OfflineEvent("sheet", "e1", "Bimtek", start=date(2026, 8, 3), end=date(2026, 8, 5))
SEAT = Attendance("sheet", "e1", NIP, "Sheet1", 17, sessions_attended=6, sessions_total=6)


def put_sheet(engine: Engine, event: OfflineEvent, *seats: Attendance) -> tuple[int, int, int]:
    with engine.begin() as connection:
        counts = store_attendances(
            connection,
            "utama",
            [event],
            [(seat, ReadIdentity(seat.attendee, None)) for seat in seats],
            batch_id=None,
            now=NOW,
        )
    return counts.new, counts.changed, counts.same


def test_a_changed_event_touches_everybody_on_it(store: Engine) -> None:
    assert put_sheet(store, EVENT, SEAT, replace(SEAT, attendee=OTHER, row=18)) == (2, 0, 0)
    touched_subjects(store)
    assert put_sheet(store, replace(EVENT, jp_stated="24"), SEAT) == (0, 0, 1)
    assert touched_subjects(store) == {f"nip:{NIP}", f"nip:{OTHER}"}


@pytest.mark.parametrize("keep", [None, {("e1", OTHER)}])
def test_withdrawing_attendance(store: Engine, keep: set[tuple[str, str]] | None) -> None:
    put_sheet(store, EVENT, SEAT, replace(SEAT, attendee=OTHER, row=18))
    with store.begin() as connection:
        gone = withdraw_attendances(connection, "utama", "sheet", keep, NOW)
        assert gone == (2 if keep is None else 1)
        query = select(attendance.c.attendee).where(attendance.c.standing == Standing.WITHDRAWN.value)
        withdrawn = set(connection.execute(query).scalars())
    assert withdrawn == ({NIP, OTHER} if keep is None else {NIP})
    assert put_sheet(store, EVENT, SEAT) == (0, 1, 0)
    assert attendance_key("sheet", "e1", NIP).startswith("attendance1")
