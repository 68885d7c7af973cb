"""The demo's roster and catalogue, derived from the recorded site: it has people and courses, but no
personnel roster and no programme catalogue, so these are made from it, and every reader is told so."""

from __future__ import annotations

import csv
import html
import json
import re
from pathlib import Path
from typing import Any

from bridge.domain.learner import Identifier, Scheme
from bridge.identity.nip import is_pppk, read_identity

FORM_OF_CATEGORY = {"Fungsional": 2, "Teknis": 3, "Manajerial": 5}
"""SIASN forms (PerLAN 10/2018) for the recorded course categories; an archived course has no category that
tells a form and stays out of the catalogue, so that it shows as a finding."""

FUNCTIONAL_POSTS = {"Guru", "Perawat", "Auditor", "Pranata Komputer"}
PLAUSIBLE_JP = 200


def recorded(folder: Path, name: str) -> Any:
    return json.loads((folder / f"{name}.json").read_text("utf-8"))["response"]["json"]


def _custom(item: dict[str, Any], name: str) -> str:
    for customfield in item.get("customfields", []):
        if customfield["shortname"] == name:
            return str(customfield["value"] or "")
    return ""


def write_roster(folder: Path, target: Path) -> int:
    """Everybody of the recorded site who has a readable NIP, as a roster CSV. Returns how many."""
    rows = []
    seen: set[str] = set()
    for user in recorded(folder, "users")["users"]:
        texts = (_custom(user, "nip"), user.get("idnumber", ""), user["username"])
        reading = read_identity(tuple(Identifier(Scheme.NIP, text) for text in texts if text))
        nip = reading.value
        if nip is None or nip in seen:
            continue
        seen.add(nip)
        office = html.unescape(_custom(user, "unitkerja")) or "Tanpa unit"
        post = _custom(user, "jabatan")
        rows.append(
            {
                "NIP": nip,
                "Nama": html.unescape(f"{user['firstname']} {user['lastname']}").removesuffix(" .").strip(),
                "Jenis": "PPPK" if is_pppk(nip) else "PNS",
                "Jenis jabatan": "fungsional" if post in FUNCTIONAL_POSTS else "pelaksana",
                "Kode OPD": re.sub(r"[^a-z0-9]+", "-", office.lower()).strip("-"),
                "Nama OPD": office,
                "Email": user["email"],
            }
        )
    _write(target, rows)
    return len(rows)


def write_catalogue(folder: Path, target: Path, source: str) -> int:
    """The recorded courses that have a category with a form, as a catalogue CSV. JP as the course's own field
    states it, left out where it is missing or out of all proportion. Returns how many."""
    rows = []
    for course in recorded(folder, "courses")["courses"]:
        form = FORM_OF_CATEGORY.get(course["categoryname"])
        if form is None:
            continue
        stated = re.fullmatch(r"\s*(\d+)(?:\s*(?:JP|Jam))?\s*", _custom(course, "jp"))
        jp = int(stated[1]) if stated and int(stated[1]) <= PLAUSIBLE_JP else None
        rows.append(
            {
                "Kode": course["shortname"],
                "Judul": html.unescape(course["fullname"]).strip(),
                "Bentuk": form,
                "JP": "" if jp is None else jp,
                "Penyelenggara": "BKPSDM Contoh",
                "Moda": "online",
                "Sumber": source,
                "Kursus LMS": course["id"],
            }
        )
    _write(target, rows)
    return len(rows)


def _write(target: Path, rows: list[dict[str, Any]]) -> None:
    with target.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
