"""Making an event: what an organiser fills in becomes an event with sessions and a roster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from bridge.attendance.dates import parse_date
from bridge.attendance.forms import CODES
from bridge.attendance.sheet import read_sheet
from bridge.domain.clock import day_in_zone
from bridge.domain.field import FieldEvent, FieldSession, Participant
from bridge.errors import RefuseInput
from bridge.flows.field_desk import Desk, new_code
from bridge.identity.nip import read_identity, read_nip
from bridge.store.console import Account
from bridge.store.field_events import add_event, add_participants, participants_of_offices, people_of_nips
from bridge.store.unit import unit

ROWS = 8
"""Sessions that the form of a new event offers; more are added on the event's page."""
_LONGEST = timedelta(hours=16)


@dataclass(slots=True)
class RosterReport:
    """What a pasted or imported list brought. `unread` are lines without a NIP, as they stand (bounded)."""

    added: int = 0
    already: int = 0
    unknown: int = 0
    unread: list[str] = field(default_factory=list)


def _refuse(field_name: str, sentence: str, english: str) -> RefuseInput:
    return RefuseInput("EVENT-INVALID", sentence, english, where=field_name)


def _text(form: Mapping[str, str], name: str, words: str, most: int, *, needed: bool = True) -> str:
    text = " ".join(form.get(name, "").split())
    if needed and not text:
        raise _refuse(name, f"{words} belum diisi. Isi lalu simpan lagi.", f"“{name}” is empty. Fill it in.")
    if len(text) > most:
        raise _refuse(
            name,
            f"{words} paling banyak {most} huruf. Perpendek lalu simpan lagi.",
            f"“{name}” takes {most} characters at most. Shorten it.",
        )
    return text


def _form_code(form: Mapping[str, str]) -> int:
    text = form.get("bentuk", "")
    if not (text.isascii() and text.isdigit() and int(text) in CODES):
        raise _refuse(
            "bentuk",
            "Bentuk pengembangan belum dipilih. Pilih salah satu dari daftar.",
            "The form of development is not chosen. Choose one from the list.",
        )
    return int(text)


def _moment(day: date, text: str, zone: ZoneInfo, where: str) -> datetime:
    try:
        hour, minute = (int(part) for part in text.strip().replace(".", ":").split(":")[:2])
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
    except ValueError as fault:
        raise _refuse(
            where,
            f"Jam “{text}” tidak terbaca. Tulis seperti 08:00.",
            f"The time “{text}” can't be read. Write it like 08:00.",
        ) from fault


def read_session(form: Mapping[str, str], row: int, number: int, zone: ZoneInfo) -> FieldSession | None:
    """The session in the form's fields `sesi{row}_…`, None where it has no date. Raises RefuseInput."""
    day_text = form.get(f"sesi{row}_tanggal", "").strip()
    if not day_text:
        return None
    day = parse_date(day_text)
    if day is None:
        raise _refuse(
            f"sesi {row}",
            f"Tanggal “{day_text}” pada sesi {row} tidak terbaca. Tulis seperti 2026-08-03.",
            f"The date “{day_text}” of session {row} can't be read. Write it like 2026-08-03.",
        )
    start = _moment(day, form.get(f"sesi{row}_mulai", ""), zone, f"sesi {row}")
    end = _moment(day, form.get(f"sesi{row}_selesai", ""), zone, f"sesi {row}")
    if not timedelta(0) < end - start <= _LONGEST:
        raise _refuse(
            f"sesi {row}",
            f"Sesi {row} harus selesai setelah mulai, pada hari yang sama. Perbaiki jamnya.",
            f"Session {row} must end after it starts, on the same day. Mend its times.",
        )
    title = _text(form, f"sesi{row}_judul", "Judul sesi", 120, needed=False) or f"Sesi {number}"
    return FieldSession(number, title, start, end)


def _sessions(form: Mapping[str, str], zone: ZoneInfo) -> tuple[FieldSession, ...]:
    found: list[FieldSession] = []
    for row in range(1, ROWS + 1):
        one = read_session(form, row, len(found) + 1, zone)
        if one is not None:
            found.append(one)
    if not found:
        raise _refuse(
            "sesi 1",
            "Acara memerlukan paling sedikit satu sesi. Isi tanggal dan jamnya.",
            "An event needs at least one session. Fill in its date and times.",
        )
    found.sort(key=lambda one: (one.starts_at, one.ends_at))
    refuse_overlap(found)
    return tuple(replace(one, number=number) for number, one in enumerate(found, 1))


