"""Report row -> Completion, and the reading of times, links and spoilt answers, without any I/O."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.evidence import Completion
from bridge.domain.learner import Identifier, Scheme
from bridge.errors import BridgeError, RetryLater, SkipRecord, StopSource
from lms_adapters.faults import Fault, apart, fault_table
from lms_adapters.http import Answer, retry_after
from lms_adapters.http_faults import HTTP_FAULTS
from lms_adapters.moodle.answer import Asked, code_of, read_answer
from lms_adapters.moodle.faults import BY_ERRORCODE, MOODLE_FAULTS
from lms_adapters.moodle.map import (
    COURSE_PATHS,
    NEEDED,
    USER_PATHS,
    WANTED,
    Headings,
    linked_id,
    moment,
    to_completion,
)

ZONE = ZoneInfo("UTC")
HEADERS = (*NEEDED, *WANTED)
ROW = {
    "username": "197805232007041023",
    "user_idnumber": "&#039;NIP. 197805232007041023",
    "profile_nip": "",
    "email": "a@example.go.id",
    "user_suspended": "No",
    "course_shortname": "DIK-17",
    "course_idnumber": "LMS-2026-017",
    "course_fullname": "Risiko &amp; Pengendalian",
    "jp": "16 Jam",
    "category": "Teknis",
    "timecompleted": "Tuesday, 30 September 2025, 5:08 PM",
    "grade": "170.47",
    "timeenrolled": "",
    "user_link": '<a href="https://m.example.go.id/user/profile.php?id=804">Teguh O&#039;Neil, S.E.</a>',
    "course_link": '<a href="https://m.example.go.id/course/view.php?id=18&amp;lang=en">DIK-17</a>',
}


def mapped(**changes: str) -> Completion:
    row = {**ROW, **changes}
    columns = [row[name] for name in HEADERS]
    return to_completion(columns, Headings.read(HEADERS), source="bkpsdm", zone=ZONE, ref="row 1")


def test_a_row_becomes_a_completion_with_raw_candidates_for_the_nip() -> None:
    found = mapped()
    assert (found.external_learner, found.external_course) == ("804", "18")
    assert found.completed_at == datetime(2025, 9, 30, 17, 8, tzinfo=UTC)
    assert found.precision == "minute"
    assert found.learner_name == "Teguh O'Neil, S.E."
    assert found.course_title == "Risiko & Pengendalian"
    assert found.jp_stated == "16 Jam"
    assert found.score == Decimal("170.47")
    assert found.identifiers == (
        Identifier(Scheme.ACCOUNT, "197805232007041023", "bkpsdm"),
        Identifier(Scheme.NIP, "'NIP. 197805232007041023"),
        Identifier(Scheme.NIP, "197805232007041023"),
        Identifier(Scheme.EMAIL, "a@example.go.id"),
    )


def test_the_profile_field_comes_first_and_one_text_is_given_once() -> None:
    found = mapped(profile_nip="19900911 201212 1 024", user_idnumber="197805232007041023")
    nips = [one.value for one in found.identifiers if one.scheme is Scheme.NIP]
    assert nips == ["19900911 201212 1 024", "197805232007041023"]


def test_absent_is_none_and_never_zero() -> None:
    found = mapped(jp="", grade="", user_suspended="Yes")
    assert found.jp_stated is None
    assert found.score is None
    assert found.learner_suspended
    assert mapped(grade="0.00").score == Decimal("0.00")
    assert mapped(grade="Lulus").score is None
    assert mapped(grade="NaN").score is None


@pytest.mark.parametrize(
    "changes",
    [
        {"timecompleted": ""},
        {"timecompleted": "30/09/2025 17:08"},
        {"timecompleted": "Tuesday, 31 September 2025, 5:08 PM"},
        {"timecompleted": "Tuesday, 30 September 2025, 13:08 PM"},
        {"user_link": "Teguh"},
        {"user_link": '<a href="https://m.example.go.id/user/profile.php?id=0">x</a>'},
        {"course_link": '<a href="https://m.example.go.id/user/profile.php?id=18">x</a>'},
        {"course_link": '<a href="https://m.example.go.id/course/view.php?name=x">x</a>'},
    ],
)
def test_a_row_without_time_or_ids_is_skipped_with_a_sentence(changes: dict[str, str]) -> None:
    with pytest.raises(SkipRecord) as caught:
        mapped(**changes)
    assert "row 1" in caught.value.sentence
    assert "row 1" in caught.value.english


@given(st.integers(600_000_000 // 60, 3_800_000_000 // 60), st.sampled_from(["UTC", "Asia/Jayapura"]))
def test_any_minute_that_moodle_writes_is_read_back(minute: int, zone: str) -> None:
    local = datetime.fromtimestamp(minute * 60, ZoneInfo(zone))
    hour = local.hour % 12 or 12
    half = "AM" if local.hour < 12 else "PM"
    text = f"{local:%A}, {local.day} {local:%B} {local.year}, {hour}:{local:%M} {half}"
    assert moment(text, ZoneInfo(zone)) == local.astimezone(UTC)


def test_no_break_spaces_before_the_half_day_are_read_too() -> None:
    assert moment("Friday, 2 January 2026, 12:05\u202fAM", ZONE) == datetime(2026, 1, 2, 0, 5, tzinfo=UTC)


def test_links_are_read_by_path_and_id() -> None:
    assert linked_id('<a class="x" href="/moodle/user/view.php?id=7&amp;course=1">N</a>', USER_PATHS) == (
        "7",
        "N",
    )
    assert linked_id('<a href="/course/view.php?id=x">N</a>', COURSE_PATHS) == ("", "N")


def test_headings_name_what_is_missing_unknown_and_doubled() -> None:
    read = Headings.read(["Username ", "username", "Pangkat", "jp"])
    assert read.places == {"username": 0, "jp": 3}
    assert set(read.missing) == set(NEEDED) - {"username"}
    assert "=username" in read.drift
    assert "+Pangkat" in read.drift
    assert "-grade" in read.drift


ASKED = Asked("core_reportbuilder_retrieve_report", "bkpsdm", "m.example.go.id")


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (b'\n\xef\xbb\xbf{"a":1}', {"a": 1}),
        (b"\xef\xbb\xbf\n \xef\xbb\xbf[1]", [1]),
        (b"true", True),
        (b"null", None),
        (b'<br />\n<b>Warning</b>: x in y on line 3<br />\n{"a":1}', {"a": 1}),
    ],
)
def test_stray_bytes_before_the_json_do_not_matter(body: bytes, read: object) -> None:
    assert read_answer(Answer(200, "application/json", body), ASKED) == read


@pytest.mark.parametrize(
    ("status", "body", "remedy", "code"),
    [
        (200, b"", RetryLater, "MOODLE-EMPTY"),
        (200, b'{"a":', RetryLater, "MOODLE-TRUNCATED"),
        (200, b"moved", StopSource, "MOODLE-NOT-JSON"),
        (200, b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]><EXCEPTION/>", StopSource, "MOODLE-XML"),
        (200, b"<?xml", StopSource, "MOODLE-XML"),
        (413, b"", StopSource, "MOODLE-FORBIDDEN"),
        (410, b"", StopSource, "MOODLE-ADDRESS"),
    ],
)
def test_shapes_that_are_no_data_are_named(
    status: int, body: bytes, remedy: type[BridgeError], code: str
) -> None:
    with pytest.raises(remedy) as caught:
        read_answer(Answer(status, "text/html", body), ASKED)
    assert caught.value.code == code


def test_codes_that_5_1_renamed_mean_the_same() -> None:
    table = "Can't find data record in database table reportbuilder_report."
    assert code_of("invalidrecordunknown", table, ASKED.function) == "MOODLE-REPORT-MISSING"
    assert code_of("invalidrecord", "", "core_completion_get_course_completion_status") == "MOODLE-ROW"
    assert code_of("invaliduser", "", "core_completion_get_course_completion_status") == "MOODLE-ROW"
    assert code_of("brandnew", "", "x") == "MOODLE-ERROR"


def test_every_errorcode_leads_to_a_fault_that_has_all_its_words() -> None:
    assert set(BY_ERRORCODE.values()) <= set(MOODLE_FAULTS)
    for fault in [*HTTP_FAULTS.values(), *MOODLE_FAULTS.values()]:
        for words in (fault.what, fault.do, fault.what_english, fault.do_english):
            assert words.endswith(".")
        places = set(re.findall(r"{(\w+)}", fault.what))
        assert places == set(re.findall(r"{(\w+)}", fault.what_english))
        error = fault.error("bkpsdm", **dict.fromkeys(places, "x"))
        assert type(error) is fault.remedy
        assert apart(error, {fault.code: fault})[2:] == (fault.do, fault.do_english)


def test_two_faults_of_one_code_are_refused() -> None:
    fault = Fault("A", StopSource, "a.", "b.", "c.", "d.")
    with pytest.raises(ValueError, match="listed twice"):
        fault_table(fault, fault)


def test_retry_after_is_seconds_or_a_date() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert retry_after("120", now) == 120.0
    assert retry_after("Thu, 01 Jan 2026 00:01:00 GMT", now) == 60.0
    assert retry_after("Wed, 31 Dec 2025 00:00:00 GMT", now) == 0.0
    assert retry_after("soon", now) is None
    assert retry_after(None, now) is None
