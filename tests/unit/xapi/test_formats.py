from __future__ import annotations

import pytest

from xapi.model import formats


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("PT1H0M0.1S", True), ("P3Y", True), ("P4W", True), ("P1Y2M", True), ("P0.5W", True), ("P1.5Y", True),
        ("P1DT12H36M0.12567S", True), ("PT1.5H", True), ("P3Y1M29DT4H35M59.14S", True), ("PT1,5S", True),
        ("P4W1D", False), ("P", False), ("PT", False), ("P1YT", False), ("PT1.5H3M", False), ("PA1H", False),
        ("1H", False), ("-P1D", False), ("P1S", False), ("PT1D", False), ("P0003-00-00T00:00:00", False),
    ],
)  # fmt: skip
def test_durations(text: str, valid: bool) -> None:
    """xAPI Part 2 4.6: ISO 8601:2004 4.4.3.2, not the alternative format of 4.4.3.3."""
    assert formats.is_duration(text) is valid


def test_durations_are_compared_to_a_hundredth_of_a_second() -> None:
    """xAPI Part 2 4.6: truncated, not rounded."""
    assert formats.duration_to_hundredths("P1DT12H36M0.12967S") == "P1DT12H36M0.12S"
    assert formats.duration_to_hundredths("PT0.1S") == "PT0.1S"
    assert formats.duration_to_hundredths("PT1.999H") == "PT1.999H"


@pytest.mark.parametrize(
    ("tag", "valid"),
    [
        ("id", True), ("en-US", True), ("zh-Hant-TW", True), ("es-419", True), ("x-papua", True),
        ("tlh", True),
        ("de-DE-1996", True), ("i-klingon", True), ("en-u-ca-gregory", True), ("zh-min-nan", True),
        ("a12345678", False), ("a", False), ("en_US", False), ("", False), ("en-", False), ("-en", False),
    ],
)  # fmt: skip
def test_language_tags(tag: str, valid: bool) -> None:
    """RFC 5646 2.1."""
    assert formats.is_language(tag) is valid


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-08-03T09:00:00+09:00", "2026-08-03T00:00:00.000000Z"),
        ("2026-08-03T09:00:00.123456789Z", "2026-08-03T09:00:00.123456Z"),
        ("20260803T090000Z", "2026-08-03T09:00:00.000000Z"),
        ("2026-08-03T09:00", "2026-08-03T09:00:00.000000Z"),
        ("2026-08-03T24:00:00Z", "2026-08-04T00:00:00.000000Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z"),
        ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500000Z"),
        ("2026-08-03t09:00:00z", "2026-08-03T09:00:00.000000Z"),
    ],
)
def test_timestamps_are_moments(text: str, shown: str) -> None:
    assert formats.timestamp_of_micros(formats.micros_of_timestamp(text)) == shown


@pytest.mark.parametrize(
    "text",
    [
        "", "2026", "2026-08-03", "03/08/2026", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "T09:00:00Z",
        "2026-08-03T24:00:01Z", "2026-08-03T09:60:00Z", "2026-08-03T09:00:00+25:00", "0000-01-01T00:00:00Z",
        "2026-08-03T09:00:00-00:00", "2026-08-03T09:00:00-0000", "2026-08-03T09:00:00-00", "kemarin",
    ],
)  # fmt: skip
def test_what_is_no_timestamp(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        formats.micros_of_timestamp(text)


def test_http_dates() -> None:
    assert formats.http_date_of_micros(1_785_715_200_000_000) == "Mon, 03 Aug 2026 00:00:00 GMT"


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("https://example.id/kursus?id=1#x", True), ("urn:uuid:1", True), ("tag:a,2026:b", True),
        ("a:b", True),
        ("https://contoh.id/pelatihan-é", True),
        ("example.id", False), ("", False), ("https://a b", False), ("1a:b", False), ("http:", False),
        ("https://a\n", False), ("https://<x>", False),
    ],
)  # fmt: skip
def test_iris_have_a_scheme(text: str, valid: bool) -> None:
    assert formats.is_iri(text) is valid


def test_media_types() -> None:
    assert formats.is_media_type("application/vnd.a+json; charset=utf-8")
    assert formats.is_media_type('text/plain; name="a b"')
    assert not formats.is_media_type("pdf")
    assert not formats.is_media_type("a/b/c")
