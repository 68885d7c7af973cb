"""Settings that every source over HTTP has, read and refused with a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bridge.errors import RefuseInput
from lms_adapters.http import Policy

LINK_SETTINGS: Mapping[str, str] = {
    "connect_timeout": "Detik menunggu sambungan (bawaan: 10).",
    "read_timeout": "Detik menunggu jawaban (bawaan: 120).",
    "attempts": "Berapa kali satu permintaan dicoba bila gangguannya sementara (bawaan: 4).",
    "retry_wait": "Detik menunggu sebelum percobaan kedua; sesudahnya berlipat dua (bawaan: 1).",
    "byte_budget": "Batas bita satu penarikan, untuk sambungan yang sempit.",
    "ca_bundle": "Berkas sertifikat CA instansi.",
    "proxy": "Alamat proksi menuju sumber.",
    "allow_plain_http": "true hanya di jaringan tertutup: rahasia lewat tanpa enkripsi.",
}
"""Help of the settings that `link_policy` reads: put them into an AdapterSpec's settings."""


def link_policy(settings: Mapping[str, Any], where: str) -> Policy:
    """The HTTP policy of a source's settings. Raises RefuseInput that names the setting."""
    standard = Policy()
    budget = settings.get("byte_budget")
    wait = seconds(settings, "retry_wait", standard.wait_initial, where)
    return Policy(
        connect_timeout=seconds(settings, "connect_timeout", standard.connect_timeout, where),
        read_timeout=seconds(settings, "read_timeout", standard.read_timeout, where),
        attempts=number(settings, "attempts", standard.attempts, 1, 20, where),
        wait_initial=wait,
        wait_jitter=wait,
        byte_budget=None if budget is None else number(settings, "byte_budget", 0, 1, 2**50, where),
        ca_bundle=existing_file(settings, "ca_bundle", where),
        proxy=str(settings["proxy"]) if settings.get("proxy") else None,
        allow_plain_http=flag(settings, "allow_plain_http"),
    )


def flag(settings: Mapping[str, Any], name: str) -> bool:
    return str(settings.get(name, "")).strip().casefold() in ("true", "1", "ya", "yes")


def number(settings: Mapping[str, Any], name: str, standard: int, low: int, high: int, where: str) -> int:
    given = settings.get(name, standard)
    text = str(given).strip()
    if not (text.isascii() and text.isdigit()) or not low <= int(text) <= high:
        raise refused(
            where,
            name,
            f"nilai {given!r} harus bilangan bulat {low} sampai {high}",
            f"the value {given!r} must be a whole number from {low} to {high}",
        )
    return int(text)


def seconds(settings: Mapping[str, Any], name: str, standard: float, where: str) -> float:
    given = settings.get(name, standard)
    try:
        value = float(given)
    except (TypeError, ValueError):
        value = -1.0
    if not 0 < value <= 3600:
        raise refused(
            where,
            name,
            f"nilai {given!r} harus bilangan detik di atas 0",
            f"the value {given!r} must be a number of seconds above 0",
        )
    return value


def time_zone(settings: Mapping[str, Any], name: str, where: str) -> ZoneInfo | None:
    """None where it is not set."""
    given = settings.get(name)
    if not given:
        return None
    try:
        return ZoneInfo(str(given).strip())
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = False
    if not known:
        raise refused(
            where,
            name,
            f"zona waktu {given!r} tidak dikenal; tulis misalnya Asia/Jayapura",
            f"the time zone {given!r} is unknown; write for example Asia/Jayapura",
        )
    return None


def existing_file(settings: Mapping[str, Any], name: str, where: str) -> str | None:
    given = settings.get(name)
    if not given:
        return None
    if not Path(str(given)).is_file():
        raise refused(where, name, f"berkas {given} tidak ditemukan", f"the file {given} does not exist")
    return str(given)


def needed_secret(secrets: Mapping[str, str], name: str, where: str) -> str:
    """The secret without white space around it. Raises RefuseInput where it is not set."""
    value = secrets.get(name, "").strip()
    if not value:
        raise refused(where, name, f"rahasia {name} belum diisi", f"the secret {name} is not set")
    return value


def refused(where: str, name: str, what: str, what_english: str) -> RefuseInput:
    return RefuseInput(
        "SOURCE-SETTING",
        f"Sumber {where}, setelan {name}: {what}.",
        f"Source {where}, setting {name}: {what_english}.",
        where=where,
    )
