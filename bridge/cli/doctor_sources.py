"""What `jpbridge doctor` looks at beyond this machine: each source as the night will meet it, and this machine's clock
beside theirs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import requests

from bridge.bootstrap import Installation
from bridge.cli.doctor_operations import Look
from bridge.errors import BridgeError
from bridge.flows.context import Silent
from bridge.flows.pull import source_config
from bridge.store.sources import SourceRow, load_sources
from bridge.store.unit import reading
from lms_adapters.registry import make_adapter
from lms_adapters.spec import CheckStep

WAIT = 10.0
CLOCKS_APART = timedelta(minutes=5)


def source_looks(opened: Installation, *, online: bool = True) -> Iterator[Look]:
    """Each source: that its secrets are there and, online, that every step of its connection works."""
    with reading(opened.store) as connection:
        rows = load_sources(connection, opened.settings.tenant)
    for row in rows:
        if row.enabled:
            yield _source(opened, row, online)
    if online:
        yield from _clock_by(opened, rows)


def _source(opened: Installation, row: SourceRow, online: bool) -> Look:
    name = f"source {row.name}"
    try:
        ctx = opened.context(Silent())
        config = source_config(ctx, row)
        steps = _steps(make_adapter(ctx.adapters, config)) if online else []
    except BridgeError as error:
        return Look(name, False, row.address, row.address, error.sentence, error.english)
    bad = next((step for step in steps if not step.ok), None)
    if bad is None:
        return Look(name, True, row.address, row.address)
    more = f"jpbridge source test {row.name}"
    return Look(
        name,
        False,
        bad.sentence,
        bad.english,
        f"{bad.advice} ({more})".lstrip(),
        f"{bad.advice_english} ({more})".lstrip(),
    )


def _steps(adapter: object) -> list[CheckStep]:
    try:
        return list(adapter.check())  # type: ignore[attr-defined]  # lms_adapters.spec.Adapter
    finally:
        adapter.close()  # type: ignore[attr-defined]


def _clock_by(opened: Installation, rows: list[SourceRow]) -> Iterator[Look]:
    """The first source whose web server says what time it has (RFC 9110 6.6.1)."""
    for row in rows:
        theirs = _date_of(row.address) if row.enabled else None
        if theirs is None:
            continue
        apart = opened.clock() - theirs
        minutes = round(abs(apart).total_seconds() / 60)
        good = abs(apart) <= CLOCKS_APART
        yield Look(
            "clock by source",
            good,
            f"berselisih {minutes} menit dengan {row.name}",
            f"{minutes} minutes apart from {row.name}",
            "" if good else "Setel jam komputer (NTP): timedatectl set-ntp true",
            "" if good else "Set the computer's clock (NTP): timedatectl set-ntp true",
        )
        return


def _date_of(address: str) -> datetime | None:
    if not address.startswith(("http://", "https://")):
        return None
    try:
        answer = requests.head(address, timeout=WAIT, allow_redirects=False)
        return parsedate_to_datetime(answer.headers["date"])
    except (requests.RequestException, KeyError, ValueError):
        return None