def refuse_overlap(sessions: Iterable[FieldSession]) -> None:
    """Raises RefuseInput where two sessions run at the same time."""
    ordered = sorted(sessions, key=lambda one: (one.starts_at, one.ends_at))
    for earlier, later in pairwise(ordered):
        if later.starts_at < earlier.ends_at:
            raise _refuse(
                "sesi",
                f"Sesi “{earlier.title}” dan “{later.title}” bersamaan waktunya. Perbaiki jamnya.",
                f"The sessions “{earlier.title}” and “{later.title}” overlap. Mend their times.",
            )


def make_event(desk: Desk, account: Account, form: Mapping[str, str]) -> FieldEvent:
    """The event that the form describes, stored under a new code. Raises RefuseInput that names the field."""
    zone, now = ZoneInfo(desk.zone), desk.clock()
    sessions = _sessions(form, zone)
    scope = form.get("lingkup", "national")
    event = FieldEvent(
        event_id=0,
        code="",
        title=_text(form, "judul", "Judul acara", 300),
        form=_form_code(form),
        scope=scope if scope in ("national", "international") else "national",
        organiser=_text(form, "penyelenggara", "Penyelenggara", 200),
        place=_text(form, "tempat", "Tempat", 200),
        jp_stated=_text(form, "jp", "JP", 20, needed=False),
        programme_code=_text(form, "program", "Kode program", 128, needed=False),
        owner_id=account.account_id,
        owner=account.name,
        created_at=now,
        sessions=sessions,
    )
    days = [one.starts_at.date() for one in sessions]
    with unit(desk.engine) as connection:
        return _stored(connection, desk.tenant, event, min(days), max(days))


def _stored(connection: Connection, tenant: str, event: FieldEvent, start: date, end: date) -> FieldEvent:
    """A code that is taken already loses by the constraint, and another is drawn."""
    for _ in range(5):
        drawn = replace(event, code=new_code(start.year))
        try:
            with connection.begin_nested():
                return replace(drawn, event_id=add_event(connection, tenant, drawn, start, end))
        except IntegrityError:
            continue
    raise RefuseInput(
        "EVENT-CODE",
        "Kode acara tidak dapat dibuat. Coba simpan lagi.",
        "No code for the event could be made. Save it again.",
    )


def add_offices(desk: Desk, event: FieldEvent, office: str) -> RosterReport:
    """Everybody active in an office onto the event's roster."""
    report = RosterReport()
    with unit(desk.engine) as connection:
        people = participants_of_offices(connection, desk.tenant, [office])
        report.added = add_participants(connection, event.event_id, people, desk.clock())
    report.already = len(people) - report.added
    return report


def add_lines(desk: Desk, event: FieldEvent, text: str) -> RosterReport:
    """A pasted list: one person a line, the NIP anywhere in it, as people copy it from Excel or a message."""
    report = RosterReport()
    named: dict[str, str] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        reading = read_nip(line)
        if reading.value is None:
            report.unread.append(" ".join(line.split())[:80])
        else:
            named.setdefault(reading.value, _name_beside(line))
    _add_named(desk, event, named, report)
    return report


def _name_beside(line: str) -> str:
    """The words of the line that hold no digits: enough for a person to recognise who was meant."""
    words = [word for word in line.replace("\t", " ").split() if not any(mark.isdigit() for mark in word)]
    return " ".join(words).strip(" ,;|-")[:120]


def add_sheet(desk: Desk, event: FieldEvent, body: bytes, file_name: str) -> RosterReport:
    """Any sheet that the attendance reader knows, taken for its people alone."""
    as_of = day_in_zone(desk.clock(), desk.zone)
    read = read_sheet(body, file_name, source=f"sha256:{sha256(body).hexdigest()[:16]}", as_of=as_of)
    report = RosterReport()
    named: dict[str, str] = {}
    for row in read.attendances:
        nip = read_identity(row.identifiers).value
        if nip is None:
            report.unread.append(f"{row.sheet} {row.row}: {row.learner_name}"[:80])
        else:
            named.setdefault(nip, row.learner_name)
    _add_named(desk, event, named, report)
    return report


def _add_named(desk: Desk, event: FieldEvent, named: Mapping[str, str], report: RosterReport) -> None:
    with unit(desk.engine) as connection:
        known = people_of_nips(connection, desk.tenant, named)
        people = [known.get(nip) or Participant(nip, name) for nip, name in named.items()]
        report.added = add_participants(connection, event.event_id, people, desk.clock())
    report.already = len(people) - report.added
    report.unknown = len(named) - len(known)
