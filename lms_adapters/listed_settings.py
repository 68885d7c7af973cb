"""Settings that are texts, lists or days, read and refused with a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from lms_adapters.settings import refused


def text(settings: Mapping[str, Any], name: str, standard: str = "") -> str:
    given = settings.get(name)
    return standard if given is None else str(given).strip()


def needed(settings: Mapping[str, Any], name: str, where: str) -> str:
    """Raises RefuseInput where it is not set."""
    value = text(settings, name)
    if not value:
        raise refused(where, name, "belum diisi", "is not set")
    return value


def words(settings: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A list, as a list or written with commas; each word once."""
    given: Any = settings.get(name) or ""
    parts = given if isinstance(given, list | tuple) else str(given).split(",")
    return tuple(dict.fromkeys(str(part).strip() for part in parts if str(part).strip()))


def day(settings: Mapping[str, Any], name: str, where: str) -> date | None:
    """None where it is not set. Raises RefuseInput on anything but an ISO date."""
    given = text(settings, name)
    if not given:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError as fault:
        raise refused(
            where,
            name,
            f"nilai {given!r} harus tanggal seperti 2026-01-31",
            f"the value {given!r} must be a date such as 2026-01-31",
        ) from fault
