"""Keys spell every part, and their format has a version: a key never changes its meaning silently.

Parts are joined with U+001F after escaping, so that no two different tuples give the same text.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterable

STATEMENT_NAMESPACE = uuid.UUID("6f1b6d0e-6a53-5c1e-9a55-7a3d6c0f2b11")
"""Fixed for ever: UUIDv5 of an entry key under it is the statement id; a repeat is the same statement."""


def spell(version: str, parts: Iterable[str | int]) -> str:
    """`spell("entry1", [12, "ab"])` -> `entry1\\x1f12\\x1fab`, separators inside parts escaped."""
    escaped = [str(part).replace("\\", "\\\\").replace("\x1f", "\\u") for part in parts]
    return "\x1f".join([version, *escaped])


def unspell(key: str) -> tuple[str, list[str]]:
    """The version and the parts of a spelt key: the inverse of `spell`."""
    version, *parts = key.split("\x1f")
    if "\\" not in key:
        return version, parts
    return version, [re.sub(r"\\(.)", lambda m: {"u": "\x1f"}.get(m[1], m[1]), part) for part in parts]


def digest(text: str) -> str:
    """SHA-256, 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def completion_key(source: str, learner: str, course: str, attempt: str) -> str:
    return spell("completion1", [source, learner, course, attempt])


def attendance_key(source: str, event_ref: str, attendee: str) -> str:
    return spell("attendance1", [source, event_ref, attendee])


def entry_key(
    person_key: str, activity_key: str, rule_version: str, year: int, kind: str, ordinal: int
) -> str:
    return spell("entry1", [person_key, activity_key, rule_version, year, kind, ordinal])


def statement_id(entry: str) -> str:
    """The xAPI statement id of a ledger entry: UUIDv5 of its entry key."""
    # RFC 9562 5.5, by hand: a full night names millions, and uuid.uuid5 takes four times as long
    name = hashlib.sha1(STATEMENT_NAMESPACE.bytes + entry.encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(name[16], 16) & 3]
    return f"{name[:8]}-{name[8:12]}-5{name[13:16]}-{variant}{name[17:20]}-{name[20:32]}"
