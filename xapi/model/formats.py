"""The formats of strings: IRI, UUID, timestamp, duration, language tag, mail address, hash, media type.

Each `is_…` says whether a string has the format. The frequent ones are remembered, since the same verbs,
activities and languages come in statement after statement.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

# xAPI Part 2 2.2: best-effort validation, but never an IRI without a scheme. What RFC 3987 forbids
# everywhere (spaces, controls, <>"{}|\^`) is refused; the rest is the sender's.
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|\\^`\x00-\x20\x7f]+")
_MBOX = re.compile(r"mailto:[^\s@<>\"\x00-\x20]+@[^\s@<>\"/\x00-\x20]+")
_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_SHA1 = re.compile(r"[0-9a-fA-F]{40}")
_SHA2 = re.compile(r"(?:[0-9a-fA-F]{56}|[0-9a-fA-F]{64}|[0-9a-fA-F]{96}|[0-9a-fA-F]{128})")
_MEDIA_TYPE = re.compile(
    r"[A-Za-z0-9!#$&^_.+\-]{1,127}/[A-Za-z0-9!#$&^_.+\-]{1,127}"
    r"(?:\s*;\s*[A-Za-z0-9!#$&^_.+\-]+=(?:[^\s;\"]+|\"[^\"]*\"))*\s*;?"
)
# RFC 5646 2.1, with the tags it keeps from before (grandfathered) that do not fit its own grammar.
_LANGUAGE = re.compile(
    r"(?:(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4}|[a-z]{5,8})"
    r"(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"
    r"(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?"
    r"|x(?:-[a-z0-9]{1,8})+"
    r"|en-gb-oed|i-(?:ami|bnn|default|enochian|hak|klingon|lux|mingo|navajo|pwn|tao|tay|tsu)"
    r"|sgn-(?:be-fr|be-nl|ch-de)|art-lojban|cel-gaulish|no-(?:bok|nyn)|zh-(?:guoyu|hakka|min|min-nan|xiang))",
    re.IGNORECASE,
)
# ISO 8601:2004 4.4.3.2; a decimal fraction only in the last component; weeks stand alone.
_N = r"[0-9]+"
_F = r"[0-9]+(?:[.,][0-9]+)?"
_DURATION = re.compile(
    rf"P(?:{_F}W"
    rf"|(?=[0-9T])(?:{_F}Y|(?:{_N}Y)?(?:{_F}M|(?:{_N}M)?(?:{_F}D|(?:{_N}D)?"
    rf"(?:T(?=[0-9])(?:{_F}H|(?:{_N}H)?(?:{_F}M|(?:{_N}M)?(?:{_F}S)?)))?))))"
)
_DURATION_SECONDS = re.compile(r"[.,]([0-9]{2})[0-9]+S$")
_TIMESTAMP = re.compile(
    r"([0-9]{4})-?(0[1-9]|1[0-2])-?(0[1-9]|[12][0-9]|3[01])"
    r"[Tt ]([01][0-9]|2[0-4])(?::?([0-5][0-9])(?::?([0-5][0-9]|60)(?:[.,]([0-9]+))?)?)?"
    r"(?:([Zz])|([+\-\u2212])([01][0-9]|2[0-3])(?::?([0-5][0-9]))?)?"
)
_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[Zz]|[+\-][0-9]{2}:[0-9]{2})"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=65536)
def is_iri(text: str) -> bool:
    return _IRI.fullmatch(text) is not None


def is_uuid(text: str) -> bool:
    return _UUID.fullmatch(text) is not None


def is_mbox(text: str) -> bool:
    return _MBOX.fullmatch(text) is not None


def is_sha1(text: str) -> bool:
    return _SHA1.fullmatch(text) is not None


def is_sha2(text: str) -> bool:
    return _SHA2.fullmatch(text) is not None


@lru_cache(maxsize=1024)
def is_media_type(text: str) -> bool:
    return _MEDIA_TYPE.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def is_language(text: str) -> bool:
    return _LANGUAGE.fullmatch(text) is not None


def is_duration(text: str) -> bool:
    return _DURATION.fullmatch(text) is not None


def duration_to_hundredths(text: str) -> str:
    """xAPI Part 2 4.6: what lies beyond 0.01 s does not count in a comparison. Truncated, never rounded."""
    return _DURATION_SECONDS.sub(r".\1S", text)


class NegativeZeroOffset(ValueError):
    """ISO 8601 has no `-00:00`; RFC 3339 gives it a meaning that xAPI does not know."""


def micros_of_timestamp(text: str) -> int:
    """Microseconds since 1970 (UTC); what is finer is cut off; a time without a zone counts as UTC.

    Raises ValueError where `text` is not an ISO 8601 date and time (xAPI Part 2 4.5).
    """
    found = _TIMESTAMP.fullmatch(text)
    if found is None:
        raise ValueError(text)
    year, month, day, hour, minute, second, fraction, zulu, sign, zone_hour, zone_minute = found.groups()
    offset = 0
    if zulu is None and sign is not None:
        offset = int(zone_hour) * 60 + int(zone_minute or 0)
        if sign != "+":
            if offset == 0:
                raise NegativeZeroOffset(text)
            offset = -offset
    whole, extra = _whole_seconds(int(hour or 0), int(minute or 0), int(second or 0))
    micros = int((fraction or "0")[:6].ljust(6, "0"))
    midnight = datetime(int(year), int(month), int(day), tzinfo=UTC)  # refuses 31 February
    days = (midnight - _EPOCH).days
    return (days * 86400 + whole + extra - offset * 60) * 1_000_000 + micros


def _whole_seconds(hour: int, minute: int, second: int) -> tuple[int, int]:
    if hour == 24 and (minute or second):
        raise ValueError("24:00 is the only time of the hour 24")
    # A leap second counts as the second after :59, as POSIX time has it.
    return hour * 3600 + minute * 60 + min(second, 59), 1 if second == 60 else 0


def is_rfc_3339(text: str) -> bool:
    """The profile that xAPI 2.0 asks for (IEEE 9274.1.1 4.2.7): extended form, seconds and a zone."""
    return _RFC_3339.fullmatch(text) is not None


def is_utc(text: str) -> bool:
    """Whether a (valid) timestamp is written in UTC: `Z` or a zero offset."""
    return text[-1] in "Zz" or text.endswith(("+00:00", "+0000", "+00"))


def timestamp_of_micros(micros: int) -> str:
    """`2026-08-03T00:00:00.000001Z`: RFC 3339, UTC, microseconds."""
    second, fraction = divmod(micros, 1_000_000)
    return f"{_second(second)}.{fraction:06d}Z"


@lru_cache(maxsize=256)
def _second(since_1970: int) -> str:
    return (_EPOCH + timedelta(seconds=since_1970)).replace(tzinfo=None).isoformat(timespec="seconds")


def http_date_of_micros(micros: int) -> str:
    """For `Last-Modified`: `Mon, 03 Aug 2026 00:00:00 GMT` (RFC 9110 5.6.7)."""
    moment = _EPOCH + timedelta(microseconds=micros)
    return moment.astimezone(timezone.utc).strftime("%a, %d %b %Y %H:%M:%S GMT")  # noqa: UP017


def uuid_bytes(text: str) -> bytes:
    """The sixteen bytes of a (valid) UUID, the same for upper and lower case."""
    return bytes.fromhex(text.replace("-", ""))
