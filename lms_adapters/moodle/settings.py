"""The settings of a Moodle source, read and refused with a sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bridge.errors import RefuseInput
from lms_adapters.http import Policy
from lms_adapters.spec import SourceConfig

REPORT_NAME = "JP Bridge"
PAGE_SIZE = 1000
SHRINK_LIMIT = 20
_PASTED = re.compile(r"/(?:webservice/rest/server\.php|login/index\.php|my|login)/?$")


@dataclass(frozen=True, slots=True)
class MoodleSettings:
    """`report` is a name or a number; `zone` is set only where the site forces one; `shrink_limit` in per
    cent."""

    address: str
    report: str
    page_size: int
    zone: ZoneInfo | None
    shrink_limit: int
    policy: Policy

    @classmethod
    def read(cls, config: SourceConfig) -> MoodleSettings:
        settings = config.settings
        where = config.name
        if not config.secrets.get("token", "").strip():
            raise _refused(where, "token", "rahasia token belum diisi", "the secret token is not set")
        return cls(
            address=_PASTED.sub("", config.address.strip().rstrip("/")),
            report=str(settings.get("report") or REPORT_NAME).strip(),
            page_size=_number(settings, "page_size", PAGE_SIZE, 1, 100_000, where),
            zone=_zone(settings.get("zone"), where),
            shrink_limit=_number(settings, "shrink_limit", SHRINK_LIMIT, 0, 100, where),
            policy=_policy(settings, where),
        )


def _policy(settings: Mapping[str, Any], where: str) -> Policy:
    standard = Policy()
    budget = settings.get("byte_budget")
    return Policy(
        connect_timeout=_seconds(settings, "connect_timeout", standard.connect_timeout, where),
        read_timeout=_seconds(settings, "read_timeout", standard.read_timeout, where),
        attempts=_number(settings, "attempts", standard.attempts, 1, 20, where),
        wait_initial=_seconds(settings, "retry_wait", standard.wait_initial, where),
        wait_jitter=_seconds(settings, "retry_wait", standard.wait_jitter, where),
        byte_budget=None if budget is None else _number(settings, "byte_budget", 0, 1, 2**50, where),
        ca_bundle=_file(settings.get("ca_bundle"), where),
        proxy=str(settings["proxy"]) if settings.get("proxy") else None,
        allow_plain_http=str(settings.get("allow_plain_http", "")).strip().casefold() in ("true", "1"),
    )


def _number(settings: Mapping[str, Any], name: str, standard: int, low: int, high: int, where: str) -> int:
    given = settings.get(name, standard)
    text = str(given).strip()
    if not (text.isascii() and text.isdigit()) or not low <= int(text) <= high:
        raise _refused(
            where,
            name,
            f"nilai {given!r} harus bilangan bulat {low} sampai {high}",
            f"the value {given!r} must be a whole number from {low} to {high}",
        )
    return int(text)


def _seconds(settings: Mapping[str, Any], name: str, standard: float, where: str) -> float:
    given = settings.get(name, standard)
    try:
        seconds = float(given)
    except (TypeError, ValueError):
        seconds = -1.0
    if not 0 < seconds <= 3600:
        raise _refused(
            where,
            name,
            f"nilai {given!r} harus bilangan detik di atas 0",
            f"the value {given!r} must be a number of seconds above 0",
        )
    return seconds


def _zone(given: Any, where: str) -> ZoneInfo | None:
    if not given:
        return None
    try:
        return ZoneInfo(str(given).strip())
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = False
    if not known:
        raise _refused(
            where,
            "zone",
            f"zona waktu {given!r} tidak dikenal; tulis misalnya Asia/Jayapura",
            f"the time zone {given!r} is unknown; write for example Asia/Jayapura",
        )
    return None


def _file(given: Any, where: str) -> str | None:
    if not given:
        return None
    if not Path(str(given)).is_file():
        raise _refused(
            where, "ca_bundle", f"berkas {given} tidak ditemukan", f"the file {given} does not exist"
        )
    return str(given)


def _refused(where: str, name: str, what: str, what_english: str) -> RefuseInput:
    return RefuseInput(
        "SOURCE-SETTING",
        f"Sumber {where}, setelan {name}: {what}.",
        f"Source {where}, setting {name}: {what_english}.",
        where=where,
    )
